"""Import of another system's order data from a CSV file: read, checked and shown first; stored all or nothing.

Data that is here already stays, so that importing a file twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bmtui.desk.cancellation import internal
from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import columns, row_plan
from bmtui.desk.moving_in.columns import FIELD, REFERENCE_FIELD
from bmtui.desk.moving_in.plans import (
    ImportPlan,
    MissingOrder,
    PlannedOrder,
    SkippedRow,
    Suggestion,
    WantedReturn,
)
from bmtui.desk.moving_in.row_plan import FileReading, ReturnRow
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.csv_import import RowError, column_of
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.tags import tags
from bmtui.errors import BmtuiError, ConfigError, NotFound, RuleRefused
from bmtui.store import bulk
from bmtui.store.models import Company, Import, ImportChange, Order, OrderField, OrderTag, Unit
from bmtui.text import how_many, plain
from bmtui.values import date, table_file, whole_number
from bmtui.words import UploadState

CHUNK = 500
_DATES = ("note_date", "refund_date")
_RMA_COLUMNS = {name: f"rma_{name}" for name in ("reason", "quantity", "description")}
"""Columns of the file by the fields of an RMA."""
DATE_ORDERS = (date.DAY_FIRST, date.MONTH_FIRST)


def plan(
    desk: Desk,
    path: str,
    mapping: Mapping[str, str],
    *,
    date_order: str = "",
    source_companies: Collection[str] = (),
    skip_others: bool = False,
    data: bytes | None = None,
) -> ImportPlan:
    """Read and check the file; store nothing.

    Args:
        data: its bytes, where they were read before: a pipe gives them once.
        mapping: headings of the file by columns, or by ``field.NAME`` for a named field.
        date_order: order of day and month in dates that do not begin with the year; '' takes it from the file.
        source_companies: names of this company in the other system, where they differ.
        skip_others: leave out rows of other channels and companies, which are errors otherwise.

    Raises:
        NotRead: no table with order ids. ConfigError: a mapping that names no column.
    """
    if date_order and date_order not in DATE_ORDERS:
        raise ConfigError(
            f"'{date_order[:20]}' is not an order of day, month and year.",
            f"One of: {', '.join(DATE_ORDERS)}.",
            field="dates",
        )
    data = columns.content(path) if data is None else data
    table = columns.read(path, mapping, data=data)
    named = {column.removeprefix(FIELD) for column in table.columns if column.startswith(FIELD)}
    named |= {REFERENCE_FIELD} if "reference" in table.columns else set()
    found: list[PlannedOrder] = []
    errors: list[RowError] = []
    missing: list[MissingOrder] = []
    skipped: list[SkippedRow] = []
    with desk.store.snapshot():
        reading = _reading(desk, table, date_order, source_companies)
        for row in table.rows:
            try:
                row.must_fit()
                if other := row_plan.of_another(reading, row.cells):
                    if not skip_others:
                        raise other
                    skipped.append(SkippedRow(row.number, other.message))
                else:
                    found.append(row_plan.planned(reading, row))
            except NotFound as error:
                if orders_here(desk, row.cells["order_id"]):
                    errors.append(RowError(row.number, error.field or "", str(error)))
                else:
                    missing.append(MissingOrder(row.number, whole_number.read(row.cells["order_id"])))
            except BmtuiError as error:
                errors.append(RowError(row.number, error.field or "", str(error)))
        found, wrong = _with_returns(desk, reading, found)
        errors = sorted([*errors, *wrong], key=lambda error: error.row)
        new = tuple(sorted(named - set(tags.field_names(desk))))
    return ImportPlan(
        tuple(found),
        tuple(errors),
        table.ignored,
        new,
        tuple(missing),
        tuple(skipped),
        tuple(Suggestion(heading, columns.suggested(heading)) for heading in table.ignored),
        hashlib.sha256(data).hexdigest(),
        (*table.remarks, *table.preview),
    )


def save(desk: Desk, path: str, planned: ImportPlan) -> int:
    """Store the plan's changes, all or nothing; return the number of changed orders.

    Raises:
        RuleRefused: only an admin may, a row is wrong or its order is not here, or an order changed meanwhile so that
            one is.
    """
    desk.must_write()
    permissions.must_be_admin(desk)
    if planned.errors:
        raise RuleRefused(
            f"{how_many(len(planned.errors), 'row')} cannot be imported; nothing was stored.", str(planned.errors[0])
        )
    if planned.missing:
        raise RuleRefused(
            f"{how_many(len(planned.missing_orders), 'order is', 'orders are')} not in bmtui; nothing was stored.",
            f"Fetch them: 'bmtui orders download --order {planned.missing_orders[0]}'.",
        )
    changing = planned.changing
    changed = len({row.order_id for row in changing})
    if not changing:
        return 0
    name = plain(Path(path).name)[:200]
    with desk.store.transaction():
        made = Import.create(file=name, digest=planned.digest, made_at=desk.now(), made_by=desk.actor)
        changes: list[dict[str, object]] = []
        for field in planned.new_fields:
            tags.add_field(desk, field)
        for order, row in _rows_of(desk, changing):
            try:
                for change in _store(desk, order, row):
                    none = {"subject_id": None, "name": "", "before": "", "after": ""}
                    changes.append({"of": made.id, "file_row": row.row, "order": order.id, **none, **change})
            except BmtuiError as error:
                raise RuleRefused(
                    f"Row {row.row}, order {row.order_id}: {error.message} Nothing was stored.", error.advice
                ) from error
        bulk.insert(ImportChange, changes)
        audit.record(
            desk,
            "orders.imported",
            f"{name}: {how_many(changed, 'order')} changed (import {made.id}).",
            after={"import": made.id, "digest": planned.digest},
        )
    return changed


def orders_here(desk: Desk, number: str) -> bool:
    """Return whether an order of that number is here."""
    try:
        orders.order_row(desk, whole_number.read(number))
    except NotFound:
        return False
    return True


def _reading(desk: Desk, table: table_file.Table, date_order: str, source_companies: Collection[str]) -> FileReading:
    names = {name.casefold() for name in source_companies}
    if not names and desk.company:
        names = {desk.company.casefold()}
    if not date_order:
        date_order = date.order_in(row.cells[column] for row in table.rows for column in _DATES if column in row.cells)
    returns_only = {"rma", "rma_reason"} & set(table.columns) and "rma_status" not in table.columns
    company = " or ".join(source_companies) or desk.company or ""
    return FileReading(desk, desk.now(), date_order, frozenset(names), company, of_returns=bool(returns_only))


def _with_returns(
    desk: Desk, reading: FileReading, found: list[PlannedOrder]
) -> tuple[list[PlannedOrder], list[RowError]]:
    """Return the rows, each RMA at its first row, and the errors of the RMAs that cannot be made."""
    made: dict[int, WantedReturn] = {}
    wrong: list[RowError] = []
    for (order_id, _), rows in reading.returns.items():
        texts = dict.fromkeys(row.description for row in rows if row.description)
        request = ReturnRequest(items=tuple(row.item for row in rows), description="\n".join(texts))
        bad = [error for row in rows if (error := _why_no_return(desk, order_id, row))]
        if not bad:
            try:
                returns.plan(desk, order_id, request)
                got = {row.item.line_id: row.received for row in rows if row.received}
                made[rows[0].row] = WantedReturn(request, got)
            except BmtuiError as error:
                bad = [RowError(rows[-1].row, _RMA_COLUMNS.get(column_of(error.field), ""), str(error))]
        wrong += bad
    return [replace(row, rma=made[row.row]) if row.row in made else row for row in found], wrong


def _why_no_return(desk: Desk, order_id: int, row: ReturnRow) -> RowError | None:
    try:
        returns.plan(desk, order_id, ReturnRequest(items=(row.item,)))
    except BmtuiError as error:
        return RowError(row.row, _RMA_COLUMNS.get(column_of(error.field), ""), str(error))
    return None


def _store(desk: Desk, order: Order, row: PlannedOrder) -> Iterator[dict[str, object]]:
    """Store a row; yield each change as columns of `ImportChange`."""
    if row.status:
        internal.check(desk, row.order_id, row.status, row_plan.IMPORTED)
        internal.change(desk, order, row.status, "", "order.cancelled_internally")
        yield {"what": "status", "before": order.status, "after": row.status}
    if row.note is not None:
        note_id = orders.write_note(desk, order, row.note.text, author=row.note.author, at=row.note.at)
        yield {"what": "note", "subject_id": note_id, "after": row.note.text}
    yield from _store_words(desk, order, row)
    if row.assignee:
        tags.assign(desk, row.order_id, row.assignee)
        yield {"what": "assignee", "before": order.assignee, "after": row.assignee}
    if row.refund is not None:
        issued = refunds.issue(desk, row.order_id, row.refund)
        if issued.approval_id is not None:
            raise RuleRefused("The refund is above your limit.", "An account without a limit can import it.")
        for refund_id in issued.refund_ids:
            yield {"what": "refund", "subject_id": refund_id}
    if row.unit is not None:
        yield {"what": "unit", "subject_id": _keep(desk, order, row.unit), "after": row.unit.value}
    if row.rma is not None:
        view = returns.create(desk, row.order_id, row.rma.request)
        for line_id, quantity in row.rma.received.items():
            view = return_actions.receive(desk, view.row.rma_id, line_id=line_id, quantity=quantity)
        yield {"what": "rma", "subject_id": view.row.rma_id, "after": str(view.version)}


def _store_words(desk: Desk, order: Order, row: PlannedOrder) -> Iterator[dict[str, object]]:
    """Store tags and fields, which nearly each row has, by few statements, with one audit row for both."""
    if not row.tags and not row.fields:
        return
    was = order_snapshot.of_order(order.id)
    made = {"made_at": desk.now(), "made_by": desk.actor}
    bulk.insert(OrderTag, [{"order": order.id, "tag": tag, **made} for tag in row.tags])
    for tag in row.tags:
        yield {"what": "tag", "name": tag}
    has = {field.name: field.value for field in OrderField.select().where(OrderField.order == order)}
    new = [{"order": order.id, "name": name, "value": text} for name, text in row.fields if name not in has]
    bulk.insert(OrderField, new)
    for name, text in row.fields:
        if name in has:
            OrderField.update(value=text).where((OrderField.order == order) & (OrderField.name == name)).execute()
        yield {"what": "field", "name": name, "before": has.get(name, ""), "after": text}
    # A field's text may be about the buyer: the audit has only its name.
    said = [*(f"+{tag}" for tag in row.tags), *(name for name, _ in row.fields)]
    summary = f"Imported from another system: {', '.join(said)}."
    audit.record(desk, "order.imported", summary, company_id=order.company_id, order_row=order.id, was=was)


def _rows_of(desk: Desk, planned: Sequence[PlannedOrder]) -> Iterator[tuple[Order, PlannedOrder]]:
    """Yield each row with its order, read by few statements."""
    for begin in range(0, len(planned), CHUNK):
        some = planned[begin : begin + CHUNK]
        wanted = Order.order_id.in_([row.order_id for row in some])
        mine = Company.name == desk.company if desk.company else Company.id.is_null(False)
        found: dict[int, Order] = {}
        for order in Order.select(Order, Company).join(Company).where(wanted & mine):
            if order.order_id in found:
                raise RuleRefused(
                    f"Several companies have an order {order.order_id}.", "Say which with --company NAME."
                )
            found[order.order_id] = order
        for row in some:
            yield found[row.order_id], row


def _keep(desk: Desk, order: Order, one: Identifier) -> int:
    """Store the identifier with which a piece was shipped, never to be sent; return the unit's id."""
    line = next(line for line in orders.lines_of(order) if line.line_id == one.line_id)
    free = identifiers.free_numbers(line)
    if not free:
        raise RuleRefused(f"Line {line.line_id} cannot have another number.")
    facts = {
        "imei": one.value if one.kind == identifiers.IMEI else "",
        "serial_number": one.value if one.kind == identifiers.SERIAL else "",
        "state": UploadState.KEPT,
        "error": "",
        "reason": "",
        "made_at": desk.now(),
        "made_by": desk.actor,
    }
    Unit.insert(order=order, line=line, number=free[0], **facts).on_conflict(
        conflict_target=[Unit.line, Unit.number], update=facts
    ).execute()
    audit.record(
        desk,
        "order.identified",
        f"Shipped with {one.text}, by another system.",
        company_id=order.company_id,
        order_row=order.id,
        after={"identifiers": [[one.line_id, one.kind, one.value]]},
    )
    return int(Unit.get((Unit.line == line) & (Unit.number == free[0])).id)
