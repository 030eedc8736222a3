"""Reader of order ids, line ids and quantities; spreadsheets give them a ``.0``, blanks or zero-width characters."""

from __future__ import annotations

import re

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import cleaning

MOST_DIGITS = 18
"""Largest number of digits that the database and the channel can keep in 64 bits."""

_FEWEST_APART = 5
"""Smallest number of digits between blanks that may be a number of their own; groups of thousands have three."""


def read(
    text: str, *, field: str = "number", wanted: str = "whole number", low: int = 1, high: int | None = None
) -> int:
    """Read a whole number; `wanted` names it for messages: "order number".

    Raises:
        NotRead: no whole number. ValueRefused: below `low` or above `high`.
    """
    came = cleaning.shown(text)
    parts = cleaning.cell(text, field, wanted).split(" ")
    if len(parts) > 1 and all(len(part) >= _FEWEST_APART for part in parts):
        raise NotRead(field, came, "more than one number", "Enter one number.")
    value = cleaning.whole("".join(parts))
    if not re.fullmatch(rf"[+-]?\d{{1,{MOST_DIGITS}}}", value, re.ASCII):
        raise NotRead(
            field, came, f"not an {wanted}" if wanted[0] in "aeiou" else f"not a {wanted}", "Write it like 15."
        )
    number = int(value)
    if number < low:
        raise ValueRefused(field, came, f"too low for the {wanted}", f"{low} is the least.")
    if high is not None and number > high:
        raise ValueRefused(field, came, f"too high for the {wanted}", f"{high} is the most.")
    return number
