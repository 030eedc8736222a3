"""Import of RMAs from a CSV file: read, checked and shown first; then all or none are stored (order-desk §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.parameters import DESCRIPTION, PIECES, REASON, REASON_OF_LINE
from bmtui.desk.returns.rma import ReturnPlan, ReturnRequest, WantedItem
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.text import how_many, plain
from bmtui.values import table_file, whole_number
from bmtui.values.table_file import RowError as RowError

COLUMNS = ("order_id", "line_id", "sku", "quantity", REASON.name, DESCRIPTION.name)
"""Columns of the file. `order_id` and `reason` are required; `line_id` or `sku` names a line, unless the order has one.
Rows of an order become one RMA.
"""
_KNOWN = ", ".join(COLUMNS)
MOST_ROWS = 5000
_MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """Checked import: RMAs to create and errors of rows; with an error nothing can be saved.

    `notes` are sentences about the reading of the file.
    """

    plans: tuple[ReturnPlan, ...]
    rows: int
    errors: tuple[RowError, ...]
    requests: tuple[tuple[int, ReturnRequest], ...]
    notes: tuple[str, ...] = ()


def preview(desk: Desk, path: str) -> ImportPreview:
    """Read and check the file; stores nothing.

    Raises:
        ConfigError: no CSV file with these columns.
    """
    table, notes = _read(path)
    errors: list[RowError] = []
    with desk.store.snapshot():
        wanted: dict[int, list[tuple[int, WantedItem, str]]] = {}
        for number, row in table:
            try:
                order_id, item = _item(desk, row)
                wanted.setdefault(order_id, []).append((number, item, row["description"]))
            except _Wrong as wrong:
                errors.append(RowError(number, wrong.column, str(wrong)))
            except BmtuiError as error:
                errors.append(RowError(number, "order_id", str(error)))
        plans, requests = [], []
        for order_id, rows in wanted.items():
            texts = dict.fromkeys(text for _, _, text in rows if text)
            request = ReturnRequest(items=tuple(item for _, item, _ in rows), description="\n".join(texts))
            try:
                plans.append(returns.plan(desk, order_id, request))
                requests.append((order_id, request))
            except BmtuiError as error:
                errors.append(_blame(desk, order_id, rows, error))
    return ImportPreview(tuple(plans), len(table), tuple(sorted(errors, key=lambda e: e.row)), tuple(requests), notes)


def save(desk: Desk, seen: ImportPreview) -> tuple[int, ...]:
    """Create the RMAs of the preview, or none if one fails; return their numbers.

    Raises:
        RuleRefused: a row is wrong, or an order changed meanwhile so that one is; nothing was stored.
    """
    desk.must_write()
    if seen.errors:
        raise RuleRefused(
            f"{how_many(len(seen.errors), 'row')} cannot be imported; nothing was stored.", str(seen.errors[0])
        )
    if not seen.requests:
        raise RuleRefused("The file has no rows; nothing was stored.")
    with desk.store.transaction():
        return tuple(returns.create(desk, order_id, request).row.rma_id for order_id, request in seen.requests)


class _Wrong(Exception):
    """Error in a field of a row."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _read(path: str) -> tuple[list[tuple[int, Mapping[str, str]]], tuple[str, ...]]:
    """Return (row number, fields) of every row, and sentences about the reading of the file."""
    data = table_file.content(path, most_bytes=_MOST_BYTES)
    name = plain(Path(path).name)
    columns = {column: () for column in COLUMNS}
    table = table_file.read(data, columns, name=name, required=("order_id", "reason"), most_rows=MOST_ROWS)
    if table.ignored:
        unknown = ", ".join(table.ignored)[:200]
        raise ConfigError(f"{name} has unknown columns: {unknown}.", f"Known: {_KNOWN}.")
    for row in table.rows:
        row.must_fit()
    rows: list[tuple[int, Mapping[str, str]]] = [
        (row.number, {column: row.cells.get(column, "") for column in COLUMNS}) for row in table.rows
    ]
    return rows, (*table.remarks, *table.preview)


def _item(desk: Desk, row: Mapping[str, str]) -> tuple[int, WantedItem]:
    order_id = _number(row, "order_id")
    if order_id is None:
        raise _Wrong("order_id", "An order id is missing.")
    order = orders.order_row(desk, order_id)
    lines = orders.lines_of(order)
    line_id = _number(row, "line_id")
    if line_id is not None:
        lines = [line for line in lines if line.line_id == line_id]
        if not lines:
            raise _Wrong("line_id", f"Order {order_id} has no line {line_id}.")
    if row["sku"]:
        lines = [line for line in lines if line.sku == row["sku"]]
        if not lines:
            raise _Wrong("sku", f"Order {order_id} has no line of SKU '{row['sku'][:40]}'.")
    if len(lines) > 1:
        raise _Wrong("line_id", f"Order {order_id} has several lines; name one.")
    if not row["reason"]:
        raise _Wrong("reason", "A reason is missing.")
    return order_id, WantedItem(lines[0].line_id, _number(row, "quantity"), row["reason"])


def _number(row: Mapping[str, str], column: str) -> int | None:
    if not row[column]:
        return None
    try:
        return whole_number.read(row[column], field=column)
    except BmtuiError as error:
        raise _Wrong(column, str(error)) from error


def _blame(desk: Desk, order_id: int, rows: list[tuple[int, WantedItem, str]], error: BmtuiError) -> RowError:
    """Return the row of the order that the error is about: the first that fails alone too, else the last."""
    for number, item, _ in rows:
        try:
            returns.plan(desk, order_id, ReturnRequest(items=(item,)))
        except BmtuiError as own:
            return RowError(number, column_of(own.field), str(own))
    return RowError(rows[-1][0], error.field if error.field in COLUMNS else "", str(error))


def column_of(field: str) -> str:
    """Return the column for a field about a line of the order."""
    columns = {PIECES.name: "quantity", REASON_OF_LINE.name: "reason"}
    return columns.get(field.rpartition("-")[0], field or "line_id")
