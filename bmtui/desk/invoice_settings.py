"""How a company's invoices are made, per market (order-desk §§1, 2, 8): shown, changed, and put together.

What a market does not say, the company says; what the company does not say, the market's usual way is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from bmtui.desk import audit
from bmtui.desk.context import Desk
from bmtui.errors import ConfigError, EditConflict
from bmtui.invoices import markets, naming, wording
from bmtui.invoices.model import Preference, Scheme
from bmtui.invoices.rendering import Way
from bmtui.invoices.vat import PER_LINE, PER_TOTAL
from bmtui.store.models import Company, InvoiceAsset, InvoiceSettings
from bmtui.text import plain

MIXED = "mixed"
LOGO_MAX_BYTES = 1_000_000
_MODES = (*Scheme, MIXED)
_LINE_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `default` holds where nobody says anything; "" there: the market's own, or nothing."""

    key: str
    label: str
    kind: Literal["text", "choice", "toggle", "file"]
    help: str
    choices: tuple[str, ...] = ()
    default: str = ""


FIELDS = (
    Field(
        "preference",
        "Invoice preference",
        "choice",
        "Standard, Channel-Specific, Word to PDF, or Plugin.",
        tuple(Preference),
        Preference.CHANNEL,
    ),
    Field("vat_mode", "VAT mode", "choice", "Of lines without SKU rule; empty: the market's.", _MODES),
    Field("vat_rate", "VAT rate, percent", "text", "Of regular lines, such as 20 or 5.5; empty: the market's."),
    Field(
        "sku_rules", "SKU rules", "text", "Such as: ACC*=regular, CAB*=regular:10, PHN*=margin. The first that fits."
    ),
    Field(
        "rounding",
        "Rounding",
        "choice",
        "Of VAT: per line, or per rate in total; empty: the market's.",
        (PER_LINE, PER_TOTAL),
    ),
    Field("language", "Language", "text", "Of the words; empty: the market's."),
    Field("seller_name", "Seller's name", "text", "As registered; on every document."),
    Field("seller_address", "Seller's address", "text", "Lines with | between them: 1 rue X|75001 Paris|France."),
    Field("seller_country", "Seller's country", "text", "ISO code, such as FR."),
    Field("vat_id", "VAT id", "text", "Or tax id, ABN, or Japan's registration number T…"),
    Field("registration", "Registration", "text", "Trade register or company number."),
    Field("seller_contact", "Contact", "text", "Mail or telephone, as it is to be printed."),
    Field("logo", "Logo", "file", "Path of a PNG or JPEG file of at most 1 MB; it is kept here."),
    Field(
        "series_invoice", "Invoice numbers", "text", "Pattern of the series.", default="{country}-{year}-{number:05}"
    ),
    Field(
        "series_credit_note",
        "Credit note numbers",
        "text",
        "Pattern of their own series.",
        default="{country}-CN-{year}-{number:05}",
    ),
    Field(
        "file_pattern", "File names", "text", "Folders and name.", default="{company}/{year}/{month}/{number}_{order}"
    ),
    Field("footer", "Closing words", "text", "Printed at the end, such as terms of the guarantee."),
    Field("qr", "QR code", "toggle", "With number, date, total and seller.", default="false"),
    Field("pdf_a", "PDF/A-3", "toggle", "For archives.", default="false"),
    Field("factur_x", "Factur-X", "choice", "XML in the PDF; implies PDF/A-3.", ("off", "basic", "en16931"), "off"),
    Field("word_template", "Word template", "file", "Path of the .docx for Word to PDF."),
    Field("plugin", "Plugin", "text", "Name of the installed plugin."),
    Field(
        "automatic",
        "Automatic",
        "choice",
        "Once an order has shipped: make its invoice, and send it.",
        ("off", "make", "send"),
        "off",
    ),
)
BY_KEY = {field.key: field for field in FIELDS}
OF_MARKET = ("vat_mode", "vat_rate", "rounding", "language")
"""Settings that are each market's own as long as nobody says anything."""


