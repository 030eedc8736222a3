"""Header line in three parts: company, freshness, counts of the work; where narrow, the middle is cut."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.text import Pieces, clip, pieces_width

_GAP = 2


class Header(Line):
    """Line of three parts, the last of them at the right edge."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Pieces, Pieces, Pieces] = ((), (), ())

    @property
    def text(self) -> str:
        return "".join(text for part in self._parts for text, _ in part)

    def show_parts(self, left: Pieces, middle: Pieces, right: Pieces) -> None:
        """Replace the three parts."""
        self._parts = left, middle, right
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        left, middle, right = self._parts
        width = self.size.width
        room = width - pieces_width(right) - (_GAP if right else 0)
        shown = [*clip(left, room)]
        rest = room - pieces_width(tuple(shown)) - _GAP
        if middle and rest > 0:
            shown += [(" " * _GAP, ""), *clip(middle, rest)]
        gap = " " * (width - pieces_width(tuple(shown)) - pieces_width(right))
        return ((*shown, (gap, ""), *right),)
