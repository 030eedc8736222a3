"""The saved views as tabs: digit, name, and how many orders are in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bmtui.desk.orders.saved_views import DIGITS, ViewOfOrders
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.text import Pieces


class Tabs(Lines):
    """One line; while the query is typed, what it can be completed to stands here instead."""

    DEFAULT_CSS = "Tabs { height: 1; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._views: Sequence[ViewOfOrders] = ()
        self._counts: Mapping[str, tuple[int, bool]] = {}
        self._current = ""
        self._note: Pieces = ()

    def show(self, views: Sequence[ViewOfOrders], counts: Mapping[str, tuple[int, bool]], current: str) -> None:
        """These views with these counts; `current` is the one that the list shows, or ''."""
        self._views, self._counts, self._current = views, dict(counts), current
        self.redraw()

    def note(self, *pieces: tuple[str, str]) -> None:
        """Show this instead of the tabs; nothing: the tabs again."""
        self._note = pieces
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if self._note:
            return (self._note,)
        pieces: list[tuple[str, str]] = []
        for view in self._views:
            number, more = self._counts.get(view.name, (0, False))
            counted = f" {number:,}{'+' if more else ''}" if view.name in self._counts else ""
            key = str(view.place) if view.place <= DIGITS else " "
            style = "cursor" if view.name == self._current else ""
            pieces += [(key, "key"), (f" {view.name}{counted}", style), ("  ", "")]
        return (tuple(pieces),)
