"""The palette: any action of the screen by its name, a saved view, or an order by its id."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.orders.saved_views import DIGITS, ViewOfOrders
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.dialogs.base import CLOSE, DeskModal
from bmtui.tui.dialogs.choices import LABEL, Choices
from bmtui.tui.widgets.form import About, Entry
from bmtui.tui.widgets.text import Pieces, fit

_AROUND = 10
"""Lines of the dialog beside the matches."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be chosen: an action by its id, an order by its number, or a view.

    Attributes:
        note: what it does, or why it cannot be done now.
        words: what is looked for in it.
    """

    label: str
    key: str
    note: str
    words: str
    value: str | int | ViewOfOrders


class Palette(DeskModal[int | str | ViewOfOrders]):
    """Gives the id of an action, the id of an order as a number, or a saved view."""

    GUARDED = False
    LOSES = False
    KEYS = (("↑/↓", "Choose"), ("Tab", "Complete"), ("Enter", "Do it"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("down,ctrl+n", "move(1)", "Down", show=False),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False),
        Binding("tab", "complete", "Complete", show=False),
    ]

    def __init__(self, choices: Sequence[registry.Action], views: Sequence[ViewOfOrders], context: Context) -> None:
        super().__init__("Do what? An action by its name, a view, or an order by its id")
        shown = (
            action
            for action in choices
            if action.group != "Move" and action.digit is None and action.id != "desk.palette"
        )
        self._items = [*(_of_action(action, context) for action in shown), *map(_of_view, views)]

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="type a part of a name, or an order id", limit=60)
        yield Choices(_line, "Nothing has that name. Digits open the order with that id.")
        # What does not fit beside the chosen one: a reason must be read whole.
        yield About(id="about")

    @property
    def _choices(self) -> Choices[Item]:
        choices: Choices[Item] = self.part(Choices)
        return choices

    def on_mount(self) -> None:
        self._match("")

    def on_resize(self) -> None:
        self._choices.fit_into(self.size.height - _AROUND)

    def on_input_changed(self, event: Entry.Changed) -> None:
        self._match(event.value)

    def _match(self, text: str) -> None:
        typed = text.strip().lstrip(":").lower()
        words = typed.split()
        found = [item for item in self._items if all(word in item.words for word in words)]
        found.sort(key=lambda item: not item.label.lower().startswith(typed))
        if len(words) == 1 and words[0].isdecimal() and len(words[0]) <= 18:
            found.insert(0, Item(f"Open order {int(words[0])}", "", "", words[0], int(words[0])))
        self._choices.show(found)
        self._tell()

    def _tell(self) -> None:
        item = self._choices.current
        self.part(About).show(item.note if item else "")

    def on_input_submitted(self) -> None:
        item = self._choices.current
        if item is not None:
            self.finish(item.value)

    def action_move(self, by: int) -> None:
        self._choices.move(by)
        self._tell()

    def action_complete(self) -> None:
        """Complete the text to the common beginning of all matches, else to the chosen match."""
        entry, matches = self.part(Entry), self._choices
        if matches.current is None:
            return
        typed = entry.value.strip().lstrip(":").lower()
        labels = [item.label.lower() for item in matches.found]
        alike = os.path.commonprefix(labels)  # noqa: RUF071 - of texts, not of paths
        further = len(alike) > len(typed) and alike.startswith(typed)
        entry.value = matches.current.label[: len(alike)] if further else matches.current.label
        entry.cursor_position = len(entry.value)


def _line(item: Item, chosen: bool) -> Pieces:
    style = "cursor" if chosen else ""
    return ((fit(item.label, LABEL), style), (fit(item.key, 6), style or "key"), (item.note, "dim"))


def _of_action(action: registry.Action, context: Context) -> Item:
    why = action.why_not(context)
    note = f"not now: {why}" if why else action.help
    return Item(
        action.label, registry.shown_key(action.keys[0]), note, f"{action.label} {action.id}".lower(), action.id
    )


def _of_view(view: ViewOfOrders) -> Item:
    key = str(view.place) if view.place <= DIGITS else ""
    label = f"View {view.name}"
    return Item(label, key, view.query or "all orders", f"{label} {view.query}".lower(), view)
