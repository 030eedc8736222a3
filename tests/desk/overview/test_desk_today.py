"""Today: items that need a person are counted by kind, the worst first, and disappear once settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import COMPANY, add_company, order_of, raw_folder, raw_line, raw_order, take_in

from bmtui.desk.after_sales import folder_store
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import day, today
from bmtui.desk.overview.today import Kind, Row
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import rma
from bmtui.queue import outages
from bmtui.store.models import Company, Drift, Effect, Inbox, Job, Order, Refund, Return, ReturnItem, Shipment, Unit
from bmtui.words import EffectState, RefundState, UploadState

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday."""


@pytest.fixture
def monday(offline: Desk) -> Desk:
    return replace(offline, now=lambda: NOW)


def rows_of(desk: Desk) -> dict[Kind, Row]:
    return {row.kind: row for row in today.rows(desk)}


def order(desk: Desk, number: int, line_state: int = 2, **more: object) -> Order:
    take_in(desk, raw_order(number, [raw_line(number * 10, line_state)], **more))
    return order_of(number)


def test_today_when_nothing_is_there_has_every_kind_with_zero(monday: Desk) -> None:
    rows = today.rows(monday)
    assert [row.kind for row in rows] == list(Kind)
    assert {(row.count, row.late, row.worst) for row in rows} == {(0, 0, None)}
    assert set(today.LABELS) == set(Kind)


def test_ship_rows_when_orders_are_late_and_soon_begin_with_the_earliest(monday: Desk) -> None:
    for number, hours in ((1, -1), (2, -30), (3, 2), (4, 60)):
        order(monday, number)
        Order.update(ship_by=NOW + timedelta(hours=hours)).where(Order.order_id == number).execute()
    rows = rows_of(monday)
    late = rows[Kind.SHIP_LATE]
    assert (late.count, late.late, late.worst.id if late.worst else None) == (2, 2, 2)
    assert late.due_at == NOW - timedelta(hours=30)
    soon = rows[Kind.SHIP_SOON]
    assert (soon.count, soon.late, [item.id for item in soon.items]) == (1, 0, [3])


def test_accept_row_when_orders_wait_leaves_out_cancelled_ones(monday: Desk) -> None:
    for number in (1, 2):
        order(monday, number, 1, state=1)
    Order.update(status="cancelled").where(Order.order_id == 2).execute()
    assert [item.id for item in rows_of(monday)[Kind.ACCEPT].items] == [1]


def test_unknown_row_when_an_outcome_is_unknown_names_its_order_until_it_is_settled(monday: Desk) -> None:
    order(monday, 7, 3)
    refunds.issue(monday, 7, refunds.RefundRequest())
    Effect.update(state=EffectState.NEEDS_PERSON).execute()
    row = rows_of(monday)[Kind.UNKNOWN]
    assert (row.count, row.late, row.items[0].id, row.items[0].order_id) == (1, 1, 7, 7)
    assert row.items[0].row_id == Effect.get().id
    Effect.update(state=EffectState.REJECTED).execute()
    assert rows_of(monday)[Kind.UNKNOWN].count == 0


def test_excess_row_when_more_was_returned_than_received_counts_the_refund(monday: Desk) -> None:
    order(monday, 7, 3)
    refunds.issue(monday, 7, refunds.RefundRequest())
    Refund.update(state=RefundState.EXCESS).execute()
    row = rows_of(monday)[Kind.EXCESS]
    assert (row.count, row.items[0].about) == (1, "100.00 EUR above what was received")
    above = rows_of(monday)[Kind.REFUNDED_ABOVE]
    assert (above.count, above.items[0].order_id, above.items[0].about) == (1, 7, "100.00 EUR too much")
    assert [row.kind for row in today.rows(monday, today.IN_HEADER)] == [
        kind for kind in Kind if kind in today.IN_HEADER
    ]


def test_customers_row_when_folders_wait_counts_business_hours(monday: Desk) -> None:
    order(monday, 7)
    company = Company.get()
    # Answered within 24 business hours: Friday's is due now on Monday morning, Sunday's is not.
    for number, written in ((1, "2026-11-22T10:00:00+00:00"), (2, "2026-11-19T08:00:00+00:00")):
        raw = raw_folder(number, 7, 70, "SKU", "It is broken", date_creation=written)
        folder_store.keep(monday, company.id, number, raw, "x")
    row = rows_of(monday)[Kind.CUSTOMERS]
    assert ([item.id for item in row.items], row.count, row.late) == ([2, 1], 2, 1)


