"""List of options that match a typed text, with a chosen one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")

SHOWN = 10
"""Most options that are visible at once; the line below them counts the others."""

LABEL = 26
"""Cells for the name of an option."""


class Choices(Lines, Generic[T]):
    """List of options, one of them chosen.

    Args:
        line: draws an option; its second argument is True for the chosen one.
        nothing: the text when no option matches.
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
        """Chosen option; None when there is none."""
        return self.found[self.chosen] if self.found else None

    def show(self, found: Sequence[T]) -> None:
        """Show these options, with the first one chosen."""
        self.found, self.chosen = found, 0
        self.redraw()

    def move(self, by: int) -> None:
        """Choose the option that is `by` lines further down, or up for a negative number."""
        self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))
        self.redraw()

    def fit_into(self, height: int) -> None:
        """Reduce the visible lines to `height`."""
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
