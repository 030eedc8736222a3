"""Editor of the operator, which gets the terminal while a text is edited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bmtui.errors import BmtuiError

if TYPE_CHECKING:
    from textual.app import App


async def in_editor(app: App[int], text: str, name: str) -> str:
    """Open `text` in the operator's editor and return the edited text; jobs go on.

    Raises:
        ConfigError: no editor could be run, or it did not end well.
    """
    from bmtui import editor

    found: str | BmtuiError
    with app.batch_update(), app.suspend():
        # Raised inside `suspend`, the error would leave the terminal in the editor's state.
        try:
            found = await asyncio.to_thread(editor.edit, text, name)
        except BmtuiError as error:
            found = error
    if isinstance(found, BmtuiError):
        raise found
    return found
