"""Command `bmtui orders search`: finding stored orders."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, listing_options
from bmtui.cli.output import emit_list, say
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.text import how_many

_COLUMNS = {
    "order_id": "Order",
    "created_at": "Created",
    "status": "Status",
    "channel_status": "Channel",
    "market": "Market",
    "total": "Total",
    "currency": "",
    "refundable": "Refundable",
    "customer.name": "Customer",
}
_TABLE_LIMIT = 50
_CHUNK = 500


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui orders`."""
    finding = command(sub, common, "search", _search)
    finding.add_argument("query", nargs="*", help='such as: status:onhold market:fr-fr created:last7 "marie dupont"')
    listing_options(finding, ", ".join(search.SORTS))


def _search(args: argparse.Namespace) -> int:
    sort, descending = "created", True
    if args.sort:
        sort, descending = args.sort.removeprefix("-"), args.sort.startswith("-")
    query = " ".join(args.query)
    limit = args.limit or (None if args.json or args.csv else _TABLE_LIMIT)
    with desk(args) as opened:
        rows = list(_found(opened, query, sort, descending, limit))
        emit_list(args, rows, _COLUMNS, "" if rows else search.emptied_by(opened, query), opened)
        if limit is not None and len(rows) == limit:
            total = search.count_exactly(opened, query)
            if total > limit:
                say(f"{limit:,} of {how_many(total, 'order')} shown; --limit N shows more.")
    return exit_codes.DONE


def _found(opened: Desk, query: str, sort: str, descending: bool, limit: int | None) -> Iterator[OrderRow]:
    offset = 0
    while limit is None or offset < limit:
        size = _CHUNK if limit is None else min(_CHUNK, limit - offset)
        page = search.page(opened, query, sort=sort, descending=descending, offset=offset, limit=size)
        yield from page.rows
        if len(page.rows) < size:
            return
        offset += size
