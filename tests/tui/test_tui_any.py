"""Any terminal: themes, ASCII, locales; the outbox and undo; the editor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driving import driving
from rich.cells import cell_len
from terminal import Terminal
from test_tui_terminal import bmtui

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.money import Money
from bmtui.tui import preferences
from bmtui.tui.widgets.locale_format import LOCAL, Local, names_no_utf8
from bmtui.tui.widgets.text import STYLES, use_theme
from bmtui.tui.widgets.themes import TERMINAL, THEMES

SHIPPED = "channel:shipped payment:charged currency:EUR"


@pytest.fixture(autouse=True)
def usual_again() -> Iterator[None]:
    yield
    use_theme("terminal")
    LOCAL.ascii = False


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_every_style(name: str) -> None:
    assert set(THEMES[name]) == set(TERMINAL)
    assert use_theme(name)
    assert STYLES["bad"] == THEMES[name]["bad"]


async def test_a_theme_that_there_is_not_is_named_with_those_that_there_are(office: Desk, home: Path) -> None:
    (home / preferences.NAME).write_text('theme = "pink"\n')
    async with driving(office) as person:
        await person.says("There is no theme 'pink'; there are terminal, soft, high-contrast, colour-blind.")


async def test_a_column_that_there_is_not_is_named_and_the_others_are_shown(office: Desk, home: Path) -> None:
    (home / preferences.NAME).write_text('columns = ["id", "totl", "total"]\n')
    async with driving(office) as person:
        await person.says("There is no column 'totl'. Did you mean 'total'?")
        assert "Order " in person.seen()
        assert " Total" in person.seen()
        assert "Customer" not in person.seen()


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
def test_what_stands_for_it_in_ascii_is_as_wide(text: str) -> None:
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
    assert local.amount(Money(-123456789, "EUR")) == "-1234567.89 EUR"
    assert local.day(3, 11) == "3 Nov"
    local.point, local.group, local.day_first = ",", ".", False
    assert local.amount(Money(123456789, "EUR")) == "1.234.567,89 EUR"
    assert local.amount(Money(4500, "JPY")) == "4.500 JPY"
    assert local.day(3, 11) == "Nov 3"


async def test_u_takes_back_what_has_not_left(office: Desk) -> None:
    # Time for a busy machine to press the key.
    companies.change(office, None, {"undo_windows": "refund=55"})
    async with driving(replace(office, undo=True)) as person:
        await person.search(SHIPPED)
        order = person.home.order
        assert order is not None
        await person.press("r")
        await person.at("Refund")
        await person.press("tab", *"1.00", "ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: len(outbox.listing(office)) == 1)
        (planned,) = outbox.listing(office)
        await person.until(lambda: "Leaves in" in person.status and "u takes it back" in person.status)
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.until(lambda: str(order.order_id) in person.seen())
        await person.press("s")
        await person.says("nobody needs to settle it")
        await person.press("q")
        await person.at("SearchScreen")
        await person.press("u")
        await person.says("Taken back")
        assert outbox.show(office, planned.effect_id).state == "withdrawn"


async def test_a_note_is_written_in_an_editor_of_ones_own(
    office: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "two\\nlines\\n" > "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    async with driving(office) as person:
        first = search.page(office, "").rows[0]
        app = person.app

        async def in_editor(text: str, name: str) -> str:
            # Without a terminal there is nothing to give back and to take again.
            from bmtui import editor

            return editor.edit(text, name)

        app.in_editor = in_editor  # type: ignore[method-assign]
        await person.press("n")
        await person.at("AskText")
        await person.press("ctrl+o")
        await person.says("The note is stored")
        from bmtui.desk.overview import order as overview

        assert overview.show(office, first.order_id).notes[-1].text == "two\nlines"
        assert "VISUAL" in os.environ


def test_settings_are_changed_in_an_editor_which_comes_back_to_what_cannot_be_read(
    office: Desk, home: Path, tmp_path: Path
) -> None:
    """On a real terminal, which the editor has meanwhile: a quote is missing the first time."""
    script = tmp_path / "editor"
    script.write_text(
        '#!/bin/sh\nif [ -e "$0.once" ]; then sed -i \'s/^soon_hours.*/soon_hours = 7/\' "$1"\n'
        'else touch "$0.once"; sed -i \'s/^soon_hours.*/soon_hours = "7/\' "$1"; fi\n'
    )
    script.chmod(0o700)
    with Terminal(bmtui(home), env={"VISUAL": str(script)}) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until(",", lambda: "Read-only" in terminal.text)
        terminal.press("E")
        terminal.wait_for("Your text cannot be used as it is")
        terminal.press_until("enter", lambda: "Save the settings of Shop?" in terminal.text)
        assert "Soon, hours: 4 → 7" in terminal.text
        terminal.press_until("Y", lambda: "are saved" in terminal.text)
    assert companies.show(office).soon_hours == 7
