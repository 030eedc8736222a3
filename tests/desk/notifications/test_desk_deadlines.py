"""Events of deadlines that pass: each is sent once; none for orders that were late long before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import COMPANY, add_company, order_of, raw_folder, raw_line, raw_order, take_in

from bmtui.desk.after_sales import folder_store
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.notifications import deadlines
from bmtui.store.models import CareFolder, Company, Event, Order

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""A Friday."""
OTHER = "Other"


@pytest.fixture
def friday(offline: Desk) -> Desk:
    return replace(offline, now=lambda: NOW)


def told(desk: Desk) -> list[tuple[str, int | None]]:
    names = ("order.late", "order.late_soon", "folder.waits", "folder.late", "invoice.missing")
    return sorted((event.event, event.order_id) for event in events.listing(desk) if event.event in names)


def keep(desk: Desk, company: Company, hours: int, **more: object) -> None:
    """Store a folder about order 1 of the company, whose customer wrote these hours ago."""
    wrote = (NOW - timedelta(hours=hours)).isoformat()
    raw = raw_folder(7, 1, 10, "SKU", "Where is it?", date_creation=wrote) | more
    with desk.store.transaction():
        folder_store.keep(desk, company.id, 7, raw, "x")


def test_late_and_soon_late_orders_are_events_once(friday: Desk) -> None:
    for number, hours in ((1, -1), (2, -30), (3, 2), (4, 60)):
        take_in(friday, raw_order(number, [raw_line(number * 10, 2)]))
        Order.update(ship_by=NOW + timedelta(hours=hours)).where(Order.order_id == number).execute()
    for _ in range(2):
        deadlines.look(friday)
    assert told(friday) == [("order.late", 1), ("order.late_soon", 3)]
    later = replace(friday, now=lambda: NOW + timedelta(hours=3))
    deadlines.look(later)
    assert told(friday) == [("order.late", 1), ("order.late", 3), ("order.late_soon", 3)]
    # Another date is another deadline.
    Order.update(ship_by=NOW + timedelta(hours=1)).where(Order.order_id == 1).execute()
    deadlines.look(later)
    assert told(friday).count(("order.late", 1)) == 2


def test_waiting_and_too_long_waiting_customers_are_events(friday: Desk) -> None:
    take_in(friday, raw_order(1, [raw_line(10)]))
    company = Company.get()
    since = (NOW - timedelta(hours=2)).isoformat()
    with friday.store.transaction():
        folder_store.keep(friday, company.id, 7, raw_folder(7, 1, 10, "SKU", "Where is it?", date_creation=since), "x")
    assert CareFolder.get().waiting_since is not None
    for _ in range(2):
        deadlines.look(friday)
    assert told(friday) == [("folder.waits", 1)]
    # 24 business hours after Friday noon are over on Monday noon.
    deadlines.look(replace(friday, now=lambda: NOW + timedelta(hours=40)))
    assert ("folder.late", 1) not in told(friday)
    deadlines.look(replace(friday, now=lambda: NOW + timedelta(hours=72)))
    assert ("folder.late", 1) in told(friday)


def test_missing_invoice_is_an_event_once(friday: Desk) -> None:
    take_in(friday, raw_order(1, [raw_line(10)]))
    Order.update(shipped_at=NOW - timedelta(hours=49), channel_notified=True).where(Order.order_id == 1).execute()
    for _ in range(2):
        deadlines.look(friday)
    assert told(friday) == [("invoice.missing", 1)]
    assert events.listing(friday, name="invoice.missing")[0].order_id == order_of(1).order_id


def test_deadlines_are_of_the_orders_of_their_own_company(friday: Desk) -> None:
    add_company(friday, OTHER)
    shops = {row.name: row for row in Company.select()}
    for name, shop in shops.items():
        take_in(friday, raw_order(1, [raw_line(10)]), company=name)
        keep(friday, shop, 2)
    Order.update(shipped_at=NOW - timedelta(hours=49), channel_notified=True).execute()
    deadlines.look(friday)
    orders = {row.company_id: row.id for row in Order.select()}
    for name in ("folder.waits", "invoice.missing"):
        found = {event.company_id: event.order_ref for event in Event.select().where(Event.name == name)}
        assert found == orders, name
    assert orders.keys() == {shops[COMPANY].id, shops[OTHER].id}


@pytest.mark.parametrize(
    ("hours", "more"),
    [(72, {}), (2, {"state": 9}), (2, {"client": "?"})],
    ids=["told too late", "closed", "unreadable"],
)
def test_customer_who_waits_for_nothing_new_is_no_event(friday: Desk, hours: int, more: dict[str, object]) -> None:
    take_in(friday, raw_order(1, [raw_line(10)]))
    keep(friday, Company.get(), 2)
    keep(friday, Company.get(), hours, **more)
    deadlines.look(friday)
    assert told(friday) == []


def test_invoice_that_was_due_more_than_a_day_ago_is_no_event(friday: Desk) -> None:
    take_in(friday, raw_order(1, [raw_line(10)]))
    Order.update(shipped_at=NOW - timedelta(days=5), channel_notified=True).execute()
    deadlines.look(friday)
    assert told(friday) == []


def test_deadlines_of_a_disabled_company_are_no_events(friday: Desk) -> None:
    take_in(friday, raw_order(1, [raw_line(10, 2)]))
    Order.update(ship_by=NOW - timedelta(hours=1)).execute()
    keep(friday, Company.get(), 2)
    Company.update(enabled=False).execute()
    deadlines.look(friday)
    assert told(friday) == []
