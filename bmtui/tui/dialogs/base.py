"""Base of all dialogs: heading, body, keys, focus, errors and the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.widget import Widget

from bmtui.errors import BmtuiError, explain
from bmtui.tui.actions import advice
from bmtui.tui.shell import Question
from bmtui.tui.widgets.form import Entry, Paragraph
from bmtui.tui.widgets.lines import Line, Lines, Reader
from bmtui.tui.widgets.text import Pieces, pieces_width, width_of

T = TypeVar("T")

DROPS = "Esc again drops what you typed."

LEAST = 3
"""Fewest lines of a scrolling part, however low the terminal is."""

CLOSE = Binding("escape", "close", "Close", show=False)
FORM: list[BindingType] = [
    CLOSE,
    Binding("tab,down,ctrl+n", "app.focus_next", "Next field", show=False),
    Binding("shift+tab,up", "app.focus_previous", "Previous field", show=False),
]
"""Keys of a dialog with fields."""

WIDEST = 100
"""Columns of the widest dialog, as in `dialogs.tcss`."""

READING: list[BindingType] = [
    Binding("escape,q", "close", "Close", show=False),
    Binding("j,down", "scroll(1)", "Down", show=False),
    Binding("k,up", "scroll(-1)", "Up", show=False),
    Binding("pagedown,ctrl+d,space", "scroll(10)", "Page down", show=False),
    Binding("pageup,ctrl+u", "scroll(-10)", "Page up", show=False),
    Binding("g,home", "scroll(-100000)", "To the top", show=False),
    Binding("G,end", "scroll(100000)", "To the end", show=False),
]
"""Keys of a dialog with text to read."""


class Keys(Lines):
    """Lines that list keys with their labels."""

    DEFAULT_CSS = "Keys { height: auto; width: 100%; }"

    def __init__(self, keys: Iterable[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = tuple(keys)

    def show(self, keys: Iterable[tuple[str, str]]) -> None:
        """Replace the keys."""
        before, self._keys = len(self._wrapped(self.size.width)), tuple(keys)
        if self.is_mounted and len(self._wrapped(self.size.width)) != before:
            self.refresh(layout=True)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._wrapped(width))

    def lines(self) -> Sequence[Pieces]:
        return self._wrapped(self.size.width)

    def _wrapped(self, width: int) -> list[Pieces]:
        lines: list[Pieces] = [()]
        for key, label in self._keys:
            if lines[-1] and pieces_width(lines[-1]) + width_of(f"{key} {label}") > width:
                lines.append(())
            lines[-1] = (*lines[-1], (key, "key"), (f" {label}   ", ""))
        return lines


class DeskModal(Question[T], inherit_bindings=False):
    """Dialog with a heading, a body, a line for errors, and a line with its keys.

    It gathers an answer; the caller acts on it. The first field that takes text has the focus. If `GUARDED`, keys are
    ignored for a moment after it opens and after it closes; if it `LEADS_TO_REVIEW`, only after it closes: keys typed
    ahead wait for it, and the review guards itself. If it `LOSES` typed text on closing, a first Esc only warns, and a
    second one closes it.
    """

    GUARDED: ClassVar[bool] = True
    LEADS_TO_REVIEW: ClassVar[bool] = False
    LOSES: ClassVar[bool] = True
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("Esc", "Close"),)
    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]
    # `focus_first` sets the focus: no selector can express its rule.
    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.answer = asyncio.get_running_loop().create_future()
        self._step: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Line((self._heading, "bold"), id="heading")
            yield from self.body()
            yield Paragraph(id="problem")
            yield Keys(self.keys(), id="keys")

    def show_keys(self) -> None:
        """Draw the line of keys again, after they changed."""
        self.part(Keys).show(self.keys())

    def on_resize(self) -> None:
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Limit the scrolling part to the lines that the rest leaves, so that the keys are always visible."""
        for dialog in self.query("#dialog").results(Vertical):
            for scroll in dialog.query_children("VerticalScroll").results(VerticalScroll):
                others = [child for child in dialog.children if child is not scroll]
                rest = sum(child.outer_size.height + child.styles.margin.height for child in others)
                room = max(self.size.height - dialog.gutter.height - rest, LEAST)
                shown, wanted = scroll.size.height, scroll.virtual_size.height
                # Otherwise keep the height: a new layout would send the whole dialog again.
                if shown > room or shown < min(wanted, room):
                    scroll.styles.max_height = room

    def body(self) -> Iterable[Widget]:
        """Return the widgets between the heading and the keys."""
        raise NotImplementedError

    def keys(self) -> Iterable[tuple[str, str]]:
        """Return the keys of the dialog with their labels, for its last line."""
        return self.KEYS

    def on_mount(self) -> None:
        self.focus_first()
        if self.GUARDED and not self.LEADS_TO_REVIEW:
            self.desk_app.ignore_keys()

    def on_screen_resume(self) -> None:
        self.focus_first()

    def focus_first(self) -> None:
        """Focus the first field that takes text, else the first widget that takes keys; nothing if one has the focus.

        A dialog whose first field is rarely the right one sets `AUTO_FOCUS`.
        """
        if self.focused is not None:
            return
        able = [widget for widget in (*self.query("Input, TextArea"), *self.query("*")) if widget.focusable]
        for widget in able[:1]:
            self.set_focus(widget)

    def once(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a step of the dialog beside its keys; a key that is pressed again meanwhile begins no second one."""
        if self._step is None or self._step.done():
            self._step = self.desk_app.spawn(step())

    def finish(self, answer: T | None) -> None:
        """Close with an answer; None when the dialog was left."""
        if self.GUARDED:
            self.desk_app.ignore_keys()
        if not self.answer.done():
            self.answer.set_result(answer)
            self.desk_app.close(self)

    async def key_ctrl_z(self) -> None:
        await self.desk_app.leaving.suspend()

    def action_close(self) -> None:
        typed = self.LOSES and any(entry.typed for entry in self.query(Entry))
        if typed and self._problem != DROPS:
            self.wrong(DROPS)
        else:
            self.finish(None)

    @on(Entry.TooLong)
    def _has_no_room(self, event: Entry.TooLong) -> None:
        self.wrong(event.sentence)

    @on(Entry.Changed)
    def _goes_on(self) -> None:
        """Clear the warning of the first Esc on further typing, so that the next Esc warns again."""
        if self._problem == DROPS:
            self.wrong("")

    @property
    def _problem(self) -> str:
        # There is no such line after the dialog was left.
        return next((line.text for line in self.query("#problem").results(Paragraph)), "")

    def action_scroll(self, lines: int) -> None:
        self.part(Reader).scroll_by(lines)

    def wrong(self, error: BaseException | str) -> None:
        """Show an error in the dialog, '' for none; the field that the error names gets the focus."""
        if isinstance(error, str):
            text = error
        else:
            words = explain(error)
            text = f"{words.message} {words.advice}".strip()
            named = error.field if isinstance(error, BmtuiError) else ""
            for widget in self.query("*"):
                if named and widget.id == named and widget.focusable:
                    widget.focus()
        # There is no such line after the dialog was left during the work.
        for line in self.query("#problem").results(Paragraph):
            line.show(*([(advice.spoken(text), "bad")] if text else []))
        self.call_after_refresh(self.fit)
