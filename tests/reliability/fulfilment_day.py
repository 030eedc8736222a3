"""Simulated day of orders from paid to parcel, while buyers cancel, the channel fails and workers are killed.

    python tests/reliability/fulfilment_day.py --orders 500 --by station [--live 300] [--kills 100] [--workers 2]

Paid orders are accepted; some buyers cancel before the acceptance is sent. What was accepted is packed by the scan
station, from a file, or by commands (`--by station|file|commands`), each piece with an identifier of its own; some
orders are cancelled in the Back Office between packing and upload.

With `--live N` nothing of that is scripted: the marketplace lives with N events a minute, in which buyers order, pay,
cancel and complain and the Back Office ends orders, while the desk syncs, accepts, packs and uploads at the same time,
and reading fails as writing does.

Then the marketplace's own list of effects is compared with what was packed:

wrong       identifiers that are registered and are not those that were scanned for that line, or of a cancelled one
parcels     orders that were cancelled, and whose parcel was told to Back Market all the same
missing     orders that were not cancelled, and that Back Market does not know as shipped with their parcel's number
doubled     orders that were shipped twice, or lines that were accepted or identified twice
unexplained shipments here that are neither confirmed nor failed with a reason

The command ends with 1 when any of them is not empty.
"""

from __future__ import annotations

import contextlib
import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fulfilment_tally import Tally, end_order, imei_of
from helpers import take_in, ups_number
from kill_loop import Loop, installation

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.shipping import required_identifiers, scan_station, shipments_csv
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, SERIAL
from bmtui.desk.shipping.required_identifiers import NOTHING
from bmtui.desk.shipping.scan_station import Station
from bmtui.desk.sync import schedule
from bmtui.errors import RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.sandbox.simulation import Ticker
from bmtui.store.models import Order, OrderLine
from bmtui.words import UploadState

CANCELLED, REFUNDED = 0.05, 0.04
"""Shares of orders whose buyers cancel before acceptance, and which the Back Office cancels before shipping."""
HISTORY, BATCH = 60, 100
ROUNDS, SYNCED = 3, 20
"""Rounds from sync to parcel in a living day, and parcels after which it syncs in between."""
BACK_OFFICE = 0.05
"""Share of the events of a living marketplace in which the Back Office ends an accepted order."""
UNREAD = 0.02
READING = ("drop", "error-500", "html-502", "truncated", "throttle", "overlap", "drift", "wrong-type")
COMMANDED = 50
"""Number of orders that a single command accepts."""
WAYS = ("station", "file", "commands")
POLICY = "PHN*=imei; TAB*=serial; LAP*=serial; WAT*=serial; CON*=serial; CAM*=serial; *=none"
"""Identifier policy for the SKUs of the marketplace."""
SEVERAL = "of several pieces in a line Back Market takes none"
"""Reason why files and commands name no devices of lines with several pieces."""


