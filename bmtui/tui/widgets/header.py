"""The top line in three parts: who and where, how fresh, and what needs somebody; narrow, the middle gives way."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.text import Pieces, cut, pieces_width

_GAP = 2


class Header(Line):
    """A line whose last part stands at the right edge."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Pieces, Pieces, Pieces] = ((), (), ())

    @property
    def text(self) -> str:
        return "".join(text for part in self._parts for text, _ in part)

    def show_parts(self, left: Pieces, middle: Pieces, right: Pieces) -> None:
        """Show these three parts."""
        self._parts = left, middle, right
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        left, middle, right = self._parts
        width = self.size.width
        room = width - pieces_width(right) - (_GAP if right else 0)
        shown = [*_fitting(left, room)]
        rest = room - pieces_width(tuple(shown)) - _GAP
        if middle and rest > 0:
            shown += [(" " * _GAP, ""), *_fitting(middle, rest)]
        gap = " " * (width - pieces_width(tuple(shown)) - pieces_width(right))
        return ((*shown, (gap, ""), *right),)


def _fitting(pieces: Pieces, width: int) -> Pieces:
    """As much of `pieces` as fits into `width` cells."""
    kept: list[tuple[str, str]] = []
    for text, style in pieces:
        left = width - pieces_width(tuple(kept))
        if left <= 0:
            break
        kept.append((cut(text, left), style))
    return tuple(kept)
