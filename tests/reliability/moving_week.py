"""Simulated week in shadow beside another system, the change-over at mid-day, and the way back.

    python tests/reliability/moving_week.py --orders 20000 [--days 7] [--open 300] [--a-day 200] [--store postgresql://…]

Another system (`other_integration.py`, a process of its own) accepts and ships on the account for a simulated week,
while the desk downloads in shadow, with a rule that would accept by itself. Each morning the desk's report is compared
with the other system's log. Then what that system knows is imported (statuses, notes, references, its invoices), it is
killed in mid-day over so many open orders, the desk leaves the shadow and finishes the day. At last all is exported,
the desk goes into shadow again, and the other system goes on with the numbers that the export says.

unseen    what the other system did on a day, and the morning's report does not name
invented  what the report names, and the other system's log and the marketplace's effects do not have
sent      writes of the desk that left while it was in shadow
doubled   orders that were shipped twice, or lines that were accepted twice, over all of it
numbers   numbers of invoices that both gave
changed   rows of the export that would change the store from which they came

The command ends with 1 when any of them is not empty.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import connect, let_time_pass, ups_number, work
from invoice_shop import SELLER

from bmtui import settings
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.moving_in import change_over, documents_import, export, orders_import
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule, shadow_report
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.queue.jobs import now_utc
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Invoice, Job, Order
from bmtui.words import JOB_LIVE

OTHER = Path(__file__).with_name("other_integration.py")
MARKET = "fr-fr"
"""Market for which the other system makes invoices."""
BEFORE = 0.5
"""Share of the open orders that the other system has done when it is killed."""
ROUNDS = 40
FILES = ("orders.csv", "notes.csv", "refunds.csv", "serial_numbers.csv", "returns.csv")


@dataclass
class Tally:
    """Results of a week; the lists name orders, numbers or rows."""

    orders: int = 0
    days: int = 0
    theirs: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    differences: int = 0
    mornings: int = 0
    refused: int = 0
    imported: int = 0
    open_orders: int = 0
    invoices: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.unseen or self.invented or self.sent or self.doubled or self.numbers or self.changed)

    def report(self) -> str:
        """Return the counts in two lines, then a line for each list that must be empty."""
        took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in self.seconds.items())
        lines = [
            f"{self.orders:,} orders, {self.days} days in shadow: the other system did {dict(self.theirs)}, "
            f"{self.mornings} morning reports, {self.differences:,} differences by the rule, {self.refused} of our "
            f"writes refused; {self.imported:,} orders imported; changed over with {self.open_orders} open orders, of "
            f"which we did {dict(self.ours)}; invoices {dict(self.invoices)}",
            took,
        ]
        for name in ("unseen", "invented", "sent", "doubled", "numbers", "changed"):
            found = getattr(self, name)
            lines.append(f"{name}: {len(found)} {found[:10] or ''}".rstrip())
        return "\n".join(lines)


class Week:
    """Week of an installation, a marketplace, and another system."""

    def __init__(self, desk: Desk, server: SandboxServer, folder: Path, seed: int) -> None:
        self.shift = timedelta()
        # A day passes for both at once.
        self.desk = replace(desk, now=lambda: now_utc() + self.shift)
        self.server, self.folder, self.seed = server, folder, seed
        self.log = folder / "other.log"
        self.log.touch()
        self.tally = Tally()
        self.their_numbers: dict[int, str] = {}

    # The other system

    def other(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the other system; it works until it has done its share, or is killed."""
        self.seed += 1
        command = [sys.executable, str(OTHER), self.server.url, self.server.token, str(self.log)]
        return subprocess.Popen([*command, "--seed", str(self.seed), *words])

    def logged(self, since: int = 0) -> list[dict[str, object]]:
        """Return the entries of the other system's log, from a byte on."""
        with self.log.open("rb") as file:
            file.seek(since)
            return [json.loads(line) for line in file if line.endswith(b"\n")]

    def its_invoices(self) -> Path:
        """Write the invoices file of the other system, with each order that it shipped in `MARKET`; return its path."""
        path = self.folder / "their_invoices.csv"
        shipped = [int(str(one["order_id"])) for one in self.logged() if one["what"] == "shipped"]
        there = {raw["order_id"]: raw for raw in self.server.marketplace.all_orders()}
        day = self.desk.now().date().isoformat()
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Channel Order ID", "Invoice Number", "Invoice Date", "Total"])
            for order_id in shipped:
                raw = there[order_id]
                if raw["country_code"] == MARKET and all(line["state"] == 3 for line in raw["orderlines"]):
                    number = f"FR-{day[:4]}-{len(self.their_numbers) + 1:05}"
                    self.their_numbers.setdefault(order_id, number)
                    total = float(raw["price"]) + float(raw["shipping_price"])
                    writer.writerow([order_id, self.their_numbers[order_id], day, f"{total:.2f}"])
        return path

    def its_orders(self) -> Path:
        """Write the orders file of the other system, with its numbers, tags, notes and statuses; return its path."""
        path = self.folder / "their_orders.csv"
        columns = ["Order Source Order ID", "Sellercloud Order ID", "Channel", "Tags", "Notes", "Created By"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*columns, "Note Created On", "Order Status"])
            for count, raw in enumerate(self.server.marketplace.all_orders()):
                if raw["state"] in (0, 8):
                    continue
                note = ["Calls again", "Ann", "2026-11-02 10:00"] if count % 5 == 0 else ["", "", ""]
                held = "On Hold" if count % 50 == 0 and {line["state"] for line in raw["orderlines"]} <= {1, 2} else ""
                writer.writerow([raw["order_id"], 5_000_000 + count, "BackMarket", "moved", *note, held])
        return path

    # The week

    def run(self, days: int, a_day: int, open_orders: int) -> Tally:
        """Run download, week, import, change-over and way back; return the results."""
        self._step("download", self._begin)
        self._step("week", lambda: [self._day(a_day) for _ in range(days)])  # type: ignore[func-returns-value]
        self._step("import", self._import)
        self._step("change-over", lambda: self._change_over(open_orders))
        self._step("way back", self._way_back)
        self._compare()
        return self.tally

    def _step(self, name: str, what: object) -> None:
        began = time.monotonic()
        what()  # type: ignore[operator]
        self.tally.seconds[name] = time.monotonic() - began

    def _begin(self) -> None:
        shadow.begin(self.desk)
        rule = {"acceptance_rule": f"market:{MARKET}", "automatic_acceptance": "true"}
        companies.change(self.desk, None, rule | {"download_interval_min": "0", "care_interval_min": "0"})
        downloads.start(self.desk, None, "2000-01-01")
        self._work_off()
        self.tally.orders = Order.select().count()

    def _work_off(self) -> None:
        for _ in range(ROUNDS):
            work(self.desk)
            if not Job.select().where(Job.status.in_(JOB_LIVE)).exists():
                return
            let_time_pass(self.desk)
        raise AssertionError("something is still queued")

    def _sync(self) -> None:
        schedule.start(self.desk, None)
        self._work_off()

    def _day(self, a_day: int) -> None:
        """Run a day until the next morning: buyers order, the other system works, the desk reads and would accept."""
        self.tally.days += 1
        began, read = self.desk.now(), self.log.stat().st_size
        self.server.marketplace.add_orders(a_day)
        self.server.simulation.step(a_day // 4)
        self._sync()
        assert self.other().wait() == 0
        acceptance.submit_due(self.desk)
        for order in Order.select().where(Order.channel_status == "to_accept").limit(3):
            try:
                acceptance.accept(self.desk, order.order_id)
            except RuleRefused:
                self.tally.refused += 1
        self._sync()
        self._check_report(began, self.logged(read))
        self.shift += timedelta(days=1)
        self.server.marketplace.clock.advance(timedelta(days=1))
        shadow_report.tell_due(self._at_eight())
        shadow_report.tell_due(self._at_eight())
        self.tally.mornings = len(events.listing(self.desk, name="shadow.report"))

    def _at_eight(self) -> Desk:
        """Return the desk at 8:00 of its present day."""
        zone = self.desk.zone()
        morning = self.desk.now().astimezone(zone).replace(hour=8, minute=0)
        return replace(self.desk, now=lambda: morning)

    def _check_report(self, began: datetime, logged: list[dict[str, object]]) -> None:
        report = shadow_report.read(self.desk, None, began)
        done = {(str(one["what"]), int(str(one["order_id"]))) for one in logged}
        named = {(deed.what, deed.order_id) for deed in report.deeds if deed.what in ("accepted", "shipped")}
        self.tally.theirs.update(what for what, _ in done)
        self.tally.differences += len(report.differences)
        raws = {raw["order_id"]: raw for raw in self.server.marketplace.all_orders()}
        for what, order_id in sorted(done - named):
            states = [line["state"] for line in raws[order_id]["orderlines"]]
            here = Order.get_or_none(Order.order_id == order_id)
            seen = "not here" if here is None else here.channel_status
            self.tally.unseen.append(f"{what} {order_id} (lines {states}, here {seen})")
        there = {order_id for order_id, raw in raws.items() if self._new_and_done(raw, began)}
        # The other system logs whole orders; of one it may have accepted a line, and been refused the next.
        words = {"accept": "accepted", "ship": "shipped"}
        done |= {
            (words[one["kind"]], one["order_id"]) for one in self.server.marketplace.effects if one["kind"] in words
        }
        self.tally.invented += [f"{what} {one}" for what, one in sorted(named - done) if one not in there]
        self.tally.sent += [row.id for row in Effect.select()] if report.sent or Effect.select().exists() else []

    @staticmethod
    def _new_and_done(raw: dict[str, object], began: datetime) -> bool:
        """Return True when the marketplace created the order after `began`, perhaps accepted or shipped already."""
        return datetime.fromisoformat(str(raw["date_creation"])).timestamp() >= began.timestamp()

    def _import(self) -> None:
        path = str(self.its_orders())
        planned = orders_import.plan(self.desk, path, {})
        assert (planned.errors, planned.missing) == ((), ()), (planned.errors[:3], planned.missing[:3])
        self.tally.imported = orders_import.save(self.desk, path, planned)
        again = orders_import.plan(self.desk, path, {})
        self.tally.changed += [f"again row {row.row}" for row in again.changing]
        self._import_invoices()

    def _import_invoices(self) -> None:
        path = str(self.its_invoices())
        planned = documents_import.plan(self.desk, path, {})
        assert planned.errors == (), planned.errors[:3]
        self.tally.invoices["theirs"] += documents_import.save(self.desk, path, planned)

    def _change_over(self, open_orders: int) -> None:
        """Change over at mid-day: kill the other system while it works on the open orders, and go on with the desk."""
        ids = self.server.marketplace.add_orders(open_orders)
        read = self.log.stat().st_size
        there = self.other("--accept", "1", "--ship", "1")
        while there.poll() is None and len(self.logged(read)) < open_orders * BEFORE:
            time.sleep(0.01)
        there.kill()
        there.wait()
        self._sync()
        self._import_invoices()
        self.tally.open_orders = len(ids)
        assert not Effect.select().exists()
        change_over.leave(self.desk)
        self._finish()

    def _finish(self) -> None:
        """Accept and ship the open orders, and make their invoices."""
        for order in list(Order.select().where((Order.channel_status == "to_accept") & (Order.status == "in_process"))):
            acceptance.accept(self.desk, order.order_id)
            self.tally.ours["accepted"] += 1
        self._work_off()
        ready = (Order.channel_status == "to_ship") & (Order.status == "in_process") & ~Order.is_backship
        for order in list(Order.select().where(ready & (Order.shipping_status == "unshipped"))):
            request = shipping.ShipRequest(
                ups_number(order.order_id), "UPS", missing_override="Practice", accept_doubts=True
            )
            shipping.ship(self.desk, order.order_id, request)
            self.tally.ours["shipped"] += 1
        self._work_off()
        mine = Effect.select(Effect.order).where(Effect.kind == "ship")
        for order in list(Order.select().where((Order.market == MARKET) & Order.id.in_(mine))):
            try:
                invoicing.make(self.desk, order.order_id)
                self.tally.invoices["ours"] += 1
            except BmtuiError as error:
                self.tally.invoices[type(error).__name__] += 1

    def _way_back(self) -> None:
        """Export all data, and let the other system go on after that."""
        folder = self.folder / "export"
        self._sync()
        shadow.begin(self.desk)
        export.write(self.desk, str(folder))
        for name in FILES:
            planned = orders_import.plan(self.desk, str(folder / name), {})
            self.tally.changed += [f"{name} row {row.row}" for row in planned.changing]
            self.tally.changed += [f"{name} {error}" for error in planned.errors]
        with (folder / "invoices.csv").open(encoding="utf-8", newline="") as file:
            used = [row["number"] for row in csv.DictReader(file)]
        effects = Effect.select().count()
        self.server.marketplace.add_orders(20)
        before = self.log.stat().st_size
        assert self.other("--accept", "1", "--ship", "1").wait() == 0
        assert self.logged(before), "the other system did nothing"
        self._sync()
        self.tally.sent += [row.id for row in Effect.select().where(Effect.id > effects)]
        last = max(int(number.rsplit("-", 1)[1]) for number in used)
        its_next = f"FR-{self.desk.now().year}-{last + 1:05}"
        self.tally.numbers += [its_next] if its_next in used else []

    def _compare(self) -> None:
        effects = self.server.marketplace.effects
        for kind in ("ship", "accept"):
            keys = Counter(
                one["order_id"] if kind == "ship" else tuple(one["line_ids"]) for one in effects if one["kind"] == kind
            )
            self.tally.doubled += [f"{kind} {key}" for key, times in keys.items() if times > 1]
        ours = [row.number for row in Invoice.select().where(~Invoice.elsewhere)]
        counted = Counter([*ours, *self.their_numbers.values()])
        self.tally.numbers += [number for number, times in counted.items() if times > 1]


@contextmanager
def installation(store: str, orders: int, seed: int) -> Iterator[Week]:
    """Yield a week with a desk on `store` (or SQLite), and a marketplace with a past."""
    with tempfile.TemporaryDirectory(prefix="bmtui-moving-week-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if store:
            (home / "bmtui.toml").write_text(f'store = "{store}"\n', encoding="utf-8")
        desk = open_desk(settings.load(str(home), environ={}))
        try:
            options = SandboxOptions(orders=orders, seed=seed, rate_limit=10_000_000)
            with SandboxServer(options) as server:
                connect(desk, server)
                invoice_settings.change(desk, None, "", SELLER)
                yield Week(desk, server, Path(folder), seed)
        finally:
            desk.store.close()


def run(orders: int, days: int, a_day: int, open_orders: int, *, seed: int = 1, store: str = "") -> Tally:
    """Run a week; return the results."""
    with installation(store, orders, seed) as week:
        return week.run(days, a_day, open_orders)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--a-day", type=int, default=200)
    parser.add_argument("--open", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", default="", help="postgresql://…; SQLite without it")
    args = parser.parse_args()
    tally = run(args.orders, args.days, args.a_day, args.open, seed=args.seed, store=args.store)
    print(tally.report())
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main())
