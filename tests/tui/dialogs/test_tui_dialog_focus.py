"""Focus in every dialog: the first field that takes typing has it."""

from __future__ import annotations

import pytest
from scenes import DIALOGS, at_scene
from textual.widget import Widget
from textual.widgets import Input, TextArea

from bmtui.desk.core.context import Desk
from bmtui.tui.dialogs.base import DeskModal

LIKELIER = {"Ship": "tracking"}
"""Fields that have the focus in dialogs whose first field is nearly always filled in already."""
READS = ("Help",)
"""Dialogs to read, in which letters scroll; a key opens their field."""


def typed_fields(dialog: DeskModal[object]) -> list[Widget]:
    return [widget for widget in dialog.query("Input, TextArea") if widget.focusable]


def text_of(widget: Widget) -> str:
    assert isinstance(widget, Input | TextArea)
    return widget.value if isinstance(widget, Input) else widget.text


@pytest.mark.parametrize("name", sorted(DIALOGS))
async def test_typing_in_a_new_dialog_goes_into_the_first_field(fixed: Desk, name: str) -> None:
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
