"""Amounts of commands and limits: each notation is read rightly, or refused with both readings (input §2)."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from bmtui.cli import exit_codes
from bmtui.cli.refunds.refund_options import refund_request
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.errors import NotRead
from bmtui.money import Money


def options(**given: Any) -> Namespace:
    empty = {"operation": None, "line": (), "shipping": None, "amount": None, "method": "other", "date": None}
    return Namespace(**empty | {"reference": "", "note": "", "reason": None} | given)


@pytest.mark.parametrize("text", ["12,50", "12.50", "12,50 €", "１２.５０", "EUR 12,50"])
def test_amount_of_a_command_in_any_notation_is_read(text: str) -> None:
    assert refund_request(options(amount=text), "EUR").amount == Money(1250, "EUR")
    assert refund_request(options(shipping=text), "EUR").shipping == Money(1250, "EUR")
    assert refund_request(options(line=(f"7={text}",)), "EUR").lines == {7: Money(1250, "EUR")}


@pytest.mark.parametrize(
    ("text", "currency"), [("41,000", "JPY"), ("41.000", "JPY"), ("1.000", "EUR"), ("1,000", "EUR")]
)
def test_amount_with_two_readings_is_refused_with_both(text: str, currency: str) -> None:
    for given in ({"amount": text}, {"shipping": text}, {"line": (f"7={text}",)}):
        with pytest.raises(NotRead) as caught:
            refund_request(options(**given), currency)
        assert caught.value.field == next(iter(given))
        assert exit_codes.code_of(type(caught.value)) == exit_codes.USAGE
        said = f"{caught.value} {caught.value.advice}"
        assert text.replace(",", "").replace(".", "") in said.replace(" ", "")


def test_limit_of_an_account_with_two_readings_is_refused(offline: Desk) -> None:
    with pytest.raises(NotRead):
        permissions.set_rights(offline, "nobody", role="operator", per_refund={"EUR": "1.000"})
    permissions.set_rights(offline, "nobody", role="operator", per_refund={"EUR": "12,50"})
    (row,) = (row for row in permissions.listing(offline) if row.account == "nobody")
    assert row.limits[0].per_refund == Money(1250, "EUR")
