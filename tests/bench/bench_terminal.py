"""Bytes on the wire and response times of the screens, beside floors, in one run, in a pseudo-terminal.

    python tests/bench/bench_terminal.py [--orders 1000000] [--rounds 20]

Beside each other: the desk on many orders, the desk on 10,000, and floors: a bare Textual shell (header, input, table
of 50 rows, footer) and a stock DataTable. Times are from the key, or from the start of the process, to the last byte
that follows; bytes are what the program sends.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Self

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from million import home_of

SIZES = ((80, 24), (120, 40))
QUIET_S = 0.12
"""Seconds of silence after which the byte before them is taken for the last one."""
NOT_PASSED_ON = ("NO_COLOR", "COLORTERM", "TMUX", "STY", "PYTHONDONTWRITEBYTECODE")
"""Environment variables that would change the terminal, or compile the desk at every start as no installation does."""

SHELL = """
from textual.app import App
from textual.widgets import DataTable, Footer, Header, Input
class Shell(App):
    BINDINGS = [("q", "quit", "Quit")]
    def compose(self):
        yield Header()
        yield Input()
        yield DataTable(cursor_type="row")
        yield Footer()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("Order", "Created", "Back Market", "Status", "Ship by", "Customer", "Total")
        for row in range(ROWS):
            table.add_row(str(40000000 + row), "23 Nov 14:05", "To ship", "In Process", "Mon", "Marie Dupont", "48.97")
        table.focus()
