"""SSH server of a private machine, with the configuration that `bmtui deploy` prints, and people who log in there."""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from private_machine import Machine
from terminal import DEADLINE_S, Terminal

from bmtui.cli.operations import deploy

GROUP = "bmtui-operators"


@dataclass
class People:
    """Accounts of a private machine who open the desk over SSH.

    Attributes:
        uids: numbers of the accounts. order_id: shipped and paid order, of which a part can be refunded.
    """

    machine: Machine
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
        """Let the service run the jobs that wait."""
        raise NotImplementedError

    def read(self, *words: str) -> Any:
        """Return the JSON of a command of the desk, run by who may see everything."""
        raise NotImplementedError

    def order(self) -> Any:
        return self.read("orders", "show", self.order_id)

    def actors(self, action: str) -> list[str]:
        return [row["actor"].split(" ")[0] for row in self.read("audit", "list", "--action", action)]

    def ask_and_approve(self) -> None:
        """Let anna ask for a refund above her limit, fail to approve it herself, and ben approve it; run the jobs."""
        with self.screen("anna") as terminal:
            refund(terminal, self.order_id)
            assert "waits for a second person" in terminal.text
            terminal.press_until("A", lambda: "Refunds above a limit" in terminal.text)
            terminal.press("a")
            terminal.wait_for("You asked for it yourself: another account approves it.")
        self.work()
        (asked,) = self.order()["refunds"]
        assert asked["state"] == "awaiting_approval"
        with self.screen("ben") as terminal:
            terminal.wait_for("Enter Open")
            terminal.press_until("A", lambda: "anna" in terminal.text)
            terminal.press_until("a", lambda: "Y " in terminal.text)
            terminal.press_until("Y", lambda: "is approved" in terminal.text)
        self.work()
        (done,) = self.order()["refunds"]
        assert done["state"] == "confirmed"
        acted = [name for name in self.actors("refund.") if name.startswith(("anna", "ben"))]
        assert acted == [f"ben({self.uids['ben']})", f"anna({self.uids['anna']})"]


def refund(terminal: Terminal, order_id: str) -> None:
    """Refund the order in whole on the screens, as far as the account may."""
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


class Sshd:
    """SSH server with a configuration of `bmtui deploy`, and a key for each person; a context manager of its port."""

    def __init__(self, machine: Machine, folder: Path, configuration: str, people: tuple[str, ...]) -> None:
        self.port = free_port()
        for name in ("host", *people):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        for person in people:
            machine.ok("install", "--directory", "--mode", "700", "--owner", person, f"/home/{person}/.ssh")
            keys = f"/home/{person}/.ssh/authorized_keys"
            machine.write(keys, (folder / f"{person}.pub").read_text(), "600")
            machine.ok("chown", person, keys)
        own = f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        machine.write("/etc/ssh/sshd_config", f"{own}\n{deploy.text(configuration)}", "644")
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


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