class Day:
    """Day of an installation and a marketplace, with the packed orders."""

    def __init__(
        self, desk: Desk, server: SandboxServer, *, workers: int, kills: int, seed: int, live: float = 0
    ) -> None:
        self.desk, self.server, self.kills, self.live = desk, server, kills, live
        companies.change(desk, None, {"identifier_policy": POLICY})
        self.loop = Loop(desk, server, workers, seed)
        self.random, self.fate = random.Random(seed), random.Random(f"fate {seed}")
        self.tally = Tally()
        self.day: set[int] = set()
        self.asked: set[int] = set()
        self.pieces = 0
        self.known: dict[int, str] = {}
        self.numbers: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def run(self, by: str) -> Tally:
        began = time.monotonic()
        pack = {"station": self._by_station, "file": self._by_file, "commands": self._by_commands}[by]
        accept = self._accept_by_commands if by == "commands" else self._accept_here
        retry = self._retry_by_commands if by == "commands" else self._retry_here
        ticker = Ticker(self._happen, self.live)
        ticker.start()
        try:
            for _ in range(ROUNDS if self.live else 0):
                self._round(accept, pack, 1)
        finally:
            ticker.stop()
        # In a living day what came last, now that nothing more comes.
        self._round(accept, pack, 3)
        self._again(retry)
        self.tally.kills, self.tally.seconds = self.loop.kills, time.monotonic() - began
        self._compare()
        return self.tally

    # What happens by itself

    def _happen(self) -> None:
        """Make an event of the living marketplace."""
        market = self.server.marketplace
        self.tally.events += 1
        if self.fate.random() >= BACK_OFFICE:
            self.server.simulation.step()
            return
        accepted = [order for order in market.all_orders() if {line["state"] for line in order["orderlines"]} == {2}]
        if accepted:
            end_order(market, self.fate.choice(accepted))

    # What is done

    def _round(self, accept: Callable[[list[int]], None], pack: Callable[[list[int]], None], tries: int) -> None:
        """Go from sync to upload; try up to `tries` times to accept orders that faults kept back."""
        if self.live:
            self._sync()
            self._work_off()
        for _ in range(tries):
            ids = [row.order_id for row in Order.select().where(Order.channel_status == "to_accept")]
            self.day.update(ids)
            accept(ids)
            if not self.live:
                self._some_cancel(ids)
            self._work_off()
        ready = self._ready()
        self.day.update(ready)
        self.tally.accepted += len(ready)
        for order_id in ready:
            # Back Market's own label brings its number.
            label = orders.order_row(self.desk, order_id).tracking_number
            self.numbers[order_id] = label or ups_number(order_id)
        if self.live:
            self.loop.employ()
        pack(ready)
        if not self.live:
            for order_id in ready:
                if self.random.random() < REFUNDED:
                    end_order(self.server.marketplace, self.server.marketplace.order(order_id))
        self._work_off()

    def _sync(self) -> None:
        schedule.start(self.desk, None)

    def _some_cancel(self, ids: Sequence[int]) -> None:
        """Cancel some orders as their buyers before the acceptance is sent; each buyer decides only once."""
        for order_id in ids:
            if self.random.random() < CANCELLED and order_id not in self.asked:
                self.server.marketplace.cancel_by_buyer(order_id)
        self.asked.update(ids)

    def _accept_here(self, ids: Sequence[int]) -> None:
        for order_id in ids:
            with contextlib.suppress(RuleRefused):  # it is on its way, or was cancelled
                acceptance.accept(self.desk, order_id)

    def _accept_by_commands(self, ids: Sequence[int]) -> None:
        for begin in range(0, len(ids), COMMANDED):
            some = map(str, ids[begin : begin + COMMANDED])
            assert self._command("orders", "accept", *some, "--yes", "--json").returncode in (0, 3, 6)

    def _ready(self) -> list[int]:
        query = Order.select().where((Order.channel_status == "to_ship") & (Order.shipping_status == "unshipped"))
        return [row.order_id for row in query.order_by(Order.id)]

    def _work_off(self) -> None:
        self.loop._work_off(self.loop.kills + self.kills // 5)
        self.tally.asked += self.loop._settle()

    def _again(self, retry: Callable[[int], None]) -> None:
        """Retry uploads that failed for too many faults in a row; uploads of cancelled orders stay failed."""
        for _ in range(3):
            gone = self._gone()
            for view in shipping.listing(self.desk, failed=True, limit=10_000):
                # Of a parcel that is known there, it can be its identifiers that failed.
                if view.order_id not in gone and view.open_state == UploadState.FAILED:
                    retry(view.shipment_id or 0)
            self._work_off()

    def _retry_here(self, shipment_id: int) -> None:
        shipping.retry(self.desk, shipment_id)

    def _retry_by_commands(self, shipment_id: int) -> None:
        assert self._command("shipments", "retry", str(shipment_id), "--json").returncode == 0

    def _command(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BMTUI_HOME": str(self.desk.settings.config)}
        command = [sys.executable, "-m", "bmtui", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def _lines_there(self) -> dict[int, dict[int, int]]:
        """Return the line states of all orders of the marketplace, by order and line."""
        every = self.server.marketplace.all_orders()
        return {order["order_id"]: {line["id"]: line["state"] for line in order["orderlines"]} for order in every}

    def _gone(self) -> set[int]:
        """Return the orders that were cancelled as a whole."""
        return {order_id for order_id, lines in self._lines_there().items() if set(lines.values()) <= {4, 5}}

    def _stop(self, order_id: int, why: str) -> None:
        """Count an order that cannot be packed; check that it was cancelled meanwhile."""
        assert order_id in self._gone(), (order_id, why)
        self.tally.stopped += 1

    def _device(self, line: OrderLine) -> str:
        """Return the IMEI or serial number to scan for a line, always the same for a line."""
        value = imei_of(line.line_id) if self._kind(line) != SERIAL else f"SN{line.line_id}"
        if line.quantity == 1:
            self.known[line.line_id] = value
        return value

    @staticmethod
    def _kind(line: OrderLine) -> str:
        """Return the kind of identifier that the line needs, or `NOTHING`."""
        kind = required_identifiers.verdict(line.order.company, line).kind
        return kind.value if kind is not None else NOTHING

    # How it is packed

    def _by_station(self, ready: Sequence[int]) -> None:
        now = Station("day", "Ann")
        for count, order_id in enumerate(ready):
            if self.live and count % SYNCED == 0:
                self._sync()
            now = self._pack(now, order_id)
            if now.bad:
                self._stop(order_id, now.message)
                now = scan_station.scan(self.desk, now, "BM-CANCEL")
            else:
                self.tally.packed += 1

    def _pack(self, now: Station, order_id: int) -> Station:
        """Scan order, devices and label, until a scan is refused."""
        now = self._scan(now, str(order_id))
        lines = {line.line_id: line for line in orders.lines_of(orders.order_row(self.desk, order_id))}
        while now.missing and not now.bad:
            piece = now.missing[0]
            now = self._scan(now, piece.sku)
            line = lines[piece.line_id]
            self.pieces += 1
            several = imei_of(500_000_000_000 + self.pieces) if piece.needs == IMEI else f"C02X{self.pieces}"
            now = self._scan(now, self._device(line) if line.quantity == 1 else several)
        if not now.bad:
            now = self._scan(now, self.numbers[order_id])
        # A label of UPS where the order names another carrier, or a device of which nobody knows yet what it has.
        return self._scan(now, "BM-YES") if now.asked else now

    def _scan(self, now: Station, code: str) -> Station:
        self.tally.scans += 1
        return scan_station.scan(self.desk, now, code)

    def _rows(self, ready: Sequence[int]) -> Iterator[tuple[int, str, dict[int, str]]]:
        for order_id in ready:
            lines = orders.lines_of(orders.order_row(self.desk, order_id))
            devices = {
                line.line_id: self._device(line)
                for line in lines
                if line.state == 2 and line.quantity == 1 and self._kind(line)
            }
            yield order_id, self.numbers[order_id], devices

    def _by_file(self, ready: Sequence[int]) -> None:
        path = self.desk.settings.data / "parcels.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["order", "tracking", "carrier", "identifiers", "override_missing"])
            for order_id, number, devices in self._rows(ready):
                parts = "; ".join(f"{line_id}={value}" for line_id, value in devices.items())
                last = [order_id, number, "UPS", parts, SEVERAL]
                writer.writerow(last)
            # Rows that must not leave: an unknown order, and one twice.
            writer.writerow([99, "1Z0", "UPS", "", ""])
            writer.writerow(last)
        rows = shipments_csv.preview(self.desk, path).rows
        results = [shipments_csv.ship_row(self.desk, row) for row in rows]
        assert [one.result for one in results[-2:]] == ["refused", "refused"]
        for one in results[:-2]:
            if one.result == "refused":
                self._stop(one.order_id or 0, one.detail)
        self.tally.packed += sum(one.result == "shipped" for one in results)

    def _by_commands(self, ready: Sequence[int]) -> None:
        for count, (order_id, number, devices) in enumerate(list(self._rows(ready))):
            if self.live and count % SYNCED == 0:
                self._command("orders", "sync")
            words = ["orders", "ship", str(order_id), "--tracking", number, "--carrier", "UPS", "--yes", "--json"]
            words += ["--override-missing", SEVERAL]
            for line_id, value in devices.items():
                words += ["--identifier", f"{line_id}={value}"]
            done = self._command(*words)
            if done.returncode == 3:
                self._stop(order_id, done.stderr)
                continue
            assert done.returncode == 0, done.stderr
            self.tally.packed += 1

    # What came of it

    def _compare(self) -> None:
        tally, effects = self.tally, self.server.marketplace.effects
        there, gone = self._lines_there(), self._gone() & self.day
        ended = {line_id for lines in there.values() for line_id, state in lines.items() if state in (4, 5)}
        shipped = {effect["order_id"]: effect for effect in effects if effect["kind"] == "ship"}
        for kind in ("ship", "accept", "identifiers"):
            of_kind = [effect for effect in effects if effect["kind"] == kind]
            keys = Counter(effect["order_id"] if kind == "ship" else tuple(effect["line_ids"]) for effect in of_kind)
            tally.doubled += [key if isinstance(key, int) else key[0] for key, times in keys.items() if times > 1]
        registered: set[int] = set()
        for effect in effects:
            if effect["kind"] == "identifiers":
                tally.identified += 1
                registered.update(effect["line_ids"])
                values = [value for name, value in effect["body"].items() if name in (IMEI, SERIAL)]
                right = [line_id for line_id in effect["line_ids"] if values == [self.known.get(line_id)]]
                tally.wrong += sorted(set(effect["line_ids"]) - (set(right) - ended))
        tally.orders, tally.cancelled = len(self.day), len(gone)
        tally.parcels = sorted(gone & set(shipped))
        for order_id in sorted(self.day - gone):
            told = shipped.get(order_id)
            if told is None or told["body"]["tracking_number"] != self.numbers.get(order_id):
                tally.missing.append(order_id)
        packed = {line_id for order_id in shipped for line_id in there[order_id]}
        tally.missing += sorted(set(self.known) & packed - registered - ended)
        for view in shipping.listing(self.desk, everything=True, limit=100_000):
            tally.states[view.state] += 1
            explained = view.state == UploadState.FAILED and view.error and view.order_id in gone
            if view.state != UploadState.CONFIRMED and not explained:
                tally.unexplained.append(view.order_id or 0)


def run(
    count: int,
    by: str,
    *,
    kills: int = 0,
    workers: int = 2,
    seed: int = 1,
    store: str = "",
    live: float = 0,
    history: int = HISTORY,
    kind: type[Day] = Day,
) -> Tally:
    """Run a day; the marketplace has a past of sixteen orders for each of `history`."""
    with installation(store, history, seed) as (desk, server):
        rules, server.faults.rules = server.faults.rules, []
        # What was shipped before tells which SKUs go out with what; what else was bought before today is ended.
        for order in server.marketplace.all_orders():
            end_order(server.marketplace, order)
        past = [order for order in server.marketplace.all_orders() if order["state"] == 9]
        for begin in range(0, len(past), BATCH):
            take_in(desk, *past[begin : begin + BATCH])
        ids = server.marketplace.add_orders(count)
        for begin in range(0, len(ids), BATCH):
            take_in(desk, *server.marketplace.all_orders(ids[begin : begin + BATCH]))
        # A write that is answered and ignored goes to a person, whom kill_loop.py plays.
        server.faults.rules = [rule for rule in rules if rule.name != "no-effect"]
        if live:
            server.faults.rules += [
                Rule(name, "/ws/orders", "GET", probability=UNREAD / len(READING)) for name in READING
            ]
        desk = replace(desk, undo=False)
        with kind(desk, server, workers=workers, kills=kills, seed=seed, live=live) as day:
            return day.run(by)
