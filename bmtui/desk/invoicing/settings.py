"""Invoice settings of a company, per market (order-desk §§1, 2, 8): shown, changed, and combined.

A market's own value counts first, then the company's, then the market's default.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from bmtui import plain_file
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing.fields import BY_KEY, FIELDS, MIXED, OF_MARKET, parsed, rules
from bmtui.errors import ConfigError, EditConflict
from bmtui.invoices import markets, naming
from bmtui.invoices.model import Preference, Scheme
from bmtui.invoices.rendering import Way
from bmtui.store.models import Company, InvoiceAsset, InvoiceSettings
from bmtui.store.plain_sql import fetch

LOGO_MAX_BYTES = 1_000_000
_LINE_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class SettingView:
    """Value of a setting; `origin` is market, company, or default."""

    key: str
    label: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class SettingsView:
    """Settings of a company in `market` ("" for none in particular)."""

    company: str
    market: str
    version: int
    settings: tuple[SettingView, ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """Combined settings of a company in a market. `mark` changes when any of them does."""

    company: Company
    market: markets.Market
    values: Mapping[str, str]
    mark: tuple[int, ...]

    def __getitem__(self, key: str) -> str:
        return self.values[key]

    @property
    def way(self) -> Way:
        return Way(self["preference"], self["word_template"], self["plugin"])

    @property
    def address(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self["seller_address"].split(_LINE_SEPARATOR) if line.strip())

    def scheme_of(self, sku: str) -> tuple[str, str]:
        """Return scheme and rate (percent, as text) of a line with this SKU."""
        mode = self["vat_mode"]
        # When the buyer or the marketplace owes the tax, it does so for the whole order, not for a SKU.
        if mode in (Scheme.REVERSE_CHARGE, Scheme.MARKETPLACE):
            return mode, "0"
        scheme, rate = Scheme.MARGIN if mode == MIXED else mode, ""
        for pattern, rule, its_rate in rules(self["sku_rules"]):
            if fnmatchcase(sku.upper(), pattern.upper()):
                scheme, rate = rule, its_rate
                break
        return scheme, (rate or self["vat_rate"]) if scheme == Scheme.REGULAR else "0"


def effective(company: Company, market: str) -> Effective:
    """Return the combined settings of `company` in `market`; reads the database."""
    rows = _rows(company, market)
    return _together(company, market, [row.entries for row in rows], tuple(row.version for row in rows))


def mark_of(company: Company, market: str) -> tuple[int, ...]:
    """Return the mark of the settings that `effective` would return now."""
    found = fetch(
        "SELECT version FROM invoice_settings WHERE company_id = ? AND market IN ('', ?) ORDER BY market",
        (company.id, market),
    )
    return tuple(version for (version,) in found)


def _together(
    company: Company, market: str, entries: Iterable[Mapping[str, str]], mark: tuple[int, ...] = ()
) -> Effective:
    """Return `entries` over the market's defaults, later entries over earlier ones."""
    usual = markets.of(market)
    values = {field.name: field.default for field in FIELDS}
    values |= {
        "vat_mode": usual.scheme,
        "vat_rate": usual.rate,
        "rounding": usual.rounding,
        "language": usual.language,
    }
    for one in entries:
        values |= {key: value for key, value in one.items() if value}
    return Effective(company, usual, values, mark)


def show(desk: Desk, company: str | None = None, market: str = "") -> SettingsView:
    """Return the settings that hold in `market`.

    Raises:
        NotFound: no such company. ConfigError: no such market.
    """
    row = desk.company_row(company)
    _check_market(market)
    return _view(row, market)


def change(
    desk: Desk, company: str | None, market: str, changes: Mapping[str, str], version: int | None = None
) -> SettingsView:
    """Change settings of a company, for `market` alone or ("") for all; an empty value removes the setting.

    Raises:
        NotFound, ConfigError: an unknown key, or a value that cannot be used; nothing was changed.
        RuleRefused: only an admin may. EditConflict: somebody saved since `version` was read.
    """
    desk.must_write()
    _check_market(market)
    wanted = {key: parsed(key, value) for key, value in changes.items()}
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = desk.company_row(company)
        saved = InvoiceSettings.get_or_none((InvoiceSettings.company == row) & (InvoiceSettings.market == market))
        before = dict(saved.entries) if saved else {}
        if version is not None and version != (saved.version if saved else 0):
            raise EditConflict(
                f"Somebody else saved {row.name}'s invoice settings since you opened them; yours were not saved.",
                "Look at the new values, then make your change again.",
            )
        if wanted.get("logo"):
            wanted["logo"], content = _logo(wanted["logo"])
            if content:
                keep_asset(content)
        after = {key: value for key, value in (before | wanted).items() if value}
        if after == before:
            return _view(row, market)
        if saved is None:
            InvoiceSettings.create(company=row, market=market, entries=after, updated_at=desk.now())
        else:
            InvoiceSettings.update(entries=after, version=InvoiceSettings.version + 1, updated_at=desk.now()).where(
                InvoiceSettings.id == saved.id
            ).execute()
        _check_together(effective(row, market))
        changed = sorted(key for key in after.keys() | before.keys() if after.get(key) != before.get(key))
        where = f" in {market}" if market else ""
        audit.record(
            desk,
            "invoice_settings.changed",
            f"Invoice settings of {row.name}{where} changed: {', '.join(BY_KEY[key].label for key in changed)}.",
            company_id=row.id,
            before={key: before.get(key, "") for key in changed},
            after={key: after.get(key, "") for key in changed},
        )
        return _view(row, market)


