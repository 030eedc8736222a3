"""Scrolling by the terminal itself: moving a list by a row costs one row on the wire, not a screen of rows.

Textual paints what is said to differ and keeps no picture of the terminal, so a terminal that moved its lines needs
only those that came in. The sequences are those of a VT100, which tmux and screen take, too.
"""

from __future__ import annotations

from typing import Protocol, cast

from textual.widget import Widget

from bmtui.tui.widgets import textual_internals


class Terminal(Protocol):
    """Interface of the app to its terminal."""

    def write_first(self, sequence: str) -> None:
        """Send a control sequence together with the next painting, in front of it."""


def spans_screen(widget: Widget) -> bool:
    """Return True if nothing is beside the widget: a terminal scrolls whole lines."""
    return widget.region.width == widget.screen.size.width > 0


def scroll(widget: Widget, first: int, by: int) -> bool:
    """Scroll the lines of `widget` on the terminal, from its line `first` down, `by` lines up (negative: down).

    Return False if nothing was moved, because another widget is beside or over it, or all of it is about to be painted.
    """
    app, screen, region = widget.app, widget.screen, widget.region
    top, bottom = region.y + first + 1, region.bottom
    if not 0 < abs(by) <= bottom - top or not spans_screen(widget):
        return False
    if app.is_headless or app.screen is not screen or textual_internals.in_batch(app):
        return False
    if textual_internals.awaits_layout(screen) or textual_internals.awaits_repaint(screen):
        return False
    step = f"\x1b[{bottom};1H" + "\x1bD" * by if by > 0 else f"\x1b[{top};1H" + "\x1bM" * -by
    cast("Terminal", app).write_first(f"\x1b[{top};{bottom}r{step}\x1b[r")
    return True
