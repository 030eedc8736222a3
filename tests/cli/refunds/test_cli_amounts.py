"""Amounts of commands and limits: each notation is read correctly, or refused with both readings (input §2)."""

from __future__ import annotations

import pytest

from bmtui.cli import exit_codes
from bmtui.cli.options import answers
from bmtui.cli.parser import whole_parser
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.issue import RefundOptions, RefundRequest
from bmtui.desk.refunds.parameters import REFUND
from bmtui.errors import NotRead
from bmtui.money import Money


def request(currency: str, *words: str) -> RefundRequest:
    """Return the refund request that `bmtui orders refund` makes of these options."""
    args = whole_parser().parse_args(["orders", "refund", "1", *words])
    left = Money(100_000, currency)
    options = RefundOptions(
        1, None, left, left, left, "issue_refund", (), (), left, (), {}, 25, "2026-11-30", 1, shipping_on_channel=""
    )
    return request_read.read(answers(args, REFUND), options)


@pytest.mark.parametrize("text", ["12,50", "12.50", "12,50 €", "１２.５０", "EUR 12,50"])
def test_amount_of_a_command_in_any_notation_is_read(text: str) -> None:
    assert request("EUR", "--amount", text).amount == Money(1250, "EUR")
    assert request("EUR", "--shipping", text).shipping == Money(1250, "EUR")
    assert request("EUR", "--line", f"7={text}").lines == {7: Money(1250, "EUR")}


@pytest.mark.parametrize(
    ("text", "currency"), [("41,000", "JPY"), ("41.000", "JPY"), ("1.000", "EUR"), ("1,000", "EUR")]
)
def test_amount_with_two_readings_is_refused_with_both(text: str, currency: str) -> None:
    for option, given, field in (
        ("--amount", text, "amount"), ("--shipping", text, "shipping"), ("--line", f"7={text}", "line-7"),
    ):  # fmt: skip
        with pytest.raises(NotRead) as caught:
            request(currency, option, given)
        assert caught.value.field == field
        assert exit_codes.code_of(type(caught.value)) == exit_codes.USAGE
        said = f"{caught.value} {caught.value.advice}"
        assert text.replace(",", "").replace(".", "") in said.replace(" ", "")


def test_amount_all_in_a_command_means_the_rest_as_in_a_dialog() -> None:
    assert request("EUR", "--shipping", "all").shipping == Money(100_000, "EUR")
    assert request("EUR", "--amount", "All").amount == Money(100_000, "EUR")
    assert request("EUR", "--line", "7", "--line", "8=all").lines == {7: None, 8: None}


@pytest.mark.parametrize("words", [("--amount", ""), ("--shipping", " "), ("--line", "7="), ("--reason", "x")])
def test_empty_amount_option_is_refused_and_not_taken_for_all(words: tuple[str, str]) -> None:
    with pytest.raises(NotRead):
        request("EUR", *words)


def test_refund_that_names_a_line_twice_is_refused() -> None:
    with pytest.raises(NotRead, match="Line 7 is named twice"):
        request("EUR", "--line", "7=1.00", "--line", "7=2.00")


def test_limit_of_an_account_with_two_readings_is_refused(offline: Desk) -> None:
    with pytest.raises(NotRead):
        permissions.set_rights(offline, "nobody", role="operator", per_refund={"EUR": "1.000"})
    permissions.set_rights(offline, "nobody", role="operator", per_refund={"EUR": "12,50"})
    (row,) = (row for row in permissions.listing(offline) if row.account == "nobody")
    assert row.limits[0].per_refund == Money(1250, "EUR")
