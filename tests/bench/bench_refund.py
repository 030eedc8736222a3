"""The full refund of the order under the cursor: three keys; what the last of them costs at 80×24.

    python tests/bench/bench_refund.py [--rounds 10]

From the search list: r, ^s, Y. Measured in a pseudo-terminal on a desk with a worker beside the screens: bytes and time
from the last key until "queued" can be read, and the bytes of all three keys.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import connect, download
from terminal import Terminal

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

SHIPPED = "channel:shipped payment:charged"
DEAF_S = 0.4
"""Seconds for which a dangerous dialog ignores keys on purpose: no cost of the program."""


def measure(rounds: int) -> list[tuple[float, int, int]]:
    """Return by round the milliseconds and bytes from the last key to "queued", and the bytes of all three keys."""
    with tempfile.TemporaryDirectory() as name, SandboxServer(SandboxOptions(orders=240, rate_limit=10**9)) as server:
        home = Path(name) / "home"
        desk = open_desk(settings.load(str(home), environ={}))
        connect(desk, server)
        download(desk)
        desk.store.close()
        command = [sys.executable, "-m", "bmtui", "--home", str(home)]
        with Terminal(command, columns=80, rows=24) as terminal:
            terminal.wait_for("Help")
            terminal.press("/")
            terminal.type(SHIPPED)
            terminal.press("enter")
            terminal.wait_for(f"/ {SHIPPED}", "Shipped")
            found = [one_round(terminal) for _ in range(rounds)]
    return found


def one_round(terminal: Terminal) -> tuple[float, int, int]:
    terminal.quiet(DEAF_S)
    began = terminal.received
    terminal.press("r")
    terminal.wait_for("Issue Refund", "Review")
    terminal.quiet(DEAF_S)
    terminal.press("ctrl+s")
    terminal.wait_for("Sent to Back Market")
    terminal.quiet(DEAF_S)
    before, at = terminal.received, time.perf_counter()
    terminal.press("Y")
    terminal.wait_for("queued as job")
    elapsed_ms = (time.perf_counter() - at) * 1000
    found = elapsed_ms, terminal.received - before, terminal.received - began
    terminal.quiet(DEAF_S)
    terminal.press("j")
    return found


def table(found: list[tuple[float, int, int]]) -> Iterable[str]:
    yield f"full refund, three keys, 80×24      {'median':>8} {'worst':>8}"
    for number, name in enumerate(("last key to queued, ms", "last key to queued, bytes", "all three keys, bytes")):
        values = [one[number] for one in found]
        yield f"{name:35} {median(values):8,.0f} {max(values):8,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    for line in table(measure(parser.parse_args().rounds)):
        print(line)


if __name__ == "__main__":
    main()
