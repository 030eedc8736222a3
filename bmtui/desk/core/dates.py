"""Dates and times as people read and write them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bmtui.desk.core.context import Desk
from bmtui.values.date import read_time

if TYPE_CHECKING:
    from bmtui.store.models import Company


def zone_of(company: Company) -> tzinfo:
    """Return the time zone of a company whose row is there; `Desk.zone` asks the store for it."""
    return ZoneInfo(company.time_zone)


def stamp(at: datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return date and time in full: ``2026-11-23 14:05``; '' for None."""
    if at is None:
        return ""
    return f"{at.astimezone(zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def read(desk: Desk, text: str) -> datetime:
    """Return the time in UTC that `text` means in the zone of the company in view. Raises NotRead."""
    return read_time(text, desk.zone(), desk.now())


def next_time(wanted: time, after: datetime, zone: tzinfo) -> datetime:
    """Return the next time, in UTC, at which the clocks of `zone` show `wanted`; a skipped one comes a little later."""
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, wanted, zone).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)
