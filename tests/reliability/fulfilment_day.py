"""A day of orders from paid to parcel, while buyers cancel, the channel fails and workers are killed.

    python tests/reliability/fulfilment_day.py --orders 500 --by station [--kills 100] [--workers 2] [--seed 1]

Paid orders are accepted; some buyers cancel before the acceptance is sent. What was accepted is packed by the scan
station, from a file, or by commands (`--by station|file|commands`), each piece with an identifier of its own; some
orders are cancelled in the Back Office between packing and upload. Then the marketplace's own list of effects is
compared with what was packed:

wrong       identifiers that are registered and are not those that were scanned for that line
parcels     orders that were cancelled, and whose parcel was told to Back Market all the same
missing     orders that were packed and not cancelled, and that Back Market does not know as shipped with that number
doubled     orders that were shipped twice, or lines that were accepted or identified twice
unexplained shipments here that are neither confirmed nor failed with a reason

The command ends with 1 when any of them is not empty.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import take_in
from kill_loop import Loop, installation

from bmtui.desk import acceptance, identifiers, orders, shipment_file, shipping, station
from bmtui.desk.context import Desk
from bmtui.desk.identifiers import IMEI, SERIAL
from bmtui.desk.station import Station
from bmtui.errors import RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Order, OrderLine, Shipment
from bmtui.words import UploadState

CANCELLED, REFUNDED = 0.05, 0.04
"""Shares of orders whose buyers cancel before acceptance, and which the Back Office cancels before shipping."""
HISTORY, BATCH = 60, 100
WAYS = ("station", "file", "commands")


@dataclass
class Tally:
    """What a day came to; the lists name orders or lines."""

    orders: int = 0
    accepted: int = 0
    packed: int = 0
    cancelled: int = 0
    identified: int = 0
    kills: int = 0
    asked: int = 0
    scans: int = 0
    seconds: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[int] = field(default_factory=list)
    parcels: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unexplained: list[int] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.wrong or self.parcels or self.missing or self.doubled or self.unexplained)


def imei_of(number: int) -> str:
    """An IMEI with its check digit, one for each number."""
    body = f"35{number:012d}"
    return next(body + digit for digit in "0123456789" if identifiers.luhn(body + digit))


class Day:
    """One installation, one marketplace, and what was packed."""

    def __init__(self, desk: Desk, server: SandboxServer, *, workers: int, kills: int, seed: int) -> None:
        self.desk, self.server, self.kills = desk, server, kills
        self.loop = Loop(desk, server, workers, seed)
        self.random = random.Random(seed)
        self.tally = Tally()
        self.gone: set[int] = set()
        self.known: dict[int, str] = {}
        self.numbers: dict[int, str] = {}

    def run(self, by: str) -> Tally:
        began = time.monotonic()
        ids = [row.order_id for row in Order.select().where(Order.channel_status == "to_accept").order_by(Order.id)]
        self.tally.orders = len(ids)
        self._accept(ids)
        ready = self._ready()
        self.tally.accepted = len(ready)
        for order_id in ready:
            # Back Market's own label brings its number.
            label = orders.order_row(self.desk, order_id).tracking_number
            self.numbers[order_id] = label or f"1Z{order_id:016d}"
        {"station": self._by_station, "file": self._by_file, "commands": self._by_commands}[by](ready)
        for order_id in ready:
            if self.random.random() < REFUNDED:
                self._back_office_cancels(order_id)
        self._work_off()
        self._again()
        self.tally.kills, self.tally.seconds = self.loop.kills, time.monotonic() - began
        self._compare()
        return self.tally

    # What is done

    def _accept(self, ids: Sequence[int]) -> None:
        for _ in range(3):
            for order_id in ids:
                try:
                    acceptance.accept(self.desk, order_id)
                except RuleRefused:
                    continue  # accepted, or cancelled
                if order_id not in self.gone and self.random.random() < CANCELLED:
                    self.server.marketplace.cancel_by_buyer(order_id)
                    self.gone.add(order_id)
            self._work_off()

    def _ready(self) -> list[int]:
        query = Order.select().where((Order.channel_status == "to_ship") & (Order.shipping_status == "unshipped"))
        return [row.order_id for row in query.order_by(Order.id)]

    def _work_off(self) -> None:
        self.loop._work_off(self.loop.kills + self.kills // 5)
        self.tally.asked += self.loop._settle()

    def _back_office_cancels(self, order_id: int) -> None:
        for line in self.server.marketplace.order(order_id)["orderlines"]:
            if line["state"] == 2:
                body = {"order_id": order_id, "new_state": 5, "sku": line["listing"]}
                self.server.marketplace.update(order_id, body)
        self.gone.add(order_id)

    def _again(self) -> None:
        """What failed for too many faults in a row is sent again; what was cancelled stays failed."""
        for _ in range(3):
            failed = [view for view in shipping.listing(self.desk, failed=True, limit=10_000)]
            for view in failed:
                if view.order_id not in self.gone and view.state == UploadState.FAILED:
                    shipping.retry(self.desk, view.shipment_id or 0)
            self._work_off()

    def _device(self, line: OrderLine) -> str:
        """What is scanned for a line of one piece: its own IMEI, or serial number."""
        value = imei_of(line.line_id) if identifiers.usual_kind(line) != SERIAL else f"SN{line.line_id}"
        if line.quantity == 1:
            self.known[line.line_id] = value
        return value

    # How it is packed

    def _by_station(self, ready: Sequence[int]) -> None:
        now = Station("day", "Ann")
        piece_number = 500_000_000_000
        for order_id in ready:
            now = self._scan(now, str(order_id))
            lines = {line.line_id: line for line in orders.lines_of(orders.order_row(self.desk, order_id))}
            while now.missing:
                piece = now.missing[0]
                now = self._scan(now, piece.sku)
                line = lines[piece.line_id]
                piece_number += 1
                several = imei_of(piece_number) if piece.needs == IMEI else f"SN{piece_number}"
                now = self._scan(now, self._device(line) if line.quantity == 1 else several)
            now = self._scan(now, self.numbers[order_id])
            self.tally.packed += 1

    def _scan(self, now: Station, code: str) -> Station:
        self.tally.scans += 1
        after = station.scan(self.desk, now, code)
        assert not after.bad, (code, after.message)
        return after

    def _rows(self, ready: Sequence[int]) -> Iterator[tuple[int, str, dict[int, str]]]:
        for order_id in ready:
            lines = orders.lines_of(orders.order_row(self.desk, order_id))
            devices = {
                line.line_id: self._device(line)
                for line in lines
                if line.state == 2 and line.quantity == 1 and identifiers.usual_kind(line) is not None
            }
            yield order_id, self.numbers[order_id], devices

    def _by_file(self, ready: Sequence[int]) -> None:
        path = self.desk.settings.data / "parcels.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["order", "tracking", "carrier", "identifiers"])
            for order_id, number, devices in self._rows(ready):
                parts = "; ".join(f"{line_id}={value}" for line_id, value in devices.items())
                writer.writerow([order_id, number, "UPS", parts])
                last = [order_id, number, "UPS", parts]
            # Rows that must not leave: an unknown order, and one twice.
            writer.writerow([99, "1Z0", "UPS", ""])
            writer.writerow(last)
        rows = shipment_file.preview(self.desk, path).rows
        results = [shipment_file.ship_row(self.desk, row) for row in rows]
        assert [one.result for one in results[-2:]] == ["refused", "refused"]
        self.tally.packed = sum(one.result == "shipped" for one in results)

    def _by_commands(self, ready: Sequence[int]) -> None:
        environment = {**os.environ, "BMTUI_HOME": str(self.desk.settings.config)}
        for order_id, number, devices in list(self._rows(ready)):
            words = ["orders", "ship", str(order_id), "--tracking", number, "--carrier", "UPS", "--yes", "--json"]
            for line_id, value in devices.items():
                words += ["--identifier", f"{line_id}={value}"]
            command = [sys.executable, "-m", "bmtui", *words]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            self.tally.packed += 1

    # What came of it

    def _compare(self) -> None:
        tally, effects = self.tally, self.server.marketplace.effects
        shipped = {effect["order_id"]: effect for effect in effects if effect["kind"] == "ship"}
        for kind in ("ship", "accept", "identifiers"):
            of_kind = [effect for effect in effects if effect["kind"] == kind]
            keys = Counter(effect["order_id"] if kind == "ship" else tuple(effect["line_ids"]) for effect in of_kind)
            tally.doubled += [key if isinstance(key, int) else key[0] for key, times in keys.items() if times > 1]
        for effect in effects:
            if effect["kind"] == "identifiers":
                tally.identified += 1
                values = [value for name, value in effect["body"].items() if name in (IMEI, SERIAL)]
                tally.wrong += [line_id for line_id in effect["line_ids"] if values != [self.known.get(line_id)]]
        registered = {
            line_id for effect in effects if effect["kind"] == "identifiers" for line_id in effect["line_ids"]
        }
        packed = {row.order_id for row in Order.select().join(Shipment)}
        tally.cancelled = len(self.gone)
        tally.parcels = sorted(self.gone & set(shipped))
        for order_id in sorted(packed - self.gone):
            told = shipped.get(order_id)
            if told is None or told["body"]["tracking_number"] != self.numbers[order_id]:
                tally.missing.append(order_id)
        of_gone = {line.line_id for line in OrderLine.select().join(Order).where(Order.order_id.in_(list(self.gone)))}
        tally.missing += sorted(set(self.known) - registered - of_gone)
        for view in shipping.listing(self.desk, everything=True, limit=100_000):
            tally.states[view.state] += 1
            explained = view.state == UploadState.FAILED and view.error and view.order_id in self.gone
            if view.state != UploadState.CONFIRMED and not explained:
                tally.unexplained.append(view.order_id or 0)


def run(count: int, by: str, *, kills: int = 0, workers: int = 2, seed: int = 1, store: str = "") -> Tally:
    """One day; the marketplace has a past of sixteen orders for each of `HISTORY`."""
    with installation(store, HISTORY, seed) as (desk, server):
        rules, server.faults.rules = server.faults.rules, []
        # What was shipped before tells which SKUs go out with what; the orders of the day come on top.
        for order in Order.select():
            server.marketplace.cancel_by_buyer(order.order_id)
        past = [order for order in server.marketplace.all_orders() if order["state"] == 9]
        for begin in range(0, len(past), BATCH):
            take_in(desk, *past[begin : begin + BATCH])
        ids = server.marketplace.add_orders(count)
        for begin in range(0, len(ids), BATCH):
            take_in(desk, *server.marketplace.all_orders(ids[begin : begin + BATCH]))
        server.faults.rules = rules
        return Day(replace(desk, undo=False), server, workers=workers, kills=kills, seed=seed).run(by)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--by", choices=WAYS, default="station")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", default="", help="postgresql://…; SQLite without it")
    args = parser.parse_args()
    tally = run(args.orders, args.by, kills=args.kills, workers=args.workers, seed=args.seed, store=args.store)
    print(
        f"{tally.orders:,} paid, {tally.accepted:,} accepted, {tally.packed:,} packed by {args.by}, "
        f"{tally.cancelled:,} cancelled meanwhile, {tally.identified:,} identifiers registered, "
        f"{tally.kills:,} workers killed, {tally.asked:,} asked a person, {tally.seconds:.0f} s; {dict(tally.states)}"
    )
    for name in ("wrong", "parcels", "missing", "doubled", "unexplained"):
        print(f"{name}: {len(getattr(tally, name))} {getattr(tally, name)[:20] or ''}".rstrip())
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main())
