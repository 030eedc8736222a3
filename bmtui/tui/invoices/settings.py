"""How a company's invoices are made, for all markets or for one: read-only until Edit, committed by Save."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk import invoice_settings
from bmtui.desk.invoice_settings import FIELDS, Field, SettingsView
from bmtui.errors import EditConflict
from bmtui.invoices.markets import MARKETS
from bmtui.tui import actions
from bmtui.tui.actions import invoices
from bmtui.tui.lines import Line
from bmtui.tui.screen import DeskScreen
from bmtui.tui.table import Column, Table
from bmtui.tui.why_not import Context, Pages

PAGES = ("", *MARKETS)
"""All markets together, then each."""


class InvoiceSettingsScreen(DeskScreen):
    """Shows what holds in one market at a time, and who says so."""

    PLACE = invoices.SETTINGS
    BINDINGS = actions.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._shown_page = 0
        self._view: SettingsView | None = None
        self._draft: dict[str, str] = {}
        self._editing = False

    @property
    def market(self) -> str:
        """The market that is shown; "" for all."""
        return PAGES[self._shown_page]

    def body(self) -> Iterable[Widget]:
        yield Line(id="markets")
        yield Line(id="mode")
        columns: tuple[Column[Field], ...] = (
            Column("label", "Setting", 22, lambda field: field.label),
            Column("value", "Value", 30, self._shown, style=self._style, grows=True),
            Column("origin", "Says", 8, self._origin, rank=1),
        )
        yield Table(columns, lambda field: field.key, id="fields")
        yield Line(id="about")

    def context(self) -> Context:
        return replace(super().context(), editing=self._editing, changed=bool(self._draft)).knowing(Pages())

    @property
    def table(self) -> Table[Field]:
        """The settings."""
        table: Table[Field] = self.query_one(Table)
        return table

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        # What is being edited stays as it was opened: Save compares its version.
        if not self._editing:
            app = self.desk_app
            self._view = await app.desk.read(invoice_settings.show, app.first_company, self.market)
        self._show()

    def _show(self) -> None:
        table = self.table
        where = self.market or "all markets"
        company = self._view.company if self._view else ""
        self.query_one("#markets", Line).show(
            (f"Invoices of {company} · ", "bold"), (f" {where} ", "cursor"), ("  h/l another market", "dim")
        )
        question, _, _ = table.ask(again=True)
        table.fill(question, 0, FIELDS, len(FIELDS), False)
        self._show_mode()

    def _show_mode(self) -> None:
        if self._draft:
            text, style = f"Editing · {len(self._draft)} changed (*), not saved yet: ^s saves, Esc discards", "warn"
        elif self._editing:
            text, style = "Editing · Enter changes a setting, an empty value unsets it, ^s saves, Esc locks", "warn"
        else:
            text, style = "Read-only · e edits", "dim"
        self.query_one("#mode", Line).show((text, style))
        self._show_about()

    def _show_about(self) -> None:
        field = self.table.current
        choices = f" One of: {', '.join(field.choices)}." if field and field.choices else ""
        self.query_one("#about", Line).show((f"{field.help}{choices}" if field else "", "dim"))

    def on_table_moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_about()

    def _setting(self, field: Field) -> tuple[str, str]:
        if self._view is None:
            return "", ""
        return next((setting.value, setting.origin) for setting in self._view.settings if setting.key == field.key)

    def _value(self, field: Field) -> str:
        return self._draft.get(field.key, self._setting(field)[0])

    def _shown(self, field: Field) -> str:
        value = self._value(field)
        if field.key == "logo" and len(value) == 64:
            value = f"kept ({value[:8]}…)"
        return f"* {value}" if field.key in self._draft else f"  {value}"

    def _origin(self, field: Field) -> str:
        return "" if field.key in self._draft else self._setting(field)[1]

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
        if field.kind == "toggle":
            answer: str | None = "false" if value == "true" else "true"
        elif field.kind == "choice":
            at = field.choices.index(value) + 1 if value in field.choices else 0
            answer = field.choices[at % len(field.choices)]
        else:
            answer = await self.desk_app.ask(AskText(field.label, value, about=field.help))
        if answer is None:
            return
        self._draft.pop(field.key, None)
        if answer != self._value(field):
            self._draft[field.key] = answer
        self.table.redraw()
        self._show_mode()

    async def do_save(self) -> None:
        app, view = self.desk_app, self._view
        if view is None:
            return
        try:
            saved = await app.desk.write(
                invoice_settings.change, view.company, self.market, dict(self._draft), view.version
            )
        except EditConflict:
            # Show what the other one saved; what was typed here stays, marked, for another Save.
            self._view = await app.desk.read(invoice_settings.show, view.company, self.market)
            self._show()
            raise
        self._view, self._draft, self._editing = saved, {}, False
        self._show()
        self.say("The invoice settings are saved.", "good")

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

    def do_next(self) -> None:
        self._step(1)

    def do_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._editing:
            self.say("Save or discard the changes of this market first.", "warn")
            return
        self._shown_page = (self._shown_page + by) % len(PAGES)
        self.reload()
