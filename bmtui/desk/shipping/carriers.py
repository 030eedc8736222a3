"""Carriers: shapes of their tracking numbers, and addresses where a parcel can be followed (`carriers.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bmtui import plain_file, toml_text
from bmtui.errors import ConfigError, RuleRefused, ValueRefused, unreadable
from bmtui.settings import Settings
from bmtui.text import plain
from bmtui.values import tracking_number
from bmtui.values.tracking_number import TrackingNumber

FILE = "carriers.toml"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier; `patterns` are all shapes of its numbers, `unmistakable` those of no other carrier."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    unmistakable: tuple[re.Pattern[str], ...]
    url: str
    aliases: tuple[str, ...]

    def takes(self, number: str) -> bool:
        return any(pattern.fullmatch(number) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Tracking:
    """Tracking number as it will be sent.

    `doubts` are sentences that a person must confirm first; `against`: the check that a reason overrode, '' for none.
    """

    number: str
    carrier: str
    url: str
    doubts: tuple[str, ...] = ()
    against: str = ""


def known(settings: Settings) -> Mapping[str, Carrier]:
    """Return the carriers by name in small letters; the operator's own file adds and replaces entries.

    Raises:
        ConfigError: that file cannot be read.
    """
    own = settings.config / FILE
    try:
        changed = own.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _known(own, changed)


def tracking(settings: Settings, text: str, carrier: str, url: str = "", *, override: str = "") -> Tracking:
    """Read and check a tracking number; without a URL the carrier's template makes one.

    Args:
        override: the reason why the number is right although a check refuses it.

    Raises:
        NotRead, RuleRefused: it is no number of this carrier.
    """
    if not text.strip():
        raise RuleRefused("A shipment needs a tracking number.", "Scan or copy it from the label.", field="tracking")
    carriers = known(settings)
    against = ""
    try:
        number = tracking_number.read(text, carriers.get(carrier.strip().lower()), carriers.values())
    except ValueRefused as error:
        if not isinstance(error.value, TrackingNumber):
            raise
        if not plain(override).strip():
            advice = f"{error.advice} If it is correct anyway, override the check of the tracking number."
            raise ValueRefused(error.field, error.came, error.understood, advice, value=error.value) from error
        number, against = error.value, error.understood
    return replace(as_filled_in(settings, number.value, carrier, url), doubts=number.doubts, against=against)


def as_filled_in(settings: Settings, number: str, carrier: str, url: str = "") -> Tracking:
    """Return the tracking of a number that needs no check: from the channel's own label, or read before."""
    chosen = known(settings).get(carrier.strip().lower())
    name = _spelled(chosen, carrier) if chosen is not None else plain(carrier).strip()
    made = chosen.url.replace("{number}", quote(number, safe="")) if chosen is not None else ""
    return Tracking(number, name, plain(url).strip() or made)


def link(url: str) -> str:
    """Return `url` as it will be stored, '' without one.

    Raises:
        RuleRefused: it is no web address, such as a number that was scanned into the wrong field.
    """
    cleaned = plain(url).strip()
    if cleaned and not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", cleaned, re.IGNORECASE):
        advice = "It begins with https://; leave it empty if unsure."
        raise RuleRefused(f"'{cleaned[:40]}' is not a tracking URL.", advice, field="url")
    return cleaned


def of_number(settings: Settings, number: str) -> str:
    """Return the carrier to which the number clearly belongs, or ''."""
    return tracking_number.owner("".join(number.split()), known(settings).values())


def takes(settings: Settings, carrier: str, number: str) -> bool:
    """Return whether the number has a shape of the carrier's numbers."""
    chosen = known(settings).get(carrier.strip().lower())
    return chosen is not None and chosen.takes("".join(number.split()).upper())


def has_shapes(settings: Settings, carrier: str) -> bool:
    """Return whether shapes of the carrier's numbers are known."""
    chosen = known(settings).get(carrier.strip().lower())
    return chosen is not None and bool(chosen.patterns)


def _spelled(carrier: Carrier, given: str) -> str:
    names = {name.lower(): name for name in (carrier.name, *carrier.aliases)}
    return names[given.strip().lower()]


@cache
def _known(own: Path, changed: int) -> Mapping[str, Carrier]:
    entries = _read(resources.files("bmtui.desk.shipping").joinpath(FILE).read_text(encoding="utf-8"), FILE)
    if changed:
        try:
            entries |= _read(plain_file.read_text(own), str(own))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{own} cannot be read: {unreadable(error)}.", "It must be UTF-8 text.") from error
    found: dict[str, Carrier] = {}
    for carrier in entries.values():
        for name in (*carrier.aliases, carrier.name):
            found[name.lower()] = carrier
    return found


def _read(text: str, where: str) -> dict[str, Carrier]:
    try:
        return {name: _carrier(name, entry) for name, entry in toml_text.read(text).get("carriers", {}).items()}
    except (tomllib.TOMLDecodeError, re.error, TypeError, AttributeError) as error:
        raise ConfigError(f"{where} cannot be read: {error}.", "Each carrier has patterns and a url.") from error


def _carrier(name: str, entry: Mapping[str, Any]) -> Carrier:
    def shapes(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.ASCII) for pattern in entry.get(key, ()))

    return Carrier(
        name, shapes("patterns"), shapes("unmistakable"), str(entry.get("url", "")), tuple(entry.get("aliases", ()))
    )
