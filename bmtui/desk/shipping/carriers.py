"""What is known of carriers: how their tracking numbers look, and where a parcel can be followed (`carriers.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bmtui.errors import ConfigError, RuleRefused, unreadable
from bmtui.settings import Settings
from bmtui.text import plain

FILE = "carriers.toml"


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier; `patterns` are all shapes of its numbers, `unmistakable` those that are no other carrier's."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    unmistakable: tuple[re.Pattern[str], ...]
    url: str
    aliases: tuple[str, ...]

    def takes(self, number: str) -> bool:
        return any(pattern.fullmatch(number) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Tracking:
    """A tracking number as it will be sent. `wrong` says why it must not be; `doubt` what should be looked at."""

    number: str
    carrier: str
    url: str
    wrong: str = ""
    doubt: str = ""


def known(settings: Settings) -> Mapping[str, Carrier]:
    """The carriers by name in small letters, the operator's own file on top.

    Raises:
        ConfigError: that file cannot be read.
    """
    own = settings.config / FILE
    try:
        changed = own.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _known(own, changed)


def tracking(settings: Settings, number: str, carrier: str, url: str = "") -> Tracking:
    """Clean and check a tracking number: spaces are taken out; without a URL the carrier's template makes one."""
    cleaned = "".join(plain(number).split())
    carriers = known(settings)
    chosen = carriers.get(carrier.strip().lower())
    name = _spelled(chosen, carrier) if chosen is not None else plain(carrier).strip()
    link = plain(url).strip() or (chosen.url.replace("{number}", quote(cleaned, safe="")) if chosen and cleaned else "")
    found = Tracking(cleaned, name, link)
    if not cleaned:
        return Tracking(cleaned, name, link, wrong="A shipment needs a tracking number.")
    if not re.fullmatch(r"[!-~]+", cleaned):
        return Tracking(
            cleaned, name, link, wrong=f"'{cleaned[:40]}' is no tracking number: it has strange characters."
        )
    shown = cleaned.upper()
    if chosen is None or chosen.takes(shown):
        return found
    other = of_number(settings, cleaned)
    if other:
        return Tracking(cleaned, name, link, wrong=f"{cleaned} is a tracking number of {other}, not of {name}.")
    return Tracking(cleaned, name, link, doubt=f"{cleaned} does not look like a tracking number of {name}.")


def link(url: str) -> str:
    """`url` as it will be kept, '' when there is none.

    Raises:
        RuleRefused: nobody could follow it: it is a number that was scanned into the wrong field, or words.
    """
    cleaned = plain(url).strip()
    if cleaned and not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", cleaned, re.IGNORECASE):
        raise RuleRefused(f"'{cleaned[:40]}' is no tracking URL.", "It begins with https://; leave it empty if unsure.")
    return cleaned


def of_number(settings: Settings, number: str) -> str:
    """The carrier that a number is unmistakably of, or ''."""
    shown = number.upper()
    found = (one.name for one in known(settings).values() if any(shape.fullmatch(shown) for shape in one.unmistakable))
    return next(found, "")


def takes(settings: Settings, carrier: str, number: str) -> bool:
    """Whether a number has a shape that the carrier's have."""
    chosen = known(settings).get(carrier.strip().lower())
    return chosen is not None and chosen.takes(number.upper())


def _spelled(carrier: Carrier, given: str) -> str:
    names = {name.lower(): name for name in (carrier.name, *carrier.aliases)}
    return names[given.strip().lower()]


@cache
def _known(own: Path, changed: int) -> Mapping[str, Carrier]:
    entries = _read(resources.files("bmtui.desk.shipping").joinpath(FILE).read_text(encoding="utf-8"), FILE)
    if changed:
        try:
            entries |= _read(own.read_text(encoding="utf-8"), str(own))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{own} cannot be read: {unreadable(error)}.", "It must be UTF-8 text.") from error
    found: dict[str, Carrier] = {}
    for carrier in entries.values():
        for name in (*carrier.aliases, carrier.name):
            found[name.lower()] = carrier
    return found


def _read(text: str, where: str) -> dict[str, Carrier]:
    try:
        return {name: _carrier(name, entry) for name, entry in tomllib.loads(text).get("carriers", {}).items()}
    except (tomllib.TOMLDecodeError, re.error, TypeError, AttributeError) as error:
        raise ConfigError(f"{where} cannot be read: {error}.", "Each carrier has patterns and a url.") from error


def _carrier(name: str, entry: Mapping[str, Any]) -> Carrier:
    def shapes(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.ASCII) for pattern in entry.get(key, ()))

    return Carrier(
        name, shapes("patterns"), shapes("unmistakable"), str(entry.get("url", "")), tuple(entry.get("aliases", ()))
    )