Shell().run(mouse=False)
"""


class Pty:
    """Program in a pseudo-terminal; its output is counted and timed, and read no further than needed."""

    def __init__(self, command: Sequence[str], columns: int, rows: int, **environ: str) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
        env |= {"TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", **environ}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self._master = master
        self.received = 0
        self.last = self.began
        self.raw = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.last = time.perf_counter()
        self.received += len(data)
        self.raw = (self.raw + data)[-100_000:]
        return True

    def until(self, text: bytes, timeout_s: float = 60) -> float:
        """Return the seconds from the start of the process until `text` was seen."""
        end = time.perf_counter() + timeout_s
        while text not in self.raw:
            if not self.read(max(end - time.perf_counter(), 0)):
                raise SystemExit(f"waited in vain for {text!r}")
        return self.last - self.began

    def quiet(self, for_s: float = QUIET_S) -> None:
        while self.read(for_s):
            pass

    def type(self, keys: bytes, quiet_s: float = QUIET_S) -> tuple[float, int]:
        """Type the keys; return the milliseconds to the last byte, and the number of bytes."""
        before, at = self.received, time.perf_counter()
        os.write(self._master, keys)
        self.quiet(quiet_s)
        return (self.last - at) * 1000 if self.received > before else 0.0, self.received - before

    def write(self, keys: bytes) -> None:
        os.write(self._master, keys)

    @property
    def megabytes(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def desk(orders: int) -> list[str]:
    return [sys.executable, "-m", "bmtui", "--home", str(home_of(orders)), "--read-only"]


def shell(rows: int) -> list[str]:
    return [sys.executable, "-c", SHELL.replace("ROWS", str(rows))]


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def row(what: str, *cells: str) -> None:
    print(f"{what:44}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def starts(orders: int, rounds: int) -> None:
    programs = {
        "bare Textual shell": (shell(50), b"Marie"),
        "desk, 10,000 orders": (desk(10_000), b"Quit"),
        f"desk, {orders:,} orders": (desk(orders), b"Quit"),
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    ends: dict[str, list[float]] = {name: [] for name in programs}
    sizes: dict[str, float] = {}
    for number in range(rounds):
        for name, (command, text) in programs.items():
            with Pty(command, 80, 24) as program:
                seconds = program.until(text)
                program.quiet(0.5)
                if number:
                    times[name].append(seconds)
                    ends[name].append(program.last - program.began)
                if number == rounds - 1:
                    sizes[name] = program.megabytes
    for what, measured in (("rows seen", times), ("last byte", ends)):
        floor = median(measured["bare Textual shell"])
        for name, taken in measured.items():
            row(
                f"start to {what}, {name}",
                f"{median(taken):.3f} s",
                f"{median(taken) / floor:.2f} × shell",
                f"{sizes[name]:.0f} MB",
            )


def keys(name: str, command: list[str], first: bytes, columns: int, rows: int, rounds: int) -> None:
    with Pty(command, columns, rows) as program:
        program.until(first)
        program.quiet(1)
        # Of 20 moves the 95th percentile would be the slowest, which says more of the machine than of the desk.
        moves = [program.type(b"j" if "desk" in name else b"\x1b[B", 0.05) for _ in range(rounds * 10)]
        costs = sorted(size for _, size in moves)
        times = sorted(ms for ms, _ in moves)
        row(
            f"{name}: row move",
            f"{median(times):.1f}/{p95(times):.1f} ms",
            f"{costs[len(costs) // 2]}/{p95(costs):.0f} B",
        )
        pages = [program.type(b"\x1b[6~") for _ in range(8)]
        row(
            f"{name}: page down",
            f"{median(ms for ms, _ in pages):.1f} ms",
            f"{median(size for _, size in pages):.0f} B",
        )
        before = time.perf_counter()
        for number in range(60):
            program.write(b"j" if "desk" in name else b"\x1b[B")
            until = before + (number + 1) / 30
            while (left := until - time.perf_counter()) > 0:
                program.read(left)
        at = until - 1 / 30
        program.quiet()
        row(f"{name}: lag after a held key", f"{max(program.last - at, 0) * 1000:.0f} ms")
        if "desk" not in name:
            return
        for what, opening, closing in (
            ("palette", b":", b"\x1b"),
            ("help", b"?", b"\x1b"),
        ):
            # A dialog is deaf for a moment, and an Escape alone waits for what may follow it.
            ms, size = program.type(opening, 0.8)
            back = program.type(closing, 0.8)
            row(f"{name}: {what} open / close", f"{ms:.0f}/{back[0]:.0f} ms", f"{size:,}/{back[1]:,} B")


def modal(orders: int, columns: int, rows: int) -> None:
    command = [word for word in desk(orders) if word != "--read-only"]
    with Pty(command, columns, rows) as program:
        program.until(b"Quit")
        program.quiet(1)
        for what, key in (("refund dialog", b"r"), ("cancel dialog", b"c")):
            ms, size = program.type(key, 0.8)
            back = program.type(b"\x1b", 0.8)
            row(f"desk: {what} open / close", f"{ms:.0f}/{back[0]:.0f} ms", f"{size:,}/{back[1]:,} B")


def typing(orders: int, columns: int, rows: int, note: str = "") -> None:
    words = ("marie dup", "kowalski", "6a12345", "channel:ship", "40123", "phn-a12", "example.com", "lukas j")
    with Pty(desk(orders), columns, rows) as program:
        program.until(b"Quit")
        program.quiet(1)
        program.type(b"/")
        times: list[float] = []
        for word in words:
            program.type(b"\x15")
            program.quiet(0.5)
            for letter in word:
                ms, size = program.type(letter.encode())
                if size:
                    times.append(ms)
        what = f"desk, {orders:,}: key to painted result{note}"
        row(what, f"{median(times):.0f}/{p95(times):.0f} ms", f"{len(times)} keys")
        program.type(b"\x15")
        program.quiet(1)
        at = time.perf_counter()
        program.write(b"marie dupont")
        program.quiet(0.3)
        row(f"desk, {orders:,}: typed at once", f"{(program.last - at) * 1000:.0f} ms")


@contextlib.contextmanager
def busy(orders: int) -> Iterator[None]:
    """Keep another process busy meanwhile, as a worker of another installation would."""
    code = "while True: sum(range(10**6))"
    process = subprocess.Popen(["nice", sys.executable, "-c", code])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def idle(orders: int) -> None:
    places = {
        "search": b"",
        "order": b"\r",
        "jobs": b"J",
        "settings": b",",
        "outbox": b"Q",
        "palette": b":",
        "help": b"?",
    }
    for place, key in places.items():
        with Pty(desk(orders), 80, 24) as program, busy(orders):
            program.until(b"Quit")
            program.quiet(2)
            if key:
                program.type(key)
                program.quiet(1.5)
            before = program.received
            end = time.monotonic() + 10
            while (left := end - time.monotonic()) > 0:
                program.read(left)
            row(f"idle 10 s, {place}", f"{program.received - before} B")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    starts(args.orders, max(4, args.rounds // 3))
    for columns, rows in SIZES:
        print(f"\n{columns} × {rows}, 256 colours", flush=True)
        keys("DataTable, 10,000 rows", shell(10_000), b"Marie", columns, rows, args.rounds)
        keys(f"desk, {args.orders:,} orders", desk(args.orders), b"Quit", columns, rows, args.rounds)
        modal(args.orders, columns, rows)
        typing(10_000, columns, rows)
        # What no other process has read lately comes from the disk the first time.
        if (columns, rows) == SIZES[0]:
            typing(args.orders, columns, rows, ", cold")
        typing(args.orders, columns, rows)
    print()
    idle(args.orders)


if __name__ == "__main__":
    main()
