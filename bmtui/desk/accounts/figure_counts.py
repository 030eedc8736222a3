"""Daily sums of orders and lines: a day whose orders changed is counted anew before its sums are read.

Triggers of the store mark the hour in which a changed order was created. The sums of its day, in the company's time
zone, are then made again from the orders: so they equal a full recount at any time, and a reader adds up a few days
instead of all orders. A reader that may not write counts the days that are due in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from bmtui.desk.core.context import Desk
from bmtui.store import models
from bmtui.store.models import Company, to_micros
from bmtui.store.plain_sql import fetch, run
from bmtui.words import OrderStatus, Role

ORDERS, LINES = "figure_orders", "figure_lines"
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    ORDERS: ("market", "currency", "carrier"),
    LINES: ("currency", "sku"),
}
SUMS: Mapping[str, tuple[str, ...]] = {
    ORDERS: (
        *("orders", "received", "refunded", "fee", "adjustment", "with_refund", "with_return", "shipped", "wait_s"),
        *("within_24h", "within_48h", "within_72h"),
    ),
    LINES: ("pieces", "sold", "refunded", "fee", "pieces_refunded", "pieces_returned"),
}
_HOUR_US = 3_600_000_000
_TOGETHER = 8
"""Number of days that are counted in one transaction: more keep others waiting, fewer wait for the disk more often."""
_WAITED = "o.paid_at IS NOT NULL AND o.shipped_at >= o.paid_at"


def _waited_at_most(hours: int) -> str:
    return f"sum(CASE WHEN {_WAITED} AND o.shipped_at - o.paid_at <= {hours * _HOUR_US} THEN 1 ELSE 0 END)"


_COUNTED: Mapping[str, tuple[str, str]] = {
    ORDERS: (
        "count(*), sum(o.received), sum(o.refunded), "  # noqa: S608
        "sum(COALESCE(o.fee_charged, o.fee, 0)), sum(COALESCE(o.sales_dp_adjustment, 0)), "
        "sum(CASE WHEN o.refunded > 0 THEN 1 ELSE 0 END), "
        "sum(CASE WHEN EXISTS (SELECT 1 FROM returns r WHERE r.order_ref = o.id) THEN 1 ELSE 0 END), "
        f"sum(CASE WHEN {_WAITED} THEN 1 ELSE 0 END), "
        f"sum(CASE WHEN {_WAITED} THEN (o.shipped_at - o.paid_at) / 1000000 ELSE 0 END), "
        f"{_waited_at_most(24)}, {_waited_at_most(48)}, {_waited_at_most(72)}",
        "orders o",
    ),
    LINES: (
        "sum(l.quantity), sum(l.price), sum(l.refunded), sum(COALESCE(l.fee, 0)), "
        "sum(CASE WHEN l.refunded > 0 THEN l.quantity ELSE 0 END), "
        "sum(COALESCE((SELECT sum(i.received) FROM return_items i WHERE i.line_ref = l.id), 0))",
        "orders o JOIN order_lines l ON l.order_ref = o.id",
    ),
}
"""Expressions of `SUMS` for each table, and what they are counted in."""
_COUNTS = f"o.received > 0 AND o.status <> '{OrderStatus.VOID}'"
# The plus keeps SQLite from taking the index of the company, which leads to all of its orders.
_WHERE = f"+o.company_id = ? AND o.created_at >= ? AND o.created_at < ? AND {_COUNTS}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Companies with their time zones, and the first and last day in each zone, both included."""

    companies: tuple[tuple[int, tzinfo], ...]
    first: date
    last: date


def scope(desk: Desk, first: date, last: date) -> Scope:
    """Return the scope of the company in view, or of all, and these days."""
    rows = [desk.company_row()] if desk.company else list(Company.select().order_by(Company.id))
    return Scope(tuple((row.id, desk.zone(row.name)) for row in rows), first, last)


def may_keep(desk: Desk) -> bool:
    """Return whether the desk may store the sums that it counts."""
    return not desk.read_only and desk.role != Role.VIEWER


def keep_up(desk: Desk) -> None:
    """Count the days that are due, newest first, and store their sums."""
    for company in Company.select().order_by(Company.id):
        zone = desk.zone(company.name)
        for hours, days in _batches(_due(company.id, zone)):
            with desk.store.transaction():
                for day in days:
                    _keep_day(company.id, day, zone)
                # All days of these hours were counted here, with whatever changed in them up to now.
                marks = ", ".join("?" for _ in hours)
                run(f"DELETE FROM figure_due WHERE company_id = ? AND hour IN ({marks})", (company.id, *hours))  # noqa: S608


