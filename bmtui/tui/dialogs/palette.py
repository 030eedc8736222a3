"""Palette dialog: any action of the screen by its name, a saved view, or an order by its id."""

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
"""Lines of the dialog around the matches."""


WORDS = {
    "desk.today": "urgent next home dashboard to do what now overview",
    "desk.orders": "manage orders list home",
    "search.query": "manage orders find filter lookup list",
    "desk.help": "action menu toolbox keys shortcuts what can i do",
    "desk.guides": "documentation manual how to",
    "desk.queue": "due ship today urgent",
    "order.open": "details view show",
    "order.refund": "money back return money reimburse give back",
    "order.cancel_on_channel": "money back before shipping stop refuse",
    "order.cancel": "hold on hold problem void",
    "order.bring_back": "restore reopen uncancel resume",
    "order.take_back": "undo revert oops withdraw mistake",
    "order.accept": "confirm approve validate",
    "order.ship": "tracking number carrier dispatch ship confirm fulfill",
    "order.identify": "serial imei",
    "order.papers": "label print packing slip delivery note pick list",
    "order.rma": "return comes back",
    "order.refresh": "reload sync update",
    "order.note": "comment remark",
    "order.copy": "clipboard",
    "order.as_it_was": "history past before",
    "order.assign": "owner who mine",
    "desk.scan": "scanner barcode pack packing",
    "desk.uploads": "tracking fulfillment upload failed",
    "desk.shipments": "import csv file bulk ship tracking",
    "desk.outbox": "unknown pending queue waiting settle sent",
    "desk.jobs": "queued jobs progress background tasks",
    "desk.care": "customers messages answer reply support e-mail inbox sav",
    "desk.returns": "rma returns",
    "desk.invoices": "bill receipt pdf credit note",
    "desk.approvals": "second person limit refund requests",
    "desk.drifts": "differences reconcile compare mismatch",
    "desk.money": "revenue fees figures report",
    "desk.rules": "automation automatic",
    "desk.notifications": "alerts mail webhook",
    "desk.audit": "history log who did",
    "desk.settings": "preferences configuration company options toolbox",
    "desk.options": "allow order download fulfillment upload imei toggles general settings",
    "desk.invoice_preferences": "per channel preferences standard word to pdf plugin",
    "settings.invoices": "per channel preferences",
    "orders.download": "download orders from channel import back market orders start date",
    "orders.sync": "refresh reload fetch new orders",
    "desk.quit": "exit leave close",
    "desk.suspend": "shell background",
    "view.save": "save search filter",
    "return.label": "return label",
}
"""Other words for actions, by action id, that the palette finds them by."""


@dataclass(frozen=True, slots=True)
class Item:
    """Option of the palette: an action by its id, an order by its number, or a view.

    Attributes:
        note: description of the option, or why it cannot be done now.
        words: text that is searched.
    """

    label: str
    key: str
    note: str
    words: str
    value: str | int | ViewOfOrders


class Palette(DeskModal[int | str | ViewOfOrders]):
    """Palette dialog; its answer is the id of an action, the id of an order as a number, or a saved view."""

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
        super().__init__("Type an action by its name, a view, or an order by its id")
        self._items = self.items(choices, views, context)

    @staticmethod
    def items(choices: Iterable[registry.Action], views: Iterable[ViewOfOrders], context: Context) -> list[Item]:
        """Return all options: actions, except moves and digits, and views."""
        shown = (
            action
            for action in choices
            if action.group != "Move" and action.digit is None and action.id != "desk.palette"
        )
        return [*(_of_action(action, context) for action in shown), *map(_of_view, views)]

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="type a part of a name, or an order id", limit=60)
        yield Choices(_line, "No action has that name. Digits open the order with that id.")
        # The full note of the chosen item: a reason must not be cut.
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
        # Labels that begin with the text come first, then words that contain it as typed.
        found.sort(key=lambda item: (not item.label.lower().startswith(typed), f" {typed}" not in f" {item.words}"))
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
        """Complete the text to the longest beginning that all matches share, else to the chosen match."""
        entry, matches = self.part(Entry), self._choices
        if matches.current is None:
            return
        typed = entry.value.strip().lstrip(":").lower()
        all_labels = [item.label.lower() for item in matches.found]
        # Matches by other words have other labels: leave them out of the common beginning.
        labels = [label for label in all_labels if label.startswith(typed)] or all_labels
        alike = os.path.commonprefix(labels)  # noqa: RUF071 - of texts, not of paths
        further = len(alike) > len(typed) and alike.startswith(typed)
        entry.value = matches.current.label[: len(alike)] if further else matches.current.label
        entry.cursor_position = len(entry.value)


def _line(item: Item, chosen: bool) -> Pieces:
    style = "cursor" if chosen else ""
    return ((fit(item.label, LABEL), style), (fit(item.key, 6), style or "key"), (item.note, "dim"))


def _of_action(action: registry.Action, context: Context) -> Item:
    why = action.why_not(context)
    note = f"not now: {why}" if why else action.more
    words = f"{action.label} {action.id} {WORDS.get(action.id, '')}".lower()
    return Item(action.label, registry.key_to_say(action.id), note, words, action.id)


def _of_view(view: ViewOfOrders) -> Item:
    key = str(view.place) if view.place <= DIGITS else ""
    label = f"View {view.name}"
    return Item(label, key, view.query or "all orders", f"{label} {view.query}".lower(), view)
