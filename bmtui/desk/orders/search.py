"""Search for orders: pages, counts and sums of a query (order-desk §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import COLUMNS, SELECTED, OrderRow, Page, from_stored
from bmtui.errors import ConfigError
from bmtui.store.models import Order
from bmtui.store.plain_sql import fetch
from bmtui.store.query import parse, quoted
from bmtui.store.search import COUNT_CAP, Cursor, From, Search
from bmtui.store.search import SORTS as SORTS


def page(
    desk: Desk,
    query: str = "",
    *,
    sort: str = "created",
    descending: bool = True,
    offset: int = 0,
    limit: int = 50,
    after: Cursor | None = None,
    before: Cursor | None = None,
    from_end: bool = False,
    counted: tuple[int, bool] | None = None,
    effects: bool = False,
) -> Page:
    """Return a window of the orders that match `query`, of the company in view or of all.

    Deep in a long list, ask for the window by the row beside it: that costs the same at any depth, while `offset` costs
    time for each row that is left out.

    Args:
        offset: rows to leave out.
        after, before: the cursor of a row, from a page of the same query and sort; the window lies behind it or in
            front of it.
        from_end: the window lies at the end, `offset` rows before it.
        counted: count and "there are more" of an earlier page of the same query.
        effects: also read the states of the orders' writes to Back Market.

    Raises:
        QueryError: the query cannot be read; has the position. ConfigError: no such sort.
    """
    if sort not in SORTS:
        raise ConfigError(f"Orders cannot be sorted by '{sort}'.", f"Sorts: {', '.join(SORTS)}.")
    with desk.store.snapshot():
        search = prepared(desk, query)
        begin = From(before if before is not None else after, before is not None or from_end, offset)
        found = None
        if counted is None and begin == From() and not search.asks_how_many(sort):
            found = search.page(SELECTED, sort, descending, begin, limit)
            if len(found) < limit:
                # Read backwards from the end: a second pass over the whole list is not needed.
                counted = len(found), False
        if counted is None:
            number = search.count()
            counted = min(number, COUNT_CAP), number > COUNT_CAP
        if found is None:
            found = search.page(SELECTED, sort, descending, begin, limit, many=counted[1])
        cursors = tuple(row[len(COLUMNS) :] for row in found)
        return Page(_rows(found, effects=effects), offset, *counted, cursors)


def count(desk: Desk, query: str = "", cap: int = COUNT_CAP) -> tuple[int, bool]:
    """Return the number of orders that match, at most `cap`, and whether there are more: counting a million takes long.

    Raises:
        QueryError: the query cannot be read.
    """
    with desk.store.snapshot():
        number = prepared(desk, query).count(cap)
        return min(number, cap), number > cap


_MOST_TERMS = 12
"""Terms of a query up to which `emptied_by` tries each one."""


def _hint(text: str) -> str:
    """Return advice on a word that matches nothing: words do not look into products; '' for a filter or a number."""
    return f" Try product:{text}." if text[0] != "-" and ":" not in text and not text.isdigit() else ""


def emptied_by(desk: Desk, query: str) -> str:
    """Return a sentence about a query that finds nothing: the term that emptied the list.

    Raises:
        QueryError: the query cannot be read.
    """
    terms = parse(query)
    texts = [query[term.position : term.position + term.length] for term in terms]
    if not 1 <= len(terms) <= _MOST_TERMS:
        return "No order matches."
    with desk.store.snapshot():
        for text in texts:
            if not prepared(desk, text).count(cap=0):
                return f"No order matches {quoted(text)}.{_hint(text)}"
        for place, text in enumerate(texts):
            rest = " ".join(texts[:place] + texts[place + 1 :])
            if number := prepared(desk, rest).count(COUNT_CAP):
                counted = f"more than {COUNT_CAP:,}" if number > COUNT_CAP else f"{number:,}"
                return f"No order matches; without {quoted(text)}, {counted} would."
    return "No order matches; each part of the query alone does."


def sums(desk: Desk, query: str = "") -> list[tuple[Any, ...]]:
    """Return currency, orders, total, received, refunded, fee and net in minor units, a row for each currency."""
    with desk.store.snapshot():
        return prepared(desk, query).sums()


def count_exactly(desk: Desk, query: str = "") -> int:
    """Return the number of orders that match, without a cap."""
    with desk.store.snapshot():
        return prepared(desk, query).count(cap=None)


def rows_of(orders: Sequence[Order]) -> tuple[OrderRow, ...]:
    """Return these orders as rows of a search result."""
    if not orders:
        return ()
    marks = ", ".join("?" for _ in orders)
    sql = f"SELECT {SELECTED} FROM orders o WHERE o.id IN ({marks})"  # noqa: S608 - no foreign text
    found = {row[0]: row for row in fetch(sql, [order.id for order in orders])}
    return _rows([found[order.id] for order in orders], effects=True)


def row_of(order: Order) -> OrderRow:
    """Return an order as a row of a search result."""
    return rows_of([order])[0]


def matching(desk: Desk, query: str, among: Sequence[int]) -> list[int]:
    """Return those of these row ids whose orders match the query, in any order."""
    found = prepared(desk, query, among).page("o.id", "id", False, From(), max(len(among), 1))
    return [row[0] for row in found]


def prepared(desk: Desk, query: str, among: Sequence[int] | None = None) -> Search:
    """Return the parsed query: with the zone of its days, for the company in view or all that are not disabled.

    Raises:
        QueryError: the query cannot be read.
    """
    company_id = desk.company_row().id if desk.company else None
    me = desk.account if "me" in query else ""
    return Search(query, desk.now(), _zone(desk, query), company_id, hidden=desk.hidden_companies(), me=me, among=among)


def _zone(desk: Desk, query: str) -> tzinfo:
    """Return the zone of a query's days: that of the only company that it names, or else that of the list."""
    if not desk.company and "company:" in query.lower():
        named = [term.values for term in parse(query) if term.key == "company" and not term.negated]
        if len(named) == 1 and len(named[0]) == 1:
            known = [name for (name,) in fetch("SELECT name FROM companies", ())]
            meant = [name for name in known if name.casefold() == named[0][0].casefold()]
            return desk.list_zone(meant[0]) if len(meant) == 1 else desk.list_zone()
    return desk.list_zone()


