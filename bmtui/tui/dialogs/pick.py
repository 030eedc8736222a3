"""Dialog for a choice among options: type a part of the name, or move to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.dialogs.base import CLOSE, DeskModal
from bmtui.tui.dialogs.choices import LABEL, Choices
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.text import Pieces, fit

Option = tuple[str, str, str]
_AROUND = 8
"""Lines of the dialog around the choices."""


class Pick(DeskModal[str]):
    """Dialog of options; its answer is the value of the chosen one.

    Args:
        options: value, label and note of each.
    """

    GUARDED = False
    LOSES = False
    NOTHING = "Nothing has that name."
    KEYS = (("↑/↓", "Choose"), ("Enter", "Take it"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("down,ctrl+n,tab", "move(1)", "Down", show=False),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Up", show=False),
    ]

    def __init__(self, heading: str, options: Sequence[Option]) -> None:
        super().__init__(heading)
        self._options = options

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="type a part of it", limit=60)
        yield Choices(_line, self.NOTHING)

    @property
    def _choices(self) -> Choices[Option]:
        choices: Choices[Option] = self.part(Choices)
        return choices

    def on_mount(self) -> None:
        self._match("")

    def on_resize(self) -> None:
        self._choices.fit_into(self.size.height - _AROUND)

    def on_input_changed(self, event: Entry.Changed) -> None:
        self._match(event.value)

    def _match(self, text: str) -> None:
        self._choices.show(self.matches(text))

    def matches(self, text: str) -> Sequence[Option]:
        """Return the options that contain each word of `text`."""
        words = text.lower().split()
        return [option for option in self._options if all(word in " ".join(option).lower() for word in words)]

    def on_input_submitted(self) -> None:
        option = self._choices.current
        if option is not None:
            self.finish(option[0])

    def action_move(self, by: int) -> None:
        self._choices.move(by)


def _line(option: Option, chosen: bool) -> Pieces:
    _, label, note = option
    return ((fit(label, LABEL), "cursor" if chosen else ""), (" ", ""), (note, "dim"))