class Sums:
    """Sums over a scope: stored ones, and those of days that are due, counted in memory."""

    def __init__(self, desk: Desk, wanted: Scope) -> None:
        self._scope = wanted
        self._live: dict[str, list[tuple[Any, ...]]] = {ORDERS: [], LINES: []}
        self._due: dict[int, list[str]] = {}
        for company_id, zone in wanted.companies:
            marked = {day for days in _due(company_id, zone).values() for day in days}
            due = [day for day in marked if wanted.first <= day <= wanted.last]
            self._due[company_id] = [day.isoformat() for day in due]
            for day in due:
                for table in (ORDERS, LINES):
                    rows = fetch(_counting(table), (company_id, *_bounds(day, zone)))
                    self._live[table] += [(day.isoformat(), *row) for row in rows]

    def by(self, table: str, *names: str, of: Sequence[str]) -> dict[tuple[Any, ...], list[int]]:
        """Return the sums `of` these names for each combination of the columns: day and dimensions of the table."""
        found: dict[tuple[Any, ...], list[int]] = {}
        for company_id, _ in self._scope.companies:
            for row in self._stored(table, company_id, names, of):
                _add(found, tuple(row[: len(names)]), row[len(names) :])
        columns = ("day", *DIMENSIONS[table], *SUMS[table])
        places = [columns.index(name) for name in names]
        values = [columns.index(name) for name in of]
        for row in self._live[table]:
            _add(found, tuple(row[place] for place in places), [row[place] for place in values])
        return found

    def _stored(self, table: str, company_id: int, names: Sequence[str], of: Sequence[str]) -> list[tuple[Any, ...]]:
        due = self._due[company_id]
        without = f" AND day NOT IN ({', '.join('?' for _ in due)})" if due else ""
        columns = ", ".join((*names, *(f"sum({name})" for name in of)))
        group = f" GROUP BY {', '.join(names)}" if names else ""
        return fetch(
            f"SELECT {columns} FROM {table} WHERE company_id = ? AND day BETWEEN ? AND ?{without}{group}",  # noqa: S608
            (company_id, self._scope.first.isoformat(), self._scope.last.isoformat(), *due),
        )


def _add(found: dict[tuple[Any, ...], list[int]], key: tuple[Any, ...], values: Iterable[Any]) -> None:
    numbers = [int(value or 0) for value in values]
    found[key] = [one + other for one, other in zip(found[key], numbers, strict=True)] if key in found else numbers


def _due(company_id: int, zone: tzinfo) -> dict[int, set[date]]:
    """Return the marked hours, newest first, with their days: two for an hour in a zone with a half-hour offset."""
    found = {}
    for (hour,) in fetch("SELECT hour FROM figure_due WHERE company_id = ? ORDER BY hour DESC", (company_id,)):
        begin = datetime.fromtimestamp(hour * 3600, UTC)
        found[hour] = {begin.astimezone(zone).date(), (begin + timedelta(minutes=59)).astimezone(zone).date()}
    return found


def _batches(due: Mapping[int, set[date]]) -> Iterator[tuple[list[int], list[date]]]:
    """Return the hours with their days, as many as are counted together; an hour is with all of its days."""
    hours: list[int] = []
    days: set[date] = set()
    for hour, of_hour in due.items():
        if hours and len(days | of_hour) > _TOGETHER:
            yield hours, sorted(days, reverse=True)
            hours, days = [], set()
        hours.append(hour)
        days |= of_hour
    if hours:
        yield hours, sorted(days, reverse=True)


def _bounds(day: date, zone: tzinfo) -> tuple[int, int]:
    begin, end = (datetime.combine(at, time(), zone).astimezone(UTC) for at in (day, day + timedelta(days=1)))
    return to_micros(begin), to_micros(end)


def _counting(table: str, first: str = "") -> str:
    """Return the query for the sums of a span of time, with more columns before them."""
    sums, source = _COUNTED[table]
    columns = ", ".join(f"{'l' if name == 'sku' else 'o'}.{name}" for name in DIMENSIONS[table])
    return f"SELECT {first}{columns}, {sums} FROM {source} WHERE {_WHERE} GROUP BY {columns}"  # noqa: S608


def _keep_day(company_id: int, day: date, zone: tzinfo) -> None:
    """Count and store the sums of a day, inside the caller's transaction."""
    for table in (ORDERS, LINES):
        # Sums of lines have no market: no figure needs it, and a year would have ten times as many rows.
        market = "" if "market" in DIMENSIONS[table] else "market, "
        names = f"company_id, day, {market}{', '.join((*DIMENSIONS[table], *SUMS[table]))}"
        query = _counting(table, "?, ?, '', " if market else "?, ?, ")
        run(f"DELETE FROM {table} WHERE company_id = ? AND day = ?", (company_id, str(day)))  # noqa: S608
        run(f"INSERT INTO {table} ({names}) {query}", (company_id, str(day), company_id, *_bounds(day, zone)))


def recount(desk: Desk) -> None:
    """Delete all sums and count them again from the orders."""
    database = models.database
    with desk.store.transaction():
        for table in (ORDERS, LINES):
            database.execute_sql(f"DELETE FROM {table}")  # noqa: S608
        database.execute_sql(
            f"INSERT INTO figure_due SELECT DISTINCT company_id, created_at / {_HOUR_US} FROM orders "  # noqa: S608
            "WHERE TRUE ON CONFLICT DO NOTHING"
        )
    keep_up(desk)
