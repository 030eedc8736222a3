"""Rate limit under load: many processes that ask as fast as they may, some of which stand still for seconds.

    python tests/reliability/limit_hammer.py --processes 64 --seconds 60
    python tests/reliability/limit_hammer.py --processes 64 --seconds 60 --store postgresql://…

Of each request the moment just before its first byte leaves is noted. A few processes at a time are stopped, each for
up to 3 s; 64 of them overload any small machine by themselves. More than 195 requests in any 10 s, or a 429 of the
marketplace, ends it with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import connect, python

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

MOST = 195
"""Allowed number of requests in any 10 s, over all processes; 200 are documented (API §2)."""
WINDOW_NS = 10_000_000_000
STOP_S = 3.0

HAMMER = """
import asyncio, json, sys, time
from bmtui import settings
from bmtui.channel.transport import Exchange
from bmtui.desk.bootstrap import open_desk
from bmtui.queue.worker import Reschedule
from bmtui.errors import StoreBusy, TooLate
from bmtui.workers.company_channel import open_access
desk = open_desk(settings.load(sys.argv[1], environ={}))
company = desk.company_row().id
sent, waits, trace = [], [], Exchange.trace
async def noted(self, event, info):
    await trace(self, event, info)
    if event == "http11.send_request_headers.started":
        sent.append(time.time_ns())
Exchange.trace = noted
async def hammer():
    async with open_access(desk, company, polling=sys.argv[3] == "polling") as access:
        reserve = access._reserve
        def counted():
            wait_s, at_s = reserve()
            waits.append(wait_s != 0)
            return wait_s, at_s
        access._reserve = counted
        print("ready", flush=True)
        sys.stdin.readline()
        ends_at = time.monotonic() + float(sys.argv[2])
        async def one():
            while time.monotonic() < ends_at:
                try:
                    await access.turn()
                    await access.call(access.channel.orders(page=1, page_size=1))
                except (Reschedule, TooLate, StoreBusy):
                    await asyncio.sleep(0.5)
        await asyncio.gather(one(), one(), one())
    return sent, sum(waits)
print(json.dumps(asyncio.run(hammer())))
desk.store.close()
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """Result: `most` requests in the worst 10 s, `sent` in all, turns `held_back` by the limit, `errors` they made."""

    most: int
    sent: int
    held_back: int
    errors: tuple[str, ...]


def most_in_a_window(times_ns: list[int]) -> int:
    window: deque[int] = deque()
    most = 0
    for at in sorted(times_ns):
        window.append(at)
        while window[0] <= at - WINDOW_NS:
            window.popleft()
        most = max(most, len(window))
    return most


def run(desk: Desk, processes: int, seconds: float, *, stopped: int = 0, seed: int = 1) -> Ran:
    """Let `processes` make requests, a third of them polling; `stopped` of them stand still at any moment."""
    kinds = ["polling" if number % 3 == 0 else "clicking" for number in range(processes)]
    hammers = [python(HAMMER, str(desk.settings.config), str(seconds), kind) for kind in kinds]
    for hammer in hammers:
        assert hammer.stdout is not None
        assert hammer.stdout.readline() == "ready\n"
    for hammer in hammers:
        assert hammer.stdin is not None
        hammer.stdin.write("go\n")
        hammer.stdin.flush()
    # Where they stop is for chance to say, not for cryptography.
    chance, ends_at = random.Random(seed), time.monotonic() + seconds
    while stopped and time.monotonic() < ends_at - STOP_S:
        victims = chance.sample(hammers, stopped)
        for victim in victims:
            victim.send_signal(signal.SIGSTOP)
        time.sleep(chance.uniform(0.2, STOP_S))
        for victim in victims:
            victim.send_signal(signal.SIGCONT)
        time.sleep(0.05)
    sent: list[int] = []
    held_back = 0
    errors: list[str] = []
    for hammer in hammers:
        out, said = hammer.communicate()
        if hammer.returncode == 0:
            times_ns, waits = json.loads(out)
            sent += times_ns
            held_back += waits
        else:
            errors.append(said.strip().rpartition("\n")[2])
    return Ran(most_in_a_window(sent), len(sent), held_back, tuple(errors))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--stopped", type=int, default=8, help="so many stand still at any moment")
    parser.add_argument("--store", default="", help="postgresql://…; SQLite without it")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bmtui-limit-") as folder,
        SandboxServer(SandboxOptions(orders=5)) as server,
    ):
        if args.store:
            (Path(folder) / "bmtui.toml").write_text(f'store = "{args.store}"\n', encoding="utf-8")
        desk = open_desk(settings.load(folder, environ={}))
        try:
            connect(desk, server)
            ran = run(desk, args.processes, args.seconds, stopped=args.stopped)
        finally:
            desk.store.close()
    print(f"{ran.sent:,} requests, at most {ran.most} in any 10 s (allowed {MOST}); failed: {list(ran.errors)}")
    return 0 if ran.most <= MOST and not ran.errors else 1


if __name__ == "__main__":
    sys.exit(main())
