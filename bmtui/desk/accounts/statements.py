"""Billing statements: imported files, the sums of each statement, and the rows that match nothing in the store."""

from __future__ import annotations

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bmtui.desk.accounts import statement_matching
from bmtui.desk.accounts.kinds import RowKind, RowProblem
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing.files import write_new
from bmtui.errors import NotFound
from bmtui.money import Money
from bmtui.store.models import Company, StatementFile, StatementRow
from bmtui.store.plain_sql import fetch
from bmtui.words import Role

RETRIED = 5_000
"""Number of orders whose open rows are matched again before they are listed."""


@dataclass(frozen=True, slots=True)
class StatementFileView:
    """Imported file; `known` rows had come with another file."""

    file_id: int
    company: str
    name: str
    sha256: str
    size: int
    added: int
    known: int
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class StatementSum:
    """Sum of the rows of one kind of a statement, and of its unexplained rows."""

    company: str
    statement: str
    currency: str
    kind: str
    rows: int
    amount: Money
    unexplained_rows: int
    unexplained: Money


@dataclass(frozen=True, slots=True)
class StatementRowView:
    """Row of a statement; `problem` '' means explained, `detail` says by what, or why not."""

    row_id: int
    company: str
    statement: str
    day: str
    order_id: int
    sku: str
    designation: str
    kind: str
    amount: Money
    problem: str
    detail: str
    refund_id: int | None


def files(desk: Desk) -> tuple[StatementFileView, ...]:
    """Return the imported files, newest first."""
    query = StatementFile.select(StatementFile, Company).join(Company).order_by(StatementFile.id.desc())
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(
        StatementFileView(
            *(row.id, row.company.name, row.name, row.sha256, row.size, row.added, row.known, row.made_at, row.made_by)
        )
        for row in query
    )


def content_of(desk: Desk, file_id: int) -> bytes:
    """Return the bytes of an imported file, as they came. Raises NotFound."""
    row = StatementFile.get_or_none(StatementFile.id == file_id)
    if row is None or (desk.company and row.company_id != desk.company_row().id):
        raise NotFound(f"There is no statement file {file_id}.", "See 'bmtui money statements --files'.")
    return zlib.decompress(base64.b64decode(row.content))


def save_file(desk: Desk, file_id: int, path: Path) -> int:
    """Write an imported file as it came; return its size in bytes.

    Raises:
        NotFound: there is no such file. RuleRefused: something else is there. ConfigError: it cannot be written.
    """
    data = content_of(desk, file_id)
    write_new(path, data)
    return len(data)


def sums(desk: Desk, statement: str = "") -> tuple[StatementSum, ...]:
    """Return the sums of one or all statements by currency and kind, without the pay-outs that they state."""
    where, values = _scope(desk)
    if statement:
        where, values = f"{where} AND r.statement = ?", (*values, statement)
    rows = fetch(
        "SELECT c.name, r.statement, r.currency, r.kind, count(*), sum(r.amount), "  # noqa: S608
        "sum(CASE WHEN r.problem <> '' THEN 1 ELSE 0 END), sum(CASE WHEN r.problem <> '' THEN r.amount ELSE 0 END) "
        f"FROM statement_rows r JOIN companies c ON c.id = r.company_id WHERE {where} AND r.kind <> '{RowKind.PAYOUT}' "
        "GROUP BY c.name, r.statement, r.currency, r.kind ORDER BY c.name, r.statement DESC, r.currency, r.kind",
        values,
    )
    return tuple(
        StatementSum(
            *(company, name, currency, kind, int(count), Money(int(amount), currency)),
            *(int(odd), Money(int(odd_amount), currency)),
        )
        for company, name, currency, kind, count, amount, odd, odd_amount in rows
    )


def unexplained(desk: Desk, *, limit: int | None = 1_000, statement: str = "") -> tuple[StatementRowView, ...]:
    """Match the unexplained rows again with the store as it is now; return those that are left, newest first."""
    retry(desk)
    return open_rows(desk, limit=limit, statement=statement)


def open_rows(desk: Desk, *, limit: int | None = 1_000, statement: str = "") -> tuple[StatementRowView, ...]:
    """Return the unexplained rows by their last match, newest first."""
    where, values = _scope(desk)
    if statement:
        where, values = f"{where} AND r.statement = ?", (*values, statement)
    return _rows(f"{where} AND r.problem <> ''", values, limit)


def of_order(order_row: int) -> tuple[StatementRowView, ...]:
    """Return the rows about an order, newest first."""
    return _rows("r.order_ref = ?", (order_row,), None)


def retry(desk: Desk) -> None:
    """Match the orders of unexplained rows again, where the desk may write: the missing data may have come since."""
    if desk.read_only or desk.role == Role.VIEWER:
        return
    open_rows = fetch(
        "SELECT DISTINCT company_id, order_id FROM statement_rows WHERE problem <> '' LIMIT ?", (RETRIED,)
    )
    by_company: dict[int, list[int]] = defaultdict(list)
    for company_id, order_id in open_rows:
        by_company[company_id].append(order_id)
    if by_company:
        with desk.store.transaction():
            for company_id, order_ids in by_company.items():
                statement_matching.match(company_id, order_ids)


def fees_of_lines(order_row: int) -> dict[int, int]:
    """Return the commission that the statements charged for each line of an order (by row), in minor units."""
    query = (
        "SELECT line_ref, -sum(amount) FROM statement_rows "
        "WHERE order_ref = ? AND line_ref IS NOT NULL AND kind = ? GROUP BY line_ref"
    )
    return {line: int(amount) for line, amount in fetch(query, (order_row, str(RowKind.COMMISSION)))}


def refunds_not_known(company_id: int, order_ids: Iterable[int] = ()) -> list[StatementRow]:
    """Return the rows of refunds that Back Market charged and the store lacks, of these orders or of all."""
    which = (StatementRow.company == company_id) & (StatementRow.problem == RowProblem.REFUND_NOT_KNOWN_HERE)
    wanted = list(order_ids)
    if wanted:
        which &= StatementRow.order_id.in_(wanted)
    return list(StatementRow.select().where(which).order_by(StatementRow.id))


def _scope(desk: Desk) -> tuple[str, tuple[Any, ...]]:
    return ("r.company_id = ?", (desk.company_row().id,)) if desk.company else ("TRUE", ())


def _rows(where: str, values: tuple[Any, ...], limit: int | None) -> tuple[StatementRowView, ...]:
    most = "" if limit is None else f" LIMIT {int(limit)}"
    found = fetch(
        "SELECT r.id, c.name, r.statement, r.day, r.order_id, r.sku, r.designation, r.kind, r.amount, r.currency, "  # noqa: S608
        "r.problem, r.detail, r.refund_id FROM statement_rows r JOIN companies c ON c.id = r.company_id "
        f"WHERE {where} ORDER BY r.day DESC, r.id DESC{most}",
        values,
    )
    return tuple(map(_view, found))


def _view(row: tuple[Any, ...]) -> StatementRowView:
    row_id, company, name, day, order_id, sku, designation, kind, amount, currency, problem, detail, refund_id = row
    named = (row_id, company, name, day, order_id, sku, designation, kind)
    return StatementRowView(*named, Money(amount, currency), problem, detail, refund_id)


def packed(data: bytes) -> str:
    """Return the bytes of a file as stored text: compressed, in base64."""
    return base64.b64encode(zlib.compress(data, 9)).decode()
