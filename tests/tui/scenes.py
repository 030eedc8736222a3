"""Every screen and dialog, reached by keys on an installation whose orders, jobs and clock are always the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from driving import Driver, driving
from helpers import add_company, raw_line, raw_order, take_in

from bmtui import settings
from bmtui.desk import orders, refunds, saved_views
from bmtui.desk.context import Desk, open_desk
from bmtui.store.models import Audit, Effect, Job, JobLog, Note, Order, Refund

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
WHO = "anna(1000)"
PEOPLE = (
    ("Marie", "Dupont", "FR"), ("Núria", "Güell", "ES"), ("花子", "髙橋", "JP"), ("Θεόδωρος", "Οικονόμου", "GR"),
    ("[/b]", "O'Neill", "IE"), ("Maximilian", "von und zu Hohenfels-Langenburg", "DE"),
)  # fmt: skip


def installation(home: Path) -> Desk:
    """A desk with 36 orders in every state, a refund that waits, and jobs; every time in it is fixed."""
    opened = open_desk(settings.load(str(home), environ={}))
    desk = replace(opened, now=lambda: NOW, actor=WHO)
    add_company(desk)
    raws = []
    for number in range(36):
        first, last, country = PEOPLE[number % len(PEOPLE)]
        # To accept, to ship, shipped, waiting for payment.
        state, line = ((1, 1), (3, 2), (9, 3), (10, 8))[number % 4]
        made = NOW - timedelta(hours=7 * number)
        raws.append(
            raw_order(
                48_000_000 + number * 17,
                [raw_line(number + 1, line, f"{100 + number}.50", f"PHN-A{10 + number % 4}", product="Phone 128 GB")],
                state=state,
                date_creation=made.isoformat(),
                date_modification=made.isoformat(),
                date_payment=None if state == 10 else made.isoformat(),
                expected_dispatch_date=(made + timedelta(days=2)).isoformat(),
                shipping_address={
                    "first_name": first, "last_name": last, "country": country, "street": "1 rue du Test",
                    "postal_code": "75001", "city": "Paris", "email": f"b{number}@example.com", "phone": "+331234567",
                },
            )
        )  # fmt: skip
    take_in(desk, *raws)
    with desk.store.transaction():
        first = Order.select().order_by(Order.created_at.desc())
        shipped = [row for row in first if row.channel_status == "shipped"]
        orders.add_note(desk, shipped[0].order_id, "Asked for an invoice.")
        Order.update(status="on_hold").where(Order.id == first[5].id).execute()
    with desk.store.transaction():
        refunds.issue(desk, shipped[1].order_id, refunds.RefundRequest())
    saved_views.save(desk, "France", "market:fr-fr")
    with desk.store.transaction():
        later = NOW + timedelta(hours=1)
        Job.update(submitted_at=NOW, scheduled_at=later, submitted_by=WHO).execute()
        Job.update(completed_at=NOW).where(Job.completed_at.is_null(False)).execute()
        Job.update(started_at=NOW).where(Job.started_at.is_null(False)).execute()
        JobLog.update(at=NOW).execute()
        Note.update(at=NOW).execute()
        Refund.update(made_at=NOW).execute()
        Effect.update(made_at=NOW, not_before=NOW).execute()
        desk.store.database.execute_sql("DROP TRIGGER audit_never_changes")
        Audit.update(at=NOW).execute()
    return desk


Scene = Callable[[Driver], Awaitable[None]]


async def _nothing(person: Driver) -> None:
    pass


def _keys(place: str, *keys: str) -> Scene:
    async def go(person: Driver) -> None:
        await person.press(*keys)
        await person.at(place)

    return go


async def _typed(person: Driver, query: str) -> None:
    await person.press("slash", *query)
    await person.until(lambda: person.home.shows(query) or "not readable" in person.seen())


async def _found(person: Driver) -> None:
    await _typed(person, "dupont")


async def _completing(person: Driver) -> None:
    await _typed(person, "sta")


async def _wrong(person: Driver) -> None:
    await _typed(person, "a sttus:b")


async def _none(person: Driver) -> None:
    await _typed(person, "zzzzzz")
    await person.press("enter")


async def _marks(person: Driver) -> None:
    await person.press("space", "space", "j", "V", "j", "j")


async def _labels(person: Driver) -> None:
    await person.press("f")


async def _preview(person: Driver) -> None:
    await person.press("v", "j")
    # The pane follows the cursor a little later.
    await person.until(lambda: f"Order {person.home.order.order_id}" in person.seen() and "Ship to" in person.seen())


async def _shipped(person: Driver) -> None:
    await person.search("channel:shipped payment:charged")


async def _order(person: Driver) -> None:
    await _shipped(person)
    await person.press("enter")
    await person.at("OrderScreen")
    await person.until(lambda: "1 Summary" in person.seen())


async def _order_end(person: Driver) -> None:
    await _order(person)
    await person.press("G")


async def _cancel(person: Driver) -> None:
    await person.search("channel:to_ship status:in_process")
    await person.press("c")
    await person.at("Cancel")


async def _results(person: Driver) -> None:
    await person.press("space", "space", "n")
    await person.at("AskText")
    await person.press(*"seen", "enter")
    await person.at("Results")


async def _job(person: Driver) -> None:
    await person.press("J")
    await person.at("JobsScreen")
    await person.until(lambda: "Submitted" in person.seen() and "Refund" in person.seen())
    await person.press("enter")
    await person.at("JobScreen")
    await person.until(lambda: "Parameters" in person.seen() or "parameters" in person.seen())


async def _jobs(person: Driver) -> None:
    await person.press("J")
    await person.at("JobsScreen")
    await person.until(lambda: "newest first" in person.seen())


async def _settings(person: Driver) -> None:
    await person.press("comma")
    await person.at("SettingsScreen")
    await person.until(lambda: "Read-only" in person.seen())


async def _editing(person: Driver) -> None:
    await _settings(person)
    await person.press("e", "space")


async def _outbox(person: Driver) -> None:
    await person.press("Q")
    await person.at("OutboxScreen")
    await person.until(lambda: "newest first" in person.seen())


async def _help_found(person: Driver) -> None:
    await person.press("question_mark")
    await person.at("Help")
    await person.press("slash", *"mark")


async def _palette_found(person: Driver) -> None:
    await person.press("colon")
    await person.at("Palette")
    await person.press(*"view")


async def _shipments(person: Driver) -> None:
    """A file beside the store, so that its path is always the same."""
    with contextlib.chdir(person.app.desk.settings.data):
        await person.search("channel:to_ship status:in_process")
        order = person.home.order
        assert order is not None
        lines = [f"{order.order_id},1Z999AA10123456784,UPS,1"]
        lines += [f"{number},1Z999AA10123456784,UPS,1" for number in range(1, 16)]
        text = "\n".join(["order,tracking,carrier,weight", *lines])
        await asyncio.to_thread(Path("parcels.csv").write_text, text, encoding="utf-8")
        await person.press("P")
        await person.at("AskPath")
        await person.press(*"parcels.csv", "enter")
        await person.at("ShipmentPreview")


SCENES: dict[str, Scene] = {
    "search": _nothing,
    "search-found": _found,
    "search-completing": _completing,
    "search-unreadable": _wrong,
    "search-nothing": _none,
    "search-marks": _marks,
    "search-labels": _labels,
    "search-preview": _preview,
    "order": _order,
    "order-end": _order_end,
    "jobs": _jobs,
    "job": _job,
    "settings": _settings,
    "settings-editing": _editing,
    "outbox": _outbox,
    "help": _keys("Help", "question_mark"),
    "help-found": _help_found,
    "palette": _keys("Palette", "colon"),
    "palette-found": _palette_found,
    "note": _keys("AskText", "n"),
    "download": _keys("Download", "D"),
    "sort-by": _keys("Pick", "z"),
    "columns": _keys("AskText", "K"),
    "save-view": _keys("AskText", "w"),
    "shipments-file": _keys("AskPath", "P"),
    "shipments-preview": _shipments,
    "cancel": _cancel,
    "results": _results,
}
"""What is to be seen, by its name; each begins on the home screen."""


@contextlib.asynccontextmanager
async def at_scene(desk: Desk, name: str, size: tuple[int, int]) -> AsyncIterator[Driver]:
    """A person who has gone to that scene."""
    async with driving(desk, size=size) as person:
        # The tabs have their counts, the header its company.
        await person.until(lambda: "6 Trouble 0" in person.seen() or size[0] < 100)
        await person.until(lambda: "Shop" in person.line("#header"))
        await SCENES[name](person)
        await person.pilot.pause()
        await person.until(lambda: person.app.screen.is_mounted)
        yield person
