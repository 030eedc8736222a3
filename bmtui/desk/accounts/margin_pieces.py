"""Entries of each piece under the margin scheme in the return of a period; `margin` adds them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from bmtui.desk.accounts import documents, periods, rates, settings
from bmtui.desk.accounts.costs import CostBook
from bmtui.desk.accounts.documents import DocumentLine
from bmtui.desk.accounts.periods import Period
from bmtui.invoices import vat
from bmtui.invoices.model import Scheme
from bmtui.store.models import Company, MarginEntry, TaxPeriod
from bmtui.store.plain_sql import fetch
from bmtui.words import UPLOAD_VOID, UploadState

SHIPPING = "shipping"

PieceKey = tuple[int, str, int]
"""Key of a piece: the invoice's id, the line's ref, and the piece's number, from 1."""


@dataclass(frozen=True, slots=True)
class Value:
    """Price, cost, taxable margin and tax of a piece, in minor units; `cost` None is unknown, and counts as 0."""

    price: int = 0
    cost: int | None = 0
    margin: int = 0
    tax: int = 0

    def less(self, other: Value) -> Value:
        cost = None if self.cost is None else self.cost - (other.cost or 0)
        return Value(self.price - other.price, cost, self.margin - other.margin, self.tax - other.tax)


@dataclass(frozen=True, slots=True)
class Entry:
    """Entry of a piece in the return of a period; a `correction` changes an entry of an earlier period."""

    key: PieceKey
    line: DocumentLine
    value: Value
    correction: bool


def entries_of(company: Company, period: Period) -> list[Entry]:
    """Return the entries of the period: pieces sold in it, and corrections of earlier ones."""
    touched = {
        line.invoice_id: line
        for line in documents.issued_within(company.id, period.begin, period.end)
        if line.scheme == Scheme.MARGIN
    }
    booked = _booked(company, period)
    method = settings.effective(company.id)["margin_method"]
    wanted = {*touched, *(key[0] for key in booked)}
    lines = [line for line in documents.of_invoices(wanted, period.end) if line.scheme == Scheme.MARGIN]
    if not lines:
        return []
    rate, book = settings.margin_rate(company), CostBook(company.id)
    devices = _devices(company, lines)
    now = _values(lines, book, devices, rate, method, period.end)
    day_before = (period.first - timedelta(days=1)).isoformat()
    before = _values(lines, book, devices, rate, method, day_before)
    by_ref = {(line.invoice_id, line.ref): line for line in lines if not line.is_credit}
    found = []
    for key in sorted(now):
        line = by_ref[key[0], key[1]]
        # Declared values count; periods that were never declared count as they would be declared today.
        base = booked.get(key) or before.get(key, Value())
        change = now[key].less(base)
        sold_now = line.invoiced >= period.begin and key not in booked
        if change not in (Value(), Value(cost=None)) or (sold_now and now[key].price):
            imei, serial = devices[key]
            found.append(Entry(key, replace(line, imei=imei, serial_number=serial), change, not sold_now))
    return found


def _values(
    lines: Iterable[DocumentLine],
    book: CostBook,
    devices: Mapping[PieceKey, tuple[str, str]],
    rate: Decimal,
    method: str,
    last: str,
) -> dict[PieceKey, Value]:
    """Return the value of each piece by the documents issued until `last`."""
    sold: dict[tuple[int, str], DocumentLine] = {}
    credited: dict[tuple[int, str], int] = defaultdict(int)
    for line in lines:
        if line.issued > last:
            continue
        if line.is_credit:
            credited[line.invoice_id, line.ref] -= line.gross
        else:
            sold[line.invoice_id, line.ref] = line
    found = {}
    for (invoice_id, ref), line in sold.items():
        prices = vat.shared(line.gross, [1] * line.quantity)
        back = credited[invoice_id, ref]
        for piece in range(line.quantity, 0, -1):
            # Credits go to the last pieces first: one piece is credited in full before the next one gets cheaper.
            taken = min(back, prices[piece - 1])
            back -= taken
            price = prices[piece - 1] - taken
            cost = _cost(book, line, devices[invoice_id, ref, piece], line.invoiced) if price else 0
            margin = price - (cost or 0)
            taxable = margin if method == settings.GLOBAL else max(margin, 0)
            tax = 0 if method == settings.GLOBAL else vat.included_tax(taxable, rate)
            found[invoice_id, ref, piece] = Value(price, cost, taxable, tax)
    return found


