"""What became of each order of a bulk action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.actions import advice
from bmtui.tui.dialogs.base import READING, DeskModal
from bmtui.tui.widgets.form import Paragraph
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.text import Pieces, fit, width_of, wrap

_NAME, _WORD = 11, 5
FRAME = 6
"""Lines of a dialog around what it shows."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one, which is an order or a row of a file: `sentence` says what was done, or why it was not."""

    name: str
    done: bool
    sentence: str


class Rows(DeskModal[None]):
    """Rows to be read: a name, a word with its style, and a sentence each; `note` is about all of them."""

    GUARDED = False
    KEYS = (("Enter", "Close"), ("j/k", "Scroll"))
    BINDINGS: ClassVar[list[BindingType]] = [*READING, Binding("enter", "close", "Close", show=False)]

    def __init__(self, heading: str, rows: Iterable[tuple[str, str, str, str]], *, note: str = "") -> None:
        super().__init__(heading)
        self._rows, self._note = tuple(rows), note

    def body(self) -> Iterable[Widget]:
        if self._note:
            yield Paragraph((self._note, ""))
        yield Reader()

    def on_reader_resized(self) -> None:
        reader = self.part(Reader)
        name = max((width_of(row[0]) for row in self._rows), default=0)
        widths = max(name, _NAME) + 1, reader.size.width
        reader.show(line for row in self._rows for line in _lines(row, *widths))
        # No larger than it must be: what is sent is what it covers.
        said = sum(paragraph.size.height for paragraph in self.query(Paragraph))
        reader.styles.height = max(min(len(reader.texts), self.size.height - FRAME - said), 1)


class Results(Rows):
    """The result of each, those first that were not done."""

    def __init__(self, label: str, results: Sequence[Result], *, note: str = "") -> None:
        done = sum(result.done for result in results)
        rows = (
            (result.name, "done" if result.done else "not", "good" if result.done else "bad", result.sentence)
            for result in sorted(results, key=lambda result: result.done)
        )
        super().__init__(f"{label}: {done:,} done, {len(results) - done:,} not", rows, note=note)


def _lines(row: tuple[str, str, str, str], name: int, width: int) -> Iterable[Pieces]:
    for number, text in enumerate(wrap(advice.spoken(row[3]), width - name - _WORD)):
        begin = row[:2] if number == 0 else ("", "")
        yield ((fit(begin[0], name), ""), (fit(begin[1], _WORD), row[2]), (text, ""))
