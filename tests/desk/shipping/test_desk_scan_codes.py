"""Kinds of scanned codes: order, SKU, device, label."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bmtui.desk.shipping.scan_codes import Command, Kind, classify, is_name
from bmtui.values import check_digits

DIGITS = st.text("0123456789", min_size=14, max_size=14)


def with_check_digit(body: str) -> str:
    return next(body + digit for digit in "0123456789" if check_digits.is_luhn(body + digit))


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_classified_code_never_fails_and_keeps_its_meaning(text: str, wants: bool, has: bool) -> None:
    found = classify(text, wants_device=wants, has_order=has)
    assert found.kind is not Kind.COMMAND or text.strip().upper().startswith("BM-")
    # Typed again, it is the same: a scanner that sends twice does no harm.
    if found.kind in (Kind.DEVICE, Kind.ORDER, Kind.TRACKING):
        assert classify(found.value, wants_device=wants, has_order=has) == found


@given(DIGITS)
def test_code_of_fifteen_digits_is_a_device_while_one_is_wanted(body: str) -> None:
    for digit in "0123456789":
        assert classify(body + digit, wants_device=True, has_order=True).kind is Kind.DEVICE


def test_scanned_imei_is_neither_an_order_nor_a_packer() -> None:
    assert classify(with_check_digit("35693803564380")).kind is Kind.DEVICE


@pytest.mark.parametrize(
    "text", ["61234567", "BMO-61234567", "bmo-1", "BM-YES", "356938035643809", "1Z999AA10123456784", "!x", "½", "BM-X"]
)
def test_scanned_code_is_never_the_name_of_a_packer(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize("text", ["Ann", "Zoë 2", "李雷", "packer-3", "o"])
def test_name_of_a_packer_is_accepted(text: str) -> None:
    assert is_name(text)


@given(st.integers(1, 999_999_999), st.booleans())
def test_short_number_is_always_an_order(order_id: int, wants: bool) -> None:
    for text in (str(order_id), f" {order_id}\r", f"BMO-{order_id}", f"bmo-{order_id}"):
        assert classify(text, wants_device=wants, has_order=True) == classify(str(order_id))
        assert classify(text).value == str(order_id)


@given(st.sampled_from(Command), st.booleans())
def test_command_code_comes_before_every_other_meaning(command: Command, wants: bool) -> None:
    for text in (f"BM-{command.value}", f" bm-{command.value.lower()} "):
        found = classify(text, skus=[text.strip()], is_tracking=lambda _: True, wants_device=wants)
        assert (found.kind, found.value) == (Kind.COMMAND, command.value)


@settings(max_examples=50)
@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=30))
def test_code_that_is_a_sku_of_the_order_is_a_sku(sku: str) -> None:
    if not sku.startswith(("BM-", "BMO-")):
        assert classify(sku.lower(), skus=[sku], is_tracking=lambda _: True).value == sku


@pytest.mark.parametrize(
    ("text", "wants", "has", "kind"),
    [
        ("C02XK1ABCDEF", True, True, Kind.DEVICE),
        ("C02XK1ABCDEF", False, True, Kind.TRACKING),
        ("1Z999AA10123456784", True, True, Kind.TRACKING),
        ("123456789012", False, True, Kind.TRACKING),
        ("123456789012", True, True, Kind.DEVICE),
        ("!came back from repair", True, True, Kind.REASON),
        ("   ", True, True, Kind.NOTHING),
        ("35-693803-564380-9", False, False, Kind.DEVICE),
        ("IMEI1: 356938035643809", False, False, Kind.DEVICE),
        ("S/N: C02XK1", True, True, Kind.DEVICE),
        ("６１２３４５６７", False, False, Kind.ORDER),
        ("12345678\r\n", True, True, Kind.ORDER),
    ],
)
def test_ambiguous_code_is_decided_by_the_wanted_field(text: str, wants: bool, has: bool, kind: Kind) -> None:
    is_ups = lambda number: number.startswith("1Z")  # noqa: E731
    assert classify(text, is_tracking=is_ups, wants_device=wants, has_order=has).kind is kind
