"""Help: the keys of where you are, from the registry."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.store.query import KEYS, PRESETS
from bmtui.tui import actions
from bmtui.tui.lines import Reader
from bmtui.tui.modals.base import READING, DeskModal
from bmtui.tui.text import Pieces, fit, wrap
from bmtui.tui.why_not import Context

_WIDTH = 74
_KEYS = 12
_EXAMPLES = (
    ("status:onhold,problem", "one of several values"),
    ("created:last7 market:fr-fr", "both must hold"),
    ('sku:PHN* "marie dupont"', "* for anything; words search names, mails, SKUs, IMEIs, ids"),
    ("shipby:overdue -status:cancelled", "a minus excludes"),
    ("total:>300 created:2026-01-01..2026-01-31", "amounts and days"),
)


class Help(DeskModal[None]):
    """All actions of a screen with their keys, and why one cannot be done now."""

    GUARDED = False
    KEYS = (("Esc", "Close"), ("j/k", "Scroll"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *READING,
        Binding("question_mark,f1,enter", "close", "Close", show=False),
    ]

    def __init__(self, place: str, context: Context) -> None:
        super().__init__("Keys of this screen")
        self._lines = list(help_lines(place, context))

    def body(self) -> Iterable[Widget]:
        yield Reader(self._lines)


def help_lines(place: str, context: Context) -> Iterable[Pieces]:
    """The help of a screen, line by line."""
    for group, members in groupby(sorted(actions.of_place(place), key=_by_group), key=lambda action: action.group):
        yield ((group, "title"),)
        for action in members:
            keys = "  ".join(actions.shown_key(key) for key in action.keys)
            for number, line in enumerate(wrap(f"{action.label}: {action.help}", _WIDTH - _KEYS)):
                yield ((fit(keys if number == 0 else "", _KEYS), "key"), (line, ""))
            why = action.why_not(context)
            if why:
                yield from (((" " * _KEYS + line, "dim"),) for line in wrap(f"Not now: {why}", _WIDTH - _KEYS))
        yield ()
    if place == "search":
        yield (("What a query can say", "title"),)
        for example, meaning in _EXAMPLES:
            yield ((example, "bold"),)
            yield ((f"    {meaning}", ""),)
        yield from (((line, ""),) for line in wrap(f"Filters: {', '.join(KEYS)}.", _WIDTH))
        yield from (((line, ""),) for line in wrap(f"Dates: {', '.join(PRESETS)}, 2026-11-23, A..B, >A.", _WIDTH))


def _by_group(action: actions.Action) -> int:
    return list(dict.fromkeys(known.group for known in actions.ACTIONS)).index(action.group)
