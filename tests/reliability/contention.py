"""Contention of many processes on one store: short write transactions, none of which may find the database locked.

    python tests/reliability/contention.py --processes 8 --transactions 100000
    python tests/reliability/contention.py --store postgresql://… --processes 8 --transactions 100000

Each transaction reads a number, writes it plus one, and keeps a row of its own: a lost update shows as a wrong sum.
Without ``--store``, a new SQLite file is used. The floor is one process alone in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bmtui.errors import StoreBusy
from bmtui.store import open_store
from bmtui.store.models import DailyBudget, RateLimit

NAME = "contention"


@dataclass(frozen=True, slots=True)
class Ran:
    """Result: `kept` rows and the last `number` must equal `transactions`; `busy` counts "locked" errors."""

    transactions: int
    busy: int
    kept: int
    number: int
    seconds: float
    slowest_s: float


def write(url: str, mark: str, count: int) -> None:
    """Make `count` transactions in this process; print how often the database was locked, and the slowest one."""
    store = open_store(url)
    print("ready", flush=True)
    sys.stdin.readline()
    busy, slowest = 0, 0.0
    for number in range(count):
        begun = time.perf_counter()
        while True:
            try:
                with store.transaction():
                    row = RateLimit.get(RateLimit.name == NAME)
                    RateLimit.update(theoretical_arrival=row.theoretical_arrival + 1).where(
                        RateLimit.name == NAME
                    ).execute()
                    DailyBudget.create(name=f"{NAME} {mark}", day=f"{number:08}", spent=1)
                break
            except StoreBusy:
                busy += 1
        slowest = max(slowest, time.perf_counter() - begun)
    store.close()
    print(json.dumps([busy, slowest]))


def run(url: str, processes: int, transactions: int) -> Ran:
    """Let `processes` write together, `transactions` in all; rows of an earlier run are deleted first."""
    store = open_store(url)
    with store.transaction():
        DailyBudget.delete().where(DailyBudget.name.startswith(NAME)).execute()
        RateLimit.delete().where(RateLimit.name == NAME).execute()
        RateLimit.create(name=NAME, theoretical_arrival=0)
    share, rest = divmod(transactions, processes)
    command = [sys.executable, __file__, "--store", url]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(
            [*command, "--writer", str(mark), "--transactions", str(share + (mark < rest))],
            stdin=pipe,
            stdout=pipe,
            text=True,
        )
        for mark in range(processes)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    told = [json.loads(writer.communicate()[0]) for writer in writers]
    seconds = time.perf_counter() - begun
    kept = DailyBudget.select().where(DailyBudget.name.startswith(NAME)).count()
    number = RateLimit.get(RateLimit.name == NAME).theoretical_arrival
    store.close()
    busy, slowest = sum(one[0] for one in told), max(one[1] for one in told)
    return Ran(transactions, busy, kept, number, seconds, slowest)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", metavar="URL")
    options.add_argument("--processes", type=int, default=8)
    options.add_argument("--transactions", type=int, default=100_000)
    options.add_argument("--writer", metavar="MARK", help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.writer is not None:
        write(args.store, args.writer, args.transactions)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        url = args.store or f"sqlite:///{Path(folder) / 'contention.sqlite'}"
        floor = run(url, 1, max(1, args.transactions // 20))
        print(f"floor: 1 process, {floor.transactions / floor.seconds:,.0f} transactions a second")
        ran = run(url, args.processes, args.transactions)
    rate = ran.transactions / ran.seconds
    print(f"{args.processes} processes: {ran.transactions:,} transactions, {rate:,.0f} a second,", end=" ")
    print(f"slowest {ran.slowest_s:.2f} s, locked {ran.busy}, lost {ran.transactions - ran.number}")
    return 0 if (ran.busy, ran.kept, ran.number) == (0, ran.transactions, ran.transactions) else 1


if __name__ == "__main__":
    sys.exit(main())
