"""What screens of settings share: read-only until Edit, changes marked, committed by Save, discarded when asked to."""

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
"""What the name of a row begins with that is no setting."""


def under_headings(fields: Sequence[Parameter], headings: Mapping[str, str]) -> list[Parameter]:
    """`fields` with a heading before each that `headings` names."""
    found: list[Parameter] = []
    for field in fields:
        if field.name in headings:
            found.append(Parameter(f"{HEADING}{field.name}", headings[field.name], Kind.TEXT))
        found.append(field)
    return found


def heading(field: Parameter) -> str:
    """The text of a heading; '' of a setting."""
    return field.label if field.name.startswith(HEADING) else ""


class EditScreen(RowFilter[Parameter]):
    """Fields in a table, page by page; it needs the line `#mode` and an `About`.

    Args:
        begin_at: the key of the setting that the cursor begins on; '': the first.
    """

    PAGE: ClassVar[str]
    """What a page is, such as ``company``."""

    def __init__(self, begin_at: str = "") -> None:
        super().__init__()
        self.begin_at = begin_at
        self._at = 0
        self._draft: dict[str, str] = {}
        self._editing = False

    # To be overridden

    def fields(self) -> Sequence[Parameter]:
        """The settings that are shown now; none while there is nothing to show."""
        raise NotImplementedError

    def headings(self) -> Mapping[str, str]:
        """What stands above settings, by the key of the first below it."""
        return {}

    def origin(self, field: Parameter) -> str:
        """Who says the value: default, company or market."""
        raise NotImplementedError

    def saved_value(self, field: Parameter) -> str:
        """What is saved, as it would be typed."""
        raise NotImplementedError

    def pages(self) -> int:
        """How many pages there are."""
        raise NotImplementedError

    def values_of(self, field: Parameter) -> tuple[str, ...]:
        """The values that a key goes through, one after the other; none of a field that is typed into."""
        return ("false", "true") if field.kind == "toggle" else field.choices

    def is_default(self, field: Parameter) -> bool:
        """Whether nothing is said here, so that '' changes nothing."""
        return False

    def context(self) -> Context:
        return replace(super().context(), editing=self._editing, changed=bool(self._draft))

    # Showing

    def _rows(self) -> Sequence[Parameter]:
        """The fields under their headings; only those with the words of the filter, without headings."""
        fields = self.narrowed(self.fields())
        return fields if self.words else under_headings(fields, self.headings())

    def show_fields(self) -> None:
        """Show the fields as they are now."""
        table, fields = self.table, self._rows()
        question, _, _ = table.ask(again=True)
        table.fill(question, 0, fields, len(fields), False)
        if self.begin_at and fields:
            table.move_to(next((at for at, field in enumerate(fields) if field.name == self.begin_at), 0))
            self.begin_at = ""
        self._leave_heading(1)
        self.show_mode()

    def _leave_heading(self, by: int) -> None:
        """Nothing is to be done on a heading: the cursor goes on to the next setting, or back from the top."""
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
        """What was typed and is not saved yet, else what is saved."""
        return self._draft[field.name] if field.name in self._draft else self.saved_value(field)

    def marked(self, field: Parameter, text: str) -> str:
        """`text` with the mark of a field that was changed."""
        return f"* {text}" if field.name in self._draft else f"  {text}"

    def meaning_of(self, field: Parameter) -> Meaning | None:
        """Changed fields stand out."""
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
        """Another value was typed or chosen: propose what goes with it."""

    def origin_shown(self, field: Parameter) -> str:
        """Who says the value, for a column; '' of what is not saved yet."""
        return "" if field.name in self._draft else self.origin(field)

    async def do_save(self) -> None:
        """Save the draft; a value that is wrong gets the cursor, and stays as it was typed."""
        try:
            await self.save()
        except BmtuiError as error:
            self.go_to_field(error.field)
            raise

    def check(self, field: Parameter, text: str) -> None:
        """Raises BmtuiError when `text` cannot be the value of the setting."""
        raise NotImplementedError

    async def save(self) -> None:
        """Ask, and store the draft. Raises what is wrong with it."""
        raise NotImplementedError

    def go_to_field(self, name: str) -> None:
        """Move the cursor to the setting of this name, where there is one."""
        for place, field in enumerate(self._rows()):
            if field.name == name:
                self.table.move_to(place)

    def is_saved(self) -> None:
        """The draft is what is saved now."""
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
