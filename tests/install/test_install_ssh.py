"""Two people over SSH: a real sshd and a real sudo, with the very files that `bmtui deploy` prints."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import private_machine
import pytest
from private_machine import DESK, HOME, Machine
from terminal import DEADLINE_S, Terminal

from bmtui.cli.operations import deploy
from bmtui.sandbox.server import SandboxServer

TOKEN = {"CREDENTIALS_DIRECTORY": "/opt/credentials"}


@dataclass
class Server:
    """Machine with the desk for two operators: anna, who may refund 1.00 EUR alone, and ben."""

    machine: Machine
    marketplace: SandboxServer
    uids: dict[str, int]
    port: int
    keys: Path
    order_id: str

    def ssh(self, person: str, *words: str) -> list[str]:
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes")
        named = [word for option in options for word in ("-o", option)]
        key = ("-F", "/dev/null", "-i", str(self.keys / person))
        return ["ssh", *named, *key, "-p", str(self.port), f"{person}@127.0.0.1", *words]

    def screen(self, person: str) -> Terminal:
        return Terminal([*self.ssh(person)[:-1], "-tt", f"{person}@127.0.0.1"], columns=100, rows=30)

    def local(self, person: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a person with a shell on the machine."""
        named = [f"{name}={value}" for name, value in environment.items()]
        return self.machine.run("runuser", "-u", person, "--", "env", *named, *words)

    def work(self) -> None:
        self.machine.ok("runuser", "-u", "bmtui", "--", *DESK, "worker", "--once", environment=TOKEN)

    def order(self) -> Any:
        return json.loads(self.machine.desk("orders", "show", self.order_id, "--json").stdout)

    def actors(self, action: str) -> list[str]:
        rows = json.loads(self.machine.desk("audit", "list", "--action", action, "--json").stdout)
        return [row["actor"].split(" ")[0] for row in rows]


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, marketplace: SandboxServer) -> Iterator[Server]:
    missing = private_machine.why_not()
    if missing:
        pytest.skip(missing)
    with Machine(tmp_path) as machine:
        service = ("--system", "--home-dir", HOME, "--shell", "/usr/sbin/nologin")
        uids = {"bmtui": machine.account("bmtui", *service)}
        machine.ok("chmod", "700", HOME)
        machine.ok("groupadd", "bmtui-operators")
        for person in ("anna", "ben"):
            uids[person] = machine.account(person, "--groups", "bmtui-operators", "--shell", "/bin/sh")
        machine.write("/etc/sudoers.d/bmtui", deploy.text("sudoers"), "440")
        machine.ok("visudo", "--check", "--strict")
        with Sshd(machine, tmp_path) as port:
            machine.write("/opt/credentials/shop.token", marketplace.token, "400")
            # Where systemd places it for the service alone.
            machine.ok("chown", "bmtui", "/opt/credentials/shop.token")
            add = ("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--contact", "a@b.example")
            service_does(machine, *add, "--token-credential", "shop.token")
            service_does(machine, "company", "set", "Shop", "undo_windows=refund=0")
            service_does(machine, "orders", "download", "--since", "60d", "--wait")
            found = machine.desk("orders", "search", "channel:shipped payment:charged currency:EUR", "--json")
            (order_id, *_) = [row["order_id"] for row in json.loads(found.stdout)]
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
            yield Server(machine, marketplace, uids, port, tmp_path, str(order_id))


def service_does(machine: Machine, *words: str) -> None:
    machine.ok("runuser", "-u", "bmtui", "--", *DESK, *words, environment=TOKEN)


class Sshd:
    """SSH server with the configuration of `bmtui deploy`, and a key for each person."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.port = free_port()
        for name in ("host", "anna", "ben"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        for person in ("anna", "ben"):
            machine.ok("install", "--directory", "--mode", "700", "--owner", person, f"/home/{person}/.ssh")
            keys = f"/home/{person}/.ssh/authorized_keys"
            machine.write(keys, (folder / f"{person}.pub").read_text(), "600")
            machine.ok("chown", person, keys)
        own = f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        machine.write("/etc/ssh/sshd_config", f"{own}\n{deploy.text('sshd.conf')}", "644")
        machine.ok("/usr/sbin/sshd", "-t")
        self.process = subprocess.Popen(
            machine.within("/usr/sbin/sshd", "-D", "-e"),
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert self.process.stderr is not None
        assert "listening" in self.process.stderr.readline()

    def __enter__(self) -> int:
        return self.port

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=DEADLINE_S)


def refund(terminal: Terminal, order_id: str) -> None:
    terminal.wait_for("Enter Open")
    terminal.type("/")
    terminal.type(f"id:{order_id}")
    terminal.wait_for("1–1 of 1")
    terminal.press("enter")
    # Once: what is pressed again would be typed into the dialog.
    terminal.press("r")
    terminal.wait_for("Refund Date", timeout_s=2 * DEADLINE_S)
    terminal.press_until("ctrl+s", lambda: "Y " in terminal.text)
    terminal.press_until("Y", lambda: "waits for a second person" in terminal.text or "queued" in terminal.text)


def test_people_over_ssh_keep_their_own_rights(server: Server) -> None:
    with server.screen("anna") as terminal:
        refund(terminal, server.order_id)
        assert "waits for a second person" in terminal.text
        # Not by herself.
        terminal.press_until("A", lambda: "Refunds above a limit" in terminal.text)
        terminal.press("a")
        terminal.wait_for("You asked for it yourself: another account approves it.")
    server.work()
    (asked,) = server.order()["refunds"]
    assert asked["state"] == "awaiting_approval"
    with server.screen("ben") as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until("A", lambda: "anna" in terminal.text)
        terminal.press_until("a", lambda: "Y " in terminal.text)
        terminal.press_until("Y", lambda: "is approved" in terminal.text)
    server.work()
    (done,) = server.order()["refunds"]
    assert done["state"] == "confirmed"
    acted = [name for name in server.actors("refund.") if name.startswith(("anna", "ben"))]
    assert acted == [f"ben({server.uids['ben']})", f"anna({server.uids['anna']})"]
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
    (anna,) = [
        row for row in json.loads(server.machine.desk("users", "list", "--json").stdout) if row["account"] == "anna"
    ]
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
    assert "does not say env_reset" in found["ssh"]
    assert "/etc/ssh/sshd_config starts the desk without sudo" in found["ssh"]
