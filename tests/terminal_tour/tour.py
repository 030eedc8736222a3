"""The whole tour over a real SSH connection on loopback, inside tmux or screen, with the bytes on the wire counted.

    python tests/terminal_tour/tour.py [--size 80x24] [--orders 300] [--inside tmux|screen|nothing] [--term TERM]
                                       [--no-color] [--see]

It needs `sshd`, `ssh`, `ssh-keygen` and what it is to run inside of (Debian: openssh-server openssh-client tmux screen)
and installs nothing; `--see` prints what the terminal shows after each step. The
server is one of its own, on a free port of 127.0.0.1, with keys and configuration in a temporary folder; it lets in the
account that runs this, by a key that is made for it and deleted afterwards.

    the operator's terminal (here: a pseudo-terminal) ── ssh ── counting relay ── sshd ── tmux or screen ── bmtui

The relay counts what goes through the connection in either direction, encrypted and all; beside it stand the bytes that
the terminal itself receives.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal import Terminal

NEEDED = ("sshd", "ssh", "ssh-keygen")

INSIDE = {
    "tmux": "tmux -f /dev/null -L tour-{pid} new-session '{command}'",
    "screen": "screen -U -c /dev/null -S tour-{pid} {command}",
    "nothing": "{command}",
}
"""Commands that start the desk on the remote side."""

COPIED = {"tmux": "in tmux's buffer", "screen": "sent through screen", "nothing": "terminal's clipboard"}
"""Messages about a copied text, by the program around the desk."""


class Relay:
    """Relay that passes a connection on and counts its bytes."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.up = self.down = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pass, args=(near, far, "up"), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, "down"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, way: str) -> None:
        # The other way may have closed both already.
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
                setattr(self, way, getattr(self, way) + len(data))
        target.close()

    def close(self) -> None:
        self._socket.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Run an sshd of the tour; yield its port."""
    port = free_port()
    for name in ("host", "person"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "person.pub", folder / "authorized")
    os.chmod(folder / "authorized", 0o600)
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "LogLevel ERROR\n"
    )
    if os.getuid() == 0:
        # Where a server that runs as root goes without rights.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([str(shutil.which("sshd") or "/usr/sbin/sshd"), "-D", "-f", str(folder / "config")])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


STEPS = (
    ("the desk opens", None, "q Quit"),
    ("one row down", "j", None),
    ("one row down again", "j", None),
    ("page down", "pagedown", None),
    ("to the top", "g", None),
    ("a query", "/channel:shipped", "channel:shipped"),
    ("back to the list", "enter", None),
    ("an order", "enter", "1 Summary"),
    ("its refunds", "5", None),
    ("back", "q", "q Quit"),
    ("two marks", "  ", "2 marked"),
    ("a note to both", "n", "Note · 2 orders"),
    ("written", "seen over ssh\r", "2 done, 0 not"),
    ("results closed", "enter", None),
    ("refund dialog", "r", "Issue Refund"),
    ("left again", "escape", None),
    ("copy an id", "y", "copied"),
    ("jobs", "J", "newest first"),
    ("back from jobs", "q", "q Quit"),
    ("settings", ",", "Read-only"),
    ("back from settings", "q", "q Quit"),
    ("invoices", "I", "Shipped, no invoice provided"),
    ("back from invoices", "q", "q Quit"),
    ("RMAs", "M", "RMA ·"),
    ("back from RMAs", "q", "q Quit"),
    ("after-sales inbox", "E", "After-sales inbox"),
    ("back from the inbox", "q", "q Quit"),
    ("outbox", "Q", "Outbox ·"),
    ("back from the outbox", "q", "q Quit"),
    ("uploads", "F", "upload"),
    ("back from uploads", "q", "q Quit"),
    ("refunds above a limit", "A", "Refunds above a limit"),
    ("back from them", "q", "q Quit"),
    ("differences", "=", "Store against Back Market"),
    ("back from differences", "q", "q Quit"),
    ("audit", "!", "Audit ·"),
    ("back from the audit", "q", "q Quit"),
    ("guides", "ctrl+g", "bmtui help quickstart"),
    ("guides closed", "escape", None),
    ("help", "?", "Keys of this screen"),
    ("help closed", "escape", None),
    ("palette", ":", "Do what?"),
    ("palette closed", "escape", None),
    ("repainted", "ctrl+l", None),
)


def tour(size: tuple[int, int], orders: int, inside: str, env: dict[str, str], *, see: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="bmtui-tour-") as name:
        folder = Path(name)
        home = folder / "home"
        subprocess.run(
            [sys.executable, "-m", "bmtui", "demo", "--headless", "--orders", str(orders), "--keep", str(home)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with server(folder) as port:
            relay = Relay(port)
            desk = f"{sys.executable} -m bmtui --home {home}"
            start = INSIDE[inside].format(pid=os.getpid(), command=desk)
            told = "".join(f"{name}={value} " for name, value in env.items() if name != "TERM")
            command = [
                "ssh", "-tt", "-p", str(relay.port), "-i", str(folder / "person"), "-o", "StrictHostKeyChecking=no",
                "-o", f"UserKnownHostsFile={folder}/known", "-o", "LogLevel=ERROR", f"{getpass.getuser()}@127.0.0.1",
                f"cd {Path(__file__).parents[2]} && LC_ALL=C.UTF-8 {told}{start}",
            ]  # fmt: skip
            title = f"{size[0]}x{size[1]}, {orders} orders, {inside}:"
            print(f"{title:46}{'terminal B':>12}{'wire down B':>13}{'wire up B':>11}")
            with Terminal(command, columns=size[0], rows=size[1], env=env) as terminal:
                total = 0
                for what, keys, text in STEPS:
                    before, down, up = terminal.received, relay.down, relay.up
                    if keys is not None:
                        if len(keys) > 1 and not keys.startswith(("/", " ", "seen")):
                            terminal.press(keys)
                        else:
                            for key in keys:
                                terminal.press("enter" if key == "\r" else "space" if key == " " else key)
                    text = COPIED[inside] if text == "copied" else text
                    if text:
                        terminal.wait_until(lambda text=text: text in terminal.text, what)  # type: ignore[misc]
                    terminal.quiet(1.2)
                    total += terminal.received - before
                    wire = f"{relay.down - down:>13,}{relay.up - up:>11,}"
                    print(f"{what:46}{terminal.received - before:>12,}{wire}", flush=True)
                    if see:
                        print(terminal.text)
                before = terminal.received
                end = time.monotonic() + 10
                while (left := end - time.monotonic()) > 0:
                    terminal.read(left)
                print(f"{'idle 10 s':46}{terminal.received - before:>12,}")
                terminal.press("q")
                code = terminal.wait_exit()
                print(f"left with {code}; {total:,} bytes in all to the terminal, {relay.down:,} over the wire")
            relay.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--size", default="80x24")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--inside", choices=INSIDE, default="tmux")
    parser.add_argument("--term", default="xterm-256color", help="the TERM of the operator's terminal")
    parser.add_argument("--no-color", action="store_true", help="set NO_COLOR")
    parser.add_argument("--see", action="store_true", help="print what the terminal shows after each step")
    args = parser.parse_args()
    needed = (*NEEDED, *([args.inside] if args.inside != "nothing" else []))
    missing = [name for name in needed if not (shutil.which(name) or Path(f"/usr/sbin/{name}").exists())]
    if missing:
        print(f"This needs {', '.join(missing)}: on Debian, apt-get install openssh-server openssh-client tmux screen.")
        return 2
    columns, _, rows = args.size.partition("x")
    env = {"TERM": args.term} | ({"NO_COLOR": "1"} if args.no_color else {})
    tour((int(columns), int(rows)), args.orders, args.inside, env, see=args.see)
    return 0


if __name__ == "__main__":
    sys.exit(main())
