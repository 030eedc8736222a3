"""Base of the settings screens: read-only until Edit, changes marked, stored by Save, discarded after a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.errors import BmtuiError
from bmtui.tui.actions.why_not import Context
from bmtui.tui.row_filter import RowFilter
from bmtui.tui.widgets.form import About
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.meanings import Meaning

HEADING = "heading."
"""Prefix of the names of rows that are headings and not settings."""


def under_headings(fields: Sequence[Parameter], headings: Mapping[str, str]) -> list[Parameter]:
    """Return `fields` with a heading before each one that `headings` names."""
    found: list[Parameter] = []
    for field in fields:
        if field.name in headings:
            found.append(Parameter(f"{HEADING}{field.name}", headings[field.name], Kind.TEXT))
        found.append(field)
    return found


def heading(field: Parameter) -> str:
    """Return the text of a heading; '' for a setting."""
    return field.label if field.name.startswith(HEADING) else ""


class EditScreen(RowFilter[Parameter]):
    """Screen of settings in a table, page by page; it needs the line `#mode` and an `About`.

    Args:
        begin_at: the key of the setting that the cursor begins on; '': the first.
    """

    PAGE: ClassVar[str]
    """Name of a page, such as ``company``."""

    def __init__(self, begin_at: str = "") -> None:
        super().__init__()
        self.begin_at = begin_at
        self._at = 0
        self._draft: dict[str, str] = {}
        self._editing = False

    # To be overridden

    def fields(self) -> Sequence[Parameter]:
        """Return the settings of this page; none before they are read."""
        raise NotImplementedError

    def headings(self) -> Mapping[str, str]:
        """Return the headings, by the key of the first setting below each."""
        return {}

    def origin(self, field: Parameter) -> str:
        """Return the source of the value: default, company or market."""
        raise NotImplementedError

    def saved_value(self, field: Parameter) -> str:
        """Return the saved value, as it would be typed."""
        raise NotImplementedError

    def pages(self) -> int:
        """Return the number of pages."""
        raise NotImplementedError

    def values_of(self, field: Parameter) -> tuple[str, ...]:
        """Return the values that a key goes through in turn; none for a setting that is typed."""
        return ("false", "true") if field.kind == "toggle" else field.choices

    def is_default(self, field: Parameter) -> bool:
        """Return True if the value is the default, so that an empty text changes nothing."""
        return False

    def context(self) -> Context:
        return replace(super().context(), editing=self._editing, changed=bool(self._draft))

    # Showing

    def _rows(self) -> Sequence[Parameter]:
        """Return the settings under their headings; with a filter, only the ones that match, without headings."""
        fields = self.narrowed(self.fields())
        return fields if self.words else under_headings(fields, self.headings())

    def show_fields(self) -> None:
        """Show the settings as they are now."""
        table, fields = self.table, self._rows()
        question, _, _ = table.ask(again=True)
        table.fill(question, 0, fields, len(fields), False)
        if self.begin_at and fields:
            table.move_to(next((at for at, field in enumerate(fields) if field.name == self.begin_at), 0))
            self.begin_at = ""
        self._leave_heading(1)
        self.show_mode()

    def _leave_heading(self, by: int) -> None:
        """Move the cursor off a heading: in the direction `by`, or down from the top."""
        for step in (by, 1):
            current = self.table.current
            if current is not None and current.name.startswith(HEADING):
                self.table.move_by(step)

    def _move(self, rows: int) -> None:
        super()._move(rows)
        self._leave_heading(1 if rows > 0 else -1)

    def _go_to(self, line: int) -> None:
        super()._go_to(line)
        self._leave_heading(1)

    def show_mode(self) -> None:
        if self._draft:
            text, style = f"Editing · {len(self._draft)} changed (*), not saved yet: ^s saves, Esc discards", "warn"
        elif self._editing:
            text, style = "Editing · Enter or Space changes a field, ^s saves, Esc locks", "warn"
        else:
            text, style = "Read-only · e edits", "dim"
        first, last = self.table.window
        part = f" · {first}–{last} of {self.table.count}" if last - first + 1 < self.table.count else ""
        told = self.narrowed_told(self.table.count, len(self.fields()))
        self.part("#mode", Line).show((text if self.fields() else "", style), (part, "dim"), told)
        self._show_about()
        self.show_footer()

    def _show_about(self) -> None:
        field = self.table.current
        choices = f" One of: {', '.join(field.choices)}." if field and field.choices else ""
        self.part("#about", About).show(f"{field.help}{choices}" if field else "")

    def value_of(self, field: Parameter) -> str:
        """Return the value that was typed and not saved yet, else the saved one."""
        return self._draft[field.name] if field.name in self._draft else self.saved_value(field)

    def marked(self, field: Parameter, text: str) -> str:
        """Return `text` with the mark of a changed setting, or indented to match."""
        return f"* {text}" if field.name in self._draft else f"  {text}"

    def meaning_of(self, field: Parameter) -> Meaning | None:
        """Return the meaning that highlights a changed setting."""
        return Meaning.MARKED if field.name in self._draft else None

    # Changing

    def do_edit(self) -> None:
        self._editing = True
        self.show_mode()

    async def do_change(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        field = self.table.current
        if field is None or field.name.startswith(HEADING):
            return
        value = self.value_of(field)
        answer: str | None
        values = self.values_of(field)
        if values:
            at = values.index(value) + 1 if value in values else 0
            answer = values[at % len(values)]
        else:
            secret = field.kind is Kind.SECRET

            def wrong(text: str) -> str:
                try:
                    self.check(field, text)
                except BmtuiError as error:
                    return str(error)
                return ""

            answer = await self.desk_app.ask(AskText(field.label, value, about=field.help, secret=secret, wrong=wrong))
        if answer is None:
            return
        self._draft.pop(field.name, None)
        if answer != self.value_of(field) and not (answer == "" and self.is_default(field)):
            self._draft[field.name] = answer
            self.propose(field)
        self.table.redraw()
        self.show_mode()

    def propose(self, field: Parameter) -> None:
        """Propose values of other settings that go with the new value of `field`."""

    def origin_shown(self, field: Parameter) -> str:
        """Return the source of the value for a column; '' for an unsaved value."""
        return "" if field.name in self._draft else self.origin(field)

    async def do_save(self) -> None:
        """Save the draft; on an error the cursor goes to the wrong setting, and the draft stays."""
        try:
            await self.save()
        except BmtuiError as error:
            self.go_to_field(error.field)
            raise

    def check(self, field: Parameter, text: str) -> None:
        """Raise BmtuiError when `text` cannot be the value of the setting."""
        raise NotImplementedError

    async def save(self) -> None:
        """Ask, and store the draft. Raise BmtuiError if a value is wrong."""
        raise NotImplementedError

    def go_to_field(self, name: str) -> None:
        """Move the cursor to the setting of this name, if it is shown."""
        for place, field in enumerate(self._rows()):
            if field.name == name:
                self.table.move_to(place)

    def is_saved(self) -> None:
        """Clear the draft and lock the screen, after the draft was saved."""
        self._draft, self._editing = {}, False

    def do_back(self) -> None:
        if self._draft:
            self.desk_app.begin(self._discard())
        elif self._editing:
            self._lock()
        else:
            super().do_back()

    async def _discard(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm

        names = ", ".join(field.label for field in self.fields() if field.name in self._draft)
        if await self.desk_app.ask(Confirm("Discard the changes?", [(f"Not saved: {names}.", "")], "Discard")):
            self._lock()

    def _lock(self) -> None:
        self._draft, self._editing = {}, False
        self.reload()

    def do_next(self) -> None:
        self._step(1)

    def do_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._editing:
            self.say(f"Save or discard the changes of this {self.PAGE} first.", "warn")
            return
        self._at = (self._at + by) % self.pages()
        self.reload()
