"""Ship-by clocks (order-desk §9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import doctor
from bmtui.desk.orders import ship_by as clocks
from bmtui.errors import ConfigError
from bmtui.store.models import Company
from bmtui.store.query import CLOCKS

# A Monday, 10:00 in Paris.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def waiting(order_id: int, ship_by: str | None, state: int = 2, **more: object) -> dict[str, object]:
    line = raw_line(order_id * 10, state)
    return raw_order(order_id, [line], state=3 if state == 2 else 1, expected_dispatch_date=ship_by, **more)


@pytest.fixture
def monday(offline: Desk) -> Desk:
    desk = replace(offline, now=lambda: NOW)
    take_in(
        desk,
        waiting(1, "2026-11-23T08:00:00+00:00"),
        waiting(2, "2026-11-23T12:30:00+00:00"),
        waiting(3, "2026-11-23T20:00:00+00:00"),
        waiting(4, "2026-11-24T12:00:00+00:00"),
        # Late too, but nobody will ship it: shipped already, cancelled here, not paid.
        raw_order(5, [raw_line(50, 3)], expected_dispatch_date="2026-11-23T08:00:00+00:00"),
        waiting(6, "2026-11-23T08:00:00+00:00"),
        waiting(7, "2026-11-23T08:00:00+00:00", 8) | {"state": 10},
    )
    internal_cancel.cancel_internally(desk, 6, "cancelled", "no stock")
    return desk


def ids(desk: Desk, word: str) -> list[int]:
    return [row.order_id for row in clocks.queue(desk, word=word).rows]


def test_ship_by_groups_contain_only_orders_still_to_ship(monday: Desk) -> None:
    found = {word: ids(monday, word) for word in CLOCKS}
    assert found == {"overdue": [1], "soon": [2], "today": [1, 2, 3], "later": [4], "due": [1, 2, 3]}
    assert clocks.counts(monday) == clocks.Counts(late=1, soon=1, today=3)
    companies.change(monday, None, {"soon_hours": "48"})
    assert ids(monday, "soon") == [2, 3, 4]
    assert ids(monday, "due") == [1, 2, 3, 4]
    assert ids(monday, "later") == []


def test_an_order_on_hold_is_still_late(monday: Desk) -> None:
    internal_cancel.cancel_internally(monday, 1, "on_hold", "asking the buyer")
    assert ids(monday, "overdue") == [1]
    finding = next(one for one in doctor._local(monday) if one.topic == "shipping")
    assert not finding.ok
    assert "1 late" in finding.message
    internal_cancel.cancel_internally(monday, 1, "void", "")
    assert next(one for one in doctor._local(monday) if one.topic == "shipping").ok


@pytest.mark.parametrize(
    ("paid", "due"),
    [
        # Paris is an hour ahead of UTC; the cut-off is 13:00 there.
        ("2026-11-23T11:59:00+00:00", "2026-11-24T12:00"),
        ("2026-11-23T12:00:00+00:00", "2026-11-25T12:00"),
        ("2026-11-27T08:00:00+00:00", "2026-11-30T12:00"),
        # A Saturday counts for Monday.
        ("2026-11-28T08:00:00+00:00", "2026-12-01T12:00"),
        # Friday the 25th of December is a holiday.
        ("2026-12-24T08:00:00+00:00", "2026-12-28T12:00"),
    ],
)
def test_without_a_date_of_the_channel_business_hours_count(offline: Desk, paid: str, due: str) -> None:
    take_in(offline, waiting(1, None, date_payment=paid))
    assert order_of(1).ship_by == datetime.fromisoformat(f"{due}+00:00")
    # Shipped: no clock runs any more.
    take_in(
        offline,
        raw_order(1, [raw_line(10, 3)], date_payment=paid, date_modification="2026-12-30T10:00:00+00:00"),
    )
    assert order_of(1).ship_by is None


def test_ship_by_uses_the_cut_off_time_of_the_company(offline: Desk) -> None:
    companies.change(offline, None, {"ship_cutoff": "09:00"})
    take_in(offline, waiting(1, None, date_payment="2026-11-23T08:30:00+00:00"))
    assert order_of(1).ship_by == datetime(2026, 11, 25, 8, tzinfo=UTC)
    with pytest.raises(ConfigError, match="no time of a day"):
        companies.change(offline, None, {"ship_cutoff": "25:00"})
    with pytest.raises(ConfigError, match="168 is the most"):
        companies.change(offline, None, {"soon_hours": "169"})
    assert Company.get().ship_cutoff == "09:00"


def test_next_due_order_is_the_first_of_a_later_day(monday: Desk) -> None:
    found = clocks.next_due(monday)
    assert found is not None
    assert found.order_id == 4
    assert clocks.next_due(monday.of_company("Shop")) == found
