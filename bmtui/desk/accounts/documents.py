"""Lines of stored invoices and credit notes, as tax returns read them; a credit note's amounts are negative."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.store.plain_sql import fetch

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """Line of a document. `invoice_id` and `invoiced` are the invoice and its day, also for a line of its credit note.

    `country` is the buyer's; `net`, `tax` and `gross` are signed minor units.
    """

    invoice_id: int
    number: str
    order_id: int
    issued: str
    invoiced: str
    currency: str
    country: str
    market: str
    buyer_vat_id: str
    ref: str
    sku: str
    imei: str
    serial_number: str
    quantity: int
    scheme: str
    rate: str
    net: int
    tax: int
    gross: int

    @property
    def is_credit(self) -> bool:
        return self.gross < 0


def issued_within(company_id: int, first: str, last: str) -> Iterator[DocumentLine]:
    """Yield the lines of all documents issued from `first` to `last`, ISO days, in the order of their issue."""
    yield from _lines("i.company_id = ? AND i.issued BETWEEN ? AND ?", (company_id, first, last))


def of_invoices(invoice_ids: Iterable[int], last: str) -> Iterator[DocumentLine]:
    """Yield the lines of these invoices, and of the credit notes that correct them, issued by `last`."""
    ids = sorted(set(invoice_ids))
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        marks = ", ".join("?" for _ in some)
        yield from _lines(f"(i.id IN ({marks}) OR i.corrects_id IN ({marks})) AND i.issued <= ?", (*some, *some, last))


def _lines(where: str, values: Sequence[Any]) -> Iterator[DocumentLine]:
    rows = fetch(
        "SELECT i.id, i.corrects_id, i.number, i.issued, i.currency, i.document, c.issued "  # noqa: S608 - values apart
        f"FROM invoices i LEFT JOIN invoices c ON c.id = i.corrects_id WHERE {where} ORDER BY i.issued, i.id",
        values,
    )
    for row_id, corrects, number, issued, currency, stored, invoiced in rows:
        document: Mapping[str, Any] = json.loads(stored)
        sign = -1 if corrects else 1
        buyer = document["buyer"]
        for line in document["lines"]:
            yield DocumentLine(
                invoice_id=corrects or row_id,
                number=number,
                order_id=document["order_id"],
                issued=issued,
                invoiced=invoiced or issued,
                currency=currency,
                country=buyer["country"] or document["country"],
                market=document["market"],
                buyer_vat_id=buyer["vat_id"],
                ref=line["ref"],
                sku=line["sku"],
                imei=line["imei"],
                serial_number=line["serial_number"],
                quantity=line["quantity"],
                scheme=line["scheme"],
                rate=line["rate"],
                net=sign * line["net"],
                tax=sign * line["tax"],
                gross=sign * line["gross"],
            )
