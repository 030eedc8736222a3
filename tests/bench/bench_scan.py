"""Time of the scan station from a scan until the next field is ready, with many orders in the store.

    python tests/bench/bench_scan.py [--orders 100000] [--packed 60]

order    from the scan of an order until its device is asked for
device   from the scan of an IMEI until the label is asked for: check digit, duplicates among all orders
label    from the scan of the label until the next order can be scanned: the parcel is stored, its upload queued

Medians and 95th percentiles in milliseconds, through the screen itself, headless, at 80×24.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import COMPANY, add_company, raw_line, raw_order, take_in, ups_number

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.values import check_digits

BATCH = 100
SKUS = 180


def imei_of(number: int) -> str:
    body = f"35{number:012d}"
    return next(body + digit for digit in "0123456789" if check_digits.is_luhn(body + digit))


def fill(desk: Desk, orders: int, packed: int) -> list[int]:
    """`orders` shipped orders with an IMEI each, and `packed` to ship; returns the numbers of those."""
    for begin in range(0, orders, BATCH):
        take_in(
            desk,
            *(
                raw_order(number, [raw_line(number, 3, sku=f"PHN-{number % SKUS}", imei=imei_of(number))])
                for number in range(begin + 1, min(begin + BATCH, orders) + 1)
            ),
        )
    ready = [orders + number for number in range(1, packed + 1)]
    for begin in range(0, packed, BATCH):
        take_in(
            desk,
            *(
                raw_order(number, [raw_line(number, 2, sku=f"PHN-{number % SKUS}")], state=3, shipper="UPS")
                for number in ready[begin : begin + BATCH]
            ),
        )
    return ready


async def measure(desk: Desk, ready: list[int]) -> dict[str, list[float]]:
    from textual.app import App

    from bmtui.tui.app import DeskApp
    from bmtui.tui.shipping.scan_screen import ScanScreen
    from bmtui.tui.widgets.form import Entry

    answered = asyncio.Event()

    class Station(ScanScreen):
        """Scan station that signals when it is ready for the next scan."""

        async def _scan(self, text: str) -> None:
            await super()._scan(text)
            answered.set()

    app: App[int] = DeskApp(desk, run_jobs=False, deaf_s=0, company=COMPANY)
    took: dict[str, list[float]] = {"order": [], "device": [], "label": []}
    async with app.run_test(size=(80, 24)):
        assert isinstance(app, DeskApp)
        screen = Station("bench")
        await app.show(screen)
        field = screen.query_one("#code", Entry)

        async def scan(name: str, code: str) -> None:
            field.value = code
            # The screens look for changes beside; a scan that meets them waits its turn, as it does at work.
            while app._doing is not None and not app._doing.done():
                await app._doing
            answered.clear()
            began = time.perf_counter()
            field.post_message(Entry.Submitted(field, code, None))
            await answered.wait()
            took[name].append((time.perf_counter() - began) * 1000)
            assert not screen.station.bad, screen.station.message

        for order_id in ready:
            await scan("order", str(order_id))
            await scan("device", imei_of(900_000_000 + order_id))
            await scan("label", ups_number(order_id))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--packed", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bmtui-bench-scan-") as folder:
        desk = open_desk(settings.load(folder, environ={}))
        add_company(desk, identifier_policy="PHN*=imei")
        ready = fill(desk, args.orders, args.packed)
        took = asyncio.run(measure(desk, ready))
        desk.store.close()
    print(f"{'scan':8}{'p50 ms':>10}{'p95 ms':>10}   {args.orders:,} orders stored")
    for name, times in took.items():
        print(f"{name:8}{statistics.median(times):10.1f}{statistics.quantiles(times, n=20)[-1]:10.1f}")


if __name__ == "__main__":
    main()
