"""Content of a document, in its language and in order: drawn as a PDF, shown as text, filled into templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from bmtui.invoices import wording
from bmtui.invoices.model import Document, Kind, Line, Party, Preference, Scheme
from bmtui.invoices.wording import Words


@dataclass(frozen=True, slots=True)
class Row:
    """Line of the table: description, particulars below it in smaller type, and a cell for each column."""

    text: str
    details: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a document: `headings` of description and cells; `summary` has net, tax and gross of each group."""

    title: str
    facts: tuple[tuple[str, str], ...]
    seller_heading: str
    seller: tuple[str, ...]
    buyer_heading: str
    buyer: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    summary_headings: tuple[str, ...]
    summary: tuple[tuple[str, ...], ...]
    total: tuple[str, str]
    notes: tuple[str, ...]
    mentions: tuple[str, ...]
    footer: str
    page: str
    qr: str

    def texts(self) -> Iterator[str]:
        """Yield every text of the content."""
        for item in fields(self):
            yield from _texts(getattr(self, item.name))


def content_of(document: Document, words: Words) -> Content:
    """Return the content of `document` in the language of `words`."""
    credit = document.kind == Kind.CREDIT_NOTE

    def money(minor: int) -> str:
        return wording.with_currency(words, minor, document.currency)

    return Content(
        title=words[document.kind],
        facts=tuple(_facts(document, words)),
        seller_heading=words["seller"],
        seller=_party(document.seller, words),
        buyer_heading=words["buyer"],
        buyer=_party(document.buyer, words),
        headings=_headings(document, words),
        rows=tuple(_row(document, words, line) for line in document.lines),
        summary_headings=("", words["net"], words["vat"], words["gross"]) if document.shows_vat else (),
        summary=tuple(_summary(document, words)),
        total=(words["total_credit" if credit else "total"], money(document.gross)),
        notes=tuple(_notes(document, words)),
        mentions=tuple(_mentions(document, words)),
        footer=" · ".join(
            filter(
                None,
                (
                    document.seller.name,
                    _labelled(words["vat_id"], document.seller.vat_id),
                    _labelled(words["registration"], document.seller.registration),
                    document.seller.contact,
                ),
            )
        ),
        page=words["page"],
        qr=_qr(document) if document.with_qr else "",
    )


def _facts(document: Document, words: Words) -> Iterator[tuple[str, str]]:
    yield words["number"], document.number
    yield words["issued"], wording.day(words, document.issued)
    yield words["supplied"], wording.day(words, document.supplied)
    yield words["order"], str(document.order_id)
    if document.style == Preference.CHANNEL:
        yield words["market"], document.market
        if document.reference:
            yield words["delivery_note"], document.reference
        if document.tracking:
            yield words["shipment"], document.tracking


def _party(party: Party, words: Words) -> tuple[str, ...]:
    # The words of a document that was frozen earlier have none for it.
    id_number = _labelled(words.get("buyer_id", ""), party.id_number)
    lines = (
        party.name,
        *party.address,
        _labelled(words["vat_id"], party.vat_id),
        id_number,
        _labelled(words["registration"], party.registration),
        party.contact,
    )
    return tuple(filter(None, lines))


def _headings(document: Document, words: Words) -> tuple[str, ...]:
    with_vat = ("description", "quantity", "unit_price_net", "vat", "amount_gross")
    names = with_vat if document.shows_vat else ("description", "quantity", "unit_price", "amount")
    return tuple(words[name] for name in names)


def _row(document: Document, words: Words, line: Line) -> Row:
    details = [_labelled(words["sku"], line.sku)]
    if document.style == Preference.CHANNEL and line.condition:
        details.append(_labelled(words["condition"], words[line.condition]))
    identifiers = [
        _labelled(words[name], value) for name, value in (("imei", line.imei), ("serial_number", line.serial_number))
    ]
    quantity, gross = str(line.quantity), wording.amount(words, line.gross, document.currency)
    if not document.shows_vat:
        cells: tuple[str, ...] = (quantity, _each(document, words, line.gross, line.quantity), gross)
    elif line.scheme == Scheme.MARGIN:
        # The law forbids to show the tax of a margin line: it has a gross price and nothing else.
        cells = (quantity, "–", "–", gross)
    else:
        rate = f"{wording.rate(words, line.rate)} %"
        cells = (quantity, _each(document, words, line.net, line.quantity), rate, gross)
    shown = (" · ".join(filter(None, details)), " · ".join(filter(None, identifiers)))
    return Row(line.text, tuple(filter(None, shown)), cells)


def _each(document: Document, words: Words, total: int, quantity: int) -> str:
    """Return the price of one piece, with two more decimals where it is no whole number of minor units."""
    return wording.amount_of(words, Decimal(total) / quantity, document.currency)


def _summary(document: Document, words: Words) -> Iterator[tuple[str, ...]]:
    if not document.shows_vat:
        return
    for group in document.groups:
        name = words[f"group_{group.scheme}"].replace("{rate}", wording.rate(words, group.rate))
        net, tax, gross = (wording.amount(words, n, document.currency) for n in (group.net, group.tax, group.gross))
        yield (name, "–", "–", gross) if group.scheme == Scheme.MARGIN else (name, net, tax, gross)


def _notes(document: Document, words: Words) -> Iterator[str]:
    if document.corrects:
        number, issued = document.corrects
        yield _filled(words["corrects"], number=number, date=wording.day(words, issued))
    if document.reason:
        yield _filled(words["reason"], reason=document.reason)
    for movement in document.payments:
        text = _filled(words[movement.kind], date=wording.day(words, movement.date), method=movement.method)
        reference = f" {movement.reference}" if movement.reference else ""
        yield f"{text}{reference}: {wording.with_currency(words, movement.amount, document.currency)}"


def _mentions(document: Document, words: Words) -> Iterator[str]:
    for scheme in document.schemes:
        if scheme != Scheme.REGULAR:
            yield words[f"{scheme}_mention"]
    if document.tax:
        yield words[f"rounding_{document.rounding}"]
    if document.footer:
        yield document.footer


def _qr(document: Document) -> str:
    """Return the text of the QR code: number, date, total and seller, for bookkeeping programs."""
    lines = (
        document.number,
        document.issued,
        f"{document.gross} {document.currency} minor units",
        document.seller.vat_id or document.seller.name,
        str(document.order_id),
    )
    return "\n".join(lines)


def _labelled(label: str, value: str) -> str:
    return f"{label} {value}" if value else ""


def _filled(pattern: str, **values: str) -> str:
    # Not str.format: a value with braces in it is somebody's name, not a field.
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], pattern)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Row):
        yield from _texts((value.text, value.details, value.cells))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
