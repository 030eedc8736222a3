"""Dialog for a text, such as a note or a setting's value, and the confirmation of doubts by a typed yes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.errors import BmtuiError
from bmtui.text import first_of
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.shell import Shell
from bmtui.tui.widgets.form import Entry, Paragraph


class AskText(DeskModal[str]):
    """Dialog for one text.

    Args:
        about: a sentence above the field.
        empty: the error of an empty answer; '' if it may be empty.
        lines: the answer may have several lines, as a note has.
        secret: show dots instead of the typed text.
        goes_on: typed text is added to `value`, as in a list; else it replaces it.
        wrong: returns the error of an answer, '' for none; the dialog then stays open.
        parameter: its reader checks the answer; on an error the dialog stays open with the text.
    """

    GUARDED = False
    KEYS = (("Enter", "Done"), ("^o", "In your editor"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("ctrl+s", "done", "Done", show=False),
        Binding("ctrl+o,f4", "editor", "In your editor", show=False),
    ]

    def __init__(
        self,
        heading: str,
        value: str = "",
        *,
        about: str = "",
        empty: str = "",
        secret: bool = False,
        lines: bool = False,
        goes_on: bool = False,
        wrong: Callable[[str], str] = lambda text: "",
        parameter: Parameter | None = None,
    ) -> None:
        super().__init__(heading)
        self._parameter = parameter
        lines = lines or (parameter is not None and parameter.kind is Kind.NOTE)
        self._value, self._about, self._empty, self._secret = value, about, empty, secret
        self._appends, self._why_wrong, self._lines = goes_on, wrong, lines

    def body(self) -> Iterable[Widget]:
        if self._about:
            yield Paragraph((self._about, "dim"))
        one = self._parameter
        yield Entry(
            self._value,
            placeholder="type here",
            password=self._secret,
            limit=one.longest if one else 4000,
            replaced=not self._appends,
            lines=self._lines,
            id=one.name if one else None,
        )

    def on_input_submitted(self) -> None:
        self.action_done()

    def action_editor(self) -> None:
        if not self._secret:
            self.once(self._in_editor)

    async def _in_editor(self) -> None:
        try:
            text = (await self.desk_app.in_editor(self.part(Entry).entered, "text.txt")).strip()
        except BmtuiError as error:
            self.wrong(error)
            return
        if text or not self._empty:
            # The text may have several lines, which the field cannot show.
            entry = self.part(Entry)
            entry.value = entry.pasted(text)
            self._finish(text)

    def action_done(self) -> None:
        text = self.part(Entry).entered
        if not text and self._empty:
            self.wrong(self._empty)
        else:
            self._finish(text)

    def _finish(self, text: str) -> None:
        why = self._why_wrong(text)
        if self._parameter is not None and text:
            try:
                self._parameter.read(text)
            except BmtuiError as error:
                self.wrong(error)
                return
        if why:
            self.wrong(why)
        else:
            self.finish(text)


async def doubts_accepted(app: Shell, doubts: Sequence[str]) -> bool:
    """Show the first doubt; return True if a person typed yes below it. A single key accepts none."""
    answer = await app.ask(
        AskText(
            "In doubt",
            about=f"{first_of(doubts)} If it is correct anyway, type yes.",
            wrong=lambda text: "" if text.casefold() == "yes" else "Type yes, or leave with Esc.",
        )
    )
    return answer is not None