def _rows(found: Sequence[Sequence[Any]], *, effects: bool) -> tuple[OrderRow, ...]:
    """Return rows of orders that were selected by `SELECTED`, with SKU and product of their lines."""
    lines: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if found:
        marks = ", ".join("?" for _ in found)
        sql = f"SELECT order_ref, sku, product, quantity FROM order_lines WHERE order_ref IN ({marks}) ORDER BY id"  # noqa: S608
        for order, sku, product, quantity in fetch(sql, [row[0] for row in found]):
            times = f" ×{quantity}" if quantity > 1 else ""
            lines[order].append((f"{sku}{times}", f"{product or sku}{times}"))
    names = dict(fetch("SELECT id, name FROM companies", ())) if found else {}
    said, sent = _said(found), _sent(found if effects else ())
    return tuple(
        from_stored(row, names[row[1]], lines[row[0]], *said[row[0]], effects=sent.get(row[0], {})) for row in found
    )


def _sent(found: Sequence[Sequence[Any]]) -> dict[int, dict[str, str]]:
    """Return the state of each order's last write of each kind: only the last counts, as it may repair a failure."""
    sent: dict[int, dict[str, str]] = defaultdict(dict)
    if found:
        marks = ", ".join("?" for _ in found)
        sql = f"SELECT order_ref, kind, state FROM effects WHERE order_ref IN ({marks}) ORDER BY id"  # noqa: S608
        for order, kind, state in fetch(sql, [row[0] for row in found]):
            sent[order][kind] = state
    return sent


def _said(found: Sequence[Sequence[Any]]) -> dict[int, tuple[tuple[str, ...], dict[str, str]]]:
    """Return tags and fields of these orders; most have none, so an index look-up for each table is enough."""
    said: dict[int, tuple[tuple[str, ...], dict[str, str]]] = defaultdict(lambda: ((), {}))
    if found:
        marks, ids = ", ".join("?" for _ in found), [row[0] for row in found]
        tags = f"SELECT order_ref, tag FROM order_tags WHERE order_ref IN ({marks}) ORDER BY tag"  # noqa: S608
        for order, tag in fetch(tags, ids):
            said[order] = ((*said[order][0], tag), {})
        fields = f"SELECT order_ref, name, value FROM order_fields WHERE order_ref IN ({marks}) ORDER BY name"  # noqa: S608
        for order, name, value in fetch(fields, ids):
            said[order] = (said[order][0], {**said[order][1], name: value})
    return said
