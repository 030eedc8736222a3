"""Parts of a dialog: paragraphs, a choice, a text field, a labelled row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Paste
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from bmtui.text import plain
from bmtui.tui.widgets.lines import Line, Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import Pieces, cut, wrap


class Paragraph(Lines):
    """Paragraph that wraps, as high as it needs to be. Each part is a text and a style, and begins a new line."""

    DEFAULT_CSS = "Paragraph { height: auto; width: 100%; }"

    def __init__(self, *parts: tuple[str, str], id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts = parts

    @property
    def text(self) -> str:
        """Words of the paragraph, a line for each part."""
        return "\n".join(text for text, _ in self._parts)

    def show(self, *parts: tuple[str, str]) -> None:
        """Replace the parts."""
        before = len(self._wrapped(self.size.width))
        self._parts = parts
        if self.is_mounted and len(self._wrapped(self.size.width)) != before:
            self.refresh(layout=True)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._wrapped(width))

    def lines(self) -> Sequence[Pieces]:
        return self._wrapped(self.size.width)

    def _wrapped(self, width: int) -> list[Pieces]:
        return [((line, style),) for text, style in self._parts for line in wrap(text, width)]


class About(Lines):
    """Description of the current item, always two lines high, so that nothing else moves."""

    DEFAULT_CSS = "About { height: 2; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""

    def show(self, text: str) -> None:
        """Replace the text."""
        self._text = text
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        width = max(self.size.width, 1)
        lines = wrap(self._text, width)
        if len(lines) > self.size.height:
            # Mark text that is cut with ``…``.
            lines[self.size.height - 1 :] = [cut(f"{lines[self.size.height - 1]} {lines[self.size.height]}", width)]
        return [((line, "dim"),) for line in lines]


LINE_BREAK = "↵"
"""Sign for a line break in a field of one line."""


class Entry(Input):
    """Text field of one line, without border and without a blinking cursor.

    Pasted lines are joined by blanks, so that the field shows all of them.

    Args:
        replaced: typed text replaces the present text, which need not be deleted first; else it goes on at the end.
        lines: pasted lines stay lines, which the field shows with `LINE_BREAK`.
    """

    class TooLong(Message):
        """Message that the pasted text is too long; the field is unchanged."""

        def __init__(self, length: int, limit: int) -> None:
            super().__init__()
            self.sentence = f"What was pasted has {length:,} characters; {limit:,} have room. Nothing was put in."

    class Focused(Message):
        """Message that the field has got the focus."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        limit: int = 500,
        replaced: bool = False,
        lines: bool = False,
        id: str | None = None,
    ) -> None:
        self._lines = lines
        super().__init__(
            self._shown(value),
            placeholder=placeholder,
            password=password,
            max_length=max(limit, len(value)),
            compact=True,
            select_on_focus=replaced,
            id=id,
        )
        self.cursor_blink = False
        self._filled = self.entered

    def fill(self, text: str) -> None:
        """Fill in `text` as a proposal, which does not count as typed."""
        self.value = self._shown(text)
        self._filled = self.entered

    @property
    def typed(self) -> bool:
        """True if a person changed the text that was filled in."""
        return self.entered != self._filled

    @property
    def entered(self) -> str:
        """Text of the field, plain and without spaces around it."""
        text = plain(self.value).strip()
        return "\n".join(map(str.strip, text.split(LINE_BREAK))).strip() if self._lines else text

    def pasted(self, text: str) -> str:
        """Return the text that goes into the field for a pasted text of several lines."""
        return self._shown(text) if self._lines else " ".join(text.split())

    def _shown(self, text: str) -> str:
        kept = plain(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"), multiline=self._lines)
        return kept.replace("\n", LINE_BREAK)

    def _on_paste(self, event: Paste) -> None:
        # Textual's own handler would take only the first line.
        event.stop()
        event.prevent_default()
        text = self.pasted(event.text) if len(event.text.splitlines()) > 1 else plain(event.text.strip("\r\n"))
        length = len(self.value) - len(self.selected_text) + len(text)
        if self.max_length and length > self.max_length:
            self.post_message(self.TooLong(length, self.max_length))
        elif self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)

    def on_focus(self) -> None:
        self.post_message(self.Focused(self))

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not LOCAL.ascii:
            return strip
        return Strip([Segment(LOCAL.shown(text), style) for text, style, _ in strip], strip.cell_length)


class Choice(Lines, can_focus=True):
    """Choice of one of several values, by the arrows or space; each value can be reached by keyboard.

    Args:
        options: pairs of value and label.
        value: the value that is chosen at first.
    """

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "step(1)", "Next value", show=False),
        Binding("left,h", "step(-1)", "Previous value", show=False),
    ]

    class Changed(Message):
        """Message that another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = list(options) or [("", "–")]
        self._index = next((i for i, (key, _) in enumerate(self._options) if key == value), 0)

    @property
    def value(self) -> str:
        """Chosen value."""
        return self._options[self._index][0]

    def action_step(self, by: int) -> None:
        self._index = (self._index + by) % len(self._options)
        self.redraw()
        self.post_message(self.Changed(self))

    def lines(self) -> Sequence[Pieces]:
        count = len(self._options)
        shown = (f" {self._options[self._index][1]} ", "cursor" if self.has_focus else "bold")
        of = f"  {self._index + 1} of {count}" + (" · ←/→ others" if self.has_focus else "")
        return ((("‹", ""), shown, ("›", ""), (of if count > 1 else "", "dim")),)


LABEL, LONGEST_LABEL = 18, 34
"""Cells of a label: by default, and at most; the rest of the row still shows an IMEI at 60 columns."""


def label_room(longest: int) -> int:
    """Return the cells of the labels of which the longest has so many; a longer one is cut with ``…``."""
    return max(LABEL, min(longest + 1, LONGEST_LABEL))


class Row(Horizontal):
    """Row of a label and its widget; the label has `room` cells."""

    DEFAULT_CSS = """
    Row { height: 1; width: 100%; }
    Row > Entry { width: 1fr; }
    """

    def __init__(self, label: str, control: Widget, *, room: int = LABEL) -> None:
        super().__init__()
        self._label, self._control, self._room = label, control, room

    def compose(self) -> ComposeResult:
        label = Line((cut(self._label, self._room - 1), ""))
        label.styles.width = self._room
        yield label
        yield self._control