@dataclass(frozen=True, slots=True)
class SettingView:
    """A setting as it holds: `origin` is market, company, or default."""

    key: str
    label: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class SettingsView:
    """All settings of a company as they hold in `market` ("" for none in particular)."""

    company: str
    market: str
    version: int
    settings: tuple[SettingView, ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings of one company in one market, put together. `mark` changes when any of them does."""

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
        """Scheme and rate (percent, as text) of a line with this SKU."""
        mode = self["vat_mode"]
        # Who else owes the tax decides that for a whole order, not for a SKU.
        if mode in (Scheme.REVERSE_CHARGE, Scheme.MARKETPLACE):
            return mode, "0"
        scheme, rate = Scheme.MARGIN if mode == MIXED else mode, ""
        for pattern, rule, its_rate in _rules(self["sku_rules"]):
            if fnmatchcase(sku.upper(), pattern.upper()):
                scheme, rate = rule, its_rate
                break
        return scheme, (rate or self["vat_rate"]) if scheme == Scheme.REGULAR else "0"


def effective(company: Company, market: str) -> Effective:
    """The settings that hold for `company` in `market`; reads the database."""
    usual = markets.of(market)
    values = {field.key: field.default for field in FIELDS}
    values |= {
        "vat_mode": usual.scheme,
        "vat_rate": usual.rate,
        "rounding": usual.rounding,
        "language": usual.language,
    }
    rows = _rows(company, market)
    for row in rows:
        values |= {key: value for key, value in row.entries.items() if value}
    return Effective(company, usual, values, tuple(row.version for row in rows))


def show(desk: Desk, company: str | None = None, market: str = "") -> SettingsView:
    """The settings as they hold in `market`.

    Raises:
        NotFound: no such company. ConfigError: no such market.
    """
    row = desk.company_row(company)
    _check_market(market)
    return _view(row, market)


def change(
    desk: Desk, company: str | None, market: str, changes: Mapping[str, str], version: int | None = None
) -> SettingsView:
    """Change settings of a company, for `market` alone or ("") for all; an empty value goes back to what holds else.

    Raises:
        NotFound, ConfigError: an unknown key, or a value that cannot be used; nothing was changed.
        EditConflict: somebody saved since `version` was read.
    """
    desk.must_write()
    _check_market(market)
    parsed = {key: _parsed(key, value) for key, value in changes.items()}
    with desk.store.transaction():
        row = desk.company_row(company)
        saved = InvoiceSettings.get_or_none((InvoiceSettings.company == row) & (InvoiceSettings.market == market))
        before = dict(saved.entries) if saved else {}
        if version is not None and version != (saved.version if saved else 0):
            raise EditConflict(
                f"Somebody else saved {row.name}'s invoice settings since you opened them; yours were not saved.",
                "Look at the new values, then make your change again.",
            )
        logo = parsed.pop("logo", None)
        if logo is not None:
            parsed["logo"] = _keep_logo(logo)
        after = {key: value for key, value in (before | parsed).items() if value}
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


def _rows(company: Company, market: str) -> list[InvoiceSettings]:
    """The company's row first, then the market's."""
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
            if name in rows and rows[name].entries.get(field.key):
                origin = said
        # What each market has of its own cannot be said for all of them.
        value = "" if origin == "default" and not market and field.key in OF_MARKET else whole[field.key]
        settings.append(SettingView(field.key, field.label, value, origin))
    version = rows[market].version if market in rows else 0
    return SettingsView(company.name, market, version, tuple(settings))


def _parsed(key: str, text: str) -> str:
    field = BY_KEY.get(key)
    if field is None:
        raise ConfigError(f"There is no invoice setting '{key}'.", f"Settings: {', '.join(BY_KEY)}.")
    value = plain(text).strip()
    if not value:
        return ""
    if field.kind == "toggle":
        if value.lower() not in ("true", "false", "yes", "no", "on", "off"):
            raise ConfigError(
                f"'{text}' is neither true nor false ({field.label}).", f"Write {key}=true or {key}=false."
            )
        return "true" if value.lower() in ("true", "yes", "on") else "false"
    if field.kind == "choice" and value not in field.choices:
        raise ConfigError(f"'{text}' is no value of {field.label}.", f"Values: {', '.join(field.choices)}.")
    if len(value) > 500:
        raise ConfigError(f"{field.label} has {len(value)} characters; 500 is the most.")
    check = _CHECKS.get(key)
    if check:
        check(value)
    return value


def _check_market(market: str) -> None:
    if market and market not in markets.MARKETS:
        raise ConfigError(f"There is no market '{market[:40]}'.", f"Markets: {', '.join(markets.MARKETS)}.")


def _check_together(whole: Effective) -> None:
    """What two settings say together."""
    place = naming.Place("2026", "12", whole.market.country or "FR", whole.market.code, whole.company.name)
    if naming.number_of(whole["series_invoice"], place, 1) == naming.number_of(whole["series_credit_note"], place, 1):
        raise ConfigError(
            "Invoices and credit notes would have the same numbers.", "Give each series a pattern of its own."
        )
    if whole["vat_mode"] == MIXED and not whole["sku_rules"]:
        raise ConfigError(
            "The VAT mode mixed needs SKU rules, which say what is regular.", 'For example sku_rules="ACC*=regular".'
        )
    if whole["preference"] == Preference.WORD and not whole["word_template"]:
        raise ConfigError("Word to PDF needs a template.", "Set word_template=/path/to/invoice.docx, too.")
    if whole["preference"] == Preference.PLUGIN and not whole["plugin"]:
        raise ConfigError("The preference plugin needs the name of one.", "Set plugin=NAME, too.")


def _rules(text: str) -> list[tuple[str, str, str]]:
    """(pattern, scheme, rate or "") of each rule.

    Raises:
        ConfigError: it cannot be read.
    """
    found = []
    for rule in filter(None, (part.strip() for part in text.split(","))):
        pattern, equals, rest = rule.partition("=")
        scheme, colon, rate = rest.partition(":")
        if not equals or not pattern.strip() or scheme not in (Scheme.REGULAR, Scheme.MARGIN):
            raise ConfigError(f"'{rule[:60]}' is not a SKU rule.", "Write it like ACC*=regular or CAB*=regular:10.")
        if colon:
            _check_rate(rate)
            if scheme == Scheme.MARGIN:
                raise ConfigError(f"'{rule[:60]}': the margin scheme has no rate.", "Leave the rate out.")
        found.append((pattern.strip(), scheme, rate))
    return found


def _check_rate(value: str) -> None:
    try:
        rate = Decimal(value)
    except InvalidOperation:
        rate = Decimal(-1)
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", value) or not 0 <= rate < 100:
        raise ConfigError(f"'{value[:20]}' is not a VAT rate.", "Write percent, such as 20 or 5.5.")


def _check_country(value: str) -> None:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ConfigError(f"'{value[:20]}' is not a country code.", "Two capital letters, such as FR.")


def _check_language(value: str) -> None:
    if value not in wording.languages():
        raise ConfigError(
            f"There are no invoice words in '{value[:20]}'.", f"Languages: {', '.join(wording.languages())}."
        )


def _check_template(value: str) -> None:
    path = Path(value).expanduser()
    if path.suffix.lower() != ".docx" or not path.is_file():
        raise ConfigError(f"{value} is not a .docx file that is there.", "Give the whole path of the template.")


def _keep_logo(path: str) -> str:
    """The digest under which the logo is kept from now on; a digest that is known stays."""
    if not path or InvoiceAsset.get_or_none(InvoiceAsset.digest == path):
        return path
    try:
        data = Path(path).expanduser().read_bytes()[: LOGO_MAX_BYTES + 1]
    except OSError as error:
        raise ConfigError(
            f"The logo {path} cannot be read ({error.strerror}).", "Give the path of the file."
        ) from error
    if len(data) > LOGO_MAX_BYTES:
        raise ConfigError(f"The logo {path} has more than 1 MB.", "Make it smaller.")
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise ConfigError(f"{path} is neither a PNG nor a JPEG file.", "Convert the logo to one of them.")
    return keep_asset(base64.b64encode(data).decode())


def keep_asset(content: str) -> str:
    """Store `content`, unless it is here, in the caller's transaction; its digest."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    InvoiceAsset.insert(digest=digest, content=content).on_conflict_ignore().execute()
    return digest


_CHECKS: Mapping[str, Callable[[str], Any]] = {
    "vat_rate": _check_rate,
    "sku_rules": _rules,
    "language": _check_language,
    "seller_country": _check_country,
    "series_invoice": naming.check_series,
    "series_credit_note": naming.check_series,
    "file_pattern": naming.check_file,
    "word_template": _check_template,
}
