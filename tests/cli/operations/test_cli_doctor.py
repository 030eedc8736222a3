"""`bmtui doctor`: finds real problems and says what to do; each case is made for real where it can be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from command_line import COMMAND, CommandLine, Ran

from bmtui.sandbox.server import SandboxServer


def finding(ran: Any, topic: str) -> dict[str, Any]:
    (found,) = [one for one in ran.json["findings"] if one["topic"] == topic]
    return dict(found)


def bad(ran: Any, topic: str) -> dict[str, Any]:
    """Return the finding of a topic; check that it is bad, gives advice, and sets the exit code for monitors."""
    found = finding(ran, topic)
    assert ran.code == 1
    assert not ran.json["ok"]
    assert not found["ok"]
    assert found["advice"]
    return found


class Channel(BaseHTTPRequestHandler):
    """Empty marketplace whose clock is an hour ahead."""

    def do_GET(self) -> None:
        body = json.dumps({"count": 0, "next": None, "previous": None, "results": []}).encode()
        self.send_response_only(200)
        self.send_header("Date", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Log no requests."""


@pytest.fixture
def an_hour_ahead() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Channel) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_doctor_on_a_healthy_installation_finds_no_problem(shop_bmtui: CommandLine) -> None:
    ran = shop_bmtui.ok("doctor", "--json")
    assert ran.json["ok"]
    assert finding(ran, "clock")["message"].startswith("This machine's clock agrees")
    topics = {one["topic"] for one in ran.json["findings"]}
    assert topics >= {"sqlite", "modes", "filesystem", "disk", "libreoffice", "fonts", "clock", "workers"}


def test_doctor_finds_a_bad_token(bmtui: CommandLine, marketplace: SandboxServer) -> None:
    bmtui.add_company(marketplace.url, "wrong")
    assert "token" in bad(bmtui("doctor", "--json"), "channel Shop")["message"]


def test_doctor_finds_an_unreachable_host(bmtui: CommandLine) -> None:
    bmtui.add_company("http://127.0.0.1:9", "a-token")
    assert "No connection to 127.0.0.1" in bad(bmtui("doctor", "--json"), "channel Shop")["message"]


def test_doctor_finds_a_clock_off_by_an_hour(bmtui: CommandLine, an_hour_ahead: str) -> None:
    bmtui.add_company(an_hour_ahead, "a-token")
    found = bad(bmtui("doctor", "--json"), "clock")
    assert "60 minutes behind Back Market's" in found["message"]
    assert "set-ntp" in found["advice"]


def test_doctor_without_a_company_says_so(bmtui: CommandLine) -> None:
    out = bmtui("doctor").out
    assert "ok   company: There is no company yet. Add one: 'bmtui company add'." in out


def test_doctor_finds_unknown_keys_themes_and_columns(bmtui: CommandLine) -> None:
    bmtui.ok("company", "list")
    wrong = 'theme = "neon"\ncolumns = ["id", "totl", "zzz"]\n[keys]\n"order.nope" = "x"\n"order.note" = "c"\n'
    (bmtui.home / "screens.toml").write_text(wrong, encoding="utf-8")
    ran = bmtui("doctor")
    assert ran.code == 1
    for said in (
        "no action 'order.nope'",
        "c is both",
        "no theme 'neon'",
        "no column 'totl'. Did you mean 'total'?",
        "'zzz'",
    ):
        assert said in ran.out


def test_doctor_finds_wrong_file_modes_and_gives_the_command(bmtui: CommandLine) -> None:
    bmtui.ok("company", "list")
    (bmtui.home / "bmtui.sqlite").chmod(0o644)
    bmtui.home.chmod(0o777)
    found = bad(bmtui("doctor", "--json"), "modes")
    assert "bmtui.sqlite (mode 644)" in found["message"]
    subprocess.run(found["advice"].removeprefix("Run: "), shell=True, check=True)
    assert finding(bmtui("doctor", "--json"), "modes")["ok"]


