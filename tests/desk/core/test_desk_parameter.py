"""Texts of settings: read the same for a company and for its invoices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bmtui.cli import json_schemas
from bmtui.desk.companies import fields as company_fields
from bmtui.desk.core.parameter import Answers, Around, Kind, Parameter
from bmtui.desk.invoicing import fields as invoice_fields
from bmtui.desk.operations import action_inputs
from bmtui.desk.operations.action_inputs import INPUTS
from bmtui.errors import ConfigError, NotRead, ValueRefused
from bmtui.money import Money
from bmtui.words import RefundMethod


@pytest.mark.parametrize("text", ["true", "Yes", " ON ", "1"])
def test_toggle_reads_all_forms_of_yes(text: str) -> None:
    assert company_fields.parsed("enabled", text) is True
    assert invoice_fields.parsed("qr", text) == "true"


@pytest.mark.parametrize("text", ["false", "No", "off\n", "0"])
def test_toggle_reads_all_forms_of_no(text: str) -> None:
    assert company_fields.parsed("enabled", text) is False
    assert invoice_fields.parsed("qr", text) == "false"


def test_empty_text_unsets_only_settings_of_invoices() -> None:
    assert invoice_fields.parsed("qr", " ") == ""
    with pytest.raises(ConfigError, match="neither true nor false"):
        company_fields.parsed("enabled", " ")


@pytest.mark.parametrize(("setting", "text"), [("integration", "soap"), ("platform", "moon")])
def test_wrong_choice_names_the_values(setting: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"'{text}' is not a value of") as caught:
        company_fields.parsed(setting, text)
    assert str(caught.value.advice).startswith("Values: ")


def test_parameter_with_a_too_long_text_is_refused_and_not_cut() -> None:
    with pytest.raises(ConfigError, match=r"301 characters; at most 300 are allowed"):
        company_fields.parsed("note_void", "x" * 301)
    with pytest.raises(ConfigError, match=r"501 characters; at most 500 are allowed"):
        invoice_fields.parsed("footer", "x" * 501)


def test_unknown_setting_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="There is no setting 'colour'") as caught:
        company_fields.parsed("colour", "red")
    assert "token_source" in caught.value.advice
    with pytest.raises(ConfigError, match="There is no invoice setting 'colour'"):
        invoice_fields.parsed("colour", "red")


def test_text_of_a_parameter_loses_its_control_characters() -> None:
    assert Parameter("name", "Name", Kind.TEXT).cleaned(" \x1b[2JShop ") == "[2JShop"


LINES = Parameter("line", "Line", Kind.AMOUNT, by_line=True, whole="all")
TAGS = Parameter("add", "Tags", Kind.TEXT, between=",")
COUNT = Parameter("count", "Pieces", Kind.NUMBER, default="1", low=1, high=9, noun="number of pieces")


def test_several_values_in_one_field_of_a_dialog_are_those_of_an_option_that_is_given_again() -> None:
    given = Answers.typed((TAGS,), {"add": "vip, later ,,urgent"})
    assert given.several(TAGS) == ("vip", "later", "urgent")
    assert Answers({"add": ("vip", "later", "urgent")}).several(TAGS) == given.several(TAGS)


def test_values_by_line_are_read_and_empty_ones_ignored() -> None:
    given = Answers.typed((LINES,), {"line-7": "12,50", "line-8": "", "line-9": "all", "line_reason-7": "Other"})
    assert given.by_line(LINES) == {7: ("12,50",), 9: ("all",)}
    with pytest.raises(NotRead) as caught:
        LINES.read("1.000", Around("EUR"), line=7)
    assert caught.value.field == "line-7"


def test_missing_answer_is_the_default_and_given_answers_are_read() -> None:
    assert Answers().value(COUNT) == 1
    assert Answers({"count": ("3.0",)}).value(COUNT) == 3
    assert Answers().value(LINES) is None
    with pytest.raises(NotRead, match="not a number of pieces"):
        COUNT.read("x")
    with pytest.raises(ValueRefused, match="too high for the number of pieces"):
        COUNT.read("10")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TEXT, " a\u00a0 b\n", "a b"),
        (Kind.NOTE, "a \r\nb\n", "a\nb"),
        (Kind.TOGGLE, "Yes", True),
        (Kind.NUMBER, "12.0", 12),
        (Kind.AMOUNT, "12,50", Money(1250, "EUR")),
        (Kind.PERCENT, "5,5 %", Decimal("5.5")),
        (Kind.DAY, "30d", date(2026, 10, 24)),
        (Kind.TIME, "2026-11-01T08:00", datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (Kind.ZONE, "europe/paris".title(), ZoneInfo("Europe/Paris")),
        (Kind.COUNTRY, "uk", "GB"),
    ],
)
def test_parameter_kinds_are_read_by_their_readers(kind: Kind, text: str, value: object) -> None:
    around = Around("EUR", datetime(2026, 11, 23, 12, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    assert Parameter("value", "Value", kind).read(text, around) == value


def test_schema_of_command_inputs_names_each_value_once() -> None:
    (refund,) = (one for one in INPUTS if one.command == "orders refund")
    schema = json_schemas.schema("orders_refund_input")
    assert list(schema["properties"]) == [one.name for one in refund.parameters]
    assert schema["properties"]["method"] == {
        "description": "Refund Method",
        "enum": list(RefundMethod),
        "default": "other",
    }
    assert schema["properties"]["line"]["type"] == "object"
    assert schema["required"] == []
    ships = json_schemas.schema("orders_ship_input")["properties"]
    assert [name for name, value in ships.items() if value["type"] == "object"] == ["line", "identifier"]
    assert json_schemas.schema("returns_track_input")["required"] == ["tracking"]


def test_guides_name_each_action_with_its_command_and_values() -> None:
    text = action_inputs.table({"order.refund": "Issue Refund"})
    assert "- **Issue Refund**, `bmtui orders refund`\n  - Operation Type (`operation`): one of refund_on" in text
    assert all(f"`bmtui {one.command}`" in text for one in INPUTS)
    assert "`folder` in the command only: the dialog is opened from the folder" in text