def test_invoices_row_when_orders_shipped_counts_those_past_48_business_hours(monday: Desk) -> None:
    for number, hours in ((1, 24), (2, 24 * 7)):
        order(monday, number, 3)
        shipped = {"shipped_at": NOW - timedelta(hours=hours), "channel_notified": True, "invoice_provided_at": None}
        Order.update(**shipped).where(Order.order_id == number).execute()
    row = rows_of(monday)[Kind.INVOICES]
    assert ([item.id for item in row.items], row.late) == ([2, 1], 1)


def test_uploads_rows_when_one_failed_and_one_waits_for_its_toggle_tell_them_apart(monday: Desk) -> None:
    from bmtui.desk.shipping import ship as shipping
    from bmtui.desk.shipping.plan import ShipRequest

    for number in (1, 2):
        order(monday, number)
        shipping.ship(
            monday, number, ShipRequest(tracking=f"X{number}00200300400", carrier="Colissimo", accept_doubts=True)
        )
    first = order_of(1)
    Shipment.update(state=UploadState.FAILED).where(Shipment.order == first).execute()
    Effect.delete().where(Effect.order == first).execute()
    Company.update(allow_fulfillment_upload=False).execute()
    rows = rows_of(monday)
    assert [item.id for item in rows[Kind.UPLOADS_FAILED].items] == [1]
    assert [item.id for item in rows[Kind.UPLOADS_OFF].items] == [2]


def test_uploads_rows_when_only_identifiers_failed_or_wait_for_their_toggle_name_their_orders(monday: Desk) -> None:
    from bmtui.desk.shipping import identifiers

    for number, imei in ((1, "356938035643809"), (2, "490154203237518")):
        order(monday, number, 3)
        identifiers.identify(monday, number, [identifiers.given(number * 10, imei)])
        Shipment.create(
            **{"order": order_of(number), "carrier": "UPS", "tracking_number": "X", "tracking_url": "", "whole": True},
            **{"shipped_at": NOW, "state": UploadState.CONFIRMED, "made_at": NOW, "made_by": "test"},
        )
    Unit.update(state=UploadState.FAILED).where(Unit.order == order_of(1)).execute()
    Effect.delete().where(Effect.order == order_of(1)).execute()
    assert rows_of(monday)[Kind.UPLOADS_OFF].count == 0
    Company.update(enable_imei_update=False).execute()
    rows = rows_of(monday)
    assert [item.id for item in rows[Kind.UPLOADS_FAILED].items] == [1]
    assert [(item.id, item.about) for item in rows[Kind.UPLOADS_OFF].items] == [(2, "IMEI 490154203237518 of SKU")]


def test_item_when_only_another_company_writes_to_an_order_of_its_number_is_not_worked_on(monday: Desk) -> None:
    from bmtui.desk.acceptance import accept

    add_company(monday, "Other")
    for company in (COMPANY, "Other"):
        take_in(monday.of_company(company), raw_order(1, [raw_line(10, 1)], state=1))
    items = {item.company: item for item in rows_of(monday)[Kind.ACCEPT].items}
    accept.accept(monday.of_company("Other"), 1)
    assert [today.is_worked(monday, Kind.ACCEPT, items[company]) for company in (COMPANY, "Other")] == [False, True]


def test_returns_row_when_something_is_still_to_come_names_the_return(monday: Desk) -> None:
    order(monday, 7, 3)
    made = rma.create(monday, 7, rma.ReturnRequest(reason="Defective"))
    row = rows_of(monday)[Kind.RETURNS]
    assert (row.count, row.items[0].id, row.items[0].order_id) == (1, made.row.rma_id, 7)


