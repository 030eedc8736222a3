"""The settings of invoices: what each is called, what it takes, and how a text is read as one (order-desk §8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bmtui.desk.core.field import Setting, named
from bmtui.errors import ConfigError
from bmtui.invoices import naming, wording
from bmtui.invoices.model import Preference, Scheme
from bmtui.invoices.vat import PER_LINE, PER_TOTAL
from bmtui.text import plain
from bmtui.values import percent

MIXED = "mixed"
_MODES = (*Scheme, MIXED)


FIELDS = (
    Setting(
        "preference",
        "Invoice preference",
        "choice",
        "Standard, Channel-Specific, Word to PDF, or Plugin.",
        tuple(Preference),
        Preference.CHANNEL,
    ),
    Setting("vat_mode", "VAT mode", "choice", "Of lines without SKU rule; empty: the market's.", _MODES),
    Setting("vat_rate", "VAT rate, percent", "text", "Of regular lines, such as 20 or 5.5; empty: the market's."),
    Setting(
        "sku_rules", "SKU rules", "text", "Such as: ACC*=regular, CAB*=regular:10, PHN*=margin. The first that fits."
    ),
    Setting(
        "rounding",
        "Rounding",
        "choice",
        "Of VAT: per line, or per rate in total; empty: the market's.",
        (PER_LINE, PER_TOTAL),
    ),
    Setting("language", "Language", "text", "Of the words; empty: the market's."),
    Setting("seller_name", "Seller's name", "text", "As registered; on every document."),
    Setting("seller_address", "Seller's address", "text", "Lines with | between them: 1 rue X|75001 Paris|France."),
    Setting("seller_country", "Seller's country", "text", "ISO code, such as FR."),
    Setting("vat_id", "VAT id", "text", "Or tax id, ABN, or Japan's registration number T…"),
    Setting("registration", "Registration", "text", "Trade register or company number."),
    Setting("seller_contact", "Contact", "text", "Mail or telephone, as it is to be printed."),
    Setting("logo", "Logo", "file", "Path of a PNG or JPEG file of at most 1 MB; it is kept here."),
    Setting(
        "series_invoice", "Invoice numbers", "text", "Pattern of the series.", default="{country}-{year}-{number:05}"
    ),
    Setting(
        "series_credit_note",
        "Credit note numbers",
        "text",
        "Pattern of their own series.",
        default="{country}-CN-{year}-{number:05}",
    ),
    Setting(
        "file_pattern", "File names", "text", "Folders and name.", default="{company}/{year}/{month}/{number}_{order}"
    ),
    Setting("footer", "Closing words", "text", "Printed at the end, such as terms of the guarantee."),
    Setting("qr", "QR code", "toggle", "With number, date, total and seller.", default="false"),
    Setting("pdf_a", "PDF/A-3", "toggle", "For archives.", default="false"),
    Setting("factur_x", "Factur-X", "choice", "XML in the PDF; implies PDF/A-3.", ("off", "basic", "en16931"), "off"),
    Setting("word_template", "Word template", "file", "Path of the .docx for Word to PDF."),
    Setting("plugin", "Plugin", "text", "Name of the installed plugin."),
    Setting(
        "automatic",
        "Automatic",
        "choice",
        "Once an order has shipped: make its invoice, and send it.",
        ("off", "make", "send"),
        "off",
    ),
)
BY_KEY = {field.key: field for field in FIELDS}
HEADINGS = {
    "preference": "Invoice settings › Per channel preferences › Back Market",
    "vat_mode": "VAT and Language",
    "seller_name": "Seller",
    "series_invoice": "Numbers and Files",
    "footer": "Document",
    "automatic": "Automatic",
}
"""What stands above settings on the screen, by the first of each."""
OF_MARKET = ("vat_mode", "vat_rate", "rounding", "language")
"""Settings that are each market's own as long as nobody says anything."""


def parsed(key: str, text: str) -> str:
    """What `text` means as the setting `key`; '' unsets it. A file is not looked into.

    Raises:
        ConfigError: there is no such setting, or it cannot have that value.
    """
    setting = named(BY_KEY, key, "invoice setting")
    if not plain(text).strip():
        return ""
    value = setting.cleaned(text)
    setting.check_length(value, 500)
    if key == "vat_rate":
        return str(percent.read(value, field=key))
    check = _CHECKS.get(key)
    if check:
        check(value)
    return value


def rules(text: str) -> list[tuple[str, str, str]]:
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
            rate = str(percent.read(rate, field="sku_rules"))
            if scheme == Scheme.MARGIN:
                raise ConfigError(f"'{rule[:60]}': the margin scheme has no rate.", "Leave the rate out.")
        found.append((pattern.strip(), scheme, rate))
    return found


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


_CHECKS: Mapping[str, Callable[[str], Any]] = {
    "sku_rules": rules,
    "language": _check_language,
    "seller_country": _check_country,
    "series_invoice": naming.check_series,
    "series_credit_note": naming.check_series,
    "file_pattern": naming.check_file,
    "word_template": _check_template,
}
