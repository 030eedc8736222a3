"""How a company's invoices are made, for all markets or for one: read-only until Edit, committed by Save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from bmtui.desk.core.parameter import Parameter
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.fields import FIELDS, parsed
from bmtui.desk.invoicing.settings import SettingsView
from bmtui.errors import EditConflict
from bmtui.invoices.markets import MARKETS
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context, Pages
from bmtui.tui.companies.edit import EditScreen
from bmtui.tui.widgets.form import About
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.table import Column, Table

OTHERWISE = "what holds else"
"""The value of a setting that is taken back."""

PAGES = ("", *MARKETS)
"""All markets together, then each."""


class InvoiceSettingsScreen(EditScreen):
    """Shows what holds in one market at a time, and who says so."""

    PLACE = "invoice_settings"
    PAGE = "market"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._view: SettingsView | None = None

    @property
    def market(self) -> str:
        """The market that is shown; "" for all."""
        return PAGES[self._at]

    def body(self) -> Iterable[Widget]:
        yield Line(id="markets")
        yield Line(id="mode")
        columns: tuple[Column[Parameter], ...] = (
            Column("label", "Setting", 22, lambda field: field.label),
            Column("value", "Value", 30, self._shown, meaning=self.meaning_of, grows=True),
            Column("origin", "Says", 8, self._origin, rank=1),
        )
        yield Table(columns, lambda field: field.name, moved=self.show_mode, id="fields")
        yield About(id="about")

    def context(self) -> Context:
        return super().context().knowing(Pages())

    def fields(self) -> Sequence[Parameter]:
        return FIELDS if self._view else ()

    def pages(self) -> int:
        return len(PAGES)

    def values_of(self, field: Parameter) -> tuple[str, ...]:
        values = super().values_of(field)
        # After the last comes nothing: what holds else.
        return (*values, "") if values else ()

    def is_default(self, field: Parameter) -> bool:
        return self._setting(field)[1] != ("market" if self.market else "company")

    def saved_value(self, field: Parameter) -> str:
        return self._setting(field)[0]

    # Showing

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        # What is being edited stays as it was opened: Save compares its version.
        if not self._editing:
            app = self.desk_app
            self._view = await app.desk.read(invoice_settings.show, app.first_company, self.market)
        self._show()

    def _show(self) -> None:
        company = self._view.company if self._view else ""
        where = (f" {self.market or 'all markets'} ", "cursor")
        self.part("#markets", Line).show((f"Invoices of {company} · ", "bold"), where, ("  h/l another market", "dim"))
        self.show_fields()

    def _setting(self, field: Parameter) -> tuple[str, str]:
        settings = self._view.settings if self._view else ()
        return next(((found.value, found.origin) for found in settings if found.key == field.name), ("", ""))

    def _shown(self, field: Parameter) -> str:
        value = self.value_of(field)
        if field.name == "logo" and len(value) == 64:
            value = f"kept ({value[:8]}…)"
        if field.name in self._draft and not value:
            value = OTHERWISE
        return self.marked(field, value)

    def _origin(self, field: Parameter) -> str:
        return "" if field.name in self._draft else self._setting(field)[1]

    # Changing

    def check(self, field: Parameter, text: str) -> None:
        parsed(field.name, text)

    async def save(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm

        app, view = self.desk_app, self._view
        if view is None:
            return
        changed = [field for field in FIELDS if field.name in self._draft]
        for field in changed:
            parsed(field.name, self._draft[field.name])
        parts = [
            (f"{field.label}: {self.saved_value(field) or '(empty)'} → {self._draft[field.name] or OTHERWISE}", "")
            for field in changed
        ]
        parts.append(("It counts for invoices that are made from now on.", "dim"))
        heading = f"Save the invoice settings of {view.company}, {self.market or 'all markets'}?"
        if not await app.ask(Confirm(heading, parts, "Save")):
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
        self._view = saved
        self.is_saved()
        self._show()
        self.say("The invoice settings are saved.", "good")
