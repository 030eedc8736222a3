"""One of several: type a part of it, or move to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.form import Entry
from bmtui.tui.lines import Lines
from bmtui.tui.modals.base import CLOSE, DeskModal
from bmtui.tui.text import Pieces, fit

SHOWN = 10
_LABEL = 26
_AROUND = 8
"""Lines of the dialog beside the choices."""


class Choices(Lines):
    """What matches, and which of it is chosen."""

    DEFAULT_CSS = f"Choices {{ height: {SHOWN + 1}; width: 100%; margin-top: 1; }}"

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[tuple[str, str, str]] = ()
        self.chosen = 0

    def show(self, found: Sequence[tuple[str, str, str]]) -> None:
        self.found, self.chosen = found, 0
        self.redraw()

    def move(self, by: int) -> None:
        self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if not self.found:
            return ((("Nothing has that name.", "dim"),),)
        room = max(self.size.height - 1, 1)
        top = max(0, self.chosen - room + 1)
        shown: list[Pieces] = [
            ((fit(label, _LABEL), "cursor" if index == self.chosen else ""), (" ", ""), (note, "dim"))
            for index, (_, label, note) in enumerate(self.found[top : top + room], start=top)
        ]
        below = len(self.found) - top - room
        return [*shown, ((f"↓ {below} more", "bold"),)] if below > 0 else shown


class Pick(DeskModal[str]):
    """Gives the value of the chosen one.

    Args:
        options: value, label and note of each.
    """

    GUARDED = False
    KEYS = (("↑/↓", "Choose"), ("Enter", "Take it"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("down,ctrl+n,tab", "move(1)", "Down", show=False),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Up", show=False),
    ]
    AUTO_FOCUS = "Entry"

    def __init__(self, heading: str, options: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(heading)
        self._options = options

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="type a part of it", limit=60)
        yield Choices()

    def on_mount(self) -> None:
        self._match("")

    def on_resize(self) -> None:
        self.query_one(Choices).styles.height = max(min(SHOWN + 1, self.size.height - _AROUND), 2)

    def on_input_changed(self, event: Entry.Changed) -> None:
        self._match(event.value)

    def _match(self, text: str) -> None:
        words = text.lower().split()
        found = [option for option in self._options if all(word in " ".join(option).lower() for word in words)]
        self.query_one(Choices).show(found)

    def on_input_submitted(self) -> None:
        choices = self.query_one(Choices)
        if choices.found:
            self.finish(choices.found[choices.chosen][0])

    def action_move(self, by: int) -> None:
        self.query_one(Choices).move(by)
