"""Help dialog: the keys of the current screen, from the registry."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.store.query import KEYS, PRESETS, WORD_KEYS
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.dialogs.base import READING, DeskModal
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.text import Pieces, fit, wrap

BESIDE = 120
"""Fewest columns of a terminal on which help leaves the list in view."""
_KEYS = 13
_FEW = 2
"""Most screens of an action that still counts as special to them; an RMA and the list of RMAs are two."""
_EXAMPLES = (
    ("status:onhold,problem", "one of several values"),
    ("created:last7 market:fr-fr", "both must hold"),
    ('sku:PHN* "marie dupont"', "* for anything; words search names, mails, SKUs, IMEIs, ids"),
    ("shipby:overdue -status:cancelled", "a minus excludes"),
    ("total:>300 created:2026-01-01..2026-01-31", "amounts and days"),
)


class Help(DeskModal[None]):
    """Help dialog of a screen: actions with keys, and why some cannot be done now; `/` finds actions by words."""

    GUARDED = False
    LOSES = False
    KEYS = (("Esc", "Close"), ("/", "Find"), ("j/k", "Scroll"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *READING,
        Binding("question_mark,f1,enter", "close", "Close", show=False),
        Binding("slash", "find", "Find", show=False),
    ]
    AUTO_FOCUS = "Reader"

    def __init__(self, place: str, context: Context, *, writing: bool = False, query_first: bool = False) -> None:
        super().__init__("Keys of this screen")
        self._place, self._situation = place, context
        self._how = {"writing": writing, "query_first": query_first}

    def body(self) -> Iterable[Widget]:
        yield Entry(placeholder="/ finds an action by its name, its key, or what it does", limit=40)
        yield Reader()

    def on_resize(self) -> None:
        # Leave the list in view beside the help where there is room.
        self.set_class(self.size.width >= BESIDE, "beside")
        super().on_resize()

    def action_find(self) -> None:
        self.part(Entry).focus()

    def on_input_changed(self) -> None:
        self._show(top=0)

    def on_reader_resized(self) -> None:
        self._show()

    def _show(self, *, top: int | None = None) -> None:
        reader, words = self.part(Reader), self.part(Entry).value
        reader.show(help_lines(self._place, self._situation, reader.size.width, words, **self._how), top=top)

    def on_input_submitted(self) -> None:
        self.part(Reader).focus()

    def action_close(self) -> None:
        entry = self.part(Entry)
        if self.focused is entry:
            entry.value = ""
            self.part(Reader).focus()
        else:
            super().action_close()


def help_lines(
    place: str, context: Context, width: int, words: str = "", *, writing: bool = False, query_first: bool = False
) -> Iterable[Pieces]:
    """Yield the help of a screen in lines of `width` cells; with `words`, only actions that have all of them.

    `writing`: a field has the focus all the time. `query_first`: a query is being typed; its syntax comes first.
    """
    wanted = words.lower().split()
    if query_first and not wanted:
        yield from _query_lines(width)
        yield ()
    found = [
        (keys, action)
        for keys, action in registry.rows(place, writing=writing)
        if all(word in _text(keys, action) for word in wanted)
    ]
    if not found:
        yield (("No entry has these words.", "dim"),)
    groups = list(dict.fromkeys(action.group for action in registry.ACTIONS))
    # Groups of this screen come first, then those of every screen.
    own = {action.group for _, action in found if action.places != registry.EVERYWHERE and len(action.places) <= _FEW}
    own -= {"Desk"}
    found.sort(key=lambda row: (row[1].group not in own, groups.index(row[1].group)))
    for group, members in groupby(found, key=lambda row: row[1].group):
        yield ((group, "title"),)
        for keys, action in members:
            told = f"{action.label}: {action.more}" if action.more else f"{action.label}."
            for number, line in enumerate(wrap(told, width - _KEYS)):
                yield ((fit(keys if number == 0 else "", _KEYS), "key"), (line, ""))
            why = action.why_not(context)
            if why:
                yield from (((" " * _KEYS + line, "dim"),) for line in wrap(f"Not now: {why}", width - _KEYS))
        yield ()
    if place == "search" and not wanted and not query_first:
        yield from _query_lines(width)


def _query_lines(width: int) -> Iterable[Pieces]:
    yield (("Filters of a query", "title"),)
    for example, meaning in _EXAMPLES:
        yield ((example, "bold"),)
        yield ((f"    {meaning}", ""),)
    yield from (((line, ""),) for line in wrap(f"Filters: {', '.join(KEYS)}.", width))
    for key, values in WORD_KEYS.items():
        yield from (((line, ""),) for line in wrap(f"{key}: {', '.join(values)}.", width))
    yield from (((line, ""),) for line in wrap(f"Dates: {', '.join(PRESETS)}, 2026-11-23, A..B, >A.", width))


def _text(keys: str, action: registry.Action) -> str:
    many = " many marked" if action.many else ""
    return f"{keys} {action.label} {action.help} {action.group} {action.id}{many}".lower()
