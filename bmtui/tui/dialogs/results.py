"""Results dialog of a bulk action: a row for each order."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.outbox import actions as outbox
from bmtui.errors import BmtuiError
from bmtui.tui.actions import advice
from bmtui.tui.dialogs.base import READING, DeskModal
from bmtui.tui.widgets.form import Paragraph
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.text import Pieces, fit, width_of, wrap
from bmtui.words import EFFECT_IN_HAND, EffectState

_NAME, _WORD = 11, 5
LOOK_S = 1.0
"""Seconds between two reads of the jobs' results, until all are settled."""
_WORST_FIRST = (
    EffectState.NEEDS_PERSON,
    EffectState.NOT_APPLIED,
    EffectState.UNKNOWN,
    EffectState.REJECTED,
    EffectState.SENDING,
    EffectState.PLANNED,
    EffectState.WITHDRAWN,
    EffectState.CONFIRMED,
)
_WORDS: Mapping[str, str] = {EffectState.PLANNED: "queued"}
FRAME = 6
"""Lines of a dialog around its rows."""


@dataclass(frozen=True, slots=True)
class Result:
    """Result of an order, or of a row of a file: `sentence` says what was done, or why it was refused."""

    name: str
    done: bool
    sentence: str
    job_ids: tuple[int, ...] = ()
    """Jobs that send the write."""


class Rows(DeskModal[None]):
    """Dialog of rows: a name, a word with its style, and a sentence each; `note` is about all of them."""

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
        name, word = (max((width_of(row[at]) for row in self._rows), default=0) for at in (0, 1))
        widths = max(name, _NAME) + 1, max(word, _WORD - 1) + 1, reader.size.width
        reader.show(line for row in self._rows for line in _lines(row, *widths))
        # Keep the dialog small: each line that it covers costs bytes.
        said = sum(paragraph.size.height for paragraph in self.query(Paragraph))
        reader.styles.height = max(min(len(reader.texts), self.size.height - FRAME - said), 1)

    def show_rows(self, heading: str, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Replace the heading and the rows."""
        self._rows = tuple(rows)
        self.part("#heading", Line).show((heading, "bold"))
        self.on_reader_resized()


class Results(Rows):
    """Dialog of results, refused ones first; the state of the jobs is kept up to date until all are settled.

    `u` takes back all writes that have not left.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*Rows.BINDINGS, Binding("u", "take_back", "Take all back", show=False)]

    def __init__(self, label: str, results: Sequence[Result], *, note: str = "") -> None:
        self._label = label
        self._results = sorted(results, key=lambda result: result.done)
        self._jobs = [job_id for result in self._results for job_id in result.job_ids]
        self._states: Mapping[int, tuple[str, ...]] = dict.fromkeys(self._jobs, (EffectState.PLANNED.value,))
        super().__init__(self._told(), self._shown(), note=note)

    def on_mount(self) -> None:
        if self._jobs:
            self._timer = self.set_interval(LOOK_S, self._look)

    def keys(self) -> Iterable[tuple[str, str]]:
        waiting = self._count(EffectState.PLANNED)
        return (self.KEYS[0], *([("u", f"Take back {waiting:,}")] if waiting else []), *self.KEYS[1:])

    def _count(self, state: str) -> int:
        return sum(state == _state(result, self._states) for result in self._results)

    def _told(self) -> str:
        words = Counter(_word(result, self._states)[0] for result in self._results)
        missed = words.pop(_NOT, 0)
        counts = [f"{number:,} {word}" for word, number in words.items()] or ["0 done"]
        return f"{self._label}: {', '.join(counts)}, {missed:,} not"

    def _shown(self) -> Iterable[tuple[str, str, str, str]]:
        for result in self._results:
            yield (result.name, *_word(result, self._states), result.sentence)

    async def _look(self) -> None:
        """Read the state of the jobs, and show it if it changed."""
        # A store that is busy for a moment counts as unchanged.
        with contextlib.suppress(BmtuiError):
            states = await self.desk_app.desk.read(outbox.states_of_jobs, self._jobs)
            if states != self._states:
                self._states = states
                self.show_rows(self._told(), self._shown())
                self.show_keys()
            if not any(state in EFFECT_IN_HAND for found in states.values() for state in found):
                self._timer.stop()

    async def action_take_back(self) -> None:
        app = self.desk_app
        try:
            taken = await app.desk.write(outbox.take_back_jobs, self._jobs)
        except BmtuiError as error:
            self.wrong(error)
            return
        left = self._count(EffectState.PLANNED)
        await self._look()
        self.wrong("" if taken and taken >= left else "What is not marked as withdrawn has left already.")
        await app.check_changes()


_NOT = "not"
_STYLES = {"confirmed": "good", "not": "bad", "failed": "bad", "unknown": "bad", "needs person": "bad", "done": "good"}


def _state(result: Result, states: Mapping[int, tuple[str, ...]]) -> str:
    """Return the worst state of the effects that a result's jobs send; '' where nothing is sent."""
    found = {state for job_id in result.job_ids for state in states.get(job_id, ())}
    return next((state for state in _WORST_FIRST if state in found), "")


def _word(result: Result, states: Mapping[int, tuple[str, ...]]) -> tuple[str, str]:
    state = _state(result, states)
    word = "not" if not result.done else _WORDS.get(state) or EffectState(state).label.lower() if state else "done"
    return word, _STYLES.get(word, "")


def _lines(row: tuple[str, str, str, str], name: int, word: int, width: int) -> Iterable[Pieces]:
    for number, text in enumerate(wrap(advice.spoken(row[3]), width - name - word)):
        begin = row[:2] if number == 0 else ("", "")
        yield ((fit(begin[0], name), ""), (fit(begin[1], word), row[2]), (text, ""))
