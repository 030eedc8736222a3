from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.widgets import time_format

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def order(office: Desk) -> OrderRow:
    row = search.page(office, "channel:to_ship").rows[0]
    return replace(row, status="in_process", shipping_status="unshipped")


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(hours=4), "today 14:00"),
        (timedelta(days=1, hours=4), "Tue 14:00"),
        (timedelta(days=9), "2 Dec"),
        (timedelta(minutes=-5), "late 5m"),
        (timedelta(hours=-2), "late 2h"),
        (timedelta(days=-3), "late 3d"),
    ],
)
def test_ship_by_time_is_shown_in_the_zone_of_the_company(order: OrderRow, ahead: timedelta, text: str) -> None:
    waiting = replace(order, ship_by=NOW + ahead)
    assert time_format.ship_by(waiting, PARIS, NOW) == text
    assert waiting.is_late(NOW) == (ahead < timedelta(0))
    assert time_format.ship_by(replace(waiting, status="cancelled"), PARIS, NOW) == "–"
    assert not replace(waiting, channel_status="shipped").is_late(NOW)


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(hours=4), "Mon 14:00"),
        (timedelta(days=1, hours=4), "Tue 14:00"),
        (timedelta(hours=-22), "Sun 12:00"),
        (timedelta(days=9), "2 Dec"),
        (timedelta(days=-9), "14 Nov"),
    ],
)
def test_deadline_in_a_list_does_not_change_as_time_passes(ahead: timedelta, text: str) -> None:
    for later in (timedelta(0), timedelta(hours=1)):
        assert time_format.deadline(NOW + ahead, PARIS, NOW + later) == text
    assert time_format.deadline(None, PARIS, NOW) == "–"


def test_deadline_of_a_shipped_order_stays_while_its_upload_waits(order: OrderRow) -> None:
    gone = replace(order, status="completed", shipping_status="fully_shipped", ship_by=NOW - timedelta(hours=2))
    assert gone.upload_waits
    assert time_format.ship_by(gone, PARIS, NOW) == "late 2h"
    assert time_format.ship_by(replace(gone, channel_notified=True), PARIS, NOW) == "–"
    assert not gone.must_ship, "it needs no second parcel"


def test_near_times_are_shown_in_a_short_form() -> None:
    assert time_format.short(NOW, PARIS, NOW) == "10:00"
    assert time_format.short(NOW - timedelta(days=1), PARIS, NOW) == "22 Nov 10:00"
    assert time_format.short(NOW - timedelta(days=400), PARIS, NOW) == "19 Oct 2025"
    assert time_format.stamp(NOW, PARIS) == "2026-11-23 10:00"
    assert time_format.elapsed(NOW, NOW + timedelta(seconds=3909)) == "1:05:09"
