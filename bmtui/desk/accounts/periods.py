"""Periods of a tax return: a month, a quarter or a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bmtui.errors import NotRead
from bmtui.values import date as days


@dataclass(frozen=True, slots=True)
class Period:
    """Period by its name (``2026-11``, ``2026-Q4``, ``2026``) and its first and last day, both included."""

    name: str
    first: date
    last: date

    @property
    def begin(self) -> str:
        return self.first.isoformat()

    @property
    def end(self) -> str:
        return self.last.isoformat()


def read(text: str, today: date, *, field: str = "period") -> Period:
    """Return the period that `text` names: ``2026-11``, ``2026-Q4``, ``2026``, ``last-month`` or ``this-month``.

    Raises:
        NotRead: none of these.
    """
    value = text.strip().upper()
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", value, re.ASCII):
        return _months(f"{match[1]}-Q{match[2]}", int(match[1]), 3 * int(match[2]) - 2, 3)
    if re.fullmatch(r"[12]\d{3}", value, re.ASCII):
        return _months(value, int(value), 1, 12)
    try:
        month = days.read_month(text, today, field=field)
    except NotRead as error:
        advice = "Write 2026-11, 2026-Q4, 2026, last-month or this-month."
        raise NotRead(field, error.came, "not a period", advice) from error
    return _months(month, int(month[:4]), int(month[5:]), 1)


def named(name: str) -> Period:
    """Return the period of a period's `name`. Raises NotRead: it is none."""
    return read(name, date.max)


def read_quarter(text: str, today: date) -> Period:
    """Return the quarter that `text` names: ``2026-Q4``. Raises NotRead."""
    period = read(text, today, field="quarter")
    if "Q" not in period.name:
        raise NotRead("quarter", text[:40], "not a quarter", "Write it like 2026-Q4.")
    return period


def quarter_of(day: str) -> str:
    """Return the quarter of an ISO day: ``2026-Q4``."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def _months(name: str, year: int, month: int, count: int) -> Period:
    after = date(year + (month + count - 1) // 12, (month + count - 1) % 12 + 1, 1)
    return Period(name, date(year, month, 1), after - timedelta(days=1))
