"""What became of each order of a bulk action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.form import Paragraph
from bmtui.tui.lines import Reader
from bmtui.tui.modals.base import READING, DeskModal
from bmtui.tui.text import Pieces, fit, width_of, wrap

_NAME, _WORD = 11, 5


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one, which is an order or a row of a file: `sentence` says what was done, or why it was not."""

    name: str
    done: bool
    sentence: str


class Results(DeskModal[None]):
    """The result of each, those first that were not done; `note` is about all of them."""

    GUARDED = False
    KEYS = (("Enter", "Close"), ("j/k", "Scroll"))
    BINDINGS: ClassVar[list[BindingType]] = [*READING, Binding("enter", "close", "Close", show=False)]

    def __init__(self, label: str, results: Sequence[Result], *, note: str = "") -> None:
        done = sum(result.done for result in results)
        failed = len(results) - done
        super().__init__(f"{label}: {done:,} done, {failed:,} not")
        self._results = sorted(results, key=lambda result: result.done)
        self._note = note

    def body(self) -> Iterable[Widget]:
        if self._note:
            yield Paragraph((self._note, ""))
        yield Reader()

    def on_reader_resized(self) -> None:
        reader = self.query_one(Reader)
        name = max((width_of(result.name) for result in self._results), default=0)
        widths = max(name, _NAME) + 1, reader.size.width
        reader.show(line for result in self._results for line in _lines(result, *widths))


def _lines(result: Result, name: int, width: int) -> Iterable[Pieces]:
    word, style = ("done", "good") if result.done else ("not", "bad")
    for number, text in enumerate(wrap(result.sentence, width - name - _WORD)):
        begin = (result.name, word) if number == 0 else ("", "")
        yield ((fit(begin[0], name), ""), (fit(begin[1], _WORD), style), (text, ""))
