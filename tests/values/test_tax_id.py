"""VAT ids by form and check digit, and countries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import tax_id
from bmtui.values.tax_id import TaxId


@pytest.mark.parametrize(
    ("text", "country", "number", "owner"),
    [
        ("FR 40 303 265 045", "", "FR40303265045", "FR"),
        ("fr40303265045", "", "FR40303265045", "FR"),
        ("40303265045", "FR", "FR40303265045", "FR"),
        ("de 136.695.976", "", "DE136695976", "DE"),
        ("DE１３６６９５９７６", "", "DE136695976", "DE"),
        ("EL094259216", "", "EL094259216", "GR"),
        ("GR 094259216", "", "EL094259216", "GR"),
        ("094259216", "EL", "EL094259216", "GR"),
        ("ATU13585627", "AT", "ATU13585627", "AT"),
        ("GB 980 7806 84", "", "GB980780684", "GB"),
        ("980780684", "UK", "GB980780684", "GB"),
        ("CHE-107.787.577 MWST", "", "CHE107787577MWST", "CH"),
        ("NO 995 525 828 MVA", "NO", "NO995525828MVA", "NO"),
        ("83 914 571 673", "AU", "83914571673", "AU"),
        ("T5835678256246", "", "T5835678256246", "JP"),
        ("FR40303265045", "DE", "FR40303265045", "FR"),
    ],
)
def test_a_vat_id_is_read_with_its_country(text: str, country: str, number: str, owner: str) -> None:
    assert tax_id.read(text, country) == TaxId(number, owner)


@pytest.mark.parametrize("text", ["FR41303265045", "DE136695977", "GB980780685", "T5835678256247", "EL094259217"])
def test_vat_id_with_a_wrong_check_digit_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused, match="whose check digit is wrong") as caught:
        tax_id.read(text)
    assert str(caught.value.value) == text


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "empty"),
        ("N/A", "a placeholder"),
        ("136695976", "a number without its country"),
        ("DE12345", "not a VAT id of DE"),
        ("FR", "not a VAT id"),
        ("Müller GmbH", "other characters"),
        ("1.36696E+08", "turned into an exponent"),
    ],
)
def test_text_that_is_no_vat_id_is_not_read(text: str, understood: str) -> None:
    with pytest.raises(NotRead) as caught:
        tax_id.read(text)
    assert understood in caught.value.understood


def test_a_tax_number_of_another_kind_is_a_doubt() -> None:
    found = tax_id.read("21/815/08150", "DE")
    assert found.number == "2181508150"
    assert found.doubts == ("2181508150 does not have the form of a VAT id of DE.",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        *(("FR 40 303 265 045", True), ("che-107.787.577", True), ("T5835678256246", True), ("EL094259216", True)),
        *(("40303265045", False), ("SIRET 30326504500012", False), ("83 914 571 673", False), ("FR", False)),
    ],
)
def test_vat_id_names_its_country_by_the_letters_in_front_alone(text: str, names: bool) -> None:
    assert tax_id.names_its_country(text) is names


def test_country_of_foreign_text_is_its_code_and_other_text_stays() -> None:
    read = [tax_id.usual_country(text) for text in ("uk", "EL", "fr", "France", "", "Atlantis")]
    assert read == ["GB", "GR", "FR", "France", "", "Atlantis"]


def test_countries_are_those_of_iso_3166() -> None:
    assert len(tax_id.countries()) == 249
    read = [tax_id.read_country(text) for text in ("FR", "fr", "UK", "uk", "GB", "EL", "GR", " jp\n")]
    assert read == ["FR", "FR", "GB", "GB", "GB", "GR", "GR", "JP"]
    for text, advice in (("France", "Write FR."), ("XX", "two letters"), ("FRA", "two letters"), ("", "Enter")):
        with pytest.raises(NotRead) as caught:
            tax_id.read_country(text)
        assert advice in caught.value.advice


@given(
    st.one_of(
        st.text(max_size=30),
        st.from_regex(r"(AT|BE|CHE|CY|DE|EL|ES|EU|FR|GB|GR|IE|IM|IT|NL|NO|T|XI)[ -]?[0-9A-Z]{5,14}", fullmatch=True),
        st.text("0123456789 ./-DEFRGBX\u200b٣\ud800", max_size=20),
    ),
    st.sampled_from(("", "FR", "DE", "GR", "GB", "CH", "NO", "AU", "JP", "US", "IM")),
)
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str, country: str) -> None:
    found, refusal = outcome(tax_id.read, text, country)
    if refusal is None:
        assert found.number.isascii()
        assert found.number.isalnum()
        assert tax_id.read(str(found), country) == found
    code, refusal = outcome(tax_id.read_country, text)
    assert refusal is not None or tax_id.read_country(code) == code


def test_tax_number_has_at_most_forty_characters() -> None:
    assert tax_id.read("1" * 40, "US").number == "1" * 40
    with pytest.raises(NotRead, match="40 characters are the most"):
        tax_id.read("1" * 41, "US")


@pytest.mark.parametrize(
    ("text", "country", "number", "owner"),
    [
        ("XI980780684", "", "XI980780684", "GB"),
        ("EU372022452", "FR", "EU372022452", "FR"),
        ("GB980780684", "FR", "GB980780684", "GB"),
        ("CHE107787577MWST", "FR", "CHE107787577MWST", "CH"),
        ("136695976", "DE", "DE136695976", "DE"),
    ],
)
def test_letters_in_front_say_whose_number_it_is(text: str, country: str, number: str, owner: str) -> None:
    found, refusal = outcome(tax_id.read, text, country)
    assert refusal is None or owner in refusal.understood
    assert refusal is not None or (found.number, found.country) == (number, owner)
