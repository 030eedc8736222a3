"""Where typing goes: the first field that takes what is typed has the focus, in every dialog."""

from __future__ import annotations

import pytest
from scenes import DIALOGS, at_scene
from textual.widget import Widget
from textual.widgets import Input, TextArea

from bmtui.desk.core.context import Desk
from bmtui.tui.dialogs.base import DeskModal

LIKELIER = {"Ship": "tracking"}
"""Dialogs whose first field is filled in nearly always, and the field that is meant instead."""
READS = ("Help",)
"""Dialogs to be read, whose letters scroll; their field is opened by a key."""


def typed_fields(dialog: DeskModal[object]) -> list[Widget]:
    return [widget for widget in dialog.query("Input, TextArea") if widget.focusable]


def text_of(widget: Widget) -> str:
    assert isinstance(widget, Input | TextArea)
    return widget.value if isinstance(widget, Input) else widget.text


@pytest.mark.parametrize("name", sorted(DIALOGS))
async def test_what_is_typed_at_once_lands_in_the_first_field(fixed: Desk, name: str) -> None:
    async with at_scene(fixed, name) as person:
        dialog = person.app.screen
        assert isinstance(dialog, DeskModal)
        fields = typed_fields(dialog)
        if not fields or type(dialog).__name__ in READS:
            # Something takes the keys of the dialog, and nothing of the screen below does.
            assert dialog.focused is None or dialog.focused.screen is dialog
            return
        wanted = LIKELIER.get(type(dialog).__name__, fields[0].id)
        assert dialog.focused in fields
        assert dialog.focused is not None
        assert dialog.focused.id == wanted
        before = {field: text_of(field) for field in fields}
        await person.press("7")
        changed = [field for field in fields if text_of(field) != before[field]]
        assert dialog.focused in changed
        assert "7" in text_of(dialog.focused)
