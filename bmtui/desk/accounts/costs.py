"""Purchase costs of devices and SKUs: imported from a file, dated, and never overwritten."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bmtui.channel.model import LineState
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError, NotRead, RuleRefused
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Company, PurchaseCost, from_micros
from bmtui.store.plain_sql import fetch
from bmtui.text import first_of, how_many, plain
from bmtui.values import amount, identifier, table_file
from bmtui.values import date as days

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "imei": (),
    "serial": ("serial_number", "sn"),
    "sku": ("listing",),
    "cost": ("price", "purchase_price", "amount"),
    "currency": (),
    "date": ("since", "bought", "purchase_date"),
    "reference": ("supplier", "invoice"),
}
MOST_ROWS = 100_000
_SHIPPED = (LineState.SHIPPED, LineState.REFUNDED_AFTER_SHIPPING)


@dataclass(frozen=True, slots=True)
class CostView:
    """Cost of a device (`kind` imei or serial) or of a SKU from the day `since` on."""

    company: str
    kind: str
    identifier: str
    since: str
    cost: Money
    reference: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class CostRow:
    """Row of the file with a purchase cost."""

    number: int
    kind: str
    identifier: str
    since: str
    cost: Money
    reference: str


@dataclass(frozen=True, slots=True)
class CostPreview:
    """Rows that an import would store; it is refused as long as `wrong` has sentences.

    `unsold` rows are about devices that were not sold here yet: stock, or a mistake; `notes` say how the file was read.
    """

    company: str
    file: str
    rows: tuple[CostRow, ...]
    known: int
    wrong: tuple[str, ...]
    unsold: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithoutCost:
    """Shipped order line without a purchase cost."""

    company: str
    order_id: int
    line_id: int
    sku: str
    imei: str
    serial_number: str
    price: Money
    shipped_at: datetime | None


class CostBook:
    """Purchase costs of a company, looked up by device or SKU and day."""

    def __init__(self, company_id: int) -> None:
        self._since: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._costs: dict[tuple[str, str], list[Money]] = defaultdict(list)
        columns = "kind, identifier, since, amount, currency"
        sql = f"SELECT {columns} FROM purchase_costs WHERE company_id = ? ORDER BY since, id"  # noqa: S608
        for kind, name, since, minor, currency in fetch(sql, (company_id,)):
            self._since[kind, name].append(since)
            self._costs[kind, name].append(Money(minor, currency))

    def of(self, day: str, *, imei: str = "", serial: str = "", sku: str = "") -> Money | None:
        """Return the cost of the device, else of the SKU, on that day: the newest that began by then; None without one.

        A device whose first cost is dated later was bought all the same: that cost counts.
        """
        for kind, name in (("imei", imei), ("serial", serial)):
            if name and (kind, name) in self._costs:
                return self._costs[kind, name][max(bisect_right(self._since[kind, name], day) - 1, 0)]
        place = bisect_right(self._since.get(("sku", sku), []), day)
        return self._costs["sku", sku][place - 1] if sku and place else None


def preview(desk: Desk, path: str, *, stock: bool = False) -> CostPreview:
    """Read and check the file; store nothing. With `stock`, devices that were not sold here are accepted.

    Raises:
        RuleRefused: it is no table of these columns.
    """
    company = desk.company_row()
    name = plain(Path(path).name)
    try:
        data = table_file.content(path, most_bytes=50_000_000)
        table = table_file.read(data, COLUMNS, name=name, required=("cost", "currency"), most_rows=MOST_ROWS)
    except NotRead as error:
        raise RuleRefused(f"{error.message} Nothing was stored.", error.advice) from error
    wrong = [f"{name} has an unknown column: '{title}'." for title in table.ignored]
    today = desk.now().astimezone(desk.zone(company.name)).date()
    rows = []
    for row in table.rows:
        try:
            rows.append(_row(row, today))
        except BmtuiError as error:
            wrong.append(str(error) if str(error).startswith("Row") else f"Row {row.number}, {error.field}: {error}")
    with desk.store.snapshot():
        known = _known(company.id)
        new = tuple(row for row in rows if known.get((row.kind, row.identifier, row.since)) != row.cost)
        sold = _sold(company.id)
    unsold = tuple(
        f"Row {row.number}: {row.kind} {row.identifier} was not sold here."
        for row in new
        if (row.kind, row.identifier) not in sold
    )
    notes = (*table.remarks, *table.preview)
    return CostPreview(company.name, name, new, len(rows) - len(new), tuple(wrong), () if stock else unsold, notes)


def save(desk: Desk, seen: CostPreview) -> int:
    """Store the rows of a preview, all or nothing; return the number of new rows.

    Raises:
        RuleRefused: a row is wrong, or about a device that was not sold here.
    """
    desk.must_write()
    wrong = (*seen.wrong, *seen.unsold)
    if wrong:
        advice = "With --stock, costs of devices that are still in stock are taken." if seen.unsold else ""
        raise RuleRefused(
            f"{seen.file}: {how_many(len(wrong), 'row is', 'rows are')} wrong; nothing was stored. {first_of(wrong)}",
            advice,
        )
    with desk.store.transaction():
        company = desk.company_row(seen.company)
        known = _known(company.id)
        new = [row for row in seen.rows if known.get((row.kind, row.identifier, row.since)) != row.cost]
        values = [
            {
                "company": company.id,
                "kind": row.kind,
                "identifier": row.identifier,
                "since": row.since,
                "amount": row.cost.minor,
                "currency": row.cost.currency,
                "reference": row.reference,
                "made_at": desk.now(),
                "made_by": desk.actor,
            }
            for row in new
        ]
        bulk.insert(PurchaseCost, values)
        if new:
            audit.record(
                desk,
                "costs.imported",
                f"{len(new):,} purchase costs of {seen.file} were stored.",
                company_id=company.id,
            )
        return len(new)


def listing(desk: Desk, limit: int | None = 1_000) -> tuple[CostView, ...]:
    """Return the purchase costs, newest first."""
    query = PurchaseCost.select(PurchaseCost, Company).join(Company).order_by(PurchaseCost.id.desc())
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(
        CostView(
            *(row.company.name, row.kind, row.identifier, row.since, Money(row.amount, row.currency)),
            *(row.reference, row.made_at, row.made_by),
        )
        for row in query.limit(limit)
    )


def without_cost(desk: Desk, limit: int | None = 1_000) -> tuple[WithoutCost, ...]:
    """Return the shipped lines whose device and SKU have no cost, newest order first."""
    company = desk.company_row()
    book = CostBook(company.id)
    rows = fetch(
        "SELECT o.order_id, l.line_id, l.sku, l.imei, l.serial_number, l.price, o.currency, o.shipped_at "
        "FROM order_lines l JOIN orders o ON o.id = l.order_ref "
        "WHERE o.company_id = ? AND l.state IN (?, ?) ORDER BY o.created_at DESC, o.id DESC, l.id",
        (company.id, *map(int, _SHIPPED)),
    )
    found: list[WithoutCost] = []
    for order_id, line_id, sku, imei, serial, price, currency, shipped in rows:
        if book.of("9999", imei=imei, serial=serial, sku=sku) is None:
            at = None if shipped is None else from_micros(shipped)
            found.append(WithoutCost(company.name, order_id, line_id, sku, imei, serial, Money(price, currency), at))
            if len(found) == limit:
                break
    return tuple(found)


def _row(row: table_file.Row, today: date) -> CostRow:
    row.must_fit()
    cells = row.cells
    given = {kind: cells[kind] for kind in ("imei", "serial", "sku") if cells.get(kind)}
    if len(given) != 1:
        count = "more than one" if given else "none"
        raise NotRead(
            "row",
            "",
            f"{count} of imei, serial and sku",
            "Name one.",
            message=f"Row {row.number} names {count} device.",
        )
    ((kind, text),) = given.items()
    if kind != "sku":
        named = identifier.Kind.IMEI if kind == "imei" else identifier.Kind.SERIAL
        text = identifier.read(text, kind=named, field=kind).value
    currency = amount.read_currency(cells["currency"])
    since = days.read_day(cells["date"], today, field="date").isoformat() if cells.get("date") else "0001-01-01"
    cost = amount.read(cells["cost"], currency, field="cost")
    return CostRow(row.number, kind, plain(text)[:200], since, cost, plain(cells.get("reference", ""))[:200])


def _known(company_id: int) -> dict[tuple[str, str, str], Money]:
    """Return the latest stored cost by kind, identifier and first day."""
    sql = "SELECT kind, identifier, since, amount, currency FROM purchase_costs WHERE company_id = ? ORDER BY id"
    return {tuple(row[:3]): Money(row[3], row[4]) for row in fetch(sql, (company_id,))}


def _sold(company_id: int) -> set[tuple[str, str]]:
    """Return the devices and SKUs of the company's orders, each with its kind (imei, serial or sku)."""
    of_lines = "FROM order_lines l JOIN orders o ON o.id = l.order_ref WHERE o.company_id = ?"
    of_units = "FROM units u JOIN orders o ON o.id = u.order_ref WHERE o.company_id = ?"
    found: set[tuple[str, str]] = set()
    for kind, column, tables in (
        *(("imei", "l.imei", of_lines), ("serial", "l.serial_number", of_lines), ("sku", "l.sku", of_lines)),
        *(("imei", "u.imei", of_units), ("serial", "u.serial_number", of_units)),
    ):
        rows: Sequence[tuple[str, ...]] = fetch(f"SELECT DISTINCT {column} {tables}", (company_id,))
        found |= {(kind, row[0]) for row in rows if row[0]}
    return found
