"""Frozen document: everything that its PDF says, as plain values.

What was frozen is never read from the order again, so that a document made anew is the same, to the byte. Amounts are
integer minor units of the document's currency; a credit note's are positive and mean money that went back. Dates are
ISO days in the company's time zone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

LAYOUT = 1
"""Version of the layout. A frozen document is drawn as it was when it was made: a new layout gets a new number."""


class Kind(StrEnum):
    """Kind of a document; each has a series of its own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Scheme(StrEnum):
    """VAT scheme of a line (order-desk §8)."""

    REGULAR = "regular"
    MARGIN = "margin"
    REVERSE_CHARGE = "reverse_charge"
    MARKETPLACE = "marketplace"


class Preference(StrEnum):
    """Preference of a company for the making of its documents (order-desk §1, item 11)."""

    STANDARD = "standard"
    CHANNEL = "channel_specific"
    WORD = "word_to_pdf"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Seller or buyer. `address` is a line each, as on an envelope, without the name."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""
    vat_id: str = ""
    registration: str = ""
    contact: str = ""
    id_number: str = ""
    """Tax or identity number of a private person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Document line. `gross` is its total with tax; `rate` is percent, a decimal as text; `ref` names its source.

    `vat` fills in net and tax.
    """

    ref: str
    text: str
    quantity: int
    gross: int
    scheme: str
    rate: str
    net: int = 0
    tax: int = 0
    sku: str = ""
    condition: str = ""
    imei: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sums of the lines of one scheme and rate."""

    scheme: str
    rate: str
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Payment (`received`) or `refund`."""

    kind: str
    date: str
    method: str
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Invoice or credit note.

    Attributes:
        style: standard or channel_specific; Word and plugins get the same document.
        words: digest of the wording it was made with; logo: of the logo, or "".
        corrects: number and date of the invoice that a credit note corrects.
        pdf_a: whether it is PDF/A-3; factur_x: the profile of the XML in it, or "".
        reference: what the channel calls the order's delivery note; tracking: carrier and number.
    """

    kind: str
    number: str
    issued: str
    supplied: str
    market: str
    language: str
    country: str
    currency: str
    order_id: int
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    rounding: str
    style: str = Preference.STANDARD
    payments: tuple[Movement, ...] = ()
    corrects: tuple[str, str] | None = None
    reason: str = ""
    reference: str = ""
    tracking: str = ""
    footer: str = ""
    with_qr: bool = False
    pdf_a: bool = False
    factur_x: str = ""
    words: str = ""
    logo: str = ""
    layout: int = LAYOUT

    @property
    def net(self) -> int:
        return sum(group.net for group in self.groups)

    @property
    def tax(self) -> int:
        return sum(group.tax for group in self.groups)

    @property
    def gross(self) -> int:
        return sum(group.gross for group in self.groups)

    @property
    def schemes(self) -> tuple[str, ...]:
        """VAT schemes of the document, in the order of the groups, once each."""
        return tuple(dict.fromkeys(group.scheme for group in self.groups))

    @property
    def shows_vat(self) -> bool:
        """True when the document shows VAT: a document of margin goods alone must not show any."""
        return Scheme.REGULAR in self.schemes or Scheme.REVERSE_CHARGE in self.schemes


@dataclass(frozen=True, slots=True)
class Assets:
    """Assets that a document refers to by digest: the words of its language, and the logo's bytes."""

    words: Mapping[str, str]
    logo: bytes = b""


def to_json(document: Document) -> dict[str, Any]:
    """Return the document as it is stored."""
    return asdict(document)


def from_json(stored: Mapping[str, Any]) -> Document:
    """Return the document of `to_json`. Fields that a newer release added are left out."""
    known = {item.name for item in fields(Document)}
    values = {name: value for name, value in stored.items() if name in known}
    values["seller"], values["buyer"] = (_party(stored[name]) for name in ("seller", "buyer"))
    values["lines"] = tuple(Line(**line) for line in stored["lines"])
    values["groups"] = tuple(Group(**group) for group in stored["groups"])
    values["payments"] = tuple(Movement(**movement) for movement in stored["payments"])
    corrects = stored["corrects"]
    values["corrects"] = (corrects[0], corrects[1]) if corrects else None
    return Document(**values)


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a stored document, whatever the order of its keys."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _party(stored: Mapping[str, Any]) -> Party:
    return Party(**{**stored, "address": tuple(stored["address"])})
