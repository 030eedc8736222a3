"""Speed of the money figures over very many orders: read, and counted anew after changes.

    python tests/bench/bench_figures.py [--orders 1000000] [--rounds 10]

Milliseconds. "read" is what `bmtui money figures` and the screen read; "changed" is the same after 20 orders of other
days changed, whose days are counted anew first; "recount" is all days anew, once. The installation is that of
`million.py`, with returns of each hundredth order and an after-sales folder of each two-hundredth.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from million import home_of

from bmtui import settings
from bmtui.desk.accounts import figure_counts, figures
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.store import bulk
from bmtui.store.models import CareFolder, from_micros
from bmtui.store.plain_sql import fetch

SPANS = (30, 90, 365, 690)
CHANGED = 20


def prepared(desk: Desk) -> float | None:
    """Add returns and count all days; return the seconds of the count, None where an earlier run did it."""
    run = desk.store.database.execute_sql
    if not fetch("SELECT 1 FROM returns LIMIT 1", ()):
        with desk.store.transaction():
            _make_returns(run)
            _make_folders()
    if fetch("SELECT 1 FROM figure_orders LIMIT 1", ()):
        figure_counts.keep_up(desk)
        return None
    began = time.perf_counter()
    figure_counts.recount(desk)
    return time.perf_counter() - began


def _make_returns(run: Callable[[str], object]) -> None:
    """Insert an RMA for each hundredth shipped order; each fiftieth of them has a device that came back before."""
    run(
        "INSERT INTO returns (id, company_id, order_ref, status, description, label_url, carrier, tracking_number, "
        "tracking_url, made_at, made_by, updated_at, version) SELECT id, company_id, id, 'closed', '', '', '', '', '', "
        "shipped_at, 'bench', shipped_at, 1 FROM orders WHERE shipped_at IS NOT NULL AND id % 100 = 0"
    )
    run(
        "INSERT INTO return_items (id, return_id, line_ref, quantity, reason, code, approval, received, damaged, "
        "resolution, resolution_note, sent_sku, sent_tracking) SELECT r.id, r.id, l.id, 1, CASE r.id / 100 % 3 WHEN 0 "
        "THEN 'Defective' WHEN 1 THEN 'Other' ELSE 'Changed mind' END, 0, 'approved', 1, 0, 'refund', '', '', '' "
        "FROM returns r JOIN order_lines l ON l.order_ref = r.order_ref"
    )
    run(
        "INSERT INTO return_receipts (item_id, at, made_by, quantity, damaged, imei, serial_number, differs) "
        "SELECT i.id, r.made_at, 'bench', 1, 0, CASE WHEN i.id % 5000 = 0 THEN '356938035643809' ELSE '' END, '', 0 "
        "FROM return_items i JOIN returns r ON r.id = i.return_id"
    )


def _make_folders() -> None:
    """Insert an after-sales folder for each two-hundredth shipped order with five messages, answered after hours."""
    rows = fetch(
        "SELECT company_id, order_id, created_at FROM orders WHERE shipped_at IS NOT NULL AND id % 200 = 0", ()
    )
    bulk.insert(
        CareFolder,
        [
            {
                "company": company_id,
                "folder_id": order_id,
                "state": 9,
                "market": "fr-fr",
                "sku": "",
                "customer": "",
                "issue": "",
                "listed": "",
                "error": "",
                "created_at": from_micros(at),
                "fetched_at": from_micros(at),
                "payload": {"id": order_id, "state": 9, "messages": _messages(at, order_id % 30)},
            }
            for company_id, order_id, at in rows
        ],
    )


def _messages(at: int, wait_h: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "initiator": ("Client", "Merchant")[number % 2],
            "date_creation": from_micros(at + number * (wait_h + 1) * 3_600_000_000).isoformat(),
            "message": "<p>Hello,<br>the battery does not charge &amp; the screen flickers.</p>" * 5,
            "is_informative": False,
            "attachments": [],
        }
        for number in range(5)
    ]


def timed(
    work: Callable[[], object], rounds: int, before: Callable[[], None] = lambda: None
) -> tuple[float, float, float]:
    """Return the median and the worst wall time, and the median CPU time of this process, in milliseconds."""
    times, of_cpu = [], []
    for _ in range(rounds + 1):
        before()
        began, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began) * 1000)
        of_cpu.append((time.process_time() - cpu) * 1000)
    # The first one warms up.
    return median(times[1:]), max(times[1:]), median(of_cpu[1:])


def change(desk: Desk, first: date, last: date) -> None:
    """Change `CHANGED` orders between the two days, spread over them."""
    with desk.store.transaction():
        desk.store.database.execute_sql(
            "UPDATE orders SET received = received + 1, total = total + 1 WHERE id IN (SELECT id FROM orders "
            f"WHERE created_at >= ? AND created_at < ? ORDER BY id % 9973 LIMIT {CHANGED})",
            (_micros(first), _micros(last)),
        )


def _micros(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000_000


def table(desk: Desk, rounds: int) -> Iterable[str]:
    newest = fetch("SELECT max(created_at) FROM orders", ())[0][0]
    last = date(1970, 1, 1) + timedelta(microseconds=newest)
    for days in SPANS:
        first = last - timedelta(days=days - 1)
        for name, before in (("read", lambda: None), ("changed", lambda first=first: change(desk, first, last))):
            middle, worst, cpu = timed(lambda first=first: figures.report(desk, first, last), rounds, before)  # type: ignore[misc]
            yield f"{name}, {days} days".ljust(24) + f"{middle:9.0f}{worst:9.0f}{cpu:9.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    desk = open_desk(settings.load(str(home_of(args.orders)), environ={}))
    counted_s = prepared(desk)
    print(f"{args.orders:,} orders, ms       {'median':>9}{'worst':>9}{'CPU':>9}")
    if counted_s is not None:
        print(f"{'recount, once':24}{counted_s * 1000:9.0f}")
    for line in table(desk, args.rounds):
        print(line)
    desk.store.close()


if __name__ == "__main__":
    main()
