"""The palette: any action of the screen by its name, or an order by its id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui import actions
from bmtui.tui.form import Entry
from bmtui.tui.lines import Lines
from bmtui.tui.modals.base import CLOSE, DeskModal
from bmtui.tui.text import Pieces, fit
from bmtui.tui.why_not import Context

_SHOWN = 10


class Matches(Lines):
    """What matches, and which of it is chosen."""

    DEFAULT_CSS = f"Matches {{ height: {_SHOWN}; width: 100%; margin-top: 1; }}"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._situation = context
        self.found: Sequence[actions.Action | int] = ()
        self.chosen = 0

    def show(self, found: Sequence[actions.Action | int]) -> None:
        self.found, self.chosen = found, 0
        self.redraw()

    def move(self, by: int) -> None:
        self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if not self.found:
            return ((("Nothing has that name. Digits open the order with that id.", "dim"),),)
        top = max(0, self.chosen - _SHOWN + 1)
        return [self._line(i, self.found[i]) for i in range(top, min(top + _SHOWN, len(self.found)))]

    def _line(self, index: int, item: actions.Action | int) -> Pieces:
        style = "cursor" if index == self.chosen else ""
        if isinstance(item, int):
            return ((f"Open order {item}", style),)
        why = item.why_not(self._situation)
        note = f"not now: {why}" if why else item.help
        return ((fit(item.label, 26), style), (fit(actions.shown_key(item.keys[0]), 6), style or "key"), (note, "dim"))


class Palette(DeskModal[int | str]):
    """Gives the id of an action, or the id of an order as a number."""

    GUARDED = False
    KEYS = (("↑/↓", "Choose"), ("Enter", "Do it"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("down,ctrl+n,tab", "move(1)", "Down", show=False),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Up", show=False),
    ]
    AUTO_FOCUS = "Entry"

    def __init__(self, choices: Sequence[actions.Action], context: Context) -> None:
        super().__init__("Do what? An action by its name, or an order by its id")
        self._choices = [
            action
            for action in choices
            if action.group != "Move" and action.digit is None and action.id != "desk.palette"
        ]
        self._situation = context

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="type a part of a name, or an order id", limit=60)
        yield Matches(self._situation)

    def on_mount(self) -> None:
        self._match("")

    def on_input_changed(self, event: Entry.Changed) -> None:
        self._match(event.value)

    def _match(self, text: str) -> None:
        words = text.strip().lstrip(":").lower().split()
        found: list[actions.Action | int] = [
            action for action in self._choices if all(word in f"{action.label} {action.id}".lower() for word in words)
        ]
        if len(words) == 1 and words[0].isdecimal() and len(words[0]) <= 18:
            found.insert(0, int(words[0]))
        self.query_one(Matches).show(found)

    def on_input_submitted(self) -> None:
        matches = self.query_one(Matches)
        if matches.found:
            chosen = matches.found[matches.chosen]
            self.finish(chosen if isinstance(chosen, int) else chosen.id)

    def action_move(self, by: int) -> None:
        self.query_one(Matches).move(by)
