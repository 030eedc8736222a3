"""Import of a billing statement: previewed, then stored whole with its file, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bmtui.desk.accounts import statement_file, statement_matching, statements
from bmtui.desk.accounts.kinds import RowKind
from bmtui.desk.accounts.statement_file import Key, StatementContents, StatementLine
from bmtui.desk.accounts.statements import StatementRowView
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import reconcile
from bmtui.errors import ConfigError, NotFound, RuleRefused, StoreError
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Company, StatementFile, StatementRow
from bmtui.store.plain_sql import fetch
from bmtui.text import first_of, how_many
from bmtui.values import amount

_ABOUT = 400
"""Number of orders or statements in one query."""


@dataclass(frozen=True, slots=True)
class KindSum:
    """Sum of the rows of one kind of a statement in the file."""

    statement: str
    currency: str
    kind: str
    rows: int
    amount: Money


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """Preview of an import. `added` rows are new, `known` ones came before; `doubts` need an own confirmation."""

    company: str
    file: str
    rows: int
    added: int
    known: int
    sums: tuple[KindSum, ...]
    doubts: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import. `unexplained` are the rows of its statements that match nothing in the store.

    `file_id` is None when every row had come before and nothing was stored. `job_id` is the job that compares orders
    with refunds on Back Market that are not known here.
    """

    company: str
    file: str
    file_id: int | None
    rows: int
    added: int
    known: int
    sums: tuple[KindSum, ...]
    unexplained: tuple[StatementRowView, ...]
    job_id: int | None = None

    @property
    def sentence(self) -> str:
        """Result in one sentence."""
        if self.file_id is None:
            return (
                f"{self.file}: all {how_many(self.rows, 'row was', 'rows were')} imported before; nothing was changed."
            )
        odd = len(self.unexplained)
        return (
            f"{self.file}: {how_many(self.added, 'row')} imported, {self.known:,} imported before, {odd:,} not "
            "explained."
        )


def preview(desk: Desk, path: str, *, payout: Iterable[str] = ()) -> tuple[StatementPreview, StatementContents]:
    """Read and check the file; store nothing.

    Args:
        payout: what the bank shows, such as ``1204.50 EUR``; the rows of that currency must come to it.

    Raises:
        RuleRefused: a row is wrong, the file does not add up, or an order has another currency.
    """
    company = desk.company_row()
    contents = statement_file.read(path, desk.now().astimezone(desk.zone(company.name)).date())
    statement_file.check_totals(contents, _payouts(payout))
    with desk.store.snapshot():
        _check_currencies(company, contents)
        known = _known(company.id, contents.lines)
    doubts = []
    if contents.ignored:
        doubts.append(f"{contents.name} has unknown columns: {', '.join(contents.ignored)[:200]}.")
    added = sum(line.key not in known for line in contents.lines)
    rows = len(contents.lines)
    seen = StatementPreview(
        *(company.name, contents.name, rows, added, rows - added),
        *(_sums(contents.lines), tuple(doubts), contents.remarks),
    )
    return seen, contents


def save(desk: Desk, contents: StatementContents) -> Imported:
    """Store the new rows with the file, match them, and check that the stored sums are those of the file.

    Importing the same rows again changes nothing, whichever file has them.

    Raises:
        RuleRefused: an order has another currency. StoreError: the sums differ; nothing was stored.
    """
    desk.must_write()
    with desk.store.transaction():
        company = desk.company_row()
        _check_currencies(company, contents)
        known = _known(company.id, contents.lines)
        new = [line for line in contents.lines if line.key not in known]
        sums = _sums(contents.lines)
        counts = (len(contents.lines), len(new), len(contents.lines) - len(new))
        order_ids = {line.order_id for line in contents.lines}
        file_id = None
        if new:
            file_id = _store(desk, company, contents, new)
            statement_matching.match(company.id, order_ids)
            _prove(file_id, contents.lines, known)
            audit.record(
                desk,
                "statement.imported",
                f"Billing statement {contents.name}: {how_many(len(new), 'row')}, {counts[2]:,} of the file known "
                "before.",
                company_id=company.id,
                after={"file": file_id, "sha256": contents.sha256},
            )
        in_file = {line.statement for line in contents.lines}
        odd = tuple(row for name in sorted(in_file) for row in statements.unexplained(desk, limit=None, statement=name))
        job_id = _compare(desk, company, order_ids) if new else None
        return Imported(company.name, contents.name, file_id, *counts, sums, odd, job_id)


