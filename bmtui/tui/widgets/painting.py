"""What a key changed is painted once, when the key has done its work.

Textual paints by a clock: a line that changed waits for the next frame, and one that changes in answer to it waits for
the one after. A move that scrolls the list changes the list, then the line above it that counts the rows, then the
preview beside it; at the end of the key all of them are known.
"""

from __future__ import annotations

from typing import TypeVar, cast

from textual.app import App
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from bmtui.tui.widgets.compact_driver import ThriftyDriver
from bmtui.tui.widgets.lines import Lines

T = TypeVar("T")


class PaintingApp(App[int], inherit_bindings=False):
    """What the app has to do with the terminal."""

    # Restyling the screen below a dialog would send all of it again.
    SUSPENDED_SCREEN_CLASS = ""

    def __init__(self) -> None:
        super().__init__(driver_class=ThriftyDriver)
        self._first = ""

    @property
    def at_work(self) -> bool:
        """Whether a key is about to have done its work: what it changes is painted when it has."""
        return False

    def write(self, sequence: str) -> None:
        """Send a control sequence to the terminal as it is."""
        if self._driver is not None:
            self._driver.write(sequence)

    def write_first(self, sequence: str) -> None:
        """Send a control sequence together with what is painted next, before it."""
        self._first += sequence

    def _begin_update(self) -> None:
        super()._begin_update()
        if self._first:
            first, self._first = self._first, ""
            self.write(first)

    def paint(self) -> None:
        """Send what has changed on the topmost screen now."""
        if isinstance(self.screen, Painted):
            self.screen.paint()

    def repaint(self) -> None:
        """Draw everything anew, on a terminal that something else wrote on."""
        self.write("\x1b[2J")
        self.refresh(layout=True)


class Painted(Screen[T], inherit_bindings=False):
    """What screens and dialogs share: they send as little as they can, as soon as they can."""

    ALLOW_SELECT = False
    # As Textual declares it, but without sending the whole screen again whenever the focus moves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def _on_timer_update(self) -> None:
        if not cast("PaintingApp", self.app).at_work:
            super()._on_timer_update()

    def _compositor_refresh(self) -> None:
        # When all of it is to be painted, Textual first sends what the layout has changed, and then that again with
        # the rest; within a batch it draws all of it for nobody.
        if not (self._repaint_required and self.is_current) and not self.app._batch_count:
            super()._compositor_refresh()

    def paint(self) -> None:
        """Send the changed lines now, unless more than lines is about to be painted: then all of it goes at once."""
        if not self.is_current or self.app._batch_count:
            return
        if self._layout_required or self._scroll_required or self._repaint_required:
            return
        visible = self._compositor.visible_widgets
        if any(widget._layout_required for widget in visible):
            return
        changed: set[Widget] = {widget for widget in visible if isinstance(widget, Lines) and widget.has_changed}
        if changed:
            self._compositor.update_widgets(changed)
            self._compositor_refresh()
