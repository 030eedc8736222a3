"""Series numbers and file names by pattern: no unsafe characters, no duplicates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui.errors import ConfigError
from bmtui.invoices import naming
from bmtui.invoices.naming import Place

PLACE = Place("2026", "11", "FR", "fr-fr", "Shop & Söhne")


@pytest.mark.parametrize(
    ("pattern", "number", "period"),
    [
        ("{country}-{year}-{number:05}", "FR-2026-00042", "2026"),
        ("{number}", "42", ""),
        ("INV{year}{month}/{number:03}", "INV202611/042", "202611"),
        ("{company}_{market}_{number:06}", "Shop_Söhne_fr-fr_000042", ""),
    ],
)
def test_series_pattern_makes_numbers_and_shows_when_they_begin_anew(pattern: str, number: str, period: str) -> None:
    assert naming.number_of(pattern, PLACE, 42) == number
    assert naming.period_of(pattern, PLACE) == period


@pytest.mark.parametrize(
    "pattern",
    [
        "FR-{year}",
        "{numbr}",
        "{number",
        "{number!r}",
        "{number.real}",
        "{number:x}",
        "{year:>9}{number}",
        "{number} FR",
        "\x1b{number}",
        "x" * 50 + "{number}",
        "{0}{number}",
    ],
)
def test_invalid_series_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError) as caught:
        naming.check_series(pattern)
    assert caught.value.advice


@pytest.mark.parametrize(
    "pattern", ["/etc/{number}", "../{number}", "a//{number}", "~/{number}", "a\\{number}", "{order}"]
)
def test_file_pattern_that_leaves_the_folder_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError):
        naming.check_file(pattern)


@given(st.text(max_size=30), st.text(max_size=30))
def test_invoice_file_of_any_company_name_stays_in_its_folder(company: str, number: str) -> None:
    pattern = "{company}/{year}/{month}/{number}_{order}"
    naming.check_file(pattern)
    path = naming.file_of(pattern, Place("2026", "11", "FR", "fr-fr", company), number, 7, "invoice")
    parts = path.split("/")
    assert len(parts) == 4
    assert all(part.strip(" .") for part in parts)
    assert not any(char in path for char in "\0\n\\")
