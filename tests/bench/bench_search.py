"""Speed of typed queries, beside raw sqlite3 with the same SQL, in one run.

    python tests/bench/bench_search.py [--orders 1000000] [--rounds 30]

"raw" is the SQL that the store runs, with its values, by sqlite3 alone; "store" is the query read, written as SQL, run
and counted no further; "desk" is what a screen gets: rows with their SKUs, and the capped count. Milliseconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import peewee
from million import home_of

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import SELECTED
from bmtui.store import search as store_search
from bmtui.store.plain_sql import fetch
from bmtui.store.search import From, Search

LIMIT = 100


def queries(desk: Desk) -> dict[str, tuple[str, str]]:
    """Queries by what they are; each with its sort."""
    middle = search.page(desk, "", offset=search.count_exactly(desk) // 2, limit=1).rows[0].order_id
    found = fetch(
        "SELECT o.order_id, imei, tracking_number, customer_email FROM orders o JOIN order_lines ON order_ref = o.id "
        "WHERE imei <> '' AND o.order_id >= ? ORDER BY o.order_id LIMIT 1", (middle,),
    )  # fmt: skip
    order_id, imei, tracking, mail = found[0]
    return {
        "newest first": ("", "created"),
        "order id": (f"id:{order_id}", "created"),
        "IMEI": (f"imei:{imei}", "created"),
        "one letter": ("m", "created"),
        "two letters": ("ma", "created"),
        "three letters": ("mar", "created"),
        "a first name": ("marie", "created"),
        "name and start": ("marie dup", "created"),
        "in a third of all": ("example", "created"),
        "last 6 of an IMEI": (imei[-6:], "created"),
        "last 5 of an IMEI": (imei[-5:], "created"),
        "middle of tracking": (tracking[4:10], "created"),
        "part of a mail": (mail[1:8], "created"),
        "starred": (f"*{tracking[3:8]}*", "created"),
        "SKU": ("sku:PHN-A12-128", "created"),
        "SKU, starred": ("sku:PHN*", "created"),
        "status and market": ("status:onhold market:fr-fr", "created"),
        "late": ("channel:to_accept,to_ship status:in_process shipby:overdue", "shipby"),
        "word and status": ("dupont channel:to_ship", "created"),
        "nothing": ("zzzzzz", "created"),
        "by total": ("", "total"),
        "by ship by": ("", "shipby"),
        "a name, by total": ("marie dup", "total"),
        "a third, by total": ("example", "total"),
        **pasted(desk),
    }


def pasted(desk: Desk) -> dict[str, tuple[str, str]]:
    """Return the queries that the search makes of pasted columns of a thousand cells, by name, each with its sort."""
    found = fetch(
        "SELECT o.order_id, imei, customer_email FROM orders o JOIN order_lines ON order_ref = o.id WHERE imei <> '' "
        "AND o.id % 7 = 0 ORDER BY o.id LIMIT 1000", (),
    )  # fmt: skip
    columns = zip(*found, strict=True)
    names = ("1,000 ids pasted", "1,000 IMEIs pasted", "1,000 mails pasted")
    return {name: (f"any:{','.join(map(str, cells))}", "created") for name, cells in zip(names, columns, strict=True)}


def timed(work: Callable[[], Any], rounds: int) -> list[float]:
    """Return the milliseconds of each round, ascending; a first one to warm up is left out."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def p95(times: list[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.95))]


def run(orders: int, rounds: int) -> list[tuple[str, float, float, float, float]]:
    """(what, raw p50, store p50, desk p50, desk p95) of each query."""
    desk = open_desk(settings.load(str(home_of(orders)), environ={}))
    driver: Any = peewee.sqlite3  # type: ignore[attr-defined]
    raw = driver.connect(f"file:{desk.store.database.where}?mode=ro", uri=True)
    asked: list[tuple[str, tuple[Any, ...]]] = []
    store: Any = store_search

    def listening(sql: str, values: Any) -> Any:
        asked.append((sql, tuple(values)))
        return fetch(sql, values)

    measured = []
    for what, (text, sort) in queries(desk).items():
        descending = sort == "created"
        many = search.count(desk, text)[1]

        def in_store(text: str = text, sort: str = sort, descending: bool = descending, many: bool = many) -> Any:
            query = Search(text, desk.now(), desk.zone())
            return query.page(SELECTED, sort, descending, From(), LIMIT, many=many)

        asked.clear()
        store.fetch = listening
        in_store()
        store.fetch = fetch
        statements = list(asked)

        def in_sqlite(statements: list[tuple[str, tuple[Any, ...]]] = statements) -> None:
            for sql, values in statements:
                raw.execute(sql, values).fetchall()

        def at_desk(text: str = text, sort: str = sort, descending: bool = descending) -> Any:
            return search.page(desk, text, sort=sort, descending=descending, limit=LIMIT)

        few = max(3, rounds // 10) if timed(in_sqlite, 1)[0] > 100 else rounds
        of_raw, of_store, of_desk = timed(in_sqlite, few), timed(in_store, few), timed(at_desk, few)
        measured.append((what, median(of_raw), median(of_store), median(of_desk), p95(of_desk)))
    # Paging: the same at any depth.
    end = search.page(desk, "", from_end=True, limit=LIMIT)
    times = timed(lambda: search.page(desk, "", before=end.cursors[0], limit=LIMIT, counted=(1000, True)), rounds)
    measured.append(("a page at the end", 0.0, 0.0, median(times), p95(times)))
    raw.close()
    desk.store.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    print(f"{args.orders:,} orders, pages of {LIMIT}, ms")
    print(f"{'':22}{'raw p50':>9}{'store p50':>11}{'× raw':>7}{'desk p50':>10}{'desk p95':>10}")
    rows = run(args.orders, args.rounds)
    for what, of_raw, of_store, of_desk, worst in rows:
        ratio = f"{of_store / of_raw:.2f}" if of_raw else ""
        print(f"{what:22}{of_raw:>9.2f}{of_store:>11.2f}{ratio:>7}{of_desk:>10.2f}{worst:>10.2f}")
    total_raw, total_store = sum(row[1] for row in rows), sum(row[2] for row in rows)
    print(f"all together: {total_store / total_raw:.2f} × raw")


if __name__ == "__main__":
    main()
