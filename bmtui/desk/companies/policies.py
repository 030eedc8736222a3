"""Policies of a company, from its settings: when tracking may leave, and which carrier a method means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bmtui.errors import ConfigError
from bmtui.store.models import Company
from bmtui.values.date import read_time_of_day

_SATURDAY, _SUNDAY = 5, 6
_MOMENT = timedelta(minutes=1)
"""Shortest wait that is explained to a person."""


def time_of_day(text: str, what: str) -> time:
    """Return the time of a day that `text` means, such as ``13:00``.

    Raises:
        ConfigError: it is none; names `what`.
    """
    return read_time_of_day(text, wanted=what)


def carriers(text: str) -> Mapping[str, str]:
    """Return carriers by the channel's method name, in small letters: ``DHL Paket=DHL; Colissimo Expert=Colissimo``.

    Raises:
        ConfigError: a part is no METHOD=CARRIER, or a method is there twice.
    """
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        method, _, carrier = (piece.strip() for piece in part.partition("="))
        if not method or not carrier:
            raise ConfigError(
                f"'{part[:60]}' is no METHOD=CARRIER.", "Write it like: DHL Paket=DHL; Colissimo=Colissimo."
            )
        if method.lower() in found:
            raise ConfigError(f"The method '{method[:60]}' is there twice.", "Say once which carrier it means.")
        found[method.lower()] = carrier
    return found


def carrier_of(company: Company, method: str) -> str:
    """Return the company's carrier for a method name of the channel; the name itself when no setting has it."""
    return carriers(company.carriers).get(method.strip().lower(), method)


def uploads_from(company: Company, at: datetime, zone: tzinfo) -> datetime:
    """Return the earliest time, in UTC, at which tracking of a shipment made `at` may be uploaded (order-desk §2).

    The hours of rest come first; then it is no earlier than the time of the day, and on no day that is skipped.
    """
    opens = time_of_day(company.upload_not_before, "Upload not before") if company.upload_not_before else None
    skipped = {_SATURDAY} if company.upload_skip_saturday else set()
    skipped |= {_SUNDAY} if company.upload_skip_sunday else set()
    local = (at.astimezone(UTC) + timedelta(hours=company.upload_wait_hours)).astimezone(zone)
    day = local.date()
    while day.weekday() in skipped:
        day += timedelta(days=1)
    if day != local.date():
        local = datetime.combine(day, opens or time(), zone)
    elif opens is not None and local.time() < opens:
        local = datetime.combine(day, opens, zone)
    return local.astimezone(UTC)


def resting(company: Company, leaves_at: datetime, now: datetime) -> str:
    """Return the reason why a request is not sent yet, as a sentence; '' when it leaves within a minute."""
    if leaves_at - now < _MOMENT:
        return ""
    local = leaves_at.astimezone(ZoneInfo(company.time_zone))
    return f"It leaves on {local:%Y-%m-%d at %H:%M}, as the settings of {company.name} say."
