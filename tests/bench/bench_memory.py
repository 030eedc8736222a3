"""Memory of the desk while screens are opened and closed, in a pseudo-terminal.

    python tests/bench/bench_memory.py [--keys 10000] [--orders 10000]

Prints the resident memory after a tenth of the keys (what is loaded on first use is there by then) and at the end.
Exits with 1 when it grew by more than 10 MB in between.
"""

from __future__ import annotations

import argparse
import sys
from itertools import cycle, islice
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from bench_terminal import Pty, desk

SCREENS = b"JEIdwoc?"
"""Keys that open a screen or a dialog from the list of orders; Escape closes each."""

MOST_MB = 10
ESCAPE_S = 0.12
"""Pause after Escape, in seconds: a terminal takes it for a key of its own only when nothing follows for 0.1 s."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=10_000)
    args = parser.parse_args()
    with Pty(desk(args.orders), 120, 40) as terminal:
        terminal.until(b"Enter")
        terminal.quiet()
        warm = 0.0
        for pressed, key in enumerate(islice(cycle(SCREENS), args.keys // 2)):
            terminal.type(bytes([key]), 0.03)
            terminal.type(b"\x1b", ESCAPE_S)
            if terminal.process.poll() is not None:
                raise SystemExit(f"the desk ended after key {chr(key)!r}")
            if pressed == args.keys // 20:
                warm = terminal.megabytes
        grown = terminal.megabytes - warm
        print(f"{warm:.1f} MB after {args.keys // 10} keys, {terminal.megabytes:.1f} MB after {args.keys}")
    return int(grown > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
