"""Dialog for the path of a file, completed by Tab and used at once, so that errors of the file appear beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui import paths
from bmtui.tui.dialogs.base import CLOSE, DeskModal
from bmtui.tui.widgets.form import Entry, Paragraph

NAMED = 12
"""Most names that Tab lists when several fit."""


class AskPath(DeskModal[str]):
    """Dialog for a path; its answer is the path that `use` has accepted.

    Args:
        about: description of the wanted file.
        use: works with the file; False keeps the dialog open, and so does an error, which is shown.
    """

    GUARDED = False
    KEYS = (("Tab", "Complete"), ("Enter", "Preview"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("tab", "complete", "Complete", show=False),
        Binding("ctrl+s,f2", "use", "Preview", show=False),
    ]

    def __init__(self, heading: str, about: str, use: Callable[[AskPath, str], Awaitable[bool]]) -> None:
        super().__init__(heading)
        self._about, self._use = about, use

    def body(self) -> Iterable[Widget]:
        yield Paragraph((self._about, "dim"))
        yield Entry(placeholder="the path of the file", limit=1000)
        yield Paragraph(id="told")

    def tell(self, text: str) -> None:
        """Show progress, or the names that fit; errors have a line of their own."""
        for line in self.query("#told").results(Paragraph):
            line.show((text, "dim"))

    def on_input_submitted(self) -> None:
        self.action_use()

    def on_input_changed(self) -> None:
        self.wrong("")
        self.tell("")

    def action_complete(self) -> None:
        self.desk_app.spawn(self._complete())

    async def _complete(self) -> None:
        typed = self.part(Entry).value
        # A folder may lie on another machine.
        text, names = await asyncio.to_thread(paths.completed, typed)
        entry = self.part(Entry)
        if entry.value != typed:
            return
        with self.prevent(Entry.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        told = "" if text != typed or len(names) == 1 else f"{'  '.join(names[:NAMED])}{more}"
        self.tell(told if names else "No file or folder begins like that.")

    def action_use(self) -> None:
        self.once(self._used)

    async def _used(self) -> None:
        text = self.part(Entry).entered
        if not text:
            self.wrong("There is no path yet: type it, or press Esc.")
            return
        self.wrong("")
        try:
            done = await self._use(self, text)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        finally:
            self.tell("")
        if done:
            self.finish(text)
