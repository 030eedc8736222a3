"""Business hours: weekends, holidays and changed clocks of each market."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel.platforms import MARKETS
from bmtui.desk.core import business_hours


def at(market: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=business_hours.of_market(market).zone)


@pytest.mark.parametrize(
    ("market", "begin", "hours", "end"),
    [
        ("fr-fr", "2026-11-23T10:00", 48, "2026-11-25T10:00"),
        # Friday evening: the weekend does not count.
        ("fr-fr", "2026-11-20T18:00", 48, "2026-11-24T18:00"),
        # In the middle of a weekend it begins on Monday.
        ("de-de", "2026-11-21T15:00", 48, "2026-11-25T00:00"),
        # 11 November, a Wednesday, is a holiday in France and in Belgium, and none in Germany.
        ("fr-fr", "2026-11-10T12:00", 48, "2026-11-13T12:00"),
        ("fr-be", "2026-11-10T12:00", 48, "2026-11-13T12:00"),
        ("de-de", "2026-11-10T12:00", 48, "2026-11-12T12:00"),
        # Good Friday and Easter Monday.
        ("en-gb", "2026-04-02T09:00", 48, "2026-04-08T09:00"),
        # Thanksgiving; Culture Day.
        ("en-us", "2026-11-25T09:00", 24, "2026-11-27T09:00"),
        ("ja-jp", "2026-11-02T09:00", 24, "2026-11-04T09:00"),
        ("el-gr", "2026-03-24T09:00", 24, "2026-03-26T09:00"),
        ("fr-fr", "2026-11-23T00:00", 0, "2026-11-23T00:00"),
        # An unknown market has weekends.
        ("xx-xx", "2026-11-20T12:00", 24, "2026-11-23T12:00"),
    ],
)
def test_business_hours_pass_only_on_business_days(market: str, begin: str, hours: int, end: str) -> None:
    calendar = business_hours.of_market(market)
    assert calendar.after(at(market, begin), hours) == at(market, end)
    assert calendar.between(at(market, begin), at(market, end)) == timedelta(hours=hours)


def test_business_hours_over_a_clock_change_keep_the_hour() -> None:
    calendar = business_hours.of_market("fr-fr")
    # Friday noon in Paris is 11:00 UTC, Monday noon after the change 10:00.
    friday = datetime(2026, 3, 27, 11, tzinfo=UTC)
    assert calendar.after(friday, 24) == datetime(2026, 3, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("market", MARKETS)
def test_every_market_has_a_clock_and_holidays_of_its_own(market: str) -> None:
    calendar = business_hours.of_market(market)
    assert str(calendar.zone) != "UTC"
    assert not calendar.is_business_day(date(2026, 1, 1))
    assert calendar.next_business_day(date(2026, 11, 20)) >= date(2026, 11, 23)


moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments, st.floats(0, 300), st.sampled_from(MARKETS))
def test_business_hours_added_to_a_time_lie_between_it_and_the_result(
    begin: datetime, hours: float, market: str
) -> None:
    calendar = business_hours.of_market(market)
    end = calendar.after(begin, hours)
    assert end >= begin
    assert abs(calendar.between(begin, end) - timedelta(hours=hours)) < timedelta(milliseconds=1)
    assert calendar.between(end, begin) == -calendar.between(begin, end)


def test_holidays_of_a_market_are_the_librarys_and_no_other_country_is_loaded() -> None:
    program = """
import sys
from datetime import date
from bmtui.desk.core.business_hours import of_market
years = [date(2026, 1, 1).fromordinal(day) for day in range(date(2026, 1, 1).toordinal(), date(2028, 1, 1).toordinal())]
off = {market: {day for day in years if not of_market(market).is_business_day(day)} for market in ("fr-fr", "en-gb")}
loaded = [name for name in sys.modules if name.startswith("holidays.countries")]
assert len(loaded) == 2, loaded
from holidays import country_holidays
for market, theirs in (("fr-fr", country_holidays("FR")), ("en-gb", country_holidays("GB", subdiv="ENG"))):
    assert off[market] == {day for day in years if day.weekday() > 4 or day in theirs}, market
assert country_holidays("BE", years=2026)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
