"""Dialog of labelled fields; errors are shown in it, and the typed text stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from bmtui.desk.core.parameter import Answers, Kind, Parameter
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.widgets.form import LABEL, Choice, Entry, Paragraph, Row, label_room
from bmtui.tui.widgets.text import width_of
from bmtui.words import label as word_label

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """Field of a dialog: a choice if it has `options` (value and label each), else a line of text; `secret` shows dots.

    Typed text replaces the present one, unless it `goes_on`. `lines`: it may have several lines, as a note has.
    """

    name: str
    label: str
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    placeholder: str = "none"
    limit: int = 300
    secret: bool = False
    goes_on: bool = False
    lines: bool = False


def field(
    parameter: Parameter,
    value: str | None = None,
    options: Sequence[tuple[str, str]] = (),
    *,
    label: str = "",
    line: int | None = None,
    hint: str = "",
    goes_on: bool = False,
) -> Ask:
    """Return the field of a parameter.

    Args:
        value: its text at first; None for the parameter's default.
        options: value and label each, if they differ from the parameter's choices.
        label: a label instead of the parameter's, such as the SKU of a line.
        line: number of the order's line, for a parameter that each line has.
        hint: text that is shown while the field is empty.
        goes_on: typed text is added at the end, as in a note.
    """
    if parameter.kind is Kind.TOGGLE:
        options = options or (("true", "yes"), ("false", "no"))
    return Ask(
        parameter.field(line),
        label or parameter.label,
        parameter.default if value is None else value,
        options or [(word, word_label(word)) for word in parameter.choices],
        placeholder=hint or parameter.hint,
        limit=parameter.longest,
        secret=parameter.kind is Kind.SECRET,
        goes_on=goes_on or parameter.kind is Kind.NOTE or bool(parameter.between),
        lines=parameter.kind is Kind.NOTE,
    )


def row(ask: Ask, *, room: int = LABEL) -> Row:
    """Return the field beside its label."""
    return Row(ask.label, control(ask), room=room)


class Form(DeskModal[T]):
    """Dialog of fields; its answer is the result of `attempt` with their texts by name.

    Args:
        fields: from top to bottom.
        about: lines below them, a text and a style each.
        attempt: checks or does the action; its error is shown in the dialog, which stays open.
        review: shows the answer and asks for a Y; without it the dialog goes on, with all that was typed.
        verb: label of ^s.
    """

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("Tab/↑↓", "Field"), ("^s", "Save"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "save", "Save", show=False),
    ]

    def __init__(
        self,
        heading: str,
        fields: Sequence[Ask],
        attempt: Callable[[Mapping[str, str]], Awaitable[T]],
        *,
        about: Sequence[tuple[str, str]] = (),
        review: Callable[[T], Awaitable[bool | None]] | None = None,
        verb: str = "Save",
    ) -> None:
        super().__init__(heading)
        self._fields, self._attempt, self._about, self._verb = fields, attempt, about, verb
        self._review = review

    def keys(self) -> Iterable[tuple[str, str]]:
        return (("Tab/↑↓", "Field"), ("^s", self._verb), ("Esc", "Close"))

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            longest = max((width_of(ask.label) for ask in self._fields), default=0)
            for ask in self._fields:
                yield row(ask, room=label_room(longest))
        if self._about:
            yield Paragraph(("", ""), *self._about)

    def on_input_submitted(self) -> None:
        self.focus_next()

    def on_choice_changed(self) -> None:
        self.wrong("")

    def action_save(self) -> None:
        self.once(self._save)

    async def _save(self) -> None:
        answers = entered(self)
        try:
            answer = await self._attempt(answers)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        if self._review is None or await self._review(answer):
            self.finish(answer)


def control(ask: Ask) -> Widget:
    """Return the widget of a field."""
    if ask.options:
        return Choice(ask.options, ask.value, id=ask.name)
    return Entry(
        ask.value,
        placeholder=ask.placeholder,
        password=ask.secret,
        limit=ask.limit,
        replaced=not ask.goes_on,
        lines=ask.lines,
        id=ask.name,
    )


def entered(modal: DeskModal[Any]) -> dict[str, str]:
    """Return the values of a dialog's fields, by their names."""
    found = {choice.id: choice.value for choice in modal.query(Choice) if choice.id}
    return found | {entry.id: entry.entered for entry in modal.query(Entry) if entry.id}


def answered(modal: DeskModal[Any], parameters: Sequence[Parameter]) -> Answers:
    """Return the answers of these parameters' fields."""
    return Answers.typed(parameters, entered(modal))
