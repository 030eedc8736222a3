"""Adapter of Textual's private names that the desk uses; any release may change them.

`tests/tui/widgets/test_tui_textual_internals.py` says which of them is missing or behaves otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from textual._styles_cache import StylesCache
from textual.app import App
from textual.color import Color
from textual.dom import NoScreen
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

T = TypeVar("T")


@lru_cache(1024)
def backgrounds(base: Color, background: Color) -> tuple[Style, Style]:
    """Return the styles of `background` over `base`, and of `base` alone."""
    return Style(background=base + background), Style(background=base)


def inner_outer(_: StylesCache, base: Color, background: Color) -> tuple[Style, Style]:
    """Return the styles inside and outside of a widget's border.

    Textual's own function caches by the asking object, too, and so keeps the painted lines of 1,024 closed screens.
    """
    return backgrounds(base, background)


StylesCache.get_inner_outer = inner_outer  # type: ignore[assignment, method-assign]


class ScreenGone(NoScreen):
    """Error of a screen that is closed, or not complete: the work that awaits it ends, and no message is shown.

    Textual's own error, its base class, comes from a widget that is used after its screen was closed.
    """


class HookedApp(App[int], inherit_bindings=False):
    """Textual app with hooks before Textual paints, and before it prints an error."""

    def before_paint(self) -> None:
        """Hook that is called before the terminal gets output."""

    def takes_crash(self, error: Exception) -> bool:
        """Return True to handle an unexpected error here; else Textual prints it with all local variables."""
        return False

    def _begin_update(self) -> None:
        super()._begin_update()
        self.before_paint()

    def _handle_exception(self, error: Exception) -> None:
        if not isinstance(error, NoScreen) and not self.takes_crash(error):
            super()._handle_exception(error)


class HookedScreen(Screen[T], inherit_bindings=False):
    """Textual screen with hooks before Textual paints it."""

    @property
    def paints_by_clock(self) -> bool:
        """True if changes may be painted at a tick of Textual's clock."""
        return True

    @property
    def paints_changes(self) -> bool:
        """True if changes may be painted now; else Textual paints them later."""
        return True

    def _on_timer_update(self) -> None:
        if self.paints_by_clock:
            super()._on_timer_update()

    def _compositor_refresh(self) -> None:
        if self.paints_changes:
            super()._compositor_refresh()


def is_closing(screen: Screen[Any]) -> bool:
    """Return True if the screen is being closed, or is closed."""
    was_there = screen.is_mounted and not screen.is_attached
    return was_there or screen._closing or screen._closed or screen._pruning


def tasks_of(node: MessagePump) -> set[asyncio.Task[None]]:
    """Return the task that works through the queue of `node`; empty before it runs."""
    return {node._task} if node._task is not None else set()


def in_batch(app: App[Any]) -> bool:
    """Return True while a batch holds back all painting."""
    return bool(app._batch_count)


def is_exiting(app: App[Any]) -> bool:
    """Return True after the app was told to exit."""
    return app._exit


def stop(app: App[Any], code: int) -> None:
    """End the app at once with this exit code."""
    app._return_code = code
    app._close_messages_no_wait()


def send(app: App[Any], sequence: str) -> None:
    """Send a control sequence to the terminal, where there is one."""
    if app._driver is not None:
        app._driver.write(sequence)


async def do_binding(app: App[Any], key: str) -> bool:
    """Do the action that this key is bound to, from the focused widget up; return False for none."""
    return await app._check_bindings(key)


def awaits_layout(widget: Widget) -> bool:
    """Return True if the layout of the widget, or of a screen's content, is due."""
    return widget._layout_required


def awaits_repaint(widget: Widget) -> bool:
    """Return True if a repaint of the whole widget is due."""
    return widget._repaint_required


def awaits_anything(widget: Widget) -> bool:
    """Return True if a layout, a scroll or a repaint of the widget is due."""
    return awaits_layout(widget) or widget._scroll_required or awaits_repaint(widget)


def forget_whole_repaint(screen: Screen[Any]) -> None:
    """Drop a repaint of the whole screen that is due; changes of its widgets are painted all the same."""
    screen._repaint_required = False
    screen._exchange_repaint_regions()


def visible_widgets(screen: Screen[Any]) -> Iterable[Widget]:
    """Return the visible widgets of the screen."""
    return screen._compositor.visible_widgets


def paint_widgets(screen: Screen[Any], widgets: set[Widget]) -> None:
    """Paint the changed regions of these widgets now."""
    screen._compositor.update_widgets(widgets)
    screen._compositor_refresh()


def move_painted(widget: Widget, first: int, moved: int, height: int) -> None:
    """Move the lines that Textual keeps as painted: from `first` down, line y was painted as line y + `moved`."""
    kept = widget._styles_cache._cache
    above = {y: kept[y] for y in range(first) if y in kept}
    widget._styles_cache._cache = above | {
        y: kept[y + moved] for y in range(first, height) if first <= y + moved and y + moved in kept
    }


def painted_strips(app: App[Any]) -> list[Strip]:
    """Return the terminal's picture, line by line."""
    return app.screen._compositor.render_strips(app.size)
