"""Ids and quantities as spreadsheets give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import whole_number


@pytest.mark.parametrize(
    "text",
    [
        "91200001",
        " 91200001 ",
        "91200001.0",
        "91200001,00",
        "912 00 001",
        "9120\u200b0001",
        "\ufeff91200001",
        "９１２００００１",
        "'91200001",
        '="91200001"',
        "=91200001",
        "91200001\r\n",
        "٩١٢٠٠٠٠١",
        "9120\u00a00001",
        "+91200001",
    ],
)
def test_an_id_is_read_as_spreadsheets_write_it(text: str) -> None:
    assert whole_number.read(text) == 91200001


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("9.12E+07", "turned into an exponent"),
        ("91200001.5", "not an order number"),
        ("1234567890123456.0", "cut to 15 digits"),
        ("91,200,001", "not an order number"),
        ("91200001 91200002", "more than one number"),
        ("#N/A", "an error value"),
        ("", "empty"),
        ("9" * 19, "not an order number"),
        ("91200001²", "not an order number"),
        ("91200001\n91200002", "not an order number"),
    ],
)
def test_text_that_is_no_id_is_not_read(text: str, understood: str) -> None:
    with pytest.raises(NotRead) as caught:
        whole_number.read(text, wanted="order number")
    assert understood in caught.value.understood


def test_whole_number_out_of_its_range_is_refused() -> None:
    assert whole_number.read("0", low=0) == 0
    for text in ("0", "-5", "11"):
        with pytest.raises(ValueRefused):
            whole_number.read(text, high=10)


@given(st.one_of(st.text(max_size=30), st.text("0123456789., '+-\u200b\u00a0٣\n", max_size=22), st.integers().map(str)))
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str) -> None:
    found, refusal = outcome(whole_number.read, text)
    assert refusal is not None or whole_number.read(str(found)) == found


def test_whole_number_at_the_ends_of_its_range_is_read() -> None:
    assert [whole_number.read(text, low=3, high=10) for text in ("3", "10")] == [3, 10]
    assert whole_number.read("1") == 1
    assert whole_number.read("9" * 18) == 10**18 - 1
    with pytest.raises(ValueRefused, match="1 is the least"):
        whole_number.read("0")


@pytest.mark.parametrize(("text", "number"), [("1234 5678", 12345678), ("1 234 567", 1234567), ("12345 678", 12345678)])
def test_groups_of_a_number_are_shorter_than_numbers(text: str, number: int) -> None:
    assert whole_number.read(text) == number
    with pytest.raises(NotRead, match="more than one number"):
        whole_number.read("12345 67890")


@pytest.mark.parametrize(("wanted", "said"), [("order number", "not an order number"), ("tally", "not a tally")])
def test_what_is_no_number_is_named_with_its_article(wanted: str, said: str) -> None:
    with pytest.raises(NotRead) as caught:
        whole_number.read("x", wanted=wanted)
    assert caught.value.understood == said
