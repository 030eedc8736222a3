"""Commands for a server: metrics, files to deploy, completion, the manual page, and messages to systemd."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine

from bmtui.cli import manual
from bmtui.cli.operations import deploy
from bmtui.cli.parser import whole_parser

LINE = re.compile(r'[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? -?[0-9.e+]+')


def test_metrics_are_prometheus_text_without_personal_data(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    text = stocked_bmtui.ok("metrics").out
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    names = {line.split("{")[0].split()[0] for line in lines}
    assert all(f"# TYPE {name} gauge" in text and f"# HELP {name} " in text for name in names)
    counted = sum(float(line.split()[-1]) for line in lines if line.startswith("bmtui_orders{"))
    assert counted >= 100
    assert 'bmtui_jobs{company="Shop",type="order_download",status="completed"} 1' in lines
    assert "bmtui_workers 0" in lines
    assert "@" not in text
    file = tmp_path / "bmtui.prom"
    stocked_bmtui.ok("metrics", "--output", str(file))
    assert file.stat().st_mode & 0o777 == 0o644
    assert "bmtui_info" in file.read_text()
    assert stocked_bmtui.ok("metrics", "--json").json["bmtui_workers"] == [{"value": 0, "labels": {}}]


@pytest.mark.parametrize("kind", deploy.FILES)
def test_deploy_files_are_in_the_package(bmtui: CommandLine, kind: str) -> None:
    assert bmtui.ok("deploy", kind).out == deploy.text(deploy.FILES[kind][0])
    assert not bmtui.home.exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
@pytest.mark.parametrize("service", ["bmtui-worker.service", "bmtui-backup.service"])
def test_systemd_accepts_the_services_and_rates_them_secure(tmp_path: Path, service: str) -> None:
    unit = tmp_path / service
    units = [unit, tmp_path / "bmtui-backup.timer"]
    for name in (service, "bmtui-backup.timer"):
        (tmp_path / name).write_text(deploy.text(name).replace("/opt/bmtui/bin/bmtui", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)], capture_output=True, text=True, check=False
    )
    assert "bmtui-" not in done.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True, check=False
    )
    score = re.search(rf"exposure level for {service}: ([0-9.]+)", rated.stdout)
    if score is None:
        pytest.skip("this systemd cannot rate a file")
    assert float(score[1]) < 2.5


@pytest.mark.parametrize("shell", deploy.SHELLS)
def test_completion_knows_every_command(bmtui: CommandLine, shell: str) -> None:
    text = bmtui.ok("deploy", "completion", shell).out
    assert "outbox" in text
    assert "--dry-run" in text or shell == "tcsh"
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def test_the_manual_page_has_every_command_and_exit_code(bmtui: CommandLine) -> None:
    text = bmtui.ok("deploy", "man").out.replace("\\-", "-")
    for name, _, about in manual.commands_of(whole_parser()):
        assert f".SS {name}\n" in text
        assert about
    assert all(f"\\fB{code}\\fR" in text for code in (0, 1, 2, 3, 4, 5, 6, 7, 130))
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-wmac", "-z"], input=bmtui.ok("deploy", "man").out, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert "error" not in done.stderr
        assert "macro" not in done.stderr
    # Read where no locale is set, a page of other letters loses them.
    assert text.isascii()


def test_the_worker_tells_systemd_that_it_is_ready_alive_and_ending(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(30)
        worker = subprocess.Popen(
            [*COMMAND, "worker"], env=shop_bmtui.environment(NOTIFY_SOCKET=str(address)), stderr=subprocess.DEVNULL
        )
        try:
            assert manager.recv(4096).startswith(b"READY=1\n")
            assert manager.recv(4096) == b"WATCHDOG=1"
            worker.send_signal(signal.SIGTERM)
            while (said := manager.recv(4096)) == b"WATCHDOG=1":
                pass
            assert said.startswith(b"STOPPING=1\n")
            assert worker.wait(30) == 0
        finally:
            worker.kill()
            worker.wait()
