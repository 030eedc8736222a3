"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError

_RELATIVE = re.compile(r"(\d{1,4})d")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def stamp(at: datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """Date and time in full, as a person reads them: ``2026-11-23 14:05``; '' for None."""
    if at is None:
        return ""
    return f"{at.astimezone(zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def parse(text: str, zone: tzinfo, now: datetime) -> datetime:
    """The moment in UTC that `text` means: the begin of a day in `zone`, a full time, or ``7d`` for seven days ago.

    Raises:
        ValueError, OverflowError: none of these.
    """
    text = text.strip()
    if match := _RELATIVE.fullmatch(text):
        day = now.astimezone(zone).date() - timedelta(days=int(match[1]))
    elif _DAY.fullmatch(text):
        day = date.fromisoformat(text)
    else:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def read(desk: Desk, text: str) -> datetime:
    """The same in the zone of the company in view. Raises ConfigError."""
    try:
        return parse(text, desk.zone(), desk.now())
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"'{text[:40]}' is not a time.", "Write 2026-11-01, 2026-11-01T08:00, or 30d for 30 days ago."
        ) from error


def next_time(wanted: time, after: datetime, zone: tzinfo) -> datetime:
    """The next moment at which the clocks of `zone` show this time; one that they leave out comes a little later."""
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, wanted, zone).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)
