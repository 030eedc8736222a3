"""Painting after a key: all changes are sent once, when the key has done its work.

Textual paints by a clock: a line that changed waits for the next frame, and one that changes in answer to it waits for
the one after. A move that scrolls the list changes the list, then the line above it that counts the rows, then the
preview beside it; at the end of the key all of them are known.
"""

from __future__ import annotations

from typing import TypeVar, cast

from textual.reactive import Reactive
from textual.widget import Widget

from bmtui.tui.widgets import textual_internals
from bmtui.tui.widgets.compact_driver import ThriftyDriver
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.textual_internals import HookedApp, HookedScreen

T = TypeVar("T")


class PaintingApp(HookedApp, inherit_bindings=False):
    """Textual app that controls when and what the terminal gets."""

    # Restyling the screen below a dialog would send all of it again.
    SUSPENDED_SCREEN_CLASS = ""

    def __init__(self) -> None:
        super().__init__(driver_class=ThriftyDriver)
        self._first = ""

    @property
    def at_work(self) -> bool:
        """True while a key is at work: its changes are painted when it is done."""
        return False

    def write(self, sequence: str) -> None:
        """Send a control sequence to the terminal as it is."""
        textual_internals.send(self, sequence)

    def write_first(self, sequence: str) -> None:
        """Send a control sequence together with the next painting, in front of it."""
        self._first += sequence

    def before_paint(self) -> None:
        if self._first:
            first, self._first = self._first, ""
            self.write(first)

    def paint(self) -> None:
        """Paint the changes of the topmost screen now."""
        if isinstance(self.screen, Painted):
            self.screen.paint()

    def on_mount(self) -> None:
        # After a suspension the shell has written on the terminal.
        self.app_resume_signal.subscribe(self, lambda _: self.repaint())

    def repaint(self) -> None:
        """Draw the whole screen again, after another program wrote on the terminal."""
        self.write("\x1b[2J")
        self.refresh(layout=True)


class Painted(HookedScreen[T], inherit_bindings=False):
    """Base of screens and dialogs: they send as little as possible, as soon as possible."""

    ALLOW_SELECT = False
    # As Textual declares it, but without sending the whole screen again whenever the focus moves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def on_screen_suspend(self) -> None:
        # Textual asks for a repaint when a screen is put on top, which paints all of it anyway: with the next change
        # below a dialog, everything would be sent again.
        textual_internals.forget_whole_repaint(self)

    @property
    def paints_by_clock(self) -> bool:
        return not cast("PaintingApp", self.app).at_work

    @property
    def paints_changes(self) -> bool:
        # When all of it is to be painted, Textual first sends what the layout has changed, and then that again with
        # the rest; within a batch it draws all of it for nobody.
        whole = textual_internals.awaits_repaint(self) and self.is_current
        return not whole and not textual_internals.in_batch(self.app)

    def paint(self) -> None:
        """Paint the changed lines now, unless more than lines waits to be painted: then it is all sent together."""
        if not self.is_current or textual_internals.in_batch(self.app):
            return
        if textual_internals.awaits_anything(self):
            return
        visible = textual_internals.visible_widgets(self)
        if any(textual_internals.awaits_layout(widget) for widget in visible):
            return
        changed: set[Widget] = {widget for widget in visible if isinstance(widget, Lines) and widget.has_changed}
        if changed:
            textual_internals.paint_widgets(self, changed)
