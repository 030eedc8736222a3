"""Screen of a company's settings: read-only until Edit, stored by Save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.widget import Widget

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import channel_access, companies
from bmtui.desk.companies.fields import BY_KEY, FIELDS, HEADINGS, HISTORY
from bmtui.desk.core.parameter import Parameter
from bmtui.desk.core.views import CompanyView
from bmtui.errors import ConfigError, EditConflict
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.companies.edit import EditScreen, heading
from bmtui.tui.widgets.form import About
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.table import Column, Table

_RULE, _AUTOMATIC = "acceptance_rule", "automatic_acceptance"
_OF_PLATFORM = ("url", "market", "time_zone")
"""Settings whose defaults depend on the platform."""
_BY_RULE = {_RULE, _AUTOMATIC}


class SettingsScreen(EditScreen):
    """Screen of one company's settings at a time; the line on top names all companies."""

    PLACE = "settings"
    PAGE = "company"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, begin_at: str = "") -> None:
        super().__init__(begin_at)
        self._company: CompanyView | None = None

    def body(self) -> Iterable[Widget]:
        yield Line(id="companies")
        yield Line(id="mode")
        columns: tuple[Column[Parameter], ...] = (
            Column("label", "Setting", 29, lambda field: field.label),
            Column("value", "Value", 20, self._shown, meaning=self.meaning_of, grows=True),
            Column("origin", "Set by", 8, self.origin_shown, rank=1),
        )
        yield Table(columns, lambda field: field.name, heading=heading, moved=self.show_mode, id="fields")
        yield About(id="about")

    @property
    def company_name(self) -> str | None:
        """Name of the shown company."""
        return self._company.name if self._company else None

    def on_mount(self) -> None:
        app = self.desk_app
        names = [view.name for view in app.companies]
        if app.first_company in names:
            self._at = names.index(app.first_company)

    def fields(self) -> Sequence[Parameter]:
        return FIELDS if self._company else ()

    def headings(self) -> Mapping[str, str]:
        return HEADINGS

    def origin(self, field: Parameter) -> str:
        company = self._company
        # Settings that each company must fill in have no default.
        usual = companies.defaults(company.platform).get(field.name) if company else None
        return "default" if usual is not None and self.saved_value(field) == usual else "company"

    def propose(self, field: Parameter) -> None:
        if field.name != "platform" or self._company is None:
            return
        usual, before = companies.defaults(self._draft["platform"]), companies.defaults(self._company.platform)
        proposed = [key for key in _OF_PLATFORM if self.saved_value(BY_KEY[key]) == before[key]]
        self._draft |= {key: usual[key] for key in proposed}
        names = ", ".join(BY_KEY[key].label for key in proposed)
        if names:
            self.say(f"{names}: proposed as {self._draft['platform']} has them; look at them before you save.", "warn")

    def pages(self) -> int:
        return len(self.desk_app.companies)

    def saved_value(self, field: Parameter) -> str:
        if field.kind == "secret" or self._company is None:
            return ""
        value = getattr(self._company, field.name)
        return ("true" if value else "false") if isinstance(value, bool) else str(value)

    # Showing

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        app = self.desk_app
        await app.read_companies()
        self._at = min(self._at, max(len(app.companies) - 1, 0))
        # Keep the settings as they were opened while they are edited: Save compares their version.
        if not self._editing:
            self._company = app.companies[self._at] if app.companies else None
        self._show()

    def _show(self) -> None:
        app = self.desk_app
        pieces: list[tuple[str, str]] = []
        for index, view in enumerate(app.companies):
            pieces += [(f" {view.name} ", "cursor" if index == self._at else ""), (" ", "")]
        pieces += [("  h/l another company", "dim")] if len(app.companies) > 1 else []
        self.part("#companies", Line).show(*pieces)
        self.table.empty = (("No company yet. ", ""), ("a", "key"), (" adds one.", ""))
        self.show_fields()

    def _shown(self, field: Parameter) -> str:
        value = self.value_of(field)
        if field.kind == "toggle":
            value = "[x] on" if value == "true" else "[ ] off"
        elif field.kind == "secret":
            source = self._company.token_source if self._company else ""
            value = "••••••••" if field.name in self._draft else f"kept ({source}), never shown"
        return self.marked(field, value)

    # Changing

    async def do_in_editor(self) -> None:
        from bmtui.desk.operations import company_toml
        from bmtui.tui.dialogs.confirm import Confirm

        app, company = self.desk_app, self._company
        if company is None:
            return
        since = await app.desk.read(company_toml.mark, company.name)
        text = await app.desk.read(company_toml.export, [company.name])
        while True:
            text = await app.in_editor(text, f"{company.name}.toml")
            try:
                plans = await app.desk.read(company_toml.plan, text, "your text", only=company.name)
                break
            except ConfigError as error:
                # Go back to the editor: the text must not be lost because of a missing quote.
                wrong = Confirm("Your text cannot be used as it is", [(str(error), "bad")], "Discard it")
                if await app.ask(wrong):
                    self.say("Nothing was changed.")
                    return
        changed = [plan for plan in plans if plan.differences]
        if not changed:
            self.say("Nothing was changed.")
            return
        parts = [(one.sentence, "") for plan in changed for one in plan.differences]
        if await app.ask(Confirm(f"Save the settings of {company.name}?", parts, "Save")):
            await app.desk.write(company_toml.apply, plans, since)
            await self._read()
            self.say(f"The settings of {company.name} are saved.", "good")
        else:
            self.say("Nothing was saved.")

    async def save(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm

        app, company = self.desk_app, self._company
        if company is None:
            return
        found = await app.desk.read(companies.differences, company.name, dict(self._draft))
        parts = [(one.sentence, "") for one in found]
        if _BY_RULE & self._draft.keys() and self._value(_AUTOMATIC) == "true" and self._value(_RULE):
            # The waiting orders are accepted within seconds after the save.
            waiting = await app.desk.read(acceptance.waiting, company.name, self._value(_RULE))
            parts.append((f"The rule will accept {how_many(waiting, 'waiting order')} at once.", "warn"))
        if not await app.ask(Confirm(f"Save the settings of {company.name}?", parts, "Save")):
            return
        try:
            saved = await app.desk.write(companies.change, company.name, dict(self._draft), company.version)
        except EditConflict:
            # Show the values that were saved meanwhile; the typed ones stay, marked, for another Save.
            await app.read_companies()
            self._company = next((view for view in app.companies if view.name == company.name), company)
            self._show()
            raise
        self._company = saved
        self.is_saved()
        await self._read()
        app.top.show_header()
        self.say(f"The settings of {saved.name} are saved.", "good")

    def check(self, field: Parameter, text: str) -> None:
        companies.checked(field.name, text)

    def _value(self, key: str) -> str:
        return self.value_of(BY_KEY[key])

    async def do_try_rule(self) -> None:
        from bmtui.tui.dialogs.results import Rows

        app, company, rule = self.desk_app, self._company, self._value(_RULE)
        if company is None:
            return
        found = await app.desk.read(acceptance_rules.back_test, company.name, rule)
        waiting = await app.desk.read(acceptance.waiting, company.name, rule)
        note = f"{found.rule}\n{found.sentence} Of the waiting orders, it would accept {waiting:,}."
        rows = ((str(order_id), "not", "warn", why) for order_id, why in found.refused)
        await app.ask(Rows("Acceptance rule, tried on stored orders", rows, note=note))

    async def do_remove(self) -> None:
        from bmtui.desk.operations import company_removal
        from bmtui.tui.dialogs.confirm import Confirm
        from bmtui.tui.dialogs.form import Form, field

        app, company = self.desk_app, self._company
        if company is None:
            return

        async def attempt(answers: Mapping[str, str]) -> bool:
            return answers["history"] == "erase"

        kept = (("keep", "keep its history"), ("erase", "delete its buyers' data; invoices stay"))
        erase: bool | None = await app.ask(
            Form(f"Remove {company.name}", [field(HISTORY, options=kept)], attempt, verb="Go on")
        )
        if erase is None:
            return
        planned = await app.desk.read(company_removal.plan, company.name, erase=erase)
        parts = [(planned.sentence, ""), ("This cannot be undone.", "warn")]
        if bool(planned.unsettled) or await app.ask(Confirm(f"Remove {company.name}?", parts, "Remove")):
            # With unsettled work, `remove` refuses and names it.
            removed = await app.desk.write(company_removal.remove, company.name, erase=erase)
            await self._read()
            app.top.show_header()
            self.say(removed.sentence, "good")

    async def do_try_policy(self) -> None:
        from bmtui.desk.shipping import policy_trial
        from bmtui.tui.dialogs.results import Rows

        app, company = self.desk_app, self._company
        if company is None:
            return
        found = await app.desk.read(policy_trial.tried, company.name, self._value("identifier_policy"))
        note = f"{found.policy or 'No pattern yet.'}\nOther SKUs: {found.default}.\n{found.sentence}"
        rows = ((one.sku, one.need, "warn" if one.stopped else "", one.sentence) for one in found.skus)
        await app.ask(Rows("IMEI or serial number, tried on stored lines", rows, note=note))

    async def do_test(self) -> None:
        app, company = self.desk_app, self._company
        if company is None:
            return
        self.say("Asking Back Market …")
        sentence = await channel_access.check(app.desk, company.name)
        self.say(sentence, "good")
