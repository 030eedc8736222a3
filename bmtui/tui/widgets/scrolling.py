"""Lists that the terminal itself scrolls: a row further costs a row on the wire, not a screen of them.

Textual paints what is said to differ and keeps no picture of the terminal, so a terminal that moved its lines needs
only those that came in. The sequences are those of a VT100, which tmux and screen take, too.
"""

from __future__ import annotations

from typing import Protocol, cast

from textual.widget import Widget

from bmtui.tui.widgets import textual_internals


class Terminal(Protocol):
    """The app, as far as it has to do with the terminal."""

    def write_first(self, sequence: str) -> None:
        """Send a control sequence together with what is painted next, before it."""


def spans_screen(widget: Widget) -> bool:
    """Whether nothing stands beside the widget: a terminal scrolls whole lines."""
    return widget.region.width == widget.screen.size.width > 0


def scroll(widget: Widget, first: int, by: int) -> bool:
    """Move the lines of `widget` on the terminal from its line `first` down, `by` lines up (negative: down).

    False: nothing was moved, since it shares its lines, something lies over it, or what it shows is about to be
    painted as a whole.
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
