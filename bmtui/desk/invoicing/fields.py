"""Settings of invoices: their names, kinds and checks, and how a text is read as a value (order-desk §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bmtui.desk.core.parameter import Kind, Parameter, named
from bmtui.errors import BmtuiError, ConfigError
from bmtui.invoices import naming, wording
from bmtui.invoices.model import Preference, Scheme
from bmtui.invoices.vat import PER_LINE, PER_TOTAL
from bmtui.text import plain
from bmtui.values import percent, tax_id

MIXED = "mixed"
_MODES = (*Scheme, MIXED)


FIELDS = (
    Parameter(
        "preference",
        "Invoice preference",
        Kind.CHOICE,
        "Standard, Channel-Specific, Word to PDF, or Plugin.",
        tuple(Preference),
        Preference.CHANNEL,
    ),
    Parameter("vat_mode", "VAT mode", Kind.CHOICE, "Of lines without SKU rule; empty: the market's.", _MODES),
    Parameter(
        "vat_rate", "VAT rate, percent", Kind.PERCENT, "Of regular lines, such as 20 or 5.5; empty: the market's."
    ),
    Parameter(
        "sku_rules", "SKU rules", Kind.TEXT, "Such as: ACC*=regular, CAB*=regular:10, PHN*=margin. The first that fits."
    ),
    Parameter(
        "rounding",
        "Rounding",
        Kind.CHOICE,
        "Of VAT: per line, or per rate in total; empty: the market's.",
        (PER_LINE, PER_TOTAL),
    ),
    Parameter("language", "Language", Kind.TEXT, "Of the words; empty: the market's."),
    Parameter("seller_name", "Seller's name", Kind.TEXT, "As registered; on every document."),
    Parameter(
        "seller_address", "Seller's address", Kind.TEXT, "Lines with | between them: 1 rue X|75001 Paris|France."
    ),
    Parameter("seller_country", "Seller's country", Kind.COUNTRY, "ISO code, such as FR."),
    Parameter("vat_id", "VAT id", Kind.TEXT, "Or tax id, ABN, or Japan's registration number T…"),
    Parameter("registration", "Registration", Kind.TEXT, "Trade register or company number."),
    Parameter("seller_contact", "Contact", Kind.TEXT, "Mail or telephone, as it is to be printed."),
    Parameter("logo", "Logo", Kind.FILE, "Path of a PNG or JPEG file of at most 1 MB; it is kept here."),
    Parameter(
        "series_invoice", "Invoice numbers", Kind.TEXT, "Pattern of the series.", default="{country}-{year}-{number:05}"
    ),
    Parameter(
        "series_credit_note",
        "Credit note numbers",
        Kind.TEXT,
        "Pattern of their own series.",
        default="{country}-CN-{year}-{number:05}",
    ),
    Parameter(
        "file_pattern",
        "File names",
        Kind.TEXT,
        "Folders and name.",
        default="{company}/{year}/{month}/{number}_{order}",
    ),
    Parameter("footer", "Closing words", Kind.TEXT, "Printed at the end, such as terms of the guarantee."),
    Parameter("qr", "QR code", Kind.TOGGLE, "With number, date, total and seller.", default="false"),
    Parameter("pdf_a", "PDF/A-3", Kind.TOGGLE, "For archives.", default="false"),
    Parameter(
        "factur_x", "Factur-X", Kind.CHOICE, "XML in the PDF; implies PDF/A-3.", ("off", "basic", "en16931"), "off"
    ),
    Parameter("word_template", "Word template", Kind.FILE, "Path of the .docx for Word to PDF."),
    Parameter("plugin", "Plugin", Kind.TEXT, "Name of the installed plugin."),
    Parameter(
        "automatic",
        "Automatic",
        Kind.CHOICE,
        "Once an order has shipped: make its invoice, and send it.",
        ("off", "make", "send"),
        "off",
    ),
)
BY_KEY = {field.name: field for field in FIELDS}
HEADINGS = {
    "preference": "Invoice settings › Per channel preferences › Back Market",
    "vat_mode": "VAT and Language",
    "seller_name": "Seller",
    "series_invoice": "Numbers and Files",
    "footer": "Document",
    "automatic": "Automatic",
}
"""Headings on the screen, by the first setting under each."""
OF_MARKET = ("vat_mode", "vat_rate", "rounding", "language")
"""Settings with defaults that differ by market."""


def parsed(key: str, text: str) -> str:
    """Return the value that `text` means as the setting `key`; '' unsets it. A file is not opened.

    Raises:
        ConfigError: there is no such setting, or it cannot have that value; with the setting as its field.
    """
    setting = named(BY_KEY, key, "invoice setting")
    if not plain(text).strip():
        return ""
    try:
        value = setting.cleaned(text)
        setting.check_length(value, 500)
        if setting.kind in (Kind.PERCENT, Kind.COUNTRY):
            return str(setting.read(value))
        check = _CHECKS.get(key)
        if check:
            check(value)
    except BmtuiError as error:
        error.field = key
        raise
    return value


def rules(text: str) -> list[tuple[str, str, str]]:
    """Return (pattern, scheme, rate or "") of each SKU rule.

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
            rate = str(percent.read(rate, field="sku_rules"))
            if scheme == Scheme.MARGIN:
                raise ConfigError(f"'{rule[:60]}': the margin scheme has no rate.", "Leave the rate out.")
        found.append((pattern.strip(), scheme, rate))
    return found


def _check_language(value: str) -> None:
    if value not in wording.languages():
        raise ConfigError(
            f"There are no invoice words in '{value[:20]}'.", f"Languages: {', '.join(wording.languages())}."
        )


def _check_template(value: str) -> None:
    path = Path(value).expanduser()
    if path.suffix.lower() != ".docx" or not path.is_file():
        raise ConfigError(f"{value} is not a .docx file that is there.", "Give the whole path of the template.")


def _check_tax_number(value: str) -> None:
    """Refuse a VAT id of another form or with a wrong check digit; a national number has no letters to know it by."""
    if tax_id.names_its_country(value):
        tax_id.read(value, field="vat_id")


_CHECKS: Mapping[str, Callable[[str], Any]] = {
    "sku_rules": rules,
    "language": _check_language,
    "series_invoice": naming.check_series,
    "series_credit_note": naming.check_series,
    "file_pattern": naming.check_file,
    "vat_id": _check_tax_number,
    "word_template": _check_template,
}
