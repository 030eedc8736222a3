"""Business hours of a market, in its time zone, without weekends and public holidays (order-desk §9).

Back Market measures sellers in business hours, 24 to a business day: an invoice is due within 48.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

_ZONES = {
    "AT": "Europe/Vienna",
    "AU": "Australia/Sydney",
    "BE": "Europe/Brussels",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "IE": "Europe/Dublin",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "NL": "Europe/Amsterdam",
    "PT": "Europe/Lisbon",
    "SE": "Europe/Stockholm",
    "SK": "Europe/Bratislava",
    "US": "America/New_York",
}
_SUBDIVISIONS = {"GB": "ENG"}
"""Part whose holidays count, for a country in which few holidays are common to all parts."""
_LOADING = threading.Lock()
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Business days of a country (ISO 3166 alpha-2), with the time zone in which its days begin."""

    country: str
    zone: tzinfo

    def is_business_day(self, day: date) -> bool:
        """Return whether the day is no weekend and no public holiday of the whole country (in the UK: of England)."""
        return day.weekday() < _SATURDAY and day not in _holidays(self.country)

    def next_business_day(self, day: date) -> date:
        """Return the first business day after `day`."""
        day += _DAY
        while not self.is_business_day(day):
            day += _DAY
        return day

    def after(self, begin: datetime, hours: float) -> datetime:
        """Return the time `hours` business hours after the aware `begin`; aware, in this zone."""
        left = timedelta(hours=hours)
        at = begin.astimezone(self.zone)
        while True:
            day = at.date()
            if not self.is_business_day(day):
                at = self._midnight(self.next_business_day(day))
                continue
            end = self._midnight(day + _DAY)
            # Differences of aware times in one zone ignore that its clocks change; instants do not.
            room = _instant(end) - _instant(at)
            if left <= room:
                return (_instant(at) + left).astimezone(self.zone)
            left -= room
            at = end

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Return the business time from `begin` to `end`, both aware; negative when `end` is the earlier one."""
        if end < begin:
            return -self.between(end, begin)
        total = timedelta()
        at, stop = begin.astimezone(self.zone), _instant(end)
        while _instant(at) < stop:
            day = at.date()
            until = self._midnight(day + _DAY)
            if self.is_business_day(day):
                total += min(_instant(until), stop) - _instant(at)
            at = until
        return total

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def of_market(market: str) -> Calendar:
    """Return the calendar of a market such as ``fr-fr``; an unknown one has weekends alone, in UTC."""
    country = market[-2:].upper()
    zone = _ZONES.get(country)
    return Calendar(country, ZoneInfo(zone or "UTC"))


@cache
def _holidays(country: str) -> HolidayBase | frozenset[date]:
    """Return public holidays by the `holidays` library, which computes a year when it is first asked about."""
    if country not in _ZONES:
        return frozenset()
    # Costs start-up time; only those who count business hours pay for it.
    from holidays import country_holidays

    with _LOADING:
        _load_alone(country)
    return country_holidays(country, subdiv=_SUBDIVISIONS.get(country))


def _load_alone(country: str) -> None:
    """Load the library's module of one country, which it then finds loaded.

    Its package of countries would load all 250 first: 60 ms of CPU and 8 MB in each desk. For that moment an empty
    package stands in its place. Where the library is built otherwise nothing is loaded, and it does so itself.
    """
    import holidays
    from holidays import registry

    name = f"{holidays.__name__}.countries"
    module = next((module for module, names in registry.COUNTRIES.items() if country in names), None)
    if module is None or name in sys.modules:
        return
    empty = ModuleType(name)
    empty.__path__ = [str(Path(folder) / "countries") for folder in holidays.__path__]
    sys.modules[name] = empty
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"{name}.{module}")
    finally:
        del sys.modules[name]


def _instant(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo("UTC"))
