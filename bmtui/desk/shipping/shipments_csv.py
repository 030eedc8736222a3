"""Shipments from a file: CSV or TSV of order, tracking, carrier and identifiers; checked by row before any is sent.

The first line names the columns, in any order: ``order``, ``tracking``, ``carrier``, ``url``, ``date``,
``identifiers``, ``imei``, ``serial``, ``override``, ``override_tracking``, ``override_missing``. ``identifiers`` holds
``LINE=VALUE`` parts with semicolons between them; ``imei`` and ``serial`` are for orders of one line. Of equal rows the
first counts; rows that contradict each other, and rows with one device on two orders, are all wrong.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bmtui.csv_writer import write_csv
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers, columns
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.shipping import identifiers, request_read
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, SERIAL, Identifier
from bmtui.desk.shipping.parameters import IDENTIFIER, PARCEL
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import BmtuiError, ConfigError, NotRead, RuleRefused
from bmtui.text import how_many
from bmtui.values import table_file, tracking_number, whole_number

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": ("order_id", "channel order id"),
    **columns(PARCEL),
    "identifiers": ("identifier",),
    "imei": ("imei#",),
    "serial": ("serial_number",),
}
_KINDS = {"imei": IMEI, "serial": SERIAL}
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file. `number` counts from 1 with the heading; `cells` are its values by column.

    `field` names the column that `problem` is about; `warnings` do not forbid it; `doubts` are those that a person must
    accept first; `waits` says why its upload cannot leave now.
    """

    number: int
    cells: Mapping[str, str]
    order_id: int | None
    request: ShipRequest
    field: str = ""
    problem: str = ""
    warnings: tuple[str, ...] = ()
    waits: str = ""
    sentence: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problem

    @property
    def wrong(self) -> str:
        """Problem of the row with its field; '' for none."""
        return f"{self.field}: {self.problem}" if self.field and self.problem else self.problem


@dataclass(frozen=True, slots=True)
class ShipmentFile:
    """A shipment file that was read; `ignored` are unknown columns, `remarks` sentences about its text.

    `understood` shows the reading of each column, with the first rows.
    """

    path: Path
    rows: tuple[FileRow, ...]
    ignored: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()

    @property
    def good(self) -> int:
        """Number of rows that can be shipped."""
        return sum(row.good for row in self.rows)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Doubts that a person must accept before the rows are shipped, each with its row."""
        return tuple(f"Row {row.number}: {doubt}" for row in self.rows if row.good for doubt in row.doubts)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the file as a whole: unused columns, uploads that cannot leave now."""
        unused = (f"Columns that are not used: {', '.join(self.ignored)}.",) if self.ignored else ()
        waits = Counter(row.waits for row in self.rows if row.good and row.waits)
        return (*self.remarks, *unused, *(f"{how_many(times, 'upload')}: {why}" for why, times in waits.items()))


@dataclass(frozen=True, slots=True)
class RowResult:
    """Result of a row: `result` is shipped, recorded or refused; after waiting, the state of its upload."""

    number: int
    order_id: int | None
    result: str
    detail: str
    job_id: int | None = None
    shipment_id: int | None = None
    field: str = ""


def preview(desk: Desk, path: str | Path) -> ShipmentFile:
    """Return the file with the problems of every row; nothing is stored or sent.

    Raises:
        ConfigError: the file cannot be read, or has no such columns.
    """
    file = read(path)
    return replace(file, rows=check(desk, file.rows))


def check(desk: Desk, rows: Sequence[FileRow]) -> tuple[FileRow, ...]:
    """Return these rows with the problem of each, or the shipment that it would make; nothing is stored."""
    with desk.store.snapshot():
        return tuple(_checked(desk, row) for row in rows)


def ship_row(desk: Desk, row: FileRow, *, accept_doubts: bool = False) -> RowResult:
    """Ship a row of a preview, after a second check; a wrong row is refused, and stops no other.

    A row with doubts is wrong, unless a person accepts the doubts.
    """
    if not row.good or row.order_id is None:
        return RowResult(row.number, row.order_id, "refused", row.wrong, field=row.field)
    try:
        done = shipping.ship(desk, row.order_id, replace(row.request, accept_doubts=accept_doubts))
    except BmtuiError as error:
        return RowResult(row.number, row.order_id, "refused", str(error))
    said = " ".join((done.plan.waits, *done.plan.warnings, *done.kept)).strip()
    result = "shipped" if done.job_id is not None else "recorded"
    return RowResult(row.number, row.order_id, result, said, done.job_id, done.shipment_id)


