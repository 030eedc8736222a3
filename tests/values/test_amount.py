"""Amounts: the same in every notation, and refused when two readings are possible."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead, ValueRefused
from bmtui.money import Money, exponent
from bmtui.values import amount

CURRENCIES = st.sampled_from(("EUR", "GBP", "JPY", "KWD", "SEK", "USD"))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("49.90", "EUR", 4990),
        ("12,50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        ("7", "SEK", 700),
        ("0.05", "GBP", 5),
        ("1.234,50", "EUR", 123450),
        ("1,234.50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u00a0234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1'234.50", "EUR", 123450),
        ("1’234.50", "EUR", 123450),
        ("1 234", "EUR", 123400),
        ("1.234.567", "EUR", 123456700),
        ("1,234,567", "JPY", 1234567),
        ("41 000", "JPY", 41000),
        ("41000", "JPY", 41000),
        ("41000.00", "JPY", 41000),
        ("１２，５０", "EUR", 1250),
        ("４１０００", "JPY", 41000),
        ("٤٩٫٩٠", "EUR", 4990),
        ("49.90 €", "EUR", 4990),
        ("€49.90", "EUR", 4990),
        ("EUR 49,90", "EUR", 4990),
        ("49,90 eur", "EUR", 4990),
        ("￥41000", "JPY", 41000),
        ("41000円", "JPY", 41000),
        ("$49.90", "AUD", 4990),
        ("499 kr", "SEK", 49900),
        ("+49.90", "EUR", 4990),
        ('="49,90"', "EUR", 4990),
        ("'49.90", "EUR", 4990),
        ("1.000", "KWD", 1000),
        ("0.125", "KWD", 125),
        ("12.5000", "EUR", 1250),
        ("0", "EUR", 0),
        ("-0", "EUR", 0),
        ("49.90\r\n", "EUR", 4990),
    ],
)
def test_an_amount_is_read_in_every_notation(text: str, currency: str, minor: int) -> None:
    assert amount.read(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "small", "large"),
    [
        ("1.000", "EUR", "1.00 EUR", "1000.00 EUR"),
        ("1,000", "EUR", "1.00 EUR", "1000.00 EUR"),
        ("41,000", "JPY", "41 JPY", "41000 JPY"),
        ("41.000", "JPY", "41 JPY", "41000 JPY"),
        ("1,234", "EUR", "1.234 EUR", "1234.00 EUR"),
        ("1,000", "KWD", "1.000 KWD", "1000.000 KWD"),
        ("１．０００ €", "EUR", "1.00 EUR", "1000.00 EUR"),
    ],
)
def test_an_amount_of_two_readings_is_refused_with_both(text: str, currency: str, small: str, large: str) -> None:
    with pytest.raises(NotRead) as caught:
        amount.read(text, currency, field="refund")
    assert f"{small} or {large}" in caught.value.message
    assert caught.value.field == "refund"


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "empty"),
        ("abc", "not an amount"),
        ("1,2,3", "not an amount"),
        ("1,00,000", "not an amount"),
        ("12 50", "not an amount"),
        ("1.23,4.5", "not an amount"),
        ("1,234 56", "not an amount"),
        ("1.234'56", "not an amount"),
        ("12.", "not an amount"),
        (".50", "not an amount"),
        ("12.50-", "not an amount"),
        ("(12.50)", "not an amount"),
        ("12%", "not an amount"),
        ("12.50.", "not an amount"),
        ("1²", "not an amount"),
        ("--5", "not an amount"),
        ("1e3", "not an amount"),
        ("1.5E+3", "turned into an exponent"),
        ("1,5e3", "turned into an exponent"),
        ("NaN", "a placeholder"),
        ("Infinity", "a placeholder"),
        ("inf", "a placeholder"),
        ("-", "a placeholder"),
        ("#VALUE!", "an error value"),
        ("=A1*2", "a formula"),
    ],
)
def test_text_that_is_no_amount_is_not_read(text: str, understood: str) -> None:
    with pytest.raises(NotRead) as caught:
        amount.read(text, "EUR", signed=True)
    refusal: Any = caught.value
    assert understood in refusal.understood


@pytest.mark.parametrize(
    ("text", "currency", "understood"),
    [
        ("12.345", "JPY", ""),
        ("0.125", "EUR", "too many decimals: EUR has 2 decimals"),
        ("1234.567", "EUR", "too many decimals"),
        ("1.234,567", "EUR", "too many decimals"),
        ("1.5", "JPY", "too many decimals: JPY has no decimals"),
        ("9" * 13, "EUR", "too long for an amount"),
        ("0." + "0" * 30, "EUR", "too long for an amount"),
        ("49.90 USD", "EUR", "an amount of USD, not of EUR"),
        ("$49.90", "EUR", "an amount of USD, not of EUR"),
        ("£5", "EUR", "an amount of GBP, not of EUR"),
        ("-5", "EUR", "below zero"),
        ("−5", "EUR", "below zero"),
    ],
)
def test_amount_that_is_read_but_not_allowed_is_refused(text: str, currency: str, understood: str) -> None:
    with pytest.raises(ValueRefused if understood else NotRead) as caught:
        amount.read(text, currency)
    refusal: Any = caught.value
    assert understood in refusal.understood


def test_negative_amount_is_read_where_it_is_allowed() -> None:
    assert [amount.read(text, "EUR", signed=True).minor for text in ("-3.5", "− 3,50", "€-3.50", "-€3.50")] == [
        -350
    ] * 4


def test_a_filter_reads_amounts_without_their_currency() -> None:
    assert amount.read_number("800,00") == Decimal(800)
    assert amount.read_number("1.234,5") == Decimal("1234.5")
    for text in ("1,000", "-5", "€5", "1e3", ""):
        with pytest.raises(NotRead):
            amount.read_number(text)


def test_a_currency_is_three_letters() -> None:
    assert amount.read_currency(" eur ") == "EUR"
    for text in ("€", "EURO", "ÉUR", ""):
        with pytest.raises(NotRead):
            amount.read_currency(text)


@given(st.integers(0, 10**14 - 1), CURRENCIES, st.sampled_from((".", ",")), st.sampled_from(("", " ", "'", "\u202f")))
def test_amount_printed_in_any_notation_is_read_back(minor: int, code: str, point: str, group: str) -> None:
    money = Money(minor % 10 ** (11 + exponent(code)), code)
    assert amount.read(money.decimal, code) == money
    assert amount.read(str(money), code) == money
    whole, _, cents = money.decimal.partition(".")
    grouped = f"{int(whole):,}".replace(",", group)
    if code != "KWD" or point == ".":  # 1,000 dinars have two readings.
        assert amount.read(f"{grouped}{point if cents else ''}{cents}", code) == money


@given(
    st.one_of(st.text(max_size=30), st.text("0123456789.,' -+€$EURe%\u00a0\u202f\uff11٣\u066b²½\ud800\n", max_size=20)),
    CURRENCIES,
    st.booleans(),
)
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str, currency: str, signed: bool) -> None:
    found, refusal = outcome(amount.read, text, currency, signed=signed)
    if refusal is None:
        assert amount.read(str(found), currency, signed=signed) == found
        assert signed or found.minor >= 0
        assert any(char.isdecimal() for char in text)
    number, refusal = outcome(amount.read_number, text)
    assert refusal is not None or amount.read_number(f"{number:f}") == number


@pytest.mark.parametrize(
    ("text", "minor"),
    [("9" * 12, int("9" * 12) * 100), ("000" + "9" * 12, int("9" * 12) * 100), ("1." + "0" * 9, 100)],
)
def test_amount_of_the_most_digits_is_read(text: str, minor: int) -> None:
    assert amount.read(text, "EUR").minor == minor
    for longer in ("9" * 13, "1." + "0" * 10):
        with pytest.raises(ValueRefused, match="too long for an amount"):
            amount.read(longer, "EUR")


def test_text_longer_than_any_amount_is_none() -> None:
    assert amount.read("0" * 49 + "1", "EUR").minor == 100
    with pytest.raises(NotRead, match="is not an amount"):
        amount.read("0" * 50 + "1", "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "understood", "advice"),
    [
        ("1,234", "EUR", "1.234 EUR or 1234.00 EUR", "Write 1234.00, if it is meant."),
        ("1,230", "EUR", "1.23 EUR or 1230.00 EUR", "Write 1.23 or 1230.00."),
        ("1,000", "JPY", "1 JPY or 1000 JPY", "Write 1 or 1000."),
        ("1,234", "KWD", "1.234 KWD or 1234.000 KWD", "Write 1.234 or 1234.000."),
    ],
)
def test_both_readings_of_an_amount_are_written_as_they_would_be_read(
    text: str, currency: str, understood: str, advice: str
) -> None:
    with pytest.raises(NotRead) as caught:
        amount.read(text, currency)
    assert caught.value.understood == f"an amount that can be read in two ways: {understood}"
    assert caught.value.advice == advice
