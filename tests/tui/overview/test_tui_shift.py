"""Shift of mixed items, worked off by the key `n`, which opens the next item once the open one is done."""

from __future__ import annotations

from datetime import timedelta

from driving import driving

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import search as invoices
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import today
from bmtui.desk.overview.today import Item, Kind
from bmtui.desk.refunds import issue as refunds
from bmtui.store.models import Drift, Effect, Job, Order
from bmtui.tui.app import DeskApp
from bmtui.words import EffectState

ITEMS = 40


def furnish(desk: Desk) -> None:
    """Make forty items and more that need a person; the hour of the day adds none."""
    Order.update(ship_by=desk.now() + timedelta(days=5)).where(Order.ship_by.is_null(False)).execute()
    shipped = search.page(desk, "channel:shipped payment:charged", limit=8).rows
    for row in shipped:
        refunds.issue(desk, row.order_id, refunds.RefundRequest())
    Effect.update(state=EffectState.NEEDS_PERSON).execute()
    invoiced = [row.order.order_id for row in invoices.waiting(desk)[8:]]
    Order.update(invoice_provided_at=desk.now()).where(Order.order_id.in_(invoiced)).execute()
    job = Job.select().order_by(Job.id).get()
    for row in search.page(desk, "", limit=12).rows:
        Drift.create(
            job=job, company=Order.get(Order.order_id == row.order_id).company_id, order_id=row.order_id,
            what="tracking", here="XX", there="none", state="open", advice="", repairable=True, found_at=desk.now(),
        )  # fmt: skip


def settle(desk: Desk, kind: Kind, item: Item) -> None:
    """Settle the open item in the store as a person would."""
    if kind is Kind.UNKNOWN:
        outbox.settle_by_person(desk, item.row_id, happened=False)
    elif kind is Kind.ACCEPT:
        acceptance.accept(desk, item.id)
    elif kind is Kind.DIFFERENCES:
        Drift.update(state="repaired").where(Drift.id == item.row_id).execute()
    else:
        Order.update(invoice_provided_at=desk.now()).where(Order.order_id == item.id).execute()


def item_of(app: DeskApp) -> tuple[Kind, Item] | None:
    shift = getattr(app.top, "shift", None)
    return None if shift is None else (shift._kind, shift._item)


async def test_shift_of_forty_mixed_items_is_worked_off_with_one_key(office: Desk) -> None:
    furnish(office)
    able = (Kind.UNKNOWN, Kind.INVOICES, Kind.ACCEPT, Kind.DIFFERENCES)
    assert sum(row.count for row in today.rows(office, able)) >= ITEMS
    worked: list[tuple[Kind, int, int]] = []
    async with driving(office) as person:
        await person.open_list("full_stop", "TodayScreen", "TODAY")
        while len(worked) < ITEMS:
            before = worked[-1] if worked else None

            def is_next(before: tuple[Kind, int, int] | None = before) -> bool:
                found = item_of(person.app)
                return found is not None and (found[0], found[1].id, found[1].row_id) != before

            await person.press("n")
            await person.until(is_next)
            found = item_of(person.app)
            assert found is not None
            kind, item = found
            assert (kind, item.id, item.row_id) not in worked
            worked.append((kind, item.id, item.row_id))
            settle(office, kind, item)
            await person.app.check_changes()
            await person.until(lambda: bool(person.app.top.shift and person.app.top.shift.worked))
    assert {kind for kind, _, _ in worked} == set(able)


async def test_key_n_before_the_item_is_done_opens_a_note(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("full_stop", "TodayScreen", "TODAY")
        await person.press("n")
        await person.at("OrderScreen")
        await person.settled()
        await person.press("n")
        await person.at("AskText")
        assert "Note" in person.seen()
