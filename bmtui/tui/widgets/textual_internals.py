"""All that the desk uses of Textual's private names, which any release may change.

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
    """What was to be shown has no screen any more, or none yet: whatever awaited it ends there, and nobody is told.

    Textual's own error is what a widget says that was kept while its screen was closed.
    """


class HookedApp(App[int], inherit_bindings=False):
    """An app that is asked before Textual paints, and before it prints an error."""

    def before_paint(self) -> None:
        """Something is about to be sent to the terminal."""

    def takes_crash(self, error: Exception) -> bool:
        """Whether the app deals with an unexpected error itself; else Textual prints it with all local variables."""
        return False

    def _begin_update(self) -> None:
        super()._begin_update()
        self.before_paint()

    def _handle_exception(self, error: Exception) -> None:
        if not isinstance(error, NoScreen) and not self.takes_crash(error):
            super()._handle_exception(error)


class HookedScreen(Screen[T], inherit_bindings=False):
    """A screen that is asked before Textual paints it."""

    @property
    def paints_by_clock(self) -> bool:
        """Whether what has changed may be painted at a tick of Textual's clock."""
        return True

    @property
    def paints_changes(self) -> bool:
        """Whether what has changed may be painted now; else Textual does it later."""
        return True

    def _on_timer_update(self) -> None:
        if self.paints_by_clock:
            super()._on_timer_update()

    def _compositor_refresh(self) -> None:
        if self.paints_changes:
            super()._compositor_refresh()


def is_closing(screen: Screen[Any]) -> bool:
    """Whether the screen is being closed, or was."""
    was_there = screen.is_mounted and not screen.is_attached
    return was_there or screen._closing or screen._closed or screen._pruning


def tasks_of(node: MessagePump) -> set[asyncio.Task[None]]:
    """The task that deals with the queue of `node`; none before it runs."""
    return {node._task} if node._task is not None else set()


def in_batch(app: App[Any]) -> bool:
    """Whether a batch holds everything back that is to be painted."""
    return bool(app._batch_count)


def is_exiting(app: App[Any]) -> bool:
    """Whether the app was told to exit."""
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
    """Do what this key is bound to, from the focused widget up; whether it is bound to anything."""
    return await app._check_bindings(key)


def awaits_layout(widget: Widget) -> bool:
    """Whether the widget, or what lies in a screen, is laid out anew soon."""
    return widget._layout_required


def awaits_repaint(widget: Widget) -> bool:
    """Whether all of the widget is painted anew soon."""
    return widget._repaint_required


def awaits_anything(widget: Widget) -> bool:
    """Whether the widget is laid out, scrolled or painted anew soon."""
    return awaits_layout(widget) or widget._scroll_required or awaits_repaint(widget)


def visible_widgets(screen: Screen[Any]) -> Iterable[Widget]:
    """The widgets that are to be seen on the screen."""
    return screen._compositor.visible_widgets


def paint_widgets(screen: Screen[Any], widgets: set[Widget]) -> None:
    """Send the changed regions of these widgets now."""
    screen._compositor.update_widgets(widgets)
    screen._compositor_refresh()


def move_painted(widget: Widget, first: int, moved: int, height: int) -> None:
    """Textual keeps what it painted by the number of the line: from `first` down it stood `moved` lines below."""
    kept = widget._styles_cache._cache
    above = {y: kept[y] for y in range(first) if y in kept}
    widget._styles_cache._cache = above | {
        y: kept[y + moved] for y in range(first, height) if first <= y + moved and y + moved in kept
    }


def painted_strips(app: App[Any]) -> list[Strip]:
    """What the terminal shows, line by line."""
    return app.screen._compositor.render_strips(app.size)
