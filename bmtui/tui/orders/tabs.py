"""Tabs of the saved views: digit, name, and number of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bmtui.desk.orders.saved_views import DIGITS, ViewOfOrders
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, pieces_width

_ALARMS = {"shipby:overdue": Meaning.LATE, "has:error": Meaning.UNKNOWN}
"""Meanings of views by their query, shown while the view has orders."""
_NARROWEST = 3


class Tabs(Lines):
    """Line of tabs; while the query is typed, its completions are shown instead."""

    DEFAULT_CSS = "Tabs { height: 1; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._views: Sequence[ViewOfOrders] = ()
        self._counts: Mapping[str, tuple[int, bool]] = {}
        self._current = ""
        self._note: Pieces = ()

    def show(self, views: Sequence[ViewOfOrders], counts: Mapping[str, tuple[int, bool]], current: str) -> None:
        """Show these views with these counts; `current` is the view in the list, or ''."""
        self._views, self._counts, self._current = views, dict(counts), current
        self.redraw()

    def note(self, *pieces: tuple[str, str]) -> None:
        """Show this text instead of the tabs; without text the tabs again."""
        self._note = pieces
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if self._note:
            return (self._note,)
        views = list(self._views)
        for narrow in range(_NARROWEST):
            line = self._line(views, narrow)
            if pieces_width(line) <= self.size.width:
                return (line,)
        # The view in the list, and views that need a person, keep their tab at any width.
        for view in self._views[::-1]:
            if pieces_width(line) > self.size.width and not (view.name == self._current or self._alarm(view)):
                views.remove(view)
                line = self._line(views, narrow)
        return (line,)

    def _alarm(self, view: ViewOfOrders) -> Meaning | None:
        return _ALARMS.get(view.query) if self._counts.get(view.name, (0, False))[0] else None

    def _line(self, views: Sequence[ViewOfOrders], narrow: int) -> Pieces:
        """Return the line of tabs: `narrow` 1 shortens names and gaps, 2 also leaves out unimportant counts."""
        pieces: list[tuple[str, str]] = []
        for view in views:
            number, more = self._counts.get(view.name, (0, False))
            alarm = self._alarm(view)
            told = view.name in self._counts and (narrow < 2 or alarm or (number and view.query))
            counted = f" {number:,}{'+' if more else ''}" if told else ""
            key = str(view.place) if view.place <= DIGITS else " "
            short = view.name.removeprefix("To ")
            name = short.capitalize() if narrow and short != view.name else view.name
            pieces += [(key, "key"), (" ", ""), *([alarm.piece] if alarm else ())]
            pieces += [(name + counted, "cursor" if view.name == self._current else ""), (" " if narrow else "  ", "")]
        return tuple(pieces[:-1])
