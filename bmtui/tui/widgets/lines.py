"""Widgets made of lines, which repaint only changed lines: that makes a key cheap over SSH."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bmtui.tui.widgets import scrolling, textual_internals
from bmtui.tui.widgets.text import Pieces, padded, strip_of


class Lines(Widget):
    """Widget that computes its visible lines; `redraw` sends the changed ones to the terminal."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # Textual's names
        super().__init__(id=id, classes=classes)
        self._drawn: Sequence[Pieces] = ()
        self._unpainted: set[int] = set()

    @property
    def takes_keys(self) -> bool:
        """True if the widget takes the next key itself, whatever that key is bound to."""
        return False

    @property
    def has_changed(self) -> bool:
        """True if a line differs from the terminal's picture."""
        return bool(self._unpainted)

    def lines(self) -> Sequence[Pieces]:
        """Return the visible lines, the top line first, at most `self.size.height` of them."""
        raise NotImplementedError

    def redraw(self, first: int = 0, moved: int = 0) -> None:
        """Repaint the lines that changed since the last drawing; without a change nothing is sent.

        Args:
            first, moved: from line `first` down, most lines were drawn `moved` lines below before (negative: above).
        """
        if not self.is_mounted:
            return
        height = self.size.height
        drawn, self._drawn = self._drawn, self.lines()
        before: list[Pieces | None] = [_at(drawn, y) for y in range(height)]
        if moved and scrolling.scroll(self, first, moved):
            # An unpainted line has moved on the terminal with its old content.
            known = [None if y in self._unpainted else pieces for y, pieces in enumerate(before)]
            sources = [y + moved for y in range(first, height)]
            before[first:] = [known[y] if first <= y < height else None for y in sources]
            textual_internals.move_painted(self, first, moved, height)
        for y, pieces in enumerate(before):
            if pieces != _at(self._drawn, y):
                self._unpainted.add(y)
                self.refresh(Region(0, y, self.size.width, 1))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        # Textual repaints the whole widget on each change of focus; here only changed lines are repainted.
        if regions or layout or recompose:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        self.redraw()
        return self

    def on_resize(self) -> None:
        self._drawn = self.lines()
        self._unpainted.update(range(self.size.height))
        super().refresh()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.redraw()

    def render_line(self, y: int) -> Strip:
        self._unpainted.discard(y)
        return strip_of(_at(self._drawn, y), self.size.width)


def _at(lines: Sequence[Pieces], y: int) -> Pieces:
    return lines[y] if y < len(lines) else ()


class Line(Lines):
    """Widget of a single line, such as the header, the status and the footer."""

    DEFAULT_CSS = "Line { height: 1; width: 100%; }"

    def __init__(self, *pieces: tuple[str, str], id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._pieces: Pieces = pieces

    @property
    def text(self) -> str:
        """Words of the line."""
        return "".join(text for text, _ in self._pieces)

    def show(self, *pieces: tuple[str, str]) -> None:
        """Replace the pieces of the line."""
        self._pieces = pieces
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        return (self._pieces,)


class Reader(Lines, can_focus=True):
    """Widget of lines to read, scrolled by keyboard; the last visible line says how many more there are."""

    DEFAULT_CSS = "Reader { height: 1fr; width: 100%; }"

    class Resized(Message):
        """Message that the width changed, so that text must be wrapped again."""

        def __init__(self, reader: Reader) -> None:
            super().__init__()
            self.reader = reader

        @property
        def control(self) -> Reader:
            return self.reader

    def __init__(self, lines: Iterable[Pieces] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._all: tuple[Pieces, ...] = tuple(lines)
        self.top = 0
        self._drawn_top = 0

    def show(self, lines: Iterable[Pieces], *, top: int | None = None) -> None:
        """Replace the lines; the view stays at the same place, or goes to `top`."""
        self._all = tuple(lines)
        self.scroll_by(0 if top is None else top - self.top)

    def scroll_by(self, lines: int) -> None:
        """Scroll by this many lines; down is positive."""
        self.top = max(0, min(self.top + lines, len(self._all) - self.size.height))
        moved, self._drawn_top = self.top - self._drawn_top, self.top
        self.redraw(moved=moved)

    def scroll_to_line(self, line: int) -> None:
        """Scroll until this line is at the top, as far as there is text."""
        self.scroll_by(line - self.top)

    @property
    def page(self) -> int:
        """Lines that a page key moves by."""
        return max(self.size.height - 2, 1)

    @property
    def texts(self) -> list[str]:
        """Text of all lines, without styles."""
        return ["".join(text for text, _ in pieces) for pieces in self._all]

    def lines(self) -> Sequence[Pieces]:
        height = self.size.height
        visible = list(self._all[self.top : self.top + height])
        below = len(self._all) - self.top - height
        if below > 0 and visible:
            note = f" ↓ {below} more"
            visible[-1] = _with_note(visible[-1], note, self.size.width)
        return visible

    def on_resize(self) -> None:
        # Textual calls `Lines.on_resize` too, after this one.
        self.top = self._drawn_top = max(0, min(self.top, len(self._all) - self.size.height))
        self.post_message(self.Resized(self))


def _with_note(pieces: Pieces, note: str, width: int) -> Pieces:
    return (*padded(pieces, width - len(note)), (note, "bold"))