@pytest.mark.parametrize("full", [False, True])
def test_doctor_finds_a_full_disk(tmp_path: Path, full: bool) -> None:
    """Run doctor on a disk with little space, and on a full one, where the store cannot even be opened."""
    home = tmp_path / "home"
    home.mkdir()
    # A disk of its own, in a name space of its own.
    script = f'mount -t tmpfs -o size=8m none "{home}" && '
    if full:
        fill = f'dd if=/dev/zero of="{home}/fill" bs=1k 2> /dev/null'
        script += f'{{ "$@" > /dev/null; {fill}; exec "$@"; }}'
    else:
        script += 'exec "$@"'
    if subprocess.run(["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    command = ["unshare", "-rm", "sh", "-c", script, "sh", *COMMAND, "doctor", "--json"]
    env = CommandLine(home).environment()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    findings = {one["topic"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert findings["disk"]["message"].startswith("Only ")
    assert findings["disk"]["advice"]
    assert not full or "disk is full" in findings["store"]["message"]


def without(module: str, bmtui: CommandLine) -> Any:
    """Run doctor as if the library `module` was not installed."""
    code = f"import sys; sys.modules[{module!r}] = None; from bmtui.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--json"],
        env=bmtui.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="Python's own SQLite is not an old one here")
def test_doctor_finds_an_old_sqlite(bmtui: CommandLine) -> None:
    found = bad(without("pysqlite3", bmtui), "sqlite")
    assert sqlite3.sqlite_version in found["message"]
    assert "pip install pysqlite3" in found["advice"]


def test_doctor_finds_a_missing_font_only_where_it_is_needed(bmtui: CommandLine) -> None:
    bmtui.add_company("http://127.0.0.1:9", "a-token")
    assert finding(without("pylopdf_fonts_jp", bmtui), "fonts")["ok"]
    (bmtui.home.parent / "token").write_text("another-token")
    token = ("--token-file", str(bmtui.home.parent / "token"))
    url = ("--url", "http://127.0.0.1:9")
    bmtui.ok("company", "add", "Japan", "--platform", "ap", *url, *token, "--contact", "a@b.example")
    found = bad(without("pylopdf_fonts_jp", bmtui), "fonts")
    assert "bmtui[japanese]" in found["advice"]


def test_a_store_that_cannot_be_opened_is_a_finding(bmtui: CommandLine) -> None:
    bmtui.ok("company", "list")
    (bmtui.home / "bmtui.sqlite").write_text("hello" * 1000)
    assert "damaged or not a database" in bad(bmtui("doctor", "--json"), "store")["message"]


def test_doctor_finds_a_missing_and_a_stopped_worker(shop_bmtui: CommandLine) -> None:
    shop_bmtui.ok("orders", "download", "--since", "2000-01-01")
    assert "no worker runs" in bad(shop_bmtui("doctor", "--json"), "workers")["message"]
    worker = subprocess.Popen(
        [*COMMAND, "worker"], env=shop_bmtui.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        assert worker.stderr is not None
        assert "Working" in worker.stderr.readline()
        while not finding(shop_bmtui("doctor", "--json"), "workers")["message"].startswith("1 worker runs"):
            assert worker.poll() is None
        worker.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
        found = bad(shop_bmtui("doctor", "--json"), "workers")
        assert f"process {worker.pid}" in found["message"]
        assert "kill -CONT" in found["advice"]
    finally:
        worker.send_signal(signal.SIGCONT)
        worker.terminate()
        worker.communicate()


def test_doctor_asks_for_libreoffice_only_where_it_is_used(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    env = {"PATH": str(empty)}
    assert finding(shop_bmtui("doctor", "--json", **env), "libreoffice")["ok"]
    code = (
        "import sys; from bmtui import settings; from bmtui.desk.bootstrap import open_desk\n"
        "from bmtui.store.models import Company, InvoiceSettings\n"
        "desk = open_desk(settings.load(sys.argv[1])); row = Company.get()\n"
        "wanted = {'preference': 'word_to_pdf'}\n"
        "InvoiceSettings.create(company=row, market='', entries=wanted, updated_at=row.created_at)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(shop_bmtui.home)], check=True)
    assert "Word to PDF needs" in bad(shop_bmtui("doctor", "--json", **env), "libreoffice")["message"]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed here")
def test_doctor_finds_a_tmux_without_clipboard(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    socket, out = f"bmtui-test-{os.getpid()}", tmp_path / "out"
    env = {**shop_bmtui.environment(), "TMUX_TMPDIR": str(tmp_path), "TERM": "xterm-256color"}
    command = f"{' '.join(COMMAND)} doctor --json > {out}; tmux wait-for -S done"

    def tmux(*words: str) -> None:
        subprocess.run(["tmux", "-L", socket, "-f", "/dev/null", *words], env=env, check=True, timeout=60)

    try:
        tmux("new-session", "-d", "-x", "80", "-y", "24", "cat")
        tmux("set", "-s", "set-clipboard", "off")
        tmux("new-window", "-d", command)
        tmux("wait-for", "done")
    finally:
        tmux("kill-server")
    (found,) = [one for one in json.loads(out.read_text())["findings"] if one["topic"] == "tmux"]
    assert not found["ok"]
    assert "set-clipboard on" in found["advice"]
