"""Reader of days, months, times and time zones; an ambiguous day is refused with both of its readings."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache

from bmtui.errors import NotRead
from bmtui.values import cleaning

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?", re.ASCII
)
"""Shape of an ISO time. Python allows any character before the time: 2026-01-01-01-01 would be an hour."""
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(?::00(?:\.0+)?)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS_AGO = re.compile(r"(\d{1,4})d", re.ASCII | re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)
_FOREIGN = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ ,T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d+)?\s*([AP]M)?)?",
    re.ASCII | re.IGNORECASE,
)
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
"""Orders in which a file may write dates that do not begin with the year."""
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", re.ASCII)
_SPREADSHEET_DAY = re.compile(r"[3-6]\d{4}", re.ASCII)
_SPREADSHEET_BEGIN = date(1899, 12, 30)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
_DAY_ADVICE = "Write it like 2026-11-23."
_TIME_ADVICE = "Write 2026-11-01, 2026-11-01T08:00, or 30d for 30 days ago."


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()}"


def read_day(text: str, today: date, *, field: str = "date") -> date:
    """Read a day: ``2026-11-23``, ``today``, ``yesterday``, or ``30d`` for 30 days ago.

    Raises:
        NotRead: none of these, or a day that can be read in two ways.
    """
    value = cleaning.cell(text, field, "date")
    if match := _MIDNIGHT.fullmatch(value):
        value = match[1]
    day = _day_of(value, today)
    if day is None:
        raise _not_a_day(value, cleaning.shown(text), field)
    return day


def read_days(text: str, today: date, *, field: str = "date") -> Days:
    """Read the days of a day, as `read_day` does, or of a month, as `read_month` does.

    Raises:
        NotRead: neither.
    """
    value = cleaning.cell(text, field, "date")
    if month := _month_of(value, today):
        after = (month + timedelta(days=31)).replace(day=1) if month < date(9999, 12, 1) else None
        return Days(month, after - timedelta(days=1) if after else date.max)
    day = read_day(text, today, field=field)
    return Days(day, day)


def read_month(text: str, today: date, *, field: str = "month") -> str:
    """Read a month: ``2026-11``, ``this-month`` or ``last-month``; returned as ``2026-11``.

    Raises:
        NotRead: none of these.
    """
    month = _month_of(cleaning.cell(text, field, "month"), today)
    if month is None:
        raise NotRead(field, cleaning.shown(text), "not a month", "Write 2026-11, last-month or this-month.")
    return month.isoformat()[:7]


def read_time(text: str, zone: tzinfo, now: datetime, *, field: str = "time") -> datetime:
    """Read an ISO time, in `zone` unless it has its own, or a day, which means its begin in `zone`; returned in UTC.

    Raises:
        NotRead: neither.
    """
    value = cleaning.cell(text, field, "time")
    try:
        day = _day_of(value, now.astimezone(zone).date())
        if day is not None:
            return datetime.combine(day, time(), zone).astimezone(UTC)
        if not _TIME.fullmatch(value):
            raise _not_a_day(value, cleaning.shown(text), field, "not a time", _TIME_ADVICE)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotRead(field, cleaning.shown(text), "not a time", _TIME_ADVICE) from None


def order_in(texts: Iterable[str]) -> str:
    """Return the order of a column of dates, `DAY_FIRST` or `MONTH_FIRST`; '' where no date shows it.

    A single date with a number above 12 shows the order of all dates.

    Raises:
        NotRead: some dates can only be read with the day first, others only with the month first.
    """
    said: dict[str, str] = {}
    for text in texts:
        if match := _FOREIGN.fullmatch(text.strip()):
            first, second = int(match[1]), int(match[3])
            if (first > 12) != (second > 12):
                said.setdefault(DAY_FIRST if first > 12 else MONTH_FIRST, cleaning.shown(text))
    if len(said) == 2:
        advice = "Write all as 2026-11-23."
        both = f"'{said[DAY_FIRST]}' has the day first, and '{said[MONTH_FIRST]}' the month."
        raise NotRead("date", said[MONTH_FIRST], "a date in another order than the rest", advice, message=both)
    return next(iter(said), "")


def read_moment(text: str, zone: tzinfo, now: datetime, *, order: str = "", field: str = "time") -> datetime:
    """Read a time of another program: as `read_time`, or ``11/3/2026 2:14 PM`` where `order` is known; returned in UTC.

    Raises:
        NotRead: no time, or one that can be read in two ways.
    """
    value = cleaning.cell(text, field, "time")
    match = _FOREIGN.fullmatch(value)
    if match is None:
        return read_time(value, zone, now, field=field)
    one, other, year = int(match[1]), int(match[3]), int(match[4])
    if not order:
        order = DAY_FIRST if one > 12 else MONTH_FIRST if other > 12 else ""
    if not order and one != other:
        raise _not_a_day(f"{one}/{other}/{year}", cleaning.shown(text), field)
    day, month = (other, one) if order == MONTH_FIRST else (one, other)
    hour, minute, second = (int(part or 0) for part in match.group(5, 6, 7))
    half = (match[8] or "").upper()
    try:
        if half and not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + 12 * (half == "PM") if half else hour
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotRead(field, cleaning.shown(text), "not a time", _TIME_ADVICE) from None


def read_time_of_day(text: str, *, field: str = "time", wanted: str = "time of a day") -> time:
    """Read a time of a day: ``13:00``, ``9:30``; `wanted` names it for messages.

    Raises:
        NotRead: none.
    """
    match = _CLOCK.fullmatch(cleaning.cell(text, field, wanted))
    if match is None:
        came = cleaning.shown(text)
        message = f"'{came}' is no time of a day ({wanted})."
        raise NotRead(field, came, "no time of a day", "Write it like 13:00.", message=message)
    return time(int(match[1]), int(match[2]))


def read_zone(text: str, *, field: str = "time_zone") -> zoneinfo.ZoneInfo:
    """Read the name of a time zone of the IANA database, such as ``Europe/Paris``.

    Raises:
        NotRead: there is no such zone.
    """
    came, value = cleaning.shown(text), cleaning.cell(text, field, "time zone").replace(" ", "_")
    names = _zones()
    if _ZONE.fullmatch(value) and value in names:
        return zoneinfo.ZoneInfo(value)
    alike = sorted(name for name in names if name.casefold() in (value.casefold(), f"europe/{value.casefold()}"))
    advice = f"Write {alike[0]}." if alike else "Write it like Europe/Paris."
    raise NotRead(field, came, "not a time zone", advice, message=f"There is no time zone '{came}'.")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _day_of(value: str, today: date) -> date | None:
    word = value.casefold()
    try:
        if word in ("today", "yesterday"):
            return today - timedelta(days=word == "yesterday")
        if match := _DAYS_AGO.fullmatch(value):
            return today - timedelta(days=int(match[1]))
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except (ValueError, OverflowError):
        return None


def _month_of(value: str, today: date) -> date | None:
    word = value.casefold()
    first = today.replace(day=1)
    if word == "this-month":
        return first
    if word == "last-month":
        return (first - timedelta(days=1)).replace(day=1) if first > date.min else None
    match = _MONTH.fullmatch(value)
    return date(int(match[1]), int(match[2]), 1) if match and int(match[1]) else None


def _not_a_day(value: str, came: str, field: str, understood: str = "not a date", advice: str = _DAY_ADVICE) -> NotRead:
    if match := _SLASHED.fullmatch(value):
        one, two, year = map(int, match.groups())
        found = (_iso(year, month, day) for day, month in ((one, two), (two, one)))
        readings = list(dict.fromkeys(filter(None, found)))
        if len(readings) == 2:
            understood = f"a date that can be read in two ways: {readings[0]} or {readings[1]}"
            return NotRead(field, came, understood, f"Write {readings[0]} or {readings[1]}.")
        if readings:
            return NotRead(field, came, f"{readings[0]} in another order", f"Write {readings[0]}.", meant=readings[0])
    if _SHORT_YEAR.fullmatch(value):
        return NotRead(field, came, "a date without its century, which can be read in several ways", _DAY_ADVICE)
    if _SPREADSHEET_DAY.fullmatch(value):
        meant = (_SPREADSHEET_BEGIN + timedelta(days=int(value))).isoformat()
        return NotRead(field, came, f"the number by which a spreadsheet keeps {meant}", f"Write {meant}.", meant=meant)
    return NotRead(field, came, understood, advice)


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
