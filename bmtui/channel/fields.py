"""Fields of foreign JSON: missing ones are tolerated, present ones are checked strictly (API §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Self, TypeVar

from bmtui.errors import ConfigError, NotUnderstood, RuleRefused
from bmtui.money import Money
from bmtui.text import plain

_T = TypeVar("_T", int, None)
_Value = TypeVar("_Value")
_INT64 = 2**63
_DIGITS = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_KINDS: Mapping[type, str] = {
    bool: "a yes or no",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}
_MOST_SHOWN = 40


def parse_integer(value: object, *, low: int = -_INT64) -> int | None:
    """Return `value`, a number or digits, as a whole number from `low` that fits in 64 bits; None if it is not one."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value < _INT64 else None


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark for a field that was not understood and is left out: its place, and its value in short."""

    path: str
    came: str

    def __str__(self) -> str:
        return f"{self.path}: {self.came}"


class Fields:
    """JSON object with its place in the whole answer, so that an error can name the field.

    `whole` is what a person calls the whole, for example ``an order``. Names are looked up in snake_case and in
    camelCase; null and missing are the same. Whatever does not fit raises `NotUnderstood`, and nothing else does.
    """

    _text_max = 2**31

    def __init__(self, raw: object, whole: str, path: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise _wrong(whole, path, "an object is", raw)
        self._raw = raw
        self._whole = whole
        self._path = path

    def get(self, name: str) -> object:
        value = self._raw.get(name)
        return self._raw.get(_camel(name)) if value is None else value

    def wrong(self, name: str, expected: str) -> NotUnderstood:
        return _wrong(self._whole, self._place(name), expected, self.get(name))

    def part(self, name: str) -> Self | None:
        """Return the object called `name`; None when it is left out."""
        value = self.get(name)
        return None if value is None else self._inner(value, self._place(name))

    def part_unless_number(self, name: str) -> Self | None:
        """Return the object called `name`; None when it is left out, or only a number."""
        return None if parse_integer(self.get(name)) is not None else self.part(name)

    def text(self, name: str, *, multiline: bool = False, most: int | None = None) -> str:
        """Return a text of up to `most` characters."""
        most = most or self._text_max
        value = self._raw.get(name)
        # Most texts: an order has fifty.
        if type(value) is str and value.isprintable() and len(value) <= most:
            return value
        value = self.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            text = plain(value, multiline=multiline)
            return text if len(text) <= most else self._unfit(name, f"a text of up to {most} characters is", "")
        # Seen where text is documented: a number for a carrier.
        number = parse_integer(value)
        return self._unfit(name, "text is", "") if number is None else str(number)

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if value is None or value in (False, True):
            return bool(value)
        return self._unfit(name, "true or false is", False)

    def required_integer(self, name: str, *, low: int = -_INT64) -> int:
        number = parse_integer(self.get(name), low=low)
        if number is None:
            raise self.wrong(name, "a whole number is")
        return number

    def integer(self, name: str, default: _T, *, low: int = -_INT64) -> int | _T:
        value = self.get(name)
        if value is None or value == "":
            return default
        number = parse_integer(value, low=low)
        return self._unfit(name, "a whole number is", default) if number is None else number

    def currency(self) -> str:
        value = self.get("currency")
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
            raise self.wrong("currency", "three letters (ISO 4217) are")
        return value.upper()

    def required_money(self, name: str, currency: str) -> Money:
        money = _amount(self.get(name), currency, 0)
        if money is None:
            raise self.wrong(name, f"an amount of {currency} is")
        return money

    def money(self, name: str, currency: str, *, low: int = 0) -> Money | None:
        """Return an amount of at least `low` minor units."""
        value = self.get(name)
        if value is None or value == "":
            return None
        money = _amount(value, currency, low)
        return self._unfit(name, f"an amount of {currency} is", None) if money is None else money

    def instant(self, name: str) -> datetime | None:
        value = self.get(name)
        if value is None or value == "":
            return None
        try:
            moment = datetime.fromisoformat(value.strip().upper()) if isinstance(value, str) else None
            if moment is not None:
                return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
        return self._unfit(name, "a date and time is", None)

    def objects(self, name: str) -> list[Self]:
        """Return the objects of a required list."""
        value = self.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list is")
        place = self._place(name)
        return [self._inner(item, f"{place}[{index}]") for index, item in enumerate(value)]

    def optional_objects(self, name: str) -> list[Self]:
        """Return the objects of a list that may be left out."""
        return [] if self.get(name) is None else self.objects(name)

    def objects_or_numbers(self, name: str) -> list[Self | int]:
        """Return the members of a list that may be left out, each an object or only its number."""
        value = self.get(name)
        if not isinstance(value, list):
            return list(self.optional_objects(name))
        place = self._place(name)
        numbers = [parse_integer(item, low=0) for item in value]
        return [
            self._inner(item, f"{place}[{index}]") if number is None else number
            for index, (item, number) in enumerate(zip(value, numbers, strict=True))
        ]

    def _unfit(self, name: str, expected: str, instead: _Value) -> _Value:
        """Handle an optional field that does not fit: raises here; `MarkedFields` returns `instead`."""
        raise self.wrong(name, expected)

    def _inner(self, raw: object, path: str) -> Self:
        return type(self)(raw, self._whole, path)

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


class MarkedFields(Fields):
    """Fields of which only the required ones stop the whole: any other that does not fit is marked, and left out.

    `marks` has those of this object and of its parts, in the order in which they were read. A part may hold personal
    data: of what stood inside one, a mark tells the kind only.
    """

    # A longer text is no name, number or address, and no index of the store takes it.
    _text_max = 500

    def __init__(self, raw: object, whole: str, path: str = "", marks: list[Mark] | None = None) -> None:
        super().__init__(raw, whole, path)
        self.marks: list[Mark] = [] if marks is None else marks

    def part(self, name: str) -> Self | None:
        value = self.get(name)
        if value is None or isinstance(value, Mapping):
            return None if value is None else type(self)(value, self._whole, self._place(name), self.marks)
        return self._unfit(name, "an object is", None)

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if isinstance(value, str):
            return self._unfit(name, "true or false is", value.strip().lower() == "true")
        return super().boolean(name)

    def instant(self, name: str) -> datetime | None:
        """Return a time that exists in every time zone's calendar and is plausible."""
        moment = super().instant(name)
        if moment is not None and not 1970 <= moment.year < 9999:
            return self._unfit(name, "a date and time of our days is", None)
        return moment

    def _unfit(self, name: str, expected: str, instead: _Value) -> _Value:
        place = self._place(name)
        self.marks.append(Mark(place, _came(self.get(name), private="_address." in place)))
        return instead


def _amount(value: object, currency: str, low: int) -> Money | None:
    text = ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, float) and isfinite(value):
        # repr is the shortest text that means this float: the digits that were on the wire, up to 15 of them.
        text = format(Decimal(repr(value)), "f")
    elif (number := parse_integer(value)) is not None:
        text = str(number)
    try:
        money = Money.parse(text, currency)
    except (ConfigError, RuleRefused):
        return None
    return money if low <= money.minor < _INT64 else None


def _came(value: object, *, private: bool) -> str:
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'}{'' if value else ' without anything in it'}"
    if private:
        return f"{_KINDS.get(type(value), 'a value')} that does not fit"
    text = plain(value if isinstance(value, str) else repr(value))
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text):,} characters)"


@cache
def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _wrong(whole: str, path: str, expected: str, value: object) -> NotUnderstood:
    # The kind of the value only: the value itself may be personal data, and messages are logged.
    found = "missing" if value is None else f"{_KINDS.get(type(value), 'a value')} that does not fit"
    place = f"The field {path} of {whole}" if path else whole[0].upper() + whole[1:]
    return NotUnderstood(
        f"{place} is {found}; {expected} expected.",
        "It is stored unchanged; report the field name if this happens again.",
        path=path,
    )
