"""Shipments from a file: CSV or TSV of order, tracking, carrier and identifiers; checked by row before any is sent.

The first line names the columns, in any order: ``order``, ``tracking``, ``carrier``, ``url``, ``date``,
``identifiers``, ``imei``, ``serial``, ``override``. ``identifiers`` holds ``LINE=VALUE`` parts with semicolons between
them; ``imei`` and ``serial`` are for orders of one line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bmtui.desk import identifiers, orders, shipping
from bmtui.desk.context import Desk
from bmtui.desk.identifiers import Given
from bmtui.desk.shipping import ShipRequest
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.text import plain

MOST_BYTES = 20_000_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": ("order", "order_id", "order id", "orderid", "channel order id"),
    "tracking": ("tracking", "tracking_number", "tracking number", "trackingnumber"),
    "carrier": ("carrier", "shipper", "shipping carrier"),
    "url": ("url", "tracking_url", "tracking url"),
    "date": ("date", "ship date", "shipped", "date_shipping"),
    "identifiers": ("identifiers", "identifier"),
    "imei": ("imei", "imei#"),
    "serial": ("serial", "serial_number", "serial number"),
    "override": ("override", "reason"),
}
_REQUIRED = ("order",)
_QUOTE_OF_SPREADSHEET = "'"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One line of the file. `number` counts from 1 with the heading; `cells` are its values by column.

    `field` names the column that `problem` is about; `warnings` do not forbid it.
    """

    number: int
    cells: Mapping[str, str]
    order_id: int | None
    request: ShipRequest
    field: str = ""
    problem: str = ""
    warnings: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def good(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: `result` is shipped, recorded or refused."""

    number: int
    order_id: int | None
    result: str
    detail: str
    job_id: int | None = None
    shipment_id: int | None = None


def preview(desk: Desk, path: str | Path) -> tuple[FileRow, ...]:
    """Every row of the file with what is wrong with it; nothing is stored or sent.

    Raises:
        ConfigError: the file cannot be read, or has no such columns.
    """
    checked: list[FileRow] = []
    seen: dict[int, int] = {}
    devices: dict[tuple[str, str], int] = {}
    with desk.store.snapshot():
        for row in _read(Path(path)):
            checked.append(_checked(desk, row, seen, devices))
    return tuple(checked)


def ship_rows(desk: Desk, rows: Iterable[FileRow]) -> tuple[RowResult, ...]:
    """Ship what is good of a preview, row by row; each is checked once more, and a wrong one stops no other."""
    return tuple(ship_row(desk, row) for row in rows)


def ship_row(desk: Desk, row: FileRow) -> RowResult:
    """Ship one row of a preview."""
    if not row.good or row.order_id is None:
        where = f"{row.field}: " if row.field else ""
        return RowResult(row.number, row.order_id, "refused", f"{where}{row.problem}")
    try:
        done = shipping.ship(desk, row.order_id, row.request)
    except BmtuiError as error:
        return RowResult(row.number, row.order_id, "refused", str(error))
    said = " ".join((done.plan.waits, *done.plan.warnings, *done.kept)).strip()
    result = "shipped" if done.job_id is not None else "recorded"
    return RowResult(row.number, row.order_id, result, said, done.job_id, done.shipment_id)


def write_results(path: str | Path, rows: Sequence[FileRow], results: Sequence[RowResult]) -> None:
    """A result file: each line of the file as it was, with what became of it.

    Raises:
        ConfigError: it cannot be written, or is there already.
    """
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    try:
        with open(path, "x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["row", *names, "result", "detail", "job", "shipment"])
            for row, result in zip(rows, results, strict=True):
                end = [result.result, result.detail, result.job_id or "", result.shipment_id or ""]
                writer.writerow([row.number, *(_safe(row.cells.get(name, "")) for name in names), *map(_safe, end)])
    except OSError as error:
        raise ConfigError(
            f"The result file {path} cannot be written ({error.strerror}).", "Choose a name that is not there yet."
        ) from error


def _read(path: Path) -> Iterable[FileRow]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"{path.name} has more than {MOST_BYTES // 1_000_000} MB.", "Split it.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}).", "It must be UTF-8 text.") from error
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ConfigError(f"{path.name} is no CSV or TSV file: {error}.", "Check its quotation marks.") from error
    if not lines:
        raise ConfigError(f"{path.name} is empty.", "Its first line names the columns.")
    columns = [_column(name) for name in lines[0]]
    missing = [name for name in _REQUIRED if name not in columns]
    if missing or not {"tracking", "identifiers", "imei", "serial"}.intersection(columns):
        known = ", ".join(_COLUMNS)
        raise ConfigError(f"The first line of {path.name} must name order and tracking.", f"Known columns: {known}.")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        values = {name: _cell(cell) for name, cell in zip(columns, cells, strict=False) if name}
        problem = "It has more cells than the heading." if len(cells) > len(columns) else ""
        rows.append(FileRow(number, values, None, ShipRequest(), "row" if problem else "", problem))
    return rows


def _checked(desk: Desk, row: FileRow, seen: dict[int, int], devices: dict[tuple[str, str], int]) -> FileRow:
    """The row with its request, and with what is wrong with it."""
    if row.problem:
        return row
    text = row.cells.get("order", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        return replace(row, field="order", problem=f"'{text[:40]}' is not an order number.")
    order_id = int(text)
    row = replace(row, order_id=order_id)
    if order_id in seen:
        return replace(row, field="order", problem=f"Order {order_id} is in row {seen[order_id]} already.")
    seen[order_id] = row.number
    try:
        order = orders.order_row(desk, order_id)
        given = _given(row.cells, [line.line_id for line in orders.lines_of(order)])
    except BmtuiError as error:
        where = "order" if not isinstance(error, RuleRefused) or "companies" in error.message else "identifiers"
        return replace(row, field=where, problem=str(error))
    request = ShipRequest(
        tracking=row.cells.get("tracking", ""),
        carrier=row.cells.get("carrier", ""),
        url=row.cells.get("url", ""),
        date=row.cells.get("date") or None,
        identifiers=given,
        override=row.cells.get("override", ""),
    )
    row = replace(row, request=request)
    for one in given:
        other = devices.setdefault((one.kind, one.value), row.number)
        if other != row.number:
            return replace(row, field="identifiers", problem=f"The {one.text} is in row {other} already.")
    problems = identifiers.problems(order, orders.lines_of(order), given)
    try:
        identifiers.refuse(problems, request.override)
    except RuleRefused as error:
        return replace(row, field="identifiers", problem=error.message)
    try:
        made = shipping.plan(desk, order_id, request)
    except BmtuiError as error:
        field = next((name for name in ("tracking", "carrier", "date") if name in error.message.lower()), "order")
        return replace(row, field=field, problem=str(error))
    return replace(row, warnings=made.warnings, sentence=made.sentence)


def _given(cells: Mapping[str, str], line_ids: Sequence[int]) -> tuple[Given, ...]:
    found = []
    for part in filter(None, (piece.strip() for piece in cells.get("identifiers", "").split(";"))):
        line, equals, value = part.partition("=")
        if not equals or not line.strip().isdecimal() or not value.strip():
            raise RuleRefused(f"'{part[:60]}' is not LINE=VALUE.", "Write 91200001=356938035643809; the next.")
        found.append(identifiers.given(int(line), value))
    for column, prefix in (("imei", "imei:"), ("serial", "serial:")):
        value = cells.get(column, "")
        if not value:
            continue
        if len(line_ids) != 1:
            raise RuleRefused(f"The order has {len(line_ids)} lines.", "Say LINE=VALUE in the column identifiers.")
        found.append(identifiers.given(line_ids[0], f"{prefix}{value}"))
    return tuple(found)


def _column(name: str) -> str:
    cleaned = plain(name).strip().lower()
    return next((column for column, names in _COLUMNS.items() if cleaned in names), "")


def _cell(cell: str) -> str:
    # A spreadsheet keeps long numbers as text by a quote in front.
    return plain(cell).strip().removeprefix(_QUOTE_OF_SPREADSHEET)


def _safe(value: object) -> object:
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else value
