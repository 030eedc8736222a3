"""Export of the data that was added here, as CSV files in the form that an import reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bmtui.csv_writer import write_csv
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.moving_in import people
from bmtui.desk.moving_in.columns import FIELD, REFERENCE_FIELD
from bmtui.desk.tags import tags
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.money import Money
from bmtui.store.models import (
    Company,
    Invoice,
    Note,
    Order,
    OrderField,
    OrderLine,
    OrderTag,
    Refund,
    Return,
    ReturnItem,
    Unit,
)
from bmtui.text import how_many
from bmtui.words import REFUND_NOT_MADE, UPLOAD_VOID, RefundOperation, ReturnApproval, label

PDFS = "pdf"
CHUNK = 500
CHANNEL = "Back Market"
Rows = Iterator[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Written:
    """Written file, with its number of rows without the heading."""

    path: str
    rows: int


def write(
    desk: Desk, folder: str, *, tell: Callable[[str, int], None] = lambda name, rows: None
) -> tuple[Written, ...]:
    """Write all files into a folder that is new or empty, and the PDFs of invoices into one below it.

    Raises:
        RuleRefused: only an admin may, or the folder has something in it. ConfigError: it cannot be written.
    """
    permissions.must_be_admin(desk)
    place = Path(folder).expanduser()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(place.iterdir()):
            raise RuleRefused(f"{place} is not empty; nothing was written.", "Name a new folder.")
        written = []
        # One snapshot for all files, so that they agree with each other.
        with desk.store.snapshot():
            for name, rows in _files(desk).items():
                count = _write(place / name, rows)
                tell(name, count)
                written.append(Written(str(place / name), count))
        _write_pdfs(desk, place / PDFS)
    except OSError as error:
        raise ConfigError(f"{place} cannot be written ({error.strerror}).", "Choose another folder.") from error
    if not desk.read_only:
        with desk.store.transaction():
            audit.record(
                desk,
                "orders.exported",
                f"{how_many(sum(one.rows for one in written), 'row was', 'rows were')} exported as CSV.",
            )
    return tuple(written)


def _files(desk: Desk) -> dict[str, Rows]:
    return {
        "orders.csv": _orders(desk),
        "notes.csv": _notes(desk),
        "refunds.csv": _refunds(desk),
        "serial_numbers.csv": _units(desk),
        "returns.csv": _returns(desk),
        "invoices.csv": _invoices(desk),
        "people.csv": people.exported(desk),
    }


def _write(path: Path, rows: Rows) -> int:
    count = -1

    def counted() -> Rows:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        write_csv(file, counted())
    return count


def _all(desk: Desk) -> Iterator[Order]:
    """Yield the orders of the company in view, or of all, by number."""
    mine = (Order.company == desk.company_row().id) if desk.company else (Order.id > 0)
    last = (0, 0)
    while True:
        behind = (Order.order_id > last[0]) | ((Order.order_id == last[0]) & (Order.id > last[1]))
        query = Order.select(Order, Company).join(Company).where(mine & behind)
        rows = list(query.order_by(Order.order_id, Order.id).limit(CHUNK))
        yield from rows
        if len(rows) < CHUNK:
            return
        last = (rows[-1].order_id, rows[-1].id)


def _head(order: Order) -> tuple[Any, ...]:
    return order.order_id, CHANNEL, order.company.name


_HEAD = ("order_id", "channel", "company")


def _orders(desk: Desk) -> Rows:
    names = [name for name in tags.field_names(desk) if name != REFERENCE_FIELD]
    head = ("reference", "status", "shipping_status", "tags", "assignee")
    yield (*_HEAD, *head, *(f"{FIELD}{name}" for name in names))
    for order in _all(desk):
        fields = {row.name: row.value for row in OrderField.select().where(OrderField.order == order)}
        words = [row.tag for row in OrderTag.select().where(OrderTag.order == order).order_by(OrderTag.tag)]
        yield (
            *_head(order),
            *(fields.get(REFERENCE_FIELD, ""), label(order.status), label(order.shipping_status)),
            *(", ".join(words), order.assignee),
            *(fields.get(name, "") for name in names),
        )


def _notes(desk: Desk) -> Rows:
    yield (*_HEAD, "note_date", "note_author", "note")
    for order, note in _each(desk, Note):
        yield *_head(order), _time(note.at), note.author or note.made_by, note.text


def _refunds(desk: Desk) -> Rows:
    """Yield the refunds that were made outside Back Market; others are read from it again."""
    columns = ("refund_amount", "refund_currency", "refund_date", "refund_method", "refund_reference", "refund_note")
    yield (*_HEAD, *columns)
    for order, refund in _each(desk, Refund):
        outside = refund.operation != RefundOperation.REFUND_ON_BACK_MARKET
        if outside and refund.state not in REFUND_NOT_MADE:
            money = Money(refund.amount, order.currency)
            said = (money.decimal, money.currency, refund.date, refund.method, refund.reference, refund.note)
            yield *_head(order), *said


def _units(desk: Desk) -> Rows:
    yield (*_HEAD, "line_id", "sku", "imei", "serial_number")
    for order in _all(desk):
        for line in OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.id):
            known = {(line.imei, line.serial_number)} if line.imei or line.serial_number else set()
            for unit in Unit.select().where(Unit.line == line).order_by(Unit.number):
                if unit.state not in UPLOAD_VOID and (unit.imei or unit.serial_number):
                    known.add((unit.imei, unit.serial_number))
            for imei, serial in sorted(known):
                yield *_head(order), line.line_id, line.sku, imei, serial


def _returns(desk: Desk) -> Rows:
    columns = ("rma", "rma_status", "line_id", "sku", "rma_quantity", "rma_received", "rma_reason", "rma_description")
    yield (*_HEAD, *columns)
    for order, rma in _each(desk, Return):
        items = ReturnItem.select(ReturnItem, OrderLine).join(OrderLine).where(ReturnItem.rma == rma)
        for item in items.order_by(ReturnItem.id):
            status = "Rejected" if item.approval == ReturnApproval.REJECTED else label(rma.status)
            said = (item.line.line_id, item.line.sku, item.quantity, item.received, item.reason, rma.description)
            yield *_head(order), rma.id, status, *said


def _invoices(desk: Desk) -> Rows:
    yield (*_HEAD, "kind", "number", "issued", "currency", "gross", "net", "tax", "corrects", "pdf")
    for row in invoice_search.rows(desk).order_by(Invoice.id):
        amounts = [Money(minor, row.currency).decimal for minor in (row.gross, row.net, row.tax)]
        said = (row.kind, row.number, row.issued, row.currency, *amounts)
        pdf = "" if row.elsewhere and not row.pdf_hash else _pdf_name(row)
        corrects = row.document["corrects"][0] if row.document["corrects"] else ""
        yield *_head(row.order), *said, corrects, pdf


def _pdf_name(row: Invoice) -> str:
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in row.number)
    return f"{row.id}-{safe}.pdf"


def _write_pdfs(desk: Desk, folder: Path) -> None:
    for row in invoice_search.rows(desk).order_by(Invoice.id):
        if row.elsewhere and not row.pdf_hash:
            continue
        try:
            data = invoice_files.pdf_of(desk, row)
        except BmtuiError as error:
            raise RuleRefused(f"{row.number} cannot be exported: {error.message}", error.advice) from error
        invoice_files.write_new(folder / _pdf_name(row), data)


def _each(desk: Desk, model: Any) -> Iterator[tuple[Order, Any]]:
    """Yield the rows of a table that refer to an order, order by order."""
    for order in _all(desk):
        for row in model.select().where(model.order == order).order_by(model.id):
            yield order, row


def _time(at: Any) -> str:
    return str(at.isoformat())
