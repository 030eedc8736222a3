"""Duration of the migration of schema 12, which folds the search texts that an older release stored.

    python tests/bench/bench_folding.py [--orders 1000000]

The installation of `million.py` is copied, its texts become those of an older release, and the copy is opened as an
upgrade opens it. Seconds by the clock and of the processor, and orders a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from helpers import copied_home
from million import home_of

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.store import folding


class Folded(NamedTuple):
    """Result of a migration; `told` counts its progress messages."""

    orders: int
    seconds: float
    cpu_s: float
    told: int


def run(orders: int) -> Folded:
    """Fold the search texts of `orders` orders and time it."""
    with tempfile.TemporaryDirectory() as folder:
        home = copied_home(home_of(orders), Path(folder) / "home")
        desk = open_desk(settings.load(str(home), environ={}))
        database = desk.store.database
        old = "order_id || ' ' || customer_name || ' ' || customer_email"
        with desk.store.transaction():
            database.execute_sql(f"UPDATE orders SET search_text = {old}")
            database.execute_sql("INSERT INTO search_unfolded SELECT id FROM orders")
        told: list[int] = []
        began, cpu = time.perf_counter(), time.process_time()
        folding.fold_texts(database, lambda done, total: told.append(done))
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
        (left,) = database.execute_sql("SELECT count(*) FROM search_unfolded").fetchone()
        assert left == 0
        desk.store.close()
    return Folded(told[-1], seconds, cpu_s, len(told))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000_000)
    found = run(parser.parse_args().orders)
    rate = found.orders / found.seconds
    print(
        f"{found.orders:,} orders folded in {found.seconds:.1f} s ({found.cpu_s:.1f} s of the processor), {rate:,.0f}/s"
    )


if __name__ == "__main__":
    main()
