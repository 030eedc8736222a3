"""Dialogs of a notice, and of a question whose safe answer has the focus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.actions import advice
from bmtui.tui.dialogs.base import READING, WIDEST, DeskModal
from bmtui.tui.widgets.form import Paragraph
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.text import Pieces, wrap

ROOM = 14
"""Most lines of text, so that the keys below stay visible on a terminal of 24 lines."""

AROUND = 10
"""Lines around the text of a dialog: borders, heading, safe answer, a problem, keys."""


class Safe(Lines, can_focus=True):
    """Safe answer: it has the focus, so that Enter changes nothing."""

    DEFAULT_CSS = "Safe { height: 1; width: 100%; margin-top: 1; }"

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label

    def lines(self) -> Sequence[Pieces]:
        return (((f" {self._label} ", "cursor" if self.has_focus else "bold"),),)


class Notice(DeskModal[None]):
    """Dialog of a sentence or two, without a question."""

    KEYS = (("Enter", "Close"),)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "close", "Close", show=False)]

    def __init__(self, heading: str, parts: Iterable[str]) -> None:
        super().__init__(heading)
        self._parts = [advice.spoken(part) for part in parts if part]

    def body(self) -> Iterable[Widget]:
        yield Paragraph(*((part, "") for part in self._parts))
        yield Safe("Close")


class Confirm(DeskModal[bool]):
    """Dialog of a question. Only a capital Y says yes; Enter and Esc go back.

    Args:
        parts: the consequences, a text and a style each.
        yes: label of Y.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *READING,
        Binding("enter,n", "close", "Back", show=False),
        Binding("Y", "yes", "Yes", show=False),
    ]

    def __init__(self, heading: str, parts: Iterable[tuple[str, str]], yes: str) -> None:
        super().__init__(heading)
        self._parts = tuple(parts)
        self._yes = yes

    def body(self) -> Iterable[Widget]:
        from textual.containers import VerticalScroll

        with VerticalScroll(can_focus=False) as text:
            text.styles.max_height = self._room
            yield Paragraph(*self._parts)
        yield Safe("Back")

    @property
    def _room(self) -> int:
        return max(min(ROOM, self.desk_app.size.height - AROUND), 1)

    @property
    def _below(self) -> int:
        """Number of lines that are out of sight at first, which the keys show as "more"; 0 or less for none."""
        width = min(self.desk_app.size.width, WIDEST) - 4
        return sum(len(wrap(text, width)) for text, _ in self._parts) - self._room

    def keys(self) -> Iterable[tuple[str, str]]:
        more = [("j/k", f"{self._below} more")] if self._below > 0 else []
        return (("Enter", "Back"), ("Y", self._yes), *more)

    def on_resize(self) -> None:
        from textual.containers import VerticalScroll

        self.part(VerticalScroll).styles.max_height = self._room
        self.show_keys()

    def fit(self) -> None:
        """Do nothing: the height is set from the text."""

    def action_scroll(self, lines: int) -> None:
        from textual.containers import VerticalScroll

        self.part(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        super().action_close()
        self.desk_app.top.say("Nothing was done.")

    def action_yes(self) -> None:
        self.finish(True)
