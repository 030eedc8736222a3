"""What matches a typed text, and which of it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")

SHOWN = 10
"""How many are seen at once, where there is room; the line below them says how many more there are."""

LABEL = 26
"""Cells for the name of one."""


class Choices(Lines, Generic[T]):
    """The list.

    Args:
        line: how one is drawn; its second argument says whether it is the chosen one.
        nothing: what stands there when nothing matches.
    """

    DEFAULT_CSS = f"Choices {{ height: {SHOWN + 1}; width: 100%; margin-top: 1; }}"

    def __init__(self, line: Callable[[T, bool], Pieces], nothing: str) -> None:
        super().__init__()
        self._line_of = line
        self._nothing = nothing
        self.found: Sequence[T] = ()
        self.chosen = 0

    @property
    def current(self) -> T | None:
        """The chosen one."""
        return self.found[self.chosen] if self.found else None

    def show(self, found: Sequence[T]) -> None:
        """Offer these, the first of them chosen."""
        self.found, self.chosen = found, 0
        self.redraw()

    def move(self, by: int) -> None:
        """Choose one further down, or up."""
        self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))
        self.redraw()

    def fit_into(self, height: int) -> None:
        """There are only so many lines: show fewer at once."""
        self.styles.height = max(min(SHOWN + 1, height), 2)

    def lines(self) -> Sequence[Pieces]:
        if not self.found:
            return (((self._nothing, "dim"),),)
        room = max(self.size.height - 1, 1)
        top = max(0, self.chosen - room + 1)
        numbered = enumerate(self.found[top : top + room], start=top)
        shown = [self._line_of(one, index == self.chosen) for index, one in numbered]
        below = len(self.found) - top - room
        return [*shown, ((f"↓ {below} more", "bold"),)] if below > 0 else shown
