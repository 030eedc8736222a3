"""A company's settings: read-only until Edit, committed by Save."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk import companies
from bmtui.desk.companies import FIELDS, Field
from bmtui.desk.views import CompanyView
from bmtui.errors import EditConflict
from bmtui.tui import actions
from bmtui.tui.lines import Line
from bmtui.tui.screen import DeskScreen
from bmtui.tui.table import Column, Table
from bmtui.tui.why_not import Context


class SettingsScreen(DeskScreen):
    """Shows one company at a time; the line on top names all of them."""

    PLACE = "settings"
    BINDINGS = actions.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._index = 0
        self._company: CompanyView | None = None
        self._draft: dict[str, str] = {}
        self._editing = False

    def body(self) -> Iterable[Widget]:
        yield Line(id="companies")
        yield Line(id="mode")
        columns: tuple[Column[Field], ...] = (
            Column("label", "Setting", 29, lambda field: field.label),
            Column("value", "Value", 20, self._shown, style=self._style, grows=True),
        )
        yield Table(columns, lambda field: field.key, id="fields")
        yield Line(id="about")

    def on_mount(self) -> None:
        app = self.desk_app
        names = [view.name for view in app.companies]
        if app.first_company in names:
            self._index = names.index(app.first_company)

    def context(self) -> Context:
        return replace(super().context(), editing=self._editing, changed=bool(self._draft))

    @property
    def table(self) -> Table[Field]:
        """The fields."""
        table: Table[Field] = self.query_one(Table)
        return table

    # Showing

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        app = self.desk_app
        await app.read_companies()
        self._index = min(self._index, max(len(app.companies) - 1, 0))
        # What is being edited stays as it was opened: Save compares its version.
        if not self._editing:
            self._company = app.companies[self._index] if app.companies else None
        self._show()

    def _show(self) -> None:
        app, table = self.desk_app, self.table
        pieces: list[tuple[str, str]] = []
        for index, view in enumerate(app.companies):
            pieces += [(f" {view.name} ", "cursor" if index == self._index else ""), (" ", "")]
        pieces += [("  h/l another company", "dim")] if len(app.companies) > 1 else []
        self.query_one("#companies", Line).show(*pieces)
        table.empty = (("No company yet. Leave with ", ""), ("q", "key"), (" and run 'bmtui company add'.", ""))
        question, _, _ = table.ask(again=True)
        fields = FIELDS if self._company else ()
        table.fill(question, 0, fields, len(fields), False)
        self._show_mode()

    def _show_mode(self) -> None:
        if self._draft:
            text, style = f"Editing · {len(self._draft)} changed (*), not saved yet: ^s saves, Esc discards", "warn"
        elif self._editing:
            text, style = "Editing · Enter or Space changes a field, ^s saves, Esc locks", "warn"
        else:
            text, style = "Read-only · e edits", "dim"
        self.query_one("#mode", Line).show((text if self._company else "", style))
        self._show_about()

    def _show_about(self) -> None:
        field = self.table.current
        choices = f" One of: {', '.join(field.choices)}." if field and field.choices else ""
        self.query_one("#about", Line).show((f"{field.help}{choices}" if field else "", "dim"))

    def on_table_moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_about()

    def _value(self, field: Field) -> str:
        if field.key in self._draft:
            return self._draft[field.key]
        if field.kind == "secret" or self._company is None:
            return ""
        value = getattr(self._company, field.key)
        return ("true" if value else "false") if isinstance(value, bool) else str(value)

    def _shown(self, field: Field) -> str:
        value = self._value(field)
        if field.kind == "toggle":
            value = "[x] on" if value == "true" else "[ ] off"
        elif field.kind == "secret":
            source = self._company.token_source if self._company else ""
            value = "••••••••" if field.key in self._draft else f"kept ({source}), never shown"
        return f"* {value}" if field.key in self._draft else f"  {value}"

    def _style(self, field: Field) -> str:
        return "warn" if field.key in self._draft else ""

    # Changing

    def do_edit(self) -> None:
        self._editing = True
        self._show_mode()

    async def do_change(self) -> None:
        from bmtui.tui.modals.note import AskText

        field = self.table.current
        if field is None:
            return
        value = self._value(field)
        answer: str | None
        if field.kind == "toggle":
            answer = "false" if value == "true" else "true"
        elif field.kind == "choice":
            answer = (
                field.choices[(field.choices.index(value) + 1) % len(field.choices)] if value in field.choices else None
            )
        else:
            secret = field.kind == "secret"
            answer = await self.desk_app.ask(AskText(field.label, value, about=field.help, secret=secret))
        if answer is not None:
            self._put(field, answer)

    def _put(self, field: Field, value: str) -> None:
        self._draft.pop(field.key, None)
        if value != self._value(field):
            self._draft[field.key] = value
        self.table.redraw()
        self._show_mode()

    async def do_in_editor(self) -> None:
        from bmtui.desk import company_files
        from bmtui.tui.modals.confirm import Confirm

        app, company = self.desk_app, self._company
        if company is None:
            return
        text = await app.desk.read(company_files.export, [company.name])
        edited = await app.in_editor(text, f"{company.name}.toml")
        plans = await app.desk.read(company_files.plan, edited, "your text", only=company.name)
        changed = [plan for plan in plans if plan.differences]
        if not changed:
            self.say("Nothing was changed.")
            return
        parts = [(str(difference), "") for plan in changed for difference in plan.differences]
        if await app.ask(Confirm(f"Save the settings of {company.name}?", parts, "Save")):
            await app.desk.write(company_files.apply, plans, version=company.version)
            await self._read()
            self.say(f"The settings of {company.name} are saved.", "good")

    async def do_save(self) -> None:
        app, company = self.desk_app, self._company
        if company is None:
            return
        try:
            saved = await app.desk.write(companies.change, company.name, dict(self._draft), company.version)
        except EditConflict:
            # Show what the other one saved; what was typed here stays, marked, for another Save.
            await app.read_companies()
            self._company = next((view for view in app.companies if view.name == company.name), company)
            self._show()
            raise
        self._company, self._draft, self._editing = saved, {}, False
        await self._read()
        app.top.show_header()
        self.say(f"The settings of {saved.name} are saved.", "good")

    def do_back(self) -> None:
        if self._draft:
            self.desk_app.begin(self._discard())
        elif self._editing:
            self._lock()
        else:
            super().do_back()

    async def _discard(self) -> None:
        from bmtui.tui.modals.confirm import Confirm

        names = ", ".join(field.label for field in FIELDS if field.key in self._draft)
        if await self.desk_app.ask(Confirm("Discard the changes?", [(f"Not saved: {names}.", "")], "Discard")):
            self._lock()

    def _lock(self) -> None:
        self._draft, self._editing = {}, False
        self.reload()

    async def do_test(self) -> None:
        app, company = self.desk_app, self._company
        if company is None:
            return
        self.say("Asking Back Market …")
        sentence = await companies.check(app.desk, company.name)
        self.say(sentence, "good")

    def do_next(self) -> None:
        self._step(1)

    def do_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._editing:
            self.say("Save or discard the changes of this company first.", "warn")
            return
        self._index = (self._index + by) % len(self.desk_app.companies)
        self.reload()
