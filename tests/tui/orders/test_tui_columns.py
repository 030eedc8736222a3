"""Columns of the order list, chosen by name."""

from __future__ import annotations

from pathlib import Path

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.tui import preferences


async def test_unknown_column_is_named_and_the_others_are_shown(office: Desk, home: Path) -> None:
    (home / preferences.NAME).write_text('columns = ["id", "totl", "total"]\n')
    async with driving(office) as person:
        await person.says("There is no column 'totl'. Did you mean 'total'?")
        assert "Order " in person.seen()
        assert " Total" in person.seen()
        assert "Customer" not in person.seen()


async def test_unknown_column_typed_in_the_dialog_is_refused_there(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("K")
        await person.at("AskText")
        await person.press(",", *"bogus", "enter")
        await person.at("AskText")
        await person.until(lambda: "There is no column 'bogus'." in person.seen())
        await person.press(*["backspace"] * 5, *"mail", "enter")
        await person.at("SearchScreen")
        assert person.home.columns[-1] == "mail"
