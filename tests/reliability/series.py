"""Proves that a series has no gap and no double while processes that make invoices are killed.

    python tests/reliability/series.py --invoices 2000 --processes 4 --kills 200 --seed 1

Each process makes the invoices of all orders, each in an order of its own, so that every order is wanted by all. They
die by SIGKILL from outside at any moment, and by their own hand at the worst ones: between number and document, between
document and commit, and between commit and PDF. A new one takes the place of each that died. At the end every order has
exactly one invoice, the numbers are 1 to n, and each PDF is drawn again to its hash.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import add_company
from invoice_shop import open_shop, sold

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.errors import RuleRefused, StoreBusy
from bmtui.invoices.model import Kind
from bmtui.store.models import Invoice, InvoiceSeries, Order

BATCH = 100
"""Number of orders that are stored at once, and that a process tries before it lists them again."""


@dataclass(frozen=True)
class Proof:
    """Result of a run; `problems` must be empty."""

    invoices: int
    series: int
    drawn: int
    killed: int
    died: int
    problems: tuple[str, ...]

    def lines(self) -> Sequence[str]:
        return (
            f"{self.invoices:,} invoices in {self.series} series; {self.killed} processes killed, {self.died} died at "
            f"a failpoint; {self.drawn:,} PDFs drawn again to their hash",
            *(self.problems or ("no gap, no double",)),
        )


def work(home: str, seed: int, suicide: float) -> None:
    """Make the missing invoices until none is missing; die at a failpoint now and then."""
    chance = random.Random(seed)
    desk = open_desk(settings.load(home, environ={}))

    def perhaps_die() -> None:
        if chance.random() < suicide:
            os.kill(os.getpid(), signal.SIGKILL)

    take, store, draw = invoicing._take, invoicing._store, invoicing.draw

    def taking(*args: object) -> object:
        taken = take(*args)  # type: ignore[arg-type]
        perhaps_die()
        return taken

    def storing(*args: object) -> object:
        stored = store(*args)  # type: ignore[arg-type]
        perhaps_die()
        return stored

    def drawing(*args: object) -> object:
        perhaps_die()
        return draw(*args)  # type: ignore[arg-type]

    invoicing._take, invoicing._store, invoicing.draw = taking, storing, drawing  # type: ignore[assignment]
    try:
        while True:
            made = Invoice.select(Invoice.order)
            open_orders = [row.order_id for row in Order.select(Order.order_id).where(Order.id.not_in(made))]
            if not open_orders:
                return
            chance.shuffle(open_orders)
            for order_id in open_orders[:BATCH]:
                try:
                    invoicing.make(desk, order_id)
                except (RuleRefused, StoreBusy):
                    # Another process was faster, or writes for long.
                    continue
    finally:
        desk.store.close()


def prove(invoices: int, processes: int, kills: int, seed: int) -> Proof:
    """Run `processes` over `invoices` orders with kills; return the result."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        home = str(Path(name) / "home")
        desk = open_desk(settings.load(home, environ={}))
        try:
            add_company(desk)
            markets = ("fr-fr", "de-de")
            raws = [sold(number, country_code=markets[number % 2]) for number in range(1, invoices + 1)]
            open_shop(desk, *raws[:1])
            for begin in range(1, invoices, BATCH):
                open_shop(desk, *raws[begin : begin + BATCH])
            assert Order.select().count() == invoices
            killed, died = _rage(home, desk, invoices, processes, kills, chance)
            return _look(desk, invoices, killed, died)
        finally:
            desk.store.close()


def _rage(home: str, desk: Desk, invoices: int, processes: int, kills: int, chance: random.Random) -> tuple[int, int]:
    command = [sys.executable, __file__, "--work", home]
    started = 0
    running: list[subprocess.Popen[bytes]] = []
    killed = died = 0
    # Spread over the work, wherever it then stands.
    due = sorted(chance.randint(1, max(invoices * 9 // 10, 1)) for _ in range(kills // 2))
    suicide = kills / 2 / invoices / 3
    while True:
        made = Invoice.select().count()
        for process in [process for process in running if process.poll() is not None]:
            running.remove(process)
            if process.returncode == -signal.SIGKILL:
                died += 1
            elif process.returncode:
                raise AssertionError(f"a process ended with {process.returncode}")
        if made >= invoices and not running:
            return killed, died - killed
        while made < invoices and len(running) < processes:
            started += 1
            running.append(subprocess.Popen([*command, str(started * 7919 + chance.randint(0, 999)), str(suicide)]))
        while due and made >= due[0]:
            due.pop(0)
            victim = chance.choice(running)
            if victim.poll() is None:
                victim.kill()
                killed += 1
        time.sleep(0.02)


def _look(desk: Desk, invoices: int, killed: int, died: int) -> Proof:
    problems = []
    rows = list(Invoice.select().where(Invoice.kind == Kind.INVOICE))
    doubles = [order for order, count in Counter(row.order_ref for row in rows).items() if count > 1]
    if doubles:
        problems.append(f"{len(doubles)} orders have more than one invoice")
    if len(rows) != invoices:
        problems.append(f"{len(rows)} invoices for {invoices} orders")
    if len({row.number for row in rows}) != len(rows):
        problems.append("a number is there twice")
    all_series = list(InvoiceSeries.select())
    for series in all_series:
        numbers = sorted(row.sequence for row in rows if (row.country, row.period) == (series.country, series.period))
        if numbers != list(range(1, series.last_number + 1)):
            problems.append(f"series {series.country} {series.period} has a gap or more than it should")
    for row in rows:
        # Who died before it was drawn left that to whoever needs it.
        if not row.pdf_hash:
            invoice_files.pdf(desk, row.number)
    verified = invoice_files.verify(desk)
    problems += [f"{finding.number}: {finding.problem}" for finding in verified.findings]
    return Proof(len(rows), len(all_series), verified.documents, killed, died, tuple(problems))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--invoices", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        home, seed, suicide = arguments.work
        work(home, int(seed), float(suicide))
        return 0
    proof = prove(arguments.invoices, arguments.processes, arguments.kills, arguments.seed)
    print("\n".join(proof.lines()))
    return 1 if proof.problems else 0


if __name__ == "__main__":
    sys.exit(main())
