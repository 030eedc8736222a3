"""Screen of invoice settings, for all markets or for one: read-only until Edit, stored by Save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.widget import Widget

from bmtui.desk.core.parameter import Parameter
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.fields import FIELDS, HEADINGS, parsed
from bmtui.desk.invoicing.settings import SettingsView
from bmtui.errors import EditConflict
from bmtui.invoices.markets import MARKETS
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context, Pages
from bmtui.tui.companies.edit import EditScreen, heading
from bmtui.tui.widgets.form import About
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.table import Column, Table

OTHERWISE = "what holds else"
"""Shown value of a setting that Save will remove here, so that the general one holds again."""

PAGES = ("", *MARKETS)
"""Pages of the screen: '' for all markets together, then each market."""


class InvoiceSettingsScreen(EditScreen):
    """Screen of the settings in one market at a time, with the source of each value.

    Args:
        company: the company's name; None: the only one.
        field: the key of the setting on which the cursor begins.
    """

    PLACE = "invoice_settings"
    PAGE = "market"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, company: str | None = None, field: str = "") -> None:
        super().__init__(field)
        self._company = company
        self._view: SettingsView | None = None

    @property
    def market(self) -> str:
        """Market that is shown; '' for all."""
        return PAGES[self._at]

    def body(self) -> Iterable[Widget]:
        yield Line(id="markets")
        yield Line(id="mode")
        columns: tuple[Column[Parameter], ...] = (
            Column("label", "Setting", 22, lambda field: field.label),
            Column("value", "Value", 30, self._shown, meaning=self.meaning_of, grows=True),
            Column("origin", "Set by", 8, self.origin_shown, rank=1),
        )
        yield Table(columns, lambda field: field.name, heading=heading, moved=self.show_mode, id="fields")
        yield About(id="about")

    def context(self) -> Context:
        return super().context().knowing(Pages())

    def fields(self) -> Sequence[Parameter]:
        return FIELDS if self._view else ()

    def pages(self) -> int:
        return len(PAGES)

    def values_of(self, field: Parameter) -> tuple[str, ...]:
        values = super().values_of(field)
        # After the last value comes '': the general value holds again.
        return (*values, "") if values else ()

    def is_default(self, field: Parameter) -> bool:
        return self._setting(field)[1] != ("market" if self.market else "company")

    def saved_value(self, field: Parameter) -> str:
        return self._setting(field)[0]

    # Showing

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        # Keep the settings as they were opened while they are edited: Save compares their version.
        if not self._editing:
            self._view = await self.desk_app.desk.read(invoice_settings.show, self._company, self.market)
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

    def headings(self) -> Mapping[str, str]:
        return HEADINGS

    def origin(self, field: Parameter) -> str:
        return self._setting(field)[1]

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
            # Show the values that were saved meanwhile; the typed ones stay, marked, for another Save.
            self._view = await app.desk.read(invoice_settings.show, view.company, self.market)
            self._show()
            raise
        self._view = saved
        self.is_saved()
        self._show()
        self.say("The invoice settings are saved.", "good")
