"""Account settings of a company: the method of its margin scheme, and limits in days and hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Kind, Parameter, named
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import RuleRefused
from bmtui.invoices import markets
from bmtui.store.models import AccountSettings, Company

PER_PIECE, GLOBAL = "per_piece", "global"


def _days(name: str, label: str, help: str, default: str) -> Parameter:
    return Parameter(name, label, Kind.NUMBER, help, default=default, noun="number of days", high=999)


FIELDS = (
    Parameter(
        "margin_method",
        "Margin scheme",
        Kind.CHOICE,
        "per_piece: a loss on one piece is not set off against another. global: losses are set off within the period, "
        "and what is left is carried into the next; allowed only where your country lets you opt for it.",
        (PER_PIECE, GLOBAL),
        PER_PIECE,
    ),
    Parameter(
        "margin_rate", "Rate of the margin, percent", Kind.PERCENT, "Empty: the standard rate of the seller's country."
    ),
    Parameter("late_after_h", "Late after, hours", Kind.CHOICE, "From paid to shipped.", ("24", "48", "72"), "48"),
    _days("transit_days", "Days of transit", "From shipped to delivered: no delivery date comes.", "3"),
    _days("withdrawal_days", "Withdrawal, days", "After delivery.", "14"),
    _days("return_days", "Free return, days", "After delivery.", "30"),
    _days("refund_alone_days", "Refund without return, days", "After these a person looks.", "14"),
    _days("rma_unpaid_days", "Received and not refunded, days", "After these a person looks.", "3"),
)
BY_KEY = {field.name: field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class AccountSettingView:
    key: str
    label: str
    value: str
    is_default: bool
    help: str


def effective(company_id: int) -> Mapping[str, str]:
    """Return the settings of a company, with defaults."""
    row = AccountSettings.get_or_none(AccountSettings.company == company_id)
    said = dict(row.entries) if row is not None else {}
    return {field.name: said.get(field.name) or field.default for field in FIELDS}


def number(company_id: int, key: str) -> int:
    """Return a setting that is a whole number."""
    return int(effective(company_id)[key])


def show(desk: Desk, company: str | None = None) -> tuple[AccountSettingView, ...]:
    """Return the settings of a company with their labels, values and help."""
    row = desk.company_row(company)
    saved = AccountSettings.get_or_none(AccountSettings.company == row)
    said = dict(saved.entries) if saved is not None else {}
    return tuple(
        AccountSettingView(
            field.name, field.label, said.get(field.name) or field.default, field.name not in said, field.help
        )
        for field in FIELDS
    )


def change(desk: Desk, changes: Mapping[str, str], company: str | None = None) -> tuple[AccountSettingView, ...]:
    """Change settings; an empty value restores the default. Return them all.

    Raises:
        ConfigError: an unknown key or a value that cannot be. RuleRefused: only an admin may.
    """
    desk.must_write()
    wanted = {key: _checked(key, value) for key, value in changes.items()}
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = desk.company_row(company)
        saved = AccountSettings.get_or_none(AccountSettings.company == row)
        before = dict(saved.entries) if saved is not None else {}
        after = {key: value for key, value in (before | wanted).items() if value}
        if after != before:
            AccountSettings.insert(company=row, entries=after, updated_at=desk.now()).on_conflict(
                conflict_target=[AccountSettings.company],
                preserve=[AccountSettings.entries, AccountSettings.updated_at],
            ).execute()
            changed = sorted(key for key in after.keys() | before.keys() if after.get(key) != before.get(key))
            audit.record(
                desk,
                "account_settings.changed",
                f"Account settings of {row.name} changed: {', '.join(BY_KEY[key].label for key in changed)}.",
                company_id=row.id,
                before={key: before.get(key, "") for key in changed},
                after={key: after.get(key, "") for key in changed},
            )
    return show(desk, row.name)


def seller_country(company: Company) -> str:
    """Return the country where the seller owes the tax of the margin. Raises RuleRefused: it is not set."""
    country = invoice_settings.effective(company, "")["seller_country"]
    if not country:
        raise RuleRefused(
            f"The seller's country of {company.name} is not known.",
            f"Set it: 'bmtui invoices settings --company \"{company.name}\" seller_country=FR'.",
        )
    return country


def margin_rate(company: Company) -> Decimal:
    """Return the tax rate of the margin in percent: as set, else the country's standard rate. Raises RuleRefused."""
    said = effective(company.id)["margin_rate"]
    if said:
        return Decimal(said)
    country = seller_country(company)
    rate = next((market.rate for market in markets.MARKETS.values() if market.country == country), "")
    if not rate:
        raise RuleRefused(
            f"The standard rate of VAT of {country} is not known here.",
            "Set it: 'bmtui money settings margin_rate=21'.",
        )
    return Decimal(rate)


def _checked(key: str, text: str) -> str:
    setting = named(BY_KEY, key, "account setting")
    if not text.strip():
        return ""
    value = setting.cleaned(text)
    if setting.kind in (Kind.NUMBER, Kind.PERCENT):
        return str(setting.read(value))
    return value
