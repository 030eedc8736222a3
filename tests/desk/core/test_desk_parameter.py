"""A text says the same to a setting of a company and to one of its invoices."""

from __future__ import annotations

import pytest

from bmtui.desk.companies import fields as company_fields
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.invoicing import fields as invoice_fields
from bmtui.errors import ConfigError


@pytest.mark.parametrize("text", ["true", "Yes", " ON ", "1"])
def test_yes_of_a_toggle(text: str) -> None:
    assert company_fields.parsed("enabled", text) is True
    assert invoice_fields.parsed("qr", text) == "true"


@pytest.mark.parametrize("text", ["false", "No", "off\n", "0"])
def test_no_of_a_toggle(text: str) -> None:
    assert company_fields.parsed("enabled", text) is False
    assert invoice_fields.parsed("qr", text) == "false"


def test_nothing_unsets_a_setting_of_invoices_only() -> None:
    assert invoice_fields.parsed("qr", " ") == ""
    with pytest.raises(ConfigError, match="neither true nor false"):
        company_fields.parsed("enabled", " ")


@pytest.mark.parametrize(("setting", "text"), [("integration", "soap"), ("platform", "moon")])
def test_a_choice_names_its_values(setting: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"'{text}' is no value of") as caught:
        company_fields.parsed(setting, text)
    assert str(caught.value.advice).startswith("Values: ")


def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(ConfigError, match=r"301 characters; 300 is the most"):
        company_fields.parsed("note_void", "x" * 301)
    with pytest.raises(ConfigError, match=r"501 characters; 500 is the most"):
        invoice_fields.parsed("footer", "x" * 501)


def test_an_unknown_one_is_told_what_there_is() -> None:
    with pytest.raises(ConfigError, match="There is no setting 'colour'") as caught:
        company_fields.parsed("colour", "red")
    assert "token_source" in caught.value.advice
    with pytest.raises(ConfigError, match="There is no invoice setting 'colour'"):
        invoice_fields.parsed("colour", "red")


def test_what_is_said_is_plain() -> None:
    assert Parameter("name", "Name", Kind.TEXT).cleaned(" \x1b[2JShop ") == "[2JShop"
