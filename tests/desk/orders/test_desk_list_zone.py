"""Time zone of a list: the same for all rows, and for the days of a query, however the company is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import add_company, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.store.models import Company, Order

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
"""Time that is the 24th in Tokyo and the 23rd in Paris."""


@pytest.fixture
def two(desk: Desk) -> Desk:
    add_company(desk, "Tokyo", time_zone="Asia/Tokyo")
    take_in(
        desk,
        *(
            raw_order(number, [raw_line(number * 10, 3)], date_creation=(NOW - timedelta(hours=ago)).isoformat())
            for number, ago in ((1, 1), (2, 8), (3, 21))
        ),
    )
    add_company(desk, "Paris", time_zone="Europe/Paris")
    return replace(desk, now=lambda: NOW)


def found(desk: Desk, query: str) -> set[int]:
    return {row.order_id for row in search.page(desk, query).rows}


def test_today_is_the_same_day_as_an_option_and_as_a_filter(two: Desk) -> None:
    assert found(two.of_company("Tokyo"), "created:today") == {1}
    assert found(two, "company:Tokyo created:today") == found(two, "created:today company:TOKYO") == {1}
    # Several companies with different zones: UTC.
    assert found(two, "created:today") == found(two, "company:Tokyo,Paris created:today") == {1, 2}
    # A company that is left out says nothing about the zone of the others.
    assert found(two, "-company:Paris created:today") == {1, 2}
    Order.update(company=Company.get(Company.name == "Paris").id).execute()
    assert found(two, "company:Paris created:today") == {1, 2, 3}


@pytest.mark.parametrize(("zone", "today"), [("UTC", {1, 2}), ("Asia/Tokyo", {1}), ("America/New_York", {1, 2})])
def test_configured_zone_is_used_by_every_list(two: Desk, zone: str, today: set[int]) -> None:
    fixed = replace(two, settings=replace(two.settings, values={**two.settings.values, "zone": zone}))
    assert str(fixed.list_zone("Tokyo")) == str(fixed.list_zone()) == zone
    assert found(fixed, "created:today") == found(fixed, "company:Paris,Tokyo created:today") == today
    assert found(fixed.of_company("Tokyo"), "created:today") == found(fixed, "company:Tokyo created:today") == today
    # Days of documents and refunds stay the company's own.
    assert str(fixed.zone("Tokyo")) == "Asia/Tokyo"
