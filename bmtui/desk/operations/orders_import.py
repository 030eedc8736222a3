"""What another system knows of orders, from a CSV file: read, checked and shown first; stored all or nothing.

What is here already is left as it is, so that importing a file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bmtui.desk.cancellation import internal
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.plan import RefundRequest
from bmtui.desk.returns.csv_import import RowError
from bmtui.desk.tags import tags
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.store.models import Note, Order, OrderField, OrderTag, Refund
from bmtui.text import plain
from bmtui.values import amount, date, table_file, whole_number
from bmtui.words import RefundMethod, RefundOperation, label

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order_id": ("Order Source Order ID", "Channel Order ID", "Channel Order Number", "Back Market order"),
    "reference": ("Sellercloud order", "Sellercloud order ID", "SC order"),
    "status": ("Order Status", "Status Code"),
    "note": ("Order Note", "Notes", "Comment"),
    "note_author": ("Note Author", "Created By"),
    "note_date": ("Note Date", "Note Created On"),
    "tags": ("Tag",),
    "assignee": ("Assigned To",),
    "refund_amount": ("Refunded Amount", "Refund Total"),
    "refund_date": ("Refunded On",),
    "refund_method": ("Refund Payment Method",),
    "refund_reference": ("Refund Transaction ID",),
}
"""What a column is called here, and what exports call it; others are named by a mapping."""
REFERENCE_FIELD = "reference"
"""The named field of orders that holds the other system's number: ``field.reference:``."""
FIELD = "field."
_IMPORTED = "Imported from another system."
"""The note of a status that comes without one."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What a row would change of an order; `changes` are sentences, none where all is here already."""

    row: int
    order_id: int
    changes: tuple[str, ...]
    status: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    assignee: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    refund: RefundRequest | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would store; nothing can be stored as long as a row is wrong.

    `ignored` are headings that mean nothing here; `new_fields` are made first.
    """

    rows: tuple[PlannedRow, ...]
    errors: tuple[RowError, ...]
    ignored: tuple[str, ...]
    new_fields: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        changing = sum(bool(row.changes) for row in self.rows)
        wrong = f", {len(self.errors):,} cannot be used" if self.errors else ""
        return f"{changing:,} of {len(self.rows) + len(self.errors):,} rows change something{wrong}."


def plan(desk: Desk, path: str, mapping: Mapping[str, str]) -> ImportPlan:
    """Read and check the file; stores nothing.

    Args:
        mapping: headings of the file by columns of `COLUMNS`, or by ``field.NAME`` for a named field.

    Raises:
        NotRead: no table with order ids. ConfigError: a mapping that names no column.
    """
    unknown = [name for name in mapping if name not in COLUMNS and not name.startswith(FIELD)]
    if unknown:
        advice = f"Columns: {', '.join(COLUMNS)}, or field.NAME."
        raise ConfigError(f"'{unknown[0][:40]}' is no column of an import.", advice, field="map")
    known = {column: (() if column in mapping else aliases) for column, aliases in COLUMNS.items()}
    columns = {**known, **{column: (heading,) for column, heading in mapping.items()}}
    name = plain(Path(path).name)
    table = table_file.read(table_file.content(path), columns, name=name, required=("order_id",))
    named = {column.removeprefix(FIELD) for column in table.columns if column.startswith(FIELD)}
    named |= {REFERENCE_FIELD} if "reference" in table.columns else set()
    found: list[PlannedRow] = []
    errors: list[RowError] = []
    with desk.store.snapshot():
        for row in table.rows:
            try:
                row.must_fit()
                found.append(_planned(desk, row))
            except BmtuiError as error:
                errors.append(RowError(row.number, error.field or "", str(error)))
        new = tuple(sorted(named - set(tags.field_names(desk))))
    return ImportPlan(tuple(found), tuple(errors), table.ignored, new)


def save(desk: Desk, path: str, planned: ImportPlan) -> int:
    """Store what the plan shows, all or nothing; returns how many orders changed.

    Raises:
        RuleRefused: a row is wrong, or an order changed meanwhile so that one is.
    """
    desk.must_write()
    if planned.errors:
        raise RuleRefused(
            f"{len(planned.errors):,} rows cannot be imported; nothing was stored.", str(planned.errors[0])
        )
    changing = [row for row in planned.rows if row.changes]
    with desk.store.transaction():
        for name in planned.new_fields:
            tags.add_field(desk, name)
        for row in changing:
            _store(desk, row)
        changed = len({row.order_id for row in changing})
        audit.record(desk, "orders.imported", f"{plain(Path(path).name)}: {changed:,} orders changed.")
    return changed


def _planned(desk: Desk, row: table_file.Row) -> PlannedRow:
    cells = row.cells
    order_id = whole_number.read(cells["order_id"], field="order_id")
    order = orders.order_row(desk, order_id)
    status = _status(order, cells)
    if status:
        internal.check(desk, order_id, status, _IMPORTED)
    note = _note(desk, order, cells)
    new_tags = _tags(order, cells)
    assignee = cells.get("assignee", "")
    assignee = assignee if assignee and assignee != order.assignee else ""
    fields = tuple(_fields(order, cells))
    refund = _refund(desk, order, cells)
    changes = [
        *([f"status {label(order.status)} → {label(status)}"] if status else []),
        *(["a note"] if note else []),
        *([f"tags {', '.join(new_tags)}"] if new_tags else []),
        *([f"assigned to {assignee}"] if assignee else []),
        *(f"{name}: {text}" for name, text in fields),
        *([f"a refund of {refund.amount} made elsewhere"] if refund else []),
    ]
    return PlannedRow(row.number, order_id, tuple(changes), status, note, new_tags, assignee, fields, refund)


def _status(order: Order, cells: Mapping[str, str]) -> str:
    text = cells.get("status", "")
    meant = "".join(char for char in text.casefold() if char.isalpha())
    known = {status.replace("_", ""): status for status in (*internal.STATUSES, *internal.BACK)}
    if text and meant not in known:
        raise ConfigError(
            f"'{text[:40]}' is no status.", f"Statuses: {', '.join(map(label, known.values()))}.", field="status"
        )
    status = known.get(meant, order.status)
    # What an order has by itself follows Back Market: nothing to import.
    return "" if status == order.status or status in internal.BACK else status


def _note(desk: Desk, order: Order, cells: Mapping[str, str]) -> str:
    text = cells.get("note", "")
    if not text:
        return ""
    today = desk.now().astimezone(desk.zone()).date()
    day = cells.get("note_date", "")
    day = date.read_day(day, today, field="note_date").isoformat() if day else ""
    head = ", ".join(filter(None, (cells.get("note_author", ""), day)))
    text = f"{head}: {text}" if head else text
    return "" if Note.select().where((Note.order == order) & (Note.text == text)).exists() else text


def _tags(order: Order, cells: Mapping[str, str]) -> tuple[str, ...]:
    wanted = [tags.read_tag(text) for text in cells.get("tags", "").replace(";", ",").split(",") if text.strip()]
    has = {row.tag for row in OrderTag.select().where(OrderTag.order == order)}
    return tuple(dict.fromkeys(tag for tag in wanted if tag not in has))


def _fields(order: Order, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    has = {row.name: row.value for row in OrderField.select().where(OrderField.order == order)}
    wanted = {column.removeprefix(FIELD): text for column, text in cells.items() if column.startswith(FIELD)}
    wanted |= {REFERENCE_FIELD: cells["reference"]} if "reference" in cells else {}
    return ((name, text) for name, text in wanted.items() if text and has.get(name) != text)


def _refund(desk: Desk, order: Order, cells: Mapping[str, str]) -> RefundRequest | None:
    text = cells.get("refund_amount", "")
    if not text:
        return None
    paid = amount.read(text, order.currency, field="refund_amount")
    if not paid.minor:
        return None
    today = desk.now().astimezone(desk.zone(order.company.name)).date()
    day = cells.get("refund_date", "")
    day = date.read_day(day, today, field="refund_date").isoformat() if day else today.isoformat()
    reference = cells.get("refund_reference", "")
    here = (Refund.order == order) & (Refund.amount == paid.minor) & (Refund.date == day)
    if Refund.select().where(here & (Refund.reference == reference)).exists():
        return None
    method = "_".join(cells.get("refund_method", "").casefold().split()) or RefundMethod.OTHER
    if method not in list(RefundMethod):
        known = ", ".join(map(label, RefundMethod))
        raise ConfigError(f"'{method[:40]}' is no refund method.", f"Methods: {known}.", field="refund_method")
    request = RefundRequest(
        operation=RefundOperation.ISSUE_REFUND, amount=paid, method=method, date=day, reference=reference
    )
    refunds.plan(desk, order.order_id, request)
    return request


def _store(desk: Desk, row: PlannedRow) -> None:
    if row.status:
        internal.cancel_internally(desk, row.order_id, row.status, row.note or _IMPORTED)
    elif row.note:
        orders.add_note(desk, row.order_id, row.note)
    if row.tags:
        tags.tag(desk, row.order_id, add=row.tags)
    if row.assignee:
        tags.assign(desk, row.order_id, row.assignee)
    if row.fields:
        tags.set_fields(desk, row.order_id, dict(row.fields))
    if row.refund is not None:
        refunds.issue(desk, row.order_id, row.refund)
