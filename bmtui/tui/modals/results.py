"""What became of each order of a bulk action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.lines import Reader
from bmtui.tui.modals.base import READING, DeskModal
from bmtui.tui.text import Pieces, fit, wrap

_WIDTH = 74
_ID = 12


@dataclass(frozen=True, slots=True)
class Result:
    """One order's result: `sentence` says what was done, or why it was not `done`."""

    order_id: int
    done: bool
    sentence: str


class Results(DeskModal[None]):
    """The result of each order, those first that were not done."""

    GUARDED = False
    KEYS = (("Enter", "Close"), ("j/k", "Scroll"))
    BINDINGS: ClassVar[list[BindingType]] = [*READING, Binding("enter", "close", "Close", show=False)]

    def __init__(self, label: str, results: Sequence[Result]) -> None:
        done = sum(result.done for result in results)
        failed = len(results) - done
        super().__init__(f"{label}: {done:,} done, {failed:,} not")
        self._results = sorted(results, key=lambda result: result.done)

    def body(self) -> Iterable[Widget]:
        yield Reader(line for result in self._results for line in _lines(result))


def _lines(result: Result) -> Iterable[Pieces]:
    word, style = ("done", "good") if result.done else ("not", "bad")
    for number, text in enumerate(wrap(result.sentence, _WIDTH - _ID - 5)):
        begin = (str(result.order_id), word) if number == 0 else ("", "")
        yield ((fit(begin[0], _ID), ""), (fit(begin[1], 5), style), (text, ""))
