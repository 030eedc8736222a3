"""Reader of Back Market's billing statements: CSV or TSV with seven columns (API §11)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bmtui.desk.accounts.kinds import RowKind, kind_of
from bmtui.errors import BmtuiError, NotRead, RuleRefused
from bmtui.money import Money
from bmtui.text import first_of, how_many, plain
from bmtui.values import amount, table_file, whole_number
from bmtui.values import date as days

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "invoice_key": ("invoice", "statement"),
    "value_date": ("date",),
    "sku": ("listing",),
    "order_id": ("order",),
    "designation": ("label", "type"),
    "amount": (),
    "currency": (),
}
REQUIRED = ("invoice_key", "value_date", "order_id", "designation", "amount", "currency")
MOST_BYTES, MOST_ROWS = 100_000_000, 500_000
_LONGEST = 200

Key = tuple[str, int, str, str, str, int, str, int]
"""Identity of a row: statement, order, SKU, designation, day, amount, currency, and place among equal rows."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Row of the file. `order_id` 0 is about the account; `amount` is signed, in minor units.

    `place` counts equal rows, from 1.
    """

    number: int
    statement: str
    day: str
    sku: str
    order_id: int
    designation: str
    kind: RowKind
    amount: int
    currency: str
    place: int

    @property
    def key(self) -> Key:
        return (
            *(self.statement, self.order_id, self.sku, self.designation),
            *(self.day, self.amount, self.currency, self.place),
        )


@dataclass(frozen=True, slots=True)
class StatementContents:
    """Contents of a file; `ignored` are its unknown columns, `remarks` sentences about the file."""

    name: str
    data: bytes
    lines: tuple[StatementLine, ...]
    ignored: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def read(path: str, today: date) -> StatementContents:
    """Read and check the file.

    Raises:
        RuleRefused: a row or the file cannot be read, with all rows that are wrong; nothing can be imported.
    """
    name = plain(Path(path).name)
    data = table_file.content(path, most_bytes=MOST_BYTES)
    try:
        table = table_file.read(data, COLUMNS, name=name, required=REQUIRED, most_rows=MOST_ROWS)
    except NotRead as error:
        raise RuleRefused(f"{error.message} Nothing was imported.", error.advice) from error
    lines: list[StatementLine] = []
    wrong: list[str] = []
    seen: Counter[tuple[object, ...]] = Counter()
    for row in table.rows:
        try:
            line = _line(row, today)
        except BmtuiError as error:
            wrong.append(_of_row(row.number, error))
            continue
        seen[line.key] += 1
        lines.append(line if seen[line.key] == 1 else _placed(line, seen[line.key]))
    if wrong:
        raise RuleRefused(
            f"{name}: {how_many(len(wrong), 'row is', 'rows are')} wrong; nothing was imported. {first_of(wrong)}"
        )
    if not lines:
        raise RuleRefused(f"{name} has no rows; nothing was imported.")
    return StatementContents(name, data, tuple(lines), table.ignored, (*table.remarks, *table.preview))


def check_totals(contents: StatementContents, payout: Mapping[str, int] | None = None) -> None:
    """Compare the totals that the file states, and the `payout` that the user expects by currency, with its rows.

    Raises:
        RuleRefused: they do not add up, with both sums.
    """
    sums: Counter[tuple[str, str]] = Counter()
    whole: Counter[str] = Counter()
    for line in contents.lines:
        if line.kind is not RowKind.PAYOUT:
            sums[line.statement, line.currency] += line.amount
            whole[line.currency] += line.amount
    wrong = [
        f"Row {line.number} states {Money(line.amount, line.currency)} for {line.statement}; its rows add up to "
        f"{Money(sums[line.statement, line.currency], line.currency)}."
        for line in contents.lines
        if line.kind is RowKind.PAYOUT and abs(line.amount) != abs(sums[line.statement, line.currency])
    ]
    wrong += [
        f"{Money(minor, currency)} is expected; the rows add up to {Money(whole[currency], currency)}."
        for currency, minor in (payout or {}).items()
        if minor != whole[currency]
    ]
    if wrong:
        raise RuleRefused(
            f"{contents.name} does not add up; nothing was imported. {first_of(wrong)}", "Ask for the whole statement."
        )


def _line(row: table_file.Row, today: date) -> StatementLine:
    row.must_fit()
    cells = row.cells
    currency = amount.read_currency(cells["currency"])
    designation = plain(cells["designation"])[:_LONGEST]
    statement = plain(cells["invoice_key"])[:_LONGEST]
    for column, value in (("invoice_key", statement), ("designation", designation)):
        if not value:
            raise NotRead(column, "", "empty", "Fill it in.", message=f"{column} is missing.")
    order = cells["order_id"]
    return StatementLine(
        number=row.number,
        statement=statement,
        day=days.read_day(cells["value_date"], today, field="value_date").isoformat(),
        sku=plain(cells.get("sku", ""))[:_LONGEST],
        order_id=whole_number.read(order, field="order_id", wanted="order number") if order else 0,
        designation=designation,
        kind=kind_of(designation),
        amount=amount.read(cells["amount"], currency, signed=True).minor,
        currency=currency,
        place=1,
    )


def _placed(line: StatementLine, place: int) -> StatementLine:
    return StatementLine(
        *(line.number, line.statement, line.day, line.sku, line.order_id, line.designation),
        *(line.kind, line.amount, line.currency, place),
    )


def _of_row(number: int, error: BmtuiError) -> str:
    text = str(error)
    return text if text.startswith(f"Row {number}") else f"Row {number}, {error.field or 'row'}: {text}"
