"""Percentages in every notation; other texts are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead
from bmtui.values import percent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20", "20"),
        ("5,5", "5.5"),
        ("5.50 %", "5.5"),
        ("８，１％", "8.1"),
        ("0", "0"),
        ("99.99", "99.99"),
        ("20.00", "20"),
    ],
)
def test_a_percentage_is_read_in_every_notation(text: str, said: str) -> None:
    assert str(percent.read(text)) == said


@pytest.mark.parametrize("text", ["", "x", "-5", "5%5", "1e1", "twenty", "#N/A", "1.000", "5,5,5"])
def test_text_that_is_no_percentage_is_not_read(text: str) -> None:
    with pytest.raises(NotRead) as caught:
        percent.read(text, field="vat_rate")
    assert caught.value.field == "vat_rate"
    assert caught.value.advice


@pytest.mark.parametrize("text", ["100", "120", "5.1234", "0.001"])
def test_percentage_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(NotRead, match=r"99\.99"):
        percent.read(text)


@given(st.integers(0, 9_999), st.sampled_from(".,"), st.sampled_from(("", " %", "%")))
def test_accepted_percentage_prints_back_to_the_same(hundredths: int, point: str, sign: str) -> None:
    number = percent.read(f"{hundredths // 100}{point}{hundredths % 100:02}{sign}")
    assert number == Decimal(hundredths) / 100
    assert percent.read(str(number)) == number


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    number, refusal = outcome(percent.read, text)
    assert (number is None) != (refusal is None)