def followed(desk: Desk, result: RowResult) -> RowResult:
    """Return the result with the present state of its upload."""
    if result.job_id is None:
        return result
    job = jobs.show(desk, result.job_id)
    end = "confirmed" if job.status == "completed" else job.status
    return replace(result, result=end, detail=job.error or result.detail)


def result_path(path: Path, otherwise: Path) -> Path:
    """Return a new path for the result file: beside the file, or in `otherwise` if that folder is not writable."""
    folder = path.parent if os.access(path.parent, os.W_OK) else otherwise
    names = (f"{path.stem}.result{f'-{number}' if number > 1 else ''}.csv" for number in count(1))
    return next(place for name in names if not (place := folder / name).exists())


class ResultFile:
    """Result file: each row of the file with its result. It is created before anything is sent, and written row by row.

    Raises:
        ConfigError: it cannot be written, or exists already.
    """

    def __init__(self, path: str | Path, rows: Sequence[FileRow]) -> None:
        self._rows = rows
        self._names = list(dict.fromkeys(name for row in rows for name in row.cells))
        try:
            self._file = open(path, "x", encoding="utf-8", newline="")  # noqa: SIM115 - closed by `__exit__`
        except OSError as error:
            raise ConfigError(
                f"The result file {path} cannot be written ({error.strerror}); nothing was sent.",
                "Choose a name that does not exist yet, in a folder of yours.",
            ) from error
        self._write(["row", *self._names, "result", "detail", "job", "shipment"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, row: FileRow, result: RowResult) -> None:
        """Write a row with its result."""
        end = [result.result, result.detail, result.job_id or "", result.shipment_id or ""]
        self._write([row.number, *(row.cells.get(name, "") for name in self._names), *end])

    def rewrite(self, results: Sequence[RowResult]) -> None:
        """Write all rows again, with their newest results."""
        self._file.seek(0)
        self._file.truncate()
        self._write(["row", *self._names, "result", "detail", "job", "shipment"])
        for row, result in zip(self._rows, results, strict=True):
            self.add(row, result)

    def _write(self, cells: Sequence[Any]) -> None:
        write_csv(self._file, [cells])
        # Flushed at once: a shipped row stays in the file, whatever happens next.
        self._file.flush()


def read(path: str | Path) -> ShipmentFile:
    """Return the file with its rows; problems so far: rows without an order number, or rows that contradict.

    Raises:
        NotRead: it cannot be read, or has no such columns.
    """
    path = Path(path).expanduser()
    table = table_file.read(table_file.content(path), COLUMNS, name=path.name, required=("order",))
    if not {"tracking", "identifiers", *_KINDS}.intersection(table.columns):
        known = ", ".join(COLUMNS)
        message = f"The first line of {path.name} must name order and tracking."
        raise NotRead("file", path.name, "without such columns", f"Known columns: {known}.", message=message)
    rows = _compared([_row(row) for row in table.rows])
    return ShipmentFile(path, tuple(rows), table.ignored, table.remarks, table.preview)


def _row(row: table_file.Row) -> FileRow:
    found = FileRow(row.number, row.cells, None, ShipRequest())
    try:
        if row.extra:
            return replace(found, field="row", problem="It has more cells than the heading.")
        return replace(found, order_id=whole_number.read(row.cells["order"], field="order", wanted="order number"))
    except BmtuiError as error:
        return replace(found, field="order", problem=str(error))


def _compared(rows: Sequence[FileRow]) -> Iterator[FileRow]:
    """Yield the rows with problems between them; of rows that contradict each other, all are wrong."""
    of_order: dict[int, list[FileRow]] = {}
    of_device: dict[tuple[str, str], dict[int, int]] = {}
    of_parcel: dict[str, dict[int, int]] = {}
    for row in rows:
        if row.order_id is None:
            continue
        of_order.setdefault(row.order_id, []).append(row)
        of_parcel.setdefault(_parcel(row), {}).setdefault(row.order_id, row.number)
        for one in _devices(row):
            of_device.setdefault((one.kind, one.value), {}).setdefault(row.order_id, row.number)
    for row in rows:
        if row.order_id is None:
            yield row
            continue
        same = of_order[row.order_id]
        shared = (one for one in _devices(row) if len(of_device[one.kind, one.value]) > 1)
        device = next(shared, None)
        if any(other.cells != row.cells for other in same):
            numbers = _named(other.number for other in same)
            problem = f"Rows {numbers} have different values for order {row.order_id}: keep one."
            yield replace(row, field="order", problem=problem)
        elif same[0] is not row:
            yield replace(row, field="order", problem=f"Order {row.order_id} is in row {same[0].number} already.")
        elif device is not None:
            numbers = _named(of_device[device.kind, device.value].values())
            problem = f"The {device.text} is in the rows {numbers}, and one device is of one order."
            yield replace(row, field=_device_field(row), problem=problem)
        elif _parcel(row) and len(of_parcel[_parcel(row)]) > 1:
            numbers = _named(of_parcel[_parcel(row)].values())
            yield replace(row, warnings=(f"The rows {numbers} have the same tracking number: is it one parcel?",))
        else:
            yield row


def _parcel(row: FileRow) -> str:
    """Return the tracking number of the row's parcel, '' if it cannot be read."""
    try:
        return tracking_number.read(row.cells.get("tracking", "")).value.upper()
    except BmtuiError:
        return ""


def _named(numbers: Iterable[int]) -> str:
    """Return row numbers as text, shortened if there are many."""
    found = list(numbers)
    shown = ", ".join(map(str, found[:_NAMED]))
    return f"{shown} and {len(found) - _NAMED:,} more" if len(found) > _NAMED else shown


def _devices(row: FileRow) -> Iterator[Identifier]:
    """Yield the row's identifiers that can be read, for any line."""
    parts = (part.partition("=")[2] for part in row.cells.get("identifiers", "").split(";"))
    for text, kind in (*((part, "") for part in parts), *((row.cells.get(name, ""), _KINDS[name]) for name in _KINDS)):
        try:
            yield identifiers.given(0, text, kind)
        except BmtuiError:
            continue


def _device_field(row: FileRow) -> str:
    """Return the column in which the row has its identifiers."""
    return next((name for name in ("identifiers", *_KINDS) if row.cells.get(name)), "identifiers")


def _checked(desk: Desk, row: FileRow) -> FileRow:
    """Return the row with its request, or with its problem."""
    if row.problem or row.order_id is None:
        return row
    order_id = row.order_id
    try:
        order = orders.order_row(desk, order_id)
    except BmtuiError as error:
        return replace(row, field="order", problem=str(error))
    lines = orders.lines_of(order)
    override = row.cells.get("override", "")
    try:
        given = _given(row.cells, [line.line_id for line in lines])
        identifiers.refuse(identifiers.problems(order, lines, given), override)
    except BmtuiError as error:
        return replace(row, field=error.field if error.field in COLUMNS else _device_field(row), problem=str(error))
    try:
        request = request_read.read(Answers({name: (text,) for name, text in row.cells.items()}), given)
        made = shipping.plan(desk, order_id, request)
    except BmtuiError as error:
        device = _device_field(row) if error.field.startswith(f"{IDENTIFIER.name}-") else "order"
        return replace(row, field=error.field if error.field in COLUMNS else device, problem=str(error))
    return replace(
        row,
        request=request,
        warnings=(*row.warnings, *made.warnings),
        waits=made.waits,
        sentence=made.sentence,
        doubts=made.doubts,
    )


def _given(cells: Mapping[str, str], line_ids: Sequence[int]) -> tuple[Identifier, ...]:
    found = []
    for part in filter(None, (piece.strip() for piece in cells.get("identifiers", "").split(";"))):
        line, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise RuleRefused(f"'{part[:60]}' is not LINE=VALUE.", "Write 91200001=356938035643809; the next.")
        line_id = whole_number.read(line, field="identifiers", wanted="line")
        found.append(identifiers.given(line_id, value, column="identifiers"))
    for column, kind in _KINDS.items():
        value = cells.get(column, "")
        if not value:
            continue
        if len(line_ids) != 1:
            raise RuleRefused(
                f"The order has {how_many(len(line_ids), 'line')}.", "Write LINE=VALUE in the column identifiers."
            )
        found.append(identifiers.given(line_ids[0], value, kind, column=column))
    return tuple(found)
