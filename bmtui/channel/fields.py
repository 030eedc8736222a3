"""The fields of foreign JSON: tolerant of what is left out, strict about what is there (API §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import TypeVar

from bmtui.errors import ConfigError, NotUnderstood, RuleRefused
from bmtui.money import Money
from bmtui.text import plain

_T = TypeVar("_T", int, None)
_INT64 = 2**63
_DIGITS = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def parse_integer(value: object, *, low: int = -_INT64) -> int | None:
    """`value`, a number or digits, as a whole number from `low` that fits in 64 bits; None if it is not one."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value < _INT64 else None


class Fields:
    """One JSON object and its place in the whole, so that an error can name the field.

    `whole` is what a person calls the whole, for example ``an order``. Names are looked up in snake_case and in
    camelCase; null and missing are the same. Whatever does not fit raises `NotUnderstood`, and nothing else does.
    """

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

    def part(self, name: str) -> Fields | None:
        """The object called `name`; None when it is left out."""
        value = self.get(name)
        return None if value is None else Fields(value, self._whole, self._place(name))

    def part_unless_number(self, name: str) -> Fields | None:
        """The object called `name`; None when it is left out, or when only its number stands there."""
        return None if parse_integer(self.get(name)) is not None else self.part(name)

    def text(self, name: str, *, multiline: bool = False) -> str:
        value = self.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return plain(value, multiline=multiline)
        # Seen where text is documented: a number for a carrier.
        number = parse_integer(value)
        if number is None:
            raise self.wrong(name, "text is")
        return str(number)

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if value is None or value in (False, True):
            return bool(value)
        raise self.wrong(name, "true or false is")

    def required_integer(self, name: str, *, low: int = -_INT64) -> int:
        number = parse_integer(self.get(name), low=low)
        if number is None:
            raise self.wrong(name, "a whole number is")
        return number

    def integer(self, name: str, default: _T, *, low: int = -_INT64) -> int | _T:
        return default if self.get(name) in (None, "") else self.required_integer(name, low=low)

    def currency(self) -> str:
        value = self.get("currency")
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
            raise self.wrong("currency", "three letters (ISO 4217) are")
        return value.upper()

    def required_money(self, name: str, currency: str) -> Money:
        value, text = self.get(name), ""
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
            money = None
        if money is None or not 0 <= money.minor < _INT64:
            raise self.wrong(name, f"an amount of {currency} is")
        return money

    def money(self, name: str, currency: str) -> Money | None:
        return None if self.get(name) in (None, "") else self.required_money(name, currency)

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
        raise self.wrong(name, "a date and time is")

    def objects(self, name: str) -> list[Fields]:
        """The objects of a list that must be there."""
        value = self.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list is")
        place = self._place(name)
        return [Fields(item, self._whole, f"{place}[{index}]") for index, item in enumerate(value)]

    def optional_objects(self, name: str) -> list[Fields]:
        """The objects of a list that may be left out."""
        return [] if self.get(name) is None else self.objects(name)

    def objects_or_numbers(self, name: str) -> list[Fields | int]:
        """The members of a list that may be left out, each an object or only its number."""
        value = self.get(name)
        if not isinstance(value, list):
            return list(self.optional_objects(name))
        place, whole = self._place(name), self._whole
        numbers = [parse_integer(item, low=0) for item in value]
        return [
            Fields(item, whole, f"{place}[{index}]") if number is None else number
            for index, (item, number) in enumerate(zip(value, numbers, strict=True))
        ]

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


@cache
def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _wrong(whole: str, path: str, expected: str, value: object) -> NotUnderstood:
    # The kind of the value only: the value itself may be personal data, and messages are logged.
    kinds = {
        bool: "a yes or no",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    found = "missing" if value is None else f"{kinds.get(type(value), 'a value')} that does not fit"
    place = f"The field {path} of {whole}" if path else whole[0].upper() + whole[1:]
    return NotUnderstood(
        f"{place} is {found}; {expected} expected.",
        "It is kept as it came; report the field name if this happens again.",
        path=path,
    )
