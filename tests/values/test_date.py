"""Days, months, times and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead
from bmtui.values import date as dates

TODAY, PARIS = date(2026, 11, 23), ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789-/.:TZ+ dtoayesr\u200b٣\ud800", max_size=25),
    st.dates().map(str),
    st.datetimes(timezones=st.just(UTC)).map(str),
    st.from_regex(r"\d{4}-\d\d(-\d\d)?|\d{1,4}d|\d\d[/.]\d\d[/.]\d{4}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02", "2026-11-02"),
        ("today", "2026-11-23"),
        ("Yesterday", "2026-11-22"),
        ("30d", "2026-10-24"),
        ("2026-11-02 00:00:00", "2026-11-02"),
        ("2026‑11‑02", "2026-11-02"),
        ("２０２６-１１-０２", "2026-11-02"),
        ('="2026-11-02"', "2026-11-02"),
    ],
)
def test_a_day_is_read(text: str, day: str) -> None:
    assert dates.read_day(text, TODAY).isoformat() == day


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("03/04/2026", "a date that can be read in two ways: 2026-04-03 or 2026-03-04"),
        ("3.4.2026", "a date that can be read in two ways: 2026-04-03 or 2026-03-04"),
        ("03-04-2026", "a date that can be read in two ways"),
        ("23/11/2026", "2026-11-23 in another order"),
        ("11/23/2026", "2026-11-23 in another order"),
        ("03/04/26", "without its century"),
        ("46349", "the number that a spreadsheet stores for 2026-11-23"),
        ("2026-11-31", "not a date"),
        ("2026-11-02 08:00", "not a date"),
        ("20261123", "not a date"),
        ("2026-W47-1", "not a date"),
        ("tomorrow", "not a date"),
        ("", "empty"),
        ("4.6E+04", "turned into an exponent"),
    ],
)
def test_text_that_is_no_day_is_not_read(text: str, understood: str) -> None:
    with pytest.raises(NotRead) as caught:
        dates.read_day(text, TODAY)
    assert understood in caught.value.understood


def test_months_and_days_are_read_as_date_ranges() -> None:
    read = {
        text: str(dates.read_days(text, TODAY)) for text in ("2026-11", "2028-02", "last-month", "today", "9999-12")
    }
    assert read == {
        "2026-11": "2026-11-01..2026-11-30",
        "2028-02": "2028-02-01..2028-02-29",
        "last-month": "2026-10-01..2026-10-31",
        "today": "2026-11-23..2026-11-23",
        "9999-12": "9999-12-01..9999-12-31",
    }
    assert [dates.read_month(text, TODAY) for text in ("2026-11", "this-month", "last-month")] == [
        *("2026-11", "2026-11", "2026-10"),
    ]
    for text in ("2026-13", "0000-01", "11/2026", "november"):
        with pytest.raises(NotRead):
            dates.read_month(text, TODAY)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
        ("2026-11-01T08:00", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01 08:00:30", "2026-11-01T07:00:30+00:00"),
        ("2026-11-01T08", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01T080030.5+0100", "2026-11-01T07:00:30.500000+00:00"),
        ("2026-11-01T08:00Z", "2026-11-01T08:00:00+00:00"),
        ("2026-11-01T08:00+05:30", "2026-11-01T02:30:00+00:00"),
        ("1d", "2026-11-22T23:00:00+00:00"),
        ("today", "2026-11-23T23:00:00+00:00"),
    ],
)
def test_a_time_is_read_in_the_zone(text: str, moment: str) -> None:
    assert dates.read_time(text, PARIS, NOW).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "8:00", "03/04/2026", "2026-11-01T25:00", "0001-01-01", "9999-12-31T23:59-12:00"),
        # Two days in one field: Python would take the second for a time and a zone.
        *("2026-11-01-08-00", "2026-11-01x08:00", "2026-11-012026-11-02"),
    ],
)
def test_text_that_is_no_time_is_not_read(text: str) -> None:
    with pytest.raises(NotRead):
        dates.read_time(text, PARIS, NOW)


def test_a_time_of_day_is_read_and_nothing_else() -> None:
    for text, said in (("13:00", "13:00:00"), ("9:30", "09:30:00"), ("１３：００", "13:00:00")):
        assert str(dates.read_time_of_day(text)) == said
    for text in ("", "24:00", "13", "1:5", "13:60", "noon", "13:00:00"):
        with pytest.raises(NotRead):
            dates.read_time_of_day(text)


def test_a_zone_is_one_of_the_database() -> None:
    assert dates.read_zone("America/New York").key == "America/New_York"
    wrong = {"europe/paris": "Write Europe/Paris.", "Berlin": "Write Europe/Berlin.", "+02:00": "Write it like"}
    for text in (*wrong, "Europe", "../etc/passwd", "/etc/passwd", "right/Europe/Paris", "posixrules", "a\x00b"):
        with pytest.raises(NotRead, match="There is no time zone") as caught:
            dates.read_zone(text)
        assert wrong.get(text, "Write") in caught.value.advice


@given(TEXTS, st.dates())
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str, today: date) -> None:
    day, refusal = outcome(dates.read_day, text, today)
    assert refusal is not None or dates.read_day(str(day), today) == day
    days, refusal = outcome(dates.read_days, text, today)
    assert refusal is not None or days.first <= days.last
    month, refusal = outcome(dates.read_month, text, today)
    assert refusal is not None or dates.read_month(month, today) == month
    moment, refusal = outcome(dates.read_time, text, PARIS, NOW)
    assert refusal is not None or dates.read_time(moment.isoformat(), PARIS, NOW) == moment
    zone, refusal = outcome(dates.read_zone, text)
    assert refusal is not None or dates.read_zone(zone.key) == zone


@pytest.mark.parametrize(
    ("clock", "hour", "minute"), [("12:00 AM", 0, 0), ("1:05 AM", 1, 5), ("12:30 PM", 12, 30), ("11:59 PM", 23, 59)]
)
def test_hour_of_half_a_day_is_read_from_midnight_and_from_noon(clock: str, hour: int, minute: int) -> None:
    found = dates.read_moment(f"11/3/2026 {clock}", UTC, NOW, order=dates.MONTH_FIRST)
    assert found == datetime(2026, 11, 3, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("11/3/2026 2:14 PM", dates.MONTH_FIRST, "2026-11-03T13:14:00+00:00"),
        ("11/3/2026 2:14 PM", dates.DAY_FIRST, "2026-03-11T13:14:00+00:00"),
        ("3.11.2026 08:00:30", dates.DAY_FIRST, "2026-11-03T07:00:30+00:00"),
        ("3-11-2026, 8:00", dates.DAY_FIRST, "2026-11-03T07:00:00+00:00"),
        ("12/11/2026", dates.MONTH_FIRST, "2026-12-10T23:00:00+00:00"),
        # A number above 12 is the day, and two equal numbers mean the same in each order.
        ("23/11/2026", "", "2026-11-22T23:00:00+00:00"),
        ("13/11/2026", "", "2026-11-12T23:00:00+00:00"),
        ("11/23/2026", "", "2026-11-22T23:00:00+00:00"),
        ("11/13/2026", "", "2026-11-12T23:00:00+00:00"),
        ("11/11/2026", "", "2026-11-10T23:00:00+00:00"),
        ("2026-11-01 08:00", "", "2026-11-01T07:00:00+00:00"),
    ],
)
def test_time_of_another_program_is_read_in_the_order_of_its_file(text: str, order: str, moment: str) -> None:
    assert dates.read_moment(text, PARIS, NOW, order=order).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "order", "understood"),
    [
        ("3/11/2026 08:00", "", "a date that can be read in two ways: 2026-11-03 or 2026-03-11"),
        ("12/11/2026", "", "a date that can be read in two ways: 2026-11-12 or 2026-12-11"),
        ("11/23/2026", dates.DAY_FIRST, "not a time"),
        ("1/1/2026 0:30 AM", dates.DAY_FIRST, "not a time"),
        ("1/1/2026 13:30 PM", dates.DAY_FIRST, "not a time"),
        ("1/1/2026 24:00", dates.DAY_FIRST, "not a time"),
    ],
)
def test_time_of_another_program_that_is_none_or_means_two_days_is_not_read(
    text: str, order: str, understood: str
) -> None:
    with pytest.raises(NotRead) as caught:
        dates.read_moment(text, PARIS, NOW, order=order)
    assert understood in caught.value.understood


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["3/11/2026", " 13/11/2026 "], dates.DAY_FIRST),
        (["11/13/2026", "3/11/2026"], dates.MONTH_FIRST),
        (["12/12/2026", "3/11/2026", "13/13/2026", "2026-11-13", ""], ""),
        # A 12 is a day or December.
        (["12/5/2026", "3/11/2026"], ""),
        (["5/12/2026"], ""),
        ([], ""),
    ],
)
def test_order_of_a_column_of_dates_is_shown_by_a_number_above_twelve(column: list[str], order: str) -> None:
    assert dates.order_in(column) == order


def test_column_with_dates_in_two_orders_is_refused_with_one_of_each() -> None:
    with pytest.raises(NotRead, match=r"'13/1/2026' has the day first, and '1/14/2026' the month\.") as caught:
        dates.order_in(["13/1/2026", "1/14/2026", "15/1/2026", "1/16/2026"])
    assert caught.value.advice == "Write all as 2026-11-23."