def test_rows_of_trouble_when_channel_token_pause_quarantine_and_difference_stand_are_there(monday: Desk) -> None:
    company = Company.get()
    outages.begin(monday.store, company.base_url, "no route")
    sending_pauses.stop_for_token(monday, company)
    sending_pauses.pause(monday, "stock count")
    take_in(monday, {"order_id": 8, "state": "nonsense"})
    job = Job.select().order_by(Job.id.desc()).first()
    Drift.create(
        **{"job": job, "company": company, "order_id": 9, "line_id": None, "what": "state", "here": "a", "there": "b"},
        **{"advice": "", "repairable": False, "found_at": NOW, "state": "open"},
    )
    rows = rows_of(monday)
    assert Inbox.select().where(Inbox.state == "quarantined").count() == 1
    for kind in (Kind.CHANNEL_AWAY, Kind.TOKEN, Kind.PAUSED, Kind.QUARANTINE, Kind.DIFFERENCES):
        assert rows[kind].count == 1, kind
    assert rows[Kind.DIFFERENCES].items[0].about == "here a, there b"
    assert {kind for kind, row in rows.items() if row.is_urgent} == {Kind.CHANNEL_AWAY, Kind.TOKEN}


def test_rows_when_a_company_is_in_view_leave_out_the_others(monday: Desk) -> None:
    order(monday, 1, 1, state=1)
    add_company(monday, "Other")
    assert rows_of(monday.of_company("Other"))[Kind.ACCEPT].count == 0
    assert rows_of(monday.of_company(COMPANY))[Kind.ACCEPT].count == 1


def test_day_when_orders_are_due_gives_hours_of_the_first_day_and_later_days(monday: Desk) -> None:
    zone = monday.zone()
    for number, hours in ((1, -2), (2, 3), (3, 3), (4, 5), (5, 25), (6, 29)):
        order(monday, number, date_creation=(NOW - timedelta(hours=number)).isoformat())
        Order.update(ship_by=NOW + timedelta(hours=hours)).where(Order.order_id == number).execute()
    numbers = day.read(monday)
    first = (NOW + timedelta(hours=3)).astimezone(zone)
    assert [(band.label, band.count) for band in numbers.due] == [
        ("late", 1),
        (f"Mon {first.hour:02}h", 2),
        (f"{first.hour + 2:02}h", 1),
        ("Tue", 2),
    ]
    assert sum(numbers.orders_24h) == sum(numbers.orders_7d) == 6
    assert (len(numbers.orders_24h), len(numbers.orders_7d)) == (24, 7)


def test_day_when_refunds_were_made_today_sums_them_by_currency(monday: Desk) -> None:
    for number in (1, 2):
        order(monday, number, 3)
        refunds.issue(monday, number, refunds.RefundRequest())
    Refund.update(made_at=NOW - timedelta(days=2)).where(Refund.order == order_of(2)).execute()
    assert [str(amount) for amount in day.read(monday).refunds] == ["100.00 EUR"]
    # Today began at eleven in the evening in UTC, and a refund that failed is none.
    for minutes, count in ((-90, 0), (-30, 1)):
        Refund.update(made_at=NOW.replace(hour=0) + timedelta(minutes=minutes)).execute()
        assert len(day.read(monday).refunds) == count
    Refund.update(state=RefundState.REJECTED).execute()
    assert day.read(monday).refunds == ()


def test_day_when_orders_came_around_midnight_counts_them_on_the_days_of_the_company(monday: Desk) -> None:
    for number, at in ((1, "2026-11-22T22:30:00+00:00"), (2, "2026-11-22T23:30:00+00:00")):
        order(monday, number, date_creation=at)
    assert day.read(monday).orders_7d[-2:] == (1, 1)


def test_return_of_which_every_piece_came_needs_nobody(monday: Desk) -> None:
    order(monday, 7, 3)
    rma.create(monday, 7, rma.ReturnRequest(reason="Defective"))
    ReturnItem.update(received=ReturnItem.quantity).execute()
    assert rows_of(monday)[Kind.RETURNS].count == 0


def test_row_has_the_earliest_time_of_its_items(monday: Desk) -> None:
    for number, hours in ((1, 3), (2, 9), (3, 5)):
        order(monday, number, 3)
        made = rma.create(monday, number, rma.ReturnRequest(reason="Defective"))
        Return.update(made_at=NOW - timedelta(hours=hours)).where(Return.id == made.row.rma_id).execute()
    assert rows_of(monday)[Kind.RETURNS].oldest_at == NOW - timedelta(hours=9)
