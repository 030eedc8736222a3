"""Keys and bytes of a day's tasks from the home screen, in a pseudo-terminal, and a shift worked off with one key.

    python tests/bench/bench_shift.py [--items 40]

Each task has a desk of its own on a copy of one installation, whose practice marketplace answers. A scan counts as a
key. Where a task asks for an order of a kind, the list shows such orders before its keys are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from helpers import connect, copied_home, download
from terminal import Terminal, bmtui

from bmtui import settings
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.after_sales import folder_store
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import search as invoices
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.overview import today
from bmtui.desk.overview.today import Item, Kind
from bmtui.desk.refunds import issue as refunds
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import CareFolder, Drift, Effect, Job, Order, Shipment
from bmtui.words import EffectState
from bmtui.workers import run_worker

SHIPPED = "channel:shipped payment:charged currency:EUR"
PHONES = "channel:to_ship status:in_process shipping:unshipped sku:PHN*"
IMEI, LABEL = "356938035643809", "1Z999AA10123456784"


@dataclass(frozen=True)
class Task:
    """`keys` are pressed one after the other; after each, or some of them, the screen shows what `shows` says.

    Attributes:
        most: keys that it may take.
        query: what the list shows before.
    """

    name: str
    most: int
    keys: Sequence[str]
    shows: Sequence[str]
    query: str = ""

    def __post_init__(self) -> None:
        assert len(self.keys) == len(self.shows), self.name


def tasks(packed: int) -> list[Task]:
    """The tasks of the table, but for the worst item of each kind."""
    return [
        Task("see everything that needs a person", 1, ".", ["TODAY"]),
        Task("full refund of a shipped order", 3, ["r", "ctrl+s", "Y"], ["Issue Refund", "Y Send", "as job"], SHIPPED),
        Task(
            "money back, order not accepted",
            4,
            ["r", "enter", "Y"],
            ["is not accepted", "Y Send", "is queued as job"],
            "channel:to_accept payment:charged",
        ),
        Task(
            "refund 5 marked orders, and take all back",
            9,
            [*[" "] * 5, "r", "ctrl+s", "Y", "u"],
            ["1 marked", "2 marked", "3 marked", "4 marked", "5 marked", "^s", "Y Send", "5 queued", "5 withdrawn"],
            SHIPPED,
        ),
        Task(
            "settle an unknown outcome",
            4,
            [".", "enter", "s", "D"],
            ["TODAY", "Outbox", "Did it happen?", "Settled: it did not happen"],
        ),
        Task("accept 5", 5, "205aY", ["", "", "", "Accept 5 orders", "5 queued"]),
        Task(
            "ship by scanner",
            3,
            [f"{packed}\r", f"{IMEI}\r", f"{LABEL}\r"],
            [str(packed), "label", "1 shipped"],
            "scan",
        ),
    ]


def prepare(home: Path, server: SandboxServer) -> int:
    """Make an installation with each kind of item that needs a person; return the number of an order of one phone."""
    desk = open_desk(settings.load(str(home), environ={}))
    connect(desk, server)
    companies.change(desk, None, {"download_interval_min": "0", "care_interval_min": "0"})
    download(desk)
    folder_store.start(desk, None)
    asyncio.run(run_worker(desk, stop=asyncio.Event(), once=True))
    other = replace(desk, uid=4242, actor="ben(4242)")
    permissions.set_rights(desk, "4242", role="operator", per_refund={"EUR": "1"})
    rows = search.page(desk, SHIPPED, limit=20).rows
    for row in rows[-3:]:
        refunds.issue(desk, row.order_id, refunds.RefundRequest())
    Effect.update(state=EffectState.NEEDS_PERSON).execute()
    Job.update(status="completed").execute()
    refunds.issue(other, rows[-4].order_id, refunds.RefundRequest(note="The display is broken."))
    job = Job.select().order_by(Job.id).get()
    for row in search.page(desk, "", limit=20).rows:
        company = Order.get(Order.order_id == row.order_id).company_id
        Drift.create(
            job=job, company=company, order_id=row.order_id, what="tracking", here="XX", there="none", state="open",
            advice="", repairable=True, found_at=desk.now(),
        )  # fmt: skip
    Shipment.update(state="failed").where(Shipment.id == Shipment.select(Shipment.id).limit(1)).execute()
    packed = next(
        row.order_id
        for row in search.page(desk, PHONES, limit=50).rows
        if len(view := overview.show(desk, row.order_id).lines) == 1
        and view[0].quantity == 1
        and not overview.show(desk, row.order_id).is_backship
    )
    # Whatever carrier the marketplace chose, the label is of the one that the order goes with.
    companies.change(desk, None, {"carriers": f"{Order.get(Order.order_id == packed).carrier}=UPS"})
    desk.store.close()
    return packed


def opened(home: Path, scratch: Path, name: str) -> Path:
    """Copy the installation for a single task; return the home of the copy."""
    return copied_home(home, scratch / name)


def wait(terminal: Terminal, text: str) -> None:
    if text:
        terminal.wait_until(lambda: text in terminal.text, text)
    terminal.quiet(0.3)


def measure(task: Task, home: Path) -> tuple[int, int]:
    """Do the task; return the number of its keys, and of the bytes that the desk sent meanwhile."""
    with Terminal(bmtui(home)) as terminal:
        wait(terminal, "q Quit")
        if task.query == "scan":
            terminal.press("X")
            wait(terminal, "Who packs")
            terminal.press("enter")
            wait(terminal, "scan: ")
        elif task.query:
            terminal.press("/")
            terminal.type(task.query)
            terminal.press("enter")
            terminal.quiet(1)
        before = terminal.received
        for key, text in zip(task.keys, task.shows, strict=True):
            terminal.press(key)
            wait(terminal, text)
        return len(task.keys), terminal.received - before


def worst(home: Path) -> list[Task]:
    """Return a task for each kind that has items: open its worst item by its digit."""
    from bmtui.tui.overview.today_screen import DIGITS

    desk = open_desk(settings.load(str(home), environ={}))
    found = {row.kind: row.worst for row in today.rows(desk) if row.worst is not None}
    desk.store.close()
    return [
        Task(f"worst: {today.LABELS[kind]}", 2, f".{digit}", ["TODAY", str(item.id)])
        for digit, kind in enumerate(DIGITS, start=1)
        if (item := found.get(kind)) is not None
    ]


def settle(desk: Desk, kind: Kind, item: Item) -> None:
    """Settle the item in the store as a person would."""
    if kind is Kind.UNKNOWN:
        outbox.settle_by_person(desk, item.row_id, happened=False)
    elif kind is Kind.DIFFERENCES:
        Drift.update(state="repaired").where(Drift.id == item.row_id).execute()
    elif kind is Kind.INVOICES:
        Order.update(invoice_provided_at=desk.now()).where(Order.order_id == item.id).execute()
    elif kind is Kind.ACCEPT:
        acceptance.accept(desk, item.id)


def shift(home: Path, items: int) -> tuple[int, int, int]:
    """Work off mixed items with the key `n` alone, each settled by another program; return items, keys and bytes."""
    able = (Kind.UNKNOWN, Kind.INVOICES, Kind.ACCEPT, Kind.DIFFERENCES)
    desk = open_desk(settings.load(str(home), environ={}))
    # What nothing here settles would stand before the others.
    Order.update(ship_by=None).execute()
    Shipment.update(state="confirmed").execute()
    CareFolder.update(waiting_since=None).execute()
    few = [row.order.order_id for row in invoices.waiting(desk)[8:]]
    Order.update(invoice_provided_at=desk.now()).where(Order.order_id.in_(few)).execute()
    pressed = done = 0
    with Terminal(bmtui(home)) as terminal:
        wait(terminal, "q Quit")
        before = terminal.received
        terminal.press(".")
        wait(terminal, "TODAY")
        while done < items:
            left = [(row.kind, item) for row in today.rows(desk, able) for item in row.items]
            if not left:
                break
            kind, item = next(one for one in left if not today.is_worked(desk, *one))
            terminal.press("n")
            pressed += 1
            wait(terminal, str(item.id))
            settle(desk, kind, item)
            done += 1
            wait(terminal, "n opens the next")
        sent = terminal.received - before
    desk.store.close()
    return done, pressed, sent


def row(what: str, *cells: str) -> None:
    print(f"{what:44}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def main(show: Callable[..., None] = row) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--only", default="", help="tasks whose name has this")
    args = parser.parse_args()
    above = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        SandboxServer(SandboxOptions(orders=120, rate_limit=100_000)) as server,
    ):
        scratch, home = Path(folder), Path(folder) / "home"
        packed = prepare(home, server)
        for number, task in enumerate([*tasks(packed), *worst(home)]):
            if args.only in task.name:
                keys, sent = measure(task, opened(home, scratch, str(number)))
                above += keys > task.most
                show(task.name, f"{keys} keys", f"of {task.most}", f"{sent:,} B")
        if args.items:
            done, pressed, sent = shift(opened(home, scratch, "shift"), args.items)
            above += pressed > done
            show(
                f"a shift of {done} items, n alone", f"{pressed} keys", f"of {done}", f"{sent // max(done, 1):,} B each"
            )
    return int(above > 0)


if __name__ == "__main__":
    raise SystemExit(main())