def saved(company: Company) -> dict[str, InvoiceSettings]:
    """Return the company's own settings by market, "" for all markets; none for a company that is not stored."""
    query = InvoiceSettings.select().where(InvoiceSettings.company == company.id).order_by(InvoiceSettings.market)
    return {row.market: row for row in query}


def differences(company: Company, changes: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the changes that differ from the stored settings: (before, after) by market and key; change nothing.

    Raises:
        ConfigError: no such market, or settings of a market that contradict each other.
    """
    before = {market: dict(row.entries) for market, row in saved(company).items()}
    found: dict[str, dict[str, tuple[str, str]]] = {}
    after = {"": {}, **{market: dict(entries) for market, entries in before.items()}}
    for market, wanted in changes.items():
        _check_market(market)
        for key, text in wanted.items():
            value = parsed(key, text)
            if key == "logo" and value:
                value, _ = _logo(value)
            now = before.get(market, {}).get(key, "")
            if value != now:
                found.setdefault(market, {})[key] = (now, value)
            after.setdefault(market, {})[key] = value
    if found:
        for market, entries in after.items():
            _check_together(_together(company, market, [after[""], entries]))
    return found


def _rows(company: Company, market: str) -> list[InvoiceSettings]:
    """Return the company's row, then the market's, as far as they exist."""
    names = [""] if not market else ["", market]
    query = InvoiceSettings.select().where((InvoiceSettings.company == company) & InvoiceSettings.market.in_(names))
    return list(query.order_by(InvoiceSettings.market))


def _view(company: Company, market: str) -> SettingsView:
    whole = effective(company, market)
    rows = {row.market: row for row in _rows(company, market)}
    settings = []
    for field in FIELDS:
        origin = "default"
        for name, said in (("", "company"), (market, "market" if market else "company")):
            if name in rows and rows[name].entries.get(field.name):
                origin = said
        # A default that differs by market has no value for all markets.
        value = "" if origin == "default" and not market and field.name in OF_MARKET else whole[field.name]
        settings.append(SettingView(field.name, field.label, value, origin))
    version = rows[market].version if market in rows else 0
    return SettingsView(company.name, market, version, tuple(settings))


def _check_market(market: str) -> None:
    if market and market not in markets.MARKETS:
        raise ConfigError(f"There is no market '{market[:40]}'.", f"Markets: {', '.join(markets.MARKETS)}.")


def _check_together(whole: Effective) -> None:
    """Check settings that depend on each other. Raises ConfigError."""
    place = naming.Place("2026", "12", whole.market.country or "FR", whole.market.code, whole.company.name)
    if naming.number_of(whole["series_invoice"], place, 1) == naming.number_of(whole["series_credit_note"], place, 1):
        raise ConfigError(
            "Invoices and credit notes would have the same numbers.", "Give each series a pattern of its own."
        )
    if whole["vat_mode"] == MIXED and not whole["sku_rules"]:
        raise ConfigError(
            "The VAT mode mixed needs SKU rules for the regular SKUs.", 'For example sku_rules="ACC*=regular".'
        )
    if whole["preference"] == Preference.WORD and not whole["word_template"]:
        raise ConfigError("Word to PDF needs a template.", "Set word_template=/path/to/invoice.docx, too.")
    if whole["preference"] == Preference.PLUGIN and not whole["plugin"]:
        raise ConfigError("The preference plugin needs the name of a plugin.", "Set plugin=NAME, too.")


def _logo(path: str) -> tuple[str, str]:
    """Return the digest of a logo and the content to store, '' for a digest that is stored already."""
    if InvoiceAsset.get_or_none(InvoiceAsset.digest == path):
        return path, ""
    try:
        data = plain_file.read_bytes(Path(path).expanduser(), LOGO_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The logo {path} cannot be read ({error.strerror}).", "Give the path of the file."
        ) from error
    if len(data) > LOGO_MAX_BYTES:
        raise ConfigError(f"The logo {path} has more than 1 MB.", "Make it smaller.")
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise ConfigError(f"{path} is neither a PNG nor a JPEG file.", "Convert the logo to one of them.")
    content = base64.b64encode(data).decode()
    return _digest(content), content


def keep_asset(content: str) -> str:
    """Store `content`, unless it is stored, in the caller's transaction; return its digest."""
    digest = _digest(content)
    InvoiceAsset.insert(digest=digest, content=content).on_conflict_ignore().execute()
    return digest


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
