"""Terminals that show only ASCII, and amounts and days as the locale writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import driving
from rich.cells import cell_len

from bmtui.desk.core.context import Desk
from bmtui.money import Money
from bmtui.tui import preferences
from bmtui.tui.widgets.locale_format import LOCAL, Local, names_no_utf8
from bmtui.tui.widgets.text import use_theme


@pytest.fixture(autouse=True)
def usual_again() -> Iterator[None]:
    yield
    use_theme("terminal")
    LOCAL.ascii = False


async def test_on_a_terminal_without_utf8_every_screen_is_ascii(office: Desk, home: Path) -> None:
    (home / preferences.NAME).write_text("ascii = true\n")
    async with driving(office) as person:
        await person.press("slash", *"é", "enter")
        for key, place in (("J", "JobsScreen"), ("comma", "SettingsScreen"), ("Q", "OutboxScreen")):
            assert person.seen().isascii()
            await person.press(key)
            await person.at(place)
        await person.press("question_mark")
        await person.at("Help")
        assert person.seen().isascii()
        assert "+---" in person.seen() or "|" in person.seen()


@pytest.mark.parametrize("text", ["Núria Güell · 花子 …", "Łukasz – “x”", "Θεόδωρος", "e\u0301a", "🙂 ok"])
def test_ascii_replacement_of_a_glyph_is_as_wide(text: str) -> None:
    local = Local()
    local.ascii = True
    assert local.shown(text).isascii()
    assert cell_len(local.shown(text)) == cell_len(text)


@pytest.mark.parametrize(
    ("environ", "ascii_only"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LC_ALL": "C"}, True),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, True),
        ({"LANG": "de_DE.ISO-8859-15", "LC_ALL": "C.UTF-8"}, False),
    ],
)
def test_the_locale_says_whether_there_is_utf8(environ: dict[str, str], ascii_only: bool) -> None:
    assert names_no_utf8(environ) == ascii_only


def test_amounts_and_days_as_the_locale_writes_them() -> None:
    local = Local()
    assert local.amount(Money(-123456789, "EUR")) == "-1 234 567.89 EUR"
    assert local.day(3, 11) == "3 Nov"
    local.point, local.group, local.day_first = ",", ".", False
    assert local.amount(Money(123456789, "EUR")) == "1.234.567,89 EUR"
    assert local.amount(Money(4500, "JPY")) == "4.500 JPY"
    assert local.day(3, 11) == "Nov 3"


def test_amounts_in_a_sentence_of_the_desk_are_written_as_the_locale_writes_them() -> None:
    local = Local()
    fast = "\u00a0"
    said = local.sentence("Refund #6: 1234.50 EUR of 104000 JPY, 12.00 EUR left; order 80102419, 1200 USB sticks.")
    assert said.replace(fast, " ") == (
        "Refund #6: 1 234.50 EUR of 104 000 JPY, 12.00 EUR left; order 80102419, 1200 USB sticks."
    )
    assert said.count(fast) == 5
    assert local.sentence(said) == said
    local.point, local.group = ",", "."
    assert local.sentence("-1234.50 EUR").replace(fast, " ") == "-1.234,50 EUR"
    assert local.sentence(local.sentence("1234.50 EUR")) == local.sentence("1234.50 EUR")


def test_amount_in_a_sentence_that_cannot_be_one_stays_as_it_is() -> None:
    # Such as an error about what Back Market or a file says; the screen that shows it must not end with it.
    for text in ("3.123 EUR has too many decimals: EUR has 2 decimals.", "1234.5 KWD", "0.5 JPY"):
        assert Local().sentence(text) == text


def test_amounts_in_a_column_align_even_without_decimals() -> None:
    local = Local()
    told = [local.aligned(money, 14).rjust(14) for money in (Money(675_97, "EUR"), Money(131_700, "JPY"))]
    assert told == ["    675.97 EUR", "131 700    JPY"]
    # Where that has no room, the amount is there all the same.
    assert local.aligned(Money(1_317_000, "JPY"), 14) == "1 317 000 JPY"
