"""Two people over SSH: a real sshd and a real sudo, with the very files that `bmtui deploy` prints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import private_machine
import pytest
from private_machine import DESK, HOME, Machine
from private_sshd import GROUP, People, Sshd, as_json, refund
from terminal import Terminal

from bmtui.cli.operations import deploy
from bmtui.sandbox.server import SandboxServer

TOKEN = {"CREDENTIALS_DIRECTORY": "/opt/credentials"}


class Server(People):
    """Machine with the desk for two operators: anna, who may refund 1.00 EUR alone, and ben."""

    def work(self) -> None:
        self.machine.ok("runuser", "-u", "bmtui", "--", *DESK, "worker", "--once", environment=TOKEN)

    def read(self, *words: str) -> Any:
        return as_json(self.machine.desk(*words, "--json"))


@pytest.fixture
def server(tmp_path: Path, marketplace: SandboxServer) -> Iterator[Server]:
    missing = private_machine.why_not()
    if missing:
        pytest.skip(missing)
    with Machine(tmp_path) as machine:
        service = ("--system", "--home-dir", HOME, "--shell", "/usr/sbin/nologin")
        uids = {"bmtui": machine.account("bmtui", *service)}
        machine.ok("chmod", "700", HOME)
        machine.ok("groupadd", GROUP)
        for person in ("anna", "ben"):
            uids[person] = machine.account(person, "--groups", GROUP, "--shell", "/bin/sh")
        machine.write("/etc/sudoers.d/bmtui", deploy.text("sudoers"), "440")
        machine.ok("visudo", "--check", "--strict")
        with Sshd(machine, tmp_path, "sshd.conf", ("anna", "ben")) as port:
            machine.write("/opt/credentials/shop.token", marketplace.token, "400")
            # Where systemd places it for the service alone.
            machine.ok("chown", "bmtui", "/opt/credentials/shop.token")
            add = ("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--contact", "a@b.example")
            service_does(machine, *add, "--token-credential", "shop.token")
            service_does(machine, "company", "set", "Shop", "undo_windows=refund=0")
            service_does(machine, "orders", "download", "--since", "60d", "--wait")
            found = machine.desk("orders", "search", "channel:shipped payment:charged currency:EUR", "--json")
            (order_id, *_) = [row["order_id"] for row in as_json(found)]
            for person in ("anna", "ben"):
                rights = (
                    "--role",
                    "operator",
                    "--refunds",
                    "yes",
                    "--limit",
                    f"EUR={'1' if person == 'anna' else '9999'}",
                )
                done = machine.desk("users", "set", person, *rights)
                assert done.returncode == 0, done.stderr
            yield Server(machine, uids, port, tmp_path, str(order_id))


def service_does(machine: Machine, *words: str) -> None:
    machine.ok("runuser", "-u", "bmtui", "--", *DESK, *words, environment=TOKEN)


def test_people_over_ssh_keep_their_own_rights(server: Server) -> None:
    server.ask_and_approve()
    # What each looked for is their own, too.
    remembered = server.machine.ok("sh", "-c", f"grep -l 'id:{server.order_id}' {HOME}/screens*.json")
    assert remembered.split() == [f"{HOME}/screens-{server.uids['anna']}.json"]


def test_operator_over_ssh_cannot_use_the_rights_of_another_account(server: Server) -> None:
    make_admin = ("users", "set", "anna", "--role", "admin")
    # Over SSH there is the desk, whatever is asked for; files of the service are not anna's.
    asked = subprocess.run(
        server.ssh("anna", "bmtui", *make_admin), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (asked.returncode, "The desk needs a terminal" in asked.stderr) == (2, True)
    assert server.local("anna", "cat", f"{HOME}/bmtui.sqlite").returncode == 1
    # With a shell of her own: other words, another home, other variables, another program.
    for words in (
        (*DESK, *make_admin),
        ("/opt/bmtui/bin/bmtui", "--home", "/home/anna"),
        ("BMTUI_STORE=sqlite:////home/anna/x.sqlite", *DESK),
        ("-E", *DESK),
        ("/bin/sh", "-c", "id"),
    ):
        refused = server.local("anna", "sudo", "--non-interactive", "-u", "bmtui", *words)
        assert refused.returncode == 1, (words, refused.stdout)
        assert refused.stderr.startswith("sudo: "), (words, refused.stderr)
    # What she puts into sudo's own variables is overwritten.
    forged = {"SUDO_UID": str(server.uids["ben"]), "SUDO_USER": "ben", "BMTUI_STORE": "sqlite:////home/anna/x.sqlite"}
    names = [f"{name}={value}" for name, value in forged.items()]
    as_ben = server.machine.within("runuser", "-u", "anna", "--", "env", *names, "sudo", "-u", "bmtui", *DESK)
    with Terminal(as_ben, columns=100, rows=30) as terminal:
        refund(terminal, server.order_id)
        assert "waits for a second person" in terminal.text
    assert server.actors("refund.") == [f"anna({server.uids['anna']})"]
    (anna,) = [row for row in server.read("users", "list") if row["account"] == "anna"]
    assert anna["role"] == "operator"


def test_doctor_over_ssh_says_if_people_have_accounts_of_their_own(server: Server) -> None:
    def bad() -> dict[str, str]:
        told = json.loads(server.machine.run(*DESK, "doctor", "--json", environment=TOKEN).stdout)["findings"]
        return {one["topic"]: one["message"] for one in told if not one["ok"]}

    ours = {"login", "roles", "ssh"}
    assert not ours & bad().keys()
    server.machine.ok("usermod", "--append", "--groups", "sudo", "anna")
    server.machine.ok("chown", "ben", HOME)
    server.machine.ok("sed", "-i", "s/NOEXEC: //; s/ env_reset,//", "/etc/sudoers.d/bmtui")
    server.machine.ok("sed", "-i", "s,/usr/bin/sudo -u bmtui,,", "/etc/ssh/sshd_config")
    found = bad()
    assert "anna is in the group sudo" in found["roles"]
    assert f"ben owns {HOME}" in found["roles"]
    assert "/etc/sudoers.d/bmtui lacks NOEXEC" in found["ssh"]
    assert "has no env_reset" in found["ssh"]
    assert "/etc/ssh/sshd_config starts the desk without sudo" in found["ssh"]
