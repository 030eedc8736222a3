"""Search for orders: a typed query as SQL, and the pages of its result.

The SQL is written here and not by peewee, which takes longer for it than the database for its answer (performance,
Peewee's price). What differs between the databases is behind `dialect`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from bmtui.store import models
from bmtui.store.conditions import FEE, NET, condition_of, joined, needle_of
from bmtui.store.dialect import Clause, Needle
from bmtui.store.models import from_micros
from bmtui.store.plain_sql import fetch
from bmtui.store.query import parse
from bmtui.words import OrderStatus


class Sort(NamedTuple):
    """Sort of a result: an expression on the orders `o`, and whether it may be NULL."""

    sql: str
    nullable: bool = False


SORTS = {
    "created": Sort("o.created_at"),
    "updated": Sort("o.updated_at"),
    "shipby": Sort("o.ship_by", nullable=True),
    "paid": Sort("o.paid_at", nullable=True),
    "shipped": Sort("o.shipped_at", nullable=True),
    "total": Sort("o.total"),
    "refunded": Sort("o.refunded"),
    "refundable": Sort("o.received - o.refunded"),
    "fee": Sort(FEE, nullable=True),
    "net": Sort(NET),
    "name": Sort("o.customer_name"),
    "mail": Sort("o.customer_email"),
    "id": Sort("o.order_id"),
    "status": Sort("o.status"),
    "shipping": Sort("o.shipping_status"),
    "payment": Sort("o.payment_status"),
    "channel": Sort("o.channel_status"),
    "market": Sort("o.market"),
    "country": Sort("o.country"),
    "currency": Sort("o.currency"),
    "company": Sort("o.company_id"),
    "tracking": Sort("o.tracking_number"),
    "carrier": Sort("o.carrier"),
    "assignee": Sort("o.assignee"),
}

_HOUR = 3_600_000_000
"""Hour in microseconds, as times are stored."""

COUNT_CAP = 1_000
"""Number at which counting stops: an exact count of a million costs more than it is worth (performance, Search)."""

Cursor = tuple[Any, ...]
"""Position of a row in a result: its sort values. It is valid only for the query and sort that returned it."""


@dataclass(frozen=True, slots=True)
class From:
    """Start of a page.

    Attributes:
        cursor: the row behind which the page begins (`backwards`: before which it ends); None: first (last) page.
        skip: number of rows to leave out there; each costs time.
    """

    cursor: Cursor | None = None
    backwards: bool = False
    skip: int = 0


class Search:
    """Query for orders, ready to be counted and paged.

    Args:
        text: the typed query; '' is every order that is not Void.
        now: time for presets such as ``last7``; zone: time zone of the days in the query.
        company_id: id of the only company whose orders are found; None for all.
        hidden: companies whose orders are left out, unless the query names companies or ids.
        me: the account that asks.
        among: only rows of orders to search in; None for all.

    Raises:
        bmtui.store.query.QueryError: the query cannot be read.
    """

    def __init__(
        self,
        text: str,
        now: datetime,
        zone: tzinfo,
        company_id: int | None = None,
        *,
        hidden: Sequence[int] = (),
        me: str = "",
        among: Sequence[int] | None = None,
    ) -> None:
        self._needles: list[Needle] = []
        self._conditions: list[Clause] = []
        terms = parse(text)
        for term in terms:
            needle = None if term.negated or len(term.values) > 1 else needle_of(term, term.values[0])
            if needle is not None:
                self._needles.append(needle)
            if needle is None or term.key:
                self._conditions.append(condition_of(term, now, zone, me))
        # A filter that only excludes some status does not ask for the void ones.
        if not any(term.key == "status" and not term.negated for term in terms):
            self._conditions.append(Clause("o.status <> ?", (str(OrderStatus.VOID),)))
        if hidden and not any(term.key in ("company", "id") and not term.negated for term in terms):
            marks = ", ".join("?" for _ in hidden)
            self._conditions.append(Clause(f"o.company_id NOT IN ({marks})", tuple(hidden)))
        if company_id is not None:
            self._conditions.append(Clause("o.company_id = ?", (company_id,)))
        if among is not None:
            self._conditions.append(Clause(f"o.id IN ({', '.join('?' for _ in among) or 'NULL'})", tuple(among)))

    def narrow(self, sql: str, *values: Any) -> None:
        """Add a condition on the orders `o`."""
        self._conditions.append(Clause(sql, values))

    def page(
        self, columns: str, sort: str, descending: bool, begin: From, limit: int, *, many: bool = False
    ) -> list[tuple[Any, ...]]:
        """Return `limit` orders from `begin` on, in a total order (ties by row; orders without a value come last).

        Args:
            columns: columns of the orders `o`, as SQL.
            many: True when so many orders match that collecting and sorting them would be slow.

        Returns:
            The columns, followed by the values of each row's `Cursor`.
        """
        by = SORTS[sort]
        tables, where, order = self._source(sort, many)
        keys = (order,) if order else (by.sql, "o.id")
        if order or not by.nullable:
            return _run(columns, tables, where, keys, keys, descending, begin, limit)
        # Two questions, each of which an index answers; the second only where the first leaves room.
        parts = [
            ([*where, Clause(f"{by.sql} IS NOT NULL")], keys),
            ([*where, Clause(f"{by.sql} IS NULL")], keys[1:]),
        ]
        if begin.backwards:
            parts.reverse()
        if begin.cursor is not None and (begin.cursor[0] is None) != begin.backwards:
            del parts[0]
        rows: list[tuple[Any, ...]] = []
        here = begin
        for clauses, sorted_by in parts:
            if len(rows) < limit:
                found = _run(columns, tables, clauses, keys, sorted_by, descending, here, limit - len(rows))
                left = 0
                if here.skip and not found:
                    passed = _beyond(clauses, keys, sorted_by, descending, here)
                    left = max(here.skip - _counted(tables, passed, None), 0)
                here = From(None, begin.backwards, left)
                rows = found + rows if begin.backwards else rows + found
        return rows

    def asks_how_many(self, sort: str) -> bool:
        """Return whether `page` uses another way to the rows when `many` match."""
        return self._source(sort, many=True) != self._source(sort, many=False)

    def count(self, cap: int | None = COUNT_CAP) -> int:
        """Return the number of matching orders; with a `cap`, at most cap + 1, which means "more than cap"."""
        tables, where, _ = self._source("created", many=False)
        return _counted(tables, where, cap)

    def sums(self) -> list[tuple[Any, ...]]:
        """Return a row per currency: currency, number of orders, and sums of total, received, refunded, fee and net."""
        tables, where, _ = self._source("created", many=False)
        condition = joined("AND", where)
        sql = (
            "SELECT o.currency, count(*), sum(o.total), sum(o.received), sum(o.refunded), "  # noqa: S608
            f"COALESCE(sum({FEE}), 0), sum({NET}) "
            f"FROM {tables.sql} WHERE {condition.sql} GROUP BY o.currency ORDER BY o.currency"
        )
        return fetch(sql, (*tables.values, *condition.values))

    def hours(self, column: str) -> list[tuple[datetime, int]]:
        """Count the matching orders by hour of `column` (``ship_by`` or ``created_at``), earliest first, in UTC."""
        tables, where, _ = self._source("created", many=False)
        condition = joined("AND", [*where, Clause(f"o.{column} IS NOT NULL")])
        sql = (
            f"SELECT o.{column} / {_HOUR} AS hour, count(*) "  # noqa: S608
            f"FROM {tables.sql} WHERE {condition.sql} GROUP BY 1 ORDER BY 1"
        )
        rows = fetch(sql, (*tables.values, *condition.values))
        return [(from_micros(hour * _HOUR), int(number)) for hour, number in rows]

    def _source(self, sort: str, many: bool) -> tuple[Clause, list[Clause], str]:
        """Return tables, conditions, and the expression by which the rows come without sorting ('' for no order)."""
        database = models.database
        # What is looked for word by word can be looked for at once; of the others the first leads.
        lead = [needle for needle in self._needles if not needle.parts] or self._needles[:1]
        source = database.by_text(lead) if lead and (sort == "created" or not many) else None
        if source is None:
            tables, where, order, rest = Clause("orders o"), [], "", self._needles
        else:
            tables, where, order = source.tables, [source.where], source.order if sort == "created" else ""
            rest = [needle for needle in self._needles if needle not in lead]
        held = [database.holds(needle, by_index=not many) for needle in rest]
        return tables, [*where, *held, *self._conditions], order


def _run(
    columns: str,
    tables: Clause,
    where: Sequence[Clause],
    keys: Sequence[str],
    sorted_by: Sequence[str],
    descending: bool,
    begin: From,
    limit: int,
) -> list[tuple[Any, ...]]:
    down = descending != begin.backwards
    condition = joined("AND", _beyond(where, keys, sorted_by, descending, begin))
    order = ", ".join(f"{key} {'DESC' if down else 'ASC'}" for key in sorted_by)
    sql = (
        f"SELECT {columns}, {', '.join(keys)} FROM {tables.sql} WHERE {condition.sql} "  # noqa: S608 - values are apart
        f"ORDER BY {order} LIMIT ? OFFSET ?"
    )
    rows = fetch(sql, (*tables.values, *condition.values, limit, begin.skip))
    return rows[::-1] if begin.backwards else rows


def _beyond(
    where: Sequence[Clause], keys: Sequence[str], sorted_by: Sequence[str], descending: bool, begin: From
) -> Sequence[Clause]:
    """Return the conditions, with that of lying beyond the cursor."""
    if begin.cursor is None:
        return where
    down = descending != begin.backwards
    after = f"({', '.join(sorted_by)}) {'<' if down else '>'} ({', '.join('?' for _ in sorted_by)})"
    return [*where, Clause(after, tuple(begin.cursor[len(keys) - len(sorted_by) :]))]


def _counted(tables: Clause, where: Sequence[Clause], cap: int | None) -> int:
    condition = joined("AND", where)
    limit = "" if cap is None else f" LIMIT {cap + 1}"
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {tables.sql} WHERE {condition.sql}{limit}) AS matching"  # noqa: S608
    return int(fetch(sql, (*tables.values, *condition.values))[0][0])
