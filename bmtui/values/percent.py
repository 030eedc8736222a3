"""Reader of percentages, such as rates of VAT, as people of every country write them."""

from __future__ import annotations

from decimal import Decimal

from bmtui.errors import NotRead
from bmtui.values import amount, cleaning


def read(text: str, *, field: str = "rate") -> Decimal:
    """Read a percentage from 0 to below 100 with at most two decimals: ``20``, ``5,5 %``.

    Raises:
        NotRead: no number, or out of these bounds. ValueRefused: more digits than any amount has.
    """
    came = cleaning.shown(text)
    value = cleaning.cell(text, field, "percentage").removesuffix("%").strip()
    try:
        number = amount.read_number(value, field=field)
    except NotRead as error:
        understood = "not a percentage" if error.understood == "not an amount" else error.understood
        raise NotRead(field, came, understood, "Write percent, such as 20 or 5.5.") from None
    if number >= 100 or number != round(number, 2):
        raise NotRead(field, came, "no percentage from 0 to 99.99", "Write percent, such as 20 or 5.5.")
    return number.normalize() if number != number.to_integral_value() else number.to_integral_value()