def _cost(book: CostBook, line: DocumentLine, device: tuple[str, str], day: str) -> int | None:
    if line.ref.startswith(SHIPPING):
        return 0
    cost = book.of(day, imei=device[0], serial=device[1], sku=line.sku)
    if cost is None:
        return None
    here = rates.converted(cost, line.currency, date.fromisoformat(day))
    return None if here is None else here.minor


def _devices(company: Company, lines: Iterable[DocumentLine]) -> dict[PieceKey, tuple[str, str]]:
    """Return IMEI and serial number of each piece: of the document, or as packed where a line has several pieces."""
    found: dict[PieceKey, tuple[str, str]] = {}
    several: dict[int, DocumentLine] = {}
    for line in lines:
        if line.is_credit:
            continue
        for piece in range(1, line.quantity + 1):
            found[line.invoice_id, line.ref, piece] = (
                (line.imei, line.serial_number) if line.quantity == 1 else ("", "")
            )
        if line.quantity > 1 and line.ref.isdecimal():
            several[int(line.ref)] = line
    if several:
        marks = ", ".join("?" for _ in several)
        stayed = (UploadState.FAILED, UploadState.NOT_APPLIED, *UPLOAD_VOID)
        rows = fetch(
            "SELECT l.line_id, u.number, u.imei, u.serial_number FROM units u JOIN order_lines l ON l.id = u.line_ref "  # noqa: S608
            f"JOIN orders o ON o.id = l.order_ref WHERE o.company_id = ? AND l.line_id IN ({marks}) "
            f"AND u.state NOT IN ({', '.join('?' for _ in stayed)})",
            (company.id, *several, *stayed),
        )
        for line_id, number, imei, serial in rows:
            key = (several[line_id].invoice_id, several[line_id].ref, number)
            if key in found:
                found[key] = (imei, serial)
    return found


def declared_before(company: Company, period: Period) -> list[TaxPeriod]:
    """Return the declared periods that ended before this one, oldest first."""
    rows = TaxPeriod.select().where(TaxPeriod.company == company)
    ends = {row.id: periods.read(row.period, period.last).end for row in rows}
    return sorted((row for row in rows if ends[row.id] < period.begin), key=lambda row: ends[row.id])


def _booked(company: Company, period: Period) -> dict[PieceKey, Value]:
    """Return the declared sums of each piece before the period."""
    earlier = [row.id for row in declared_before(company, period)]
    if not earlier:
        return {}
    marks = ", ".join("?" for _ in earlier)
    rows = fetch(
        "SELECT invoice_id, ref, piece, sum(price), sum(cost), sum(margin), sum(tax) FROM margin_entries "  # noqa: S608
        f"WHERE period_id IN ({marks}) GROUP BY 1, 2, 3",
        earlier,
    )
    return {
        (invoice, ref, piece): Value(int(price), int(cost or 0), int(margin), int(tax))
        for invoice, ref, piece, price, cost, margin, tax in rows
    }


def stored(closed: TaxPeriod) -> list[Entry]:
    rows = list(MarginEntry.select().where(MarginEntry.period == closed).order_by(MarginEntry.id))
    lines = [line for line in documents.of_invoices([row.invoice_id for row in rows], "9999") if not line.is_credit]
    by_ref = {(line.invoice_id, line.ref): line for line in lines}
    return [
        Entry(
            (row.invoice_id, row.ref, row.piece),
            by_ref[row.invoice_id, row.ref],
            Value(row.price, row.cost, row.margin, row.tax),
            row.correction,
        )
        for row in rows
    ]