def _payouts(texts: Iterable[str]) -> Mapping[str, int]:
    found = {}
    for text in texts:
        number, _, code = text.strip().rpartition(" ")
        if not number:
            raise ConfigError(f"'{text[:40]}' is not an amount with its currency.", 'Write it like "1204.50 EUR".')
        currency = amount.read_currency(code)
        found[currency] = amount.read(number, currency, field="payout", signed=True).minor
    return found


def _check_currencies(company: Company, contents: StatementContents) -> None:
    ids = sorted({line.order_id for line in contents.lines if line.order_id})
    currencies: dict[int, str] = {}
    for begin in range(0, len(ids), _ABOUT):
        some = ids[begin : begin + _ABOUT]
        marks = ", ".join("?" for _ in some)
        currencies |= dict(
            fetch(
                f"SELECT order_id, currency FROM orders WHERE company_id = ? AND order_id IN ({marks})",  # noqa: S608
                (company.id, *some),
            )
        )
    wrong = [
        f"Row {line.number}: {Money(line.amount, line.currency)}, order {line.order_id} is in "
        f"{currencies[line.order_id]}."
        for line in contents.lines
        if currencies.get(line.order_id, line.currency) != line.currency
    ]
    if wrong:
        raise RuleRefused(
            f"{contents.name}: {how_many(len(wrong), 'row has', 'rows have')} another currency than their order; "
            "nothing was imported. "
            f"{first_of(wrong)}",
            "Check whose statement it is.",
        )


def _known(company_id: int, lines: Iterable[StatementLine]) -> set[Key]:
    """Return the keys of the stored rows of these statements."""
    names = sorted({line.statement for line in lines})
    found: set[Key] = set()
    for begin in range(0, len(names), _ABOUT):
        some = names[begin : begin + _ABOUT]
        marks = ", ".join("?" for _ in some)
        columns = "statement, order_id, sku, designation, day, amount, currency, place"
        sql = f"SELECT {columns} FROM statement_rows WHERE company_id = ? AND statement IN ({marks})"  # noqa: S608
        found |= set(fetch(sql, (company_id, *some)))
    return found


def _store(desk: Desk, company: Company, contents: StatementContents, new: list[StatementLine]) -> int:
    file = StatementFile.create(
        company=company,
        name=contents.name,
        sha256=contents.sha256,
        size=len(contents.data),
        content=statements.packed(contents.data),
        added=len(new),
        known=len(contents.lines) - len(new),
        made_at=desk.now(),
        made_by=desk.actor,
    )
    rows = [
        {
            "file": file.id,
            "company": company.id,
            "number": line.number,
            "statement": line.statement,
            "day": line.day,
            "sku": line.sku,
            "order_id": line.order_id,
            "designation": line.designation,
            "kind": line.kind,
            "amount": line.amount,
            "currency": line.currency,
            "place": line.place,
            "problem": "",
            "detail": "",
        }
        for line in new
    ]
    bulk.insert(StatementRow, rows)
    return int(file.id)


def _sums(lines: Iterable[StatementLine]) -> tuple[KindSum, ...]:
    amounts: Counter[tuple[str, str, str]] = Counter()
    counts: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if line.kind is not RowKind.PAYOUT:
            key = (line.statement, line.currency, str(line.kind))
            amounts[key] += line.amount
            counts[key] += 1
    return tuple(KindSum(*key, counts[key], Money(amounts[key], key[1])) for key in sorted(counts))


def _prove(file_id: int, lines: Iterable[StatementLine], known: set[Key]) -> None:
    """Check that the stored sums of the new rows are those of the file. Raises StoreError."""
    wanted: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if line.key not in known:
            wanted[line.statement, line.currency, str(line.kind)] += line.amount
    sql = "SELECT statement, currency, kind, sum(amount) FROM statement_rows WHERE file_id = ? GROUP BY 1, 2, 3"
    here = {(name, currency, kind): int(total) for name, currency, kind, total in fetch(sql, (file_id,))}
    if here != dict(wanted):
        raise StoreError(f"The rows of file {file_id} have other sums than the file; nothing was stored.")


def _compare(desk: Desk, company: Company, order_ids: Iterable[int]) -> int | None:
    """Queue the comparison of orders whose refunds on Back Market are not known here; return the job's id or None."""
    odd = sorted({row.order_id for row in statements.refunds_not_known(company.id) if row.order_id in set(order_ids)})
    if not odd:
        return None
    try:
        return reconcile.start(desk, company.name, order_ids=odd)
    except (RuleRefused, NotFound):
        # Without a connection the rows are listed all the same.
        return None
