"""Painting: the changes of a key go to the terminal once."""

from __future__ import annotations

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.tui.app import DeskApp
from bmtui.tui.keyboard import Keyboard


@pytest.mark.parametrize("key", ["j", "space", "V", "pagedown"])
async def test_changes_of_a_key_are_painted_once(office: Desk, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    async with driving(office) as person:
        await person.settled()
        table = person.home.table
        # On the last row that is visible: one further, the list and the line above it both change.
        await person.press(*"j" * (table.height - 1))
        await person.settled()
        sent: list[object] = []
        display = DeskApp._display

        def counted(app: DeskApp, screen: object, renderable: object) -> None:
            if renderable is not None:
                sent.append(renderable)
            display(app, screen, renderable)  # type: ignore[arg-type]

        monkeypatch.setattr(DeskApp, "_display", counted)
        # No frame of Textual's clock comes to help.
        monkeypatch.setattr(Keyboard, "at_work", True)
        await person.press(key)
        await person.settled()
        assert len(sent) == 1
