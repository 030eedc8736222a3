"""Command `bmtui totals`: sums of a query's orders, per currency."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, listing_options
from bmtui.cli.output import emit_list

_COLUMNS = {
    "currency": "Currency",
    "orders": "Orders",
    "total": "Total",
    "received": "Received",
    "refunded": "Refunded",
    "fee": "Fee",
    "net": "Net",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "totals", _run)
    parser.add_argument("query", nargs="?", default="", metavar="QUERY")
    listing_options(parser)


def _run(args: argparse.Namespace) -> int:
    from bmtui.desk.orders import totals

    with desk(args) as opened:
        rows = [
            {
                "currency": found.currency,
                "orders": found.orders,
                "total": found.total.decimal,
                "received": found.received.decimal,
                "refunded": found.refunded.decimal,
                "fee": found.fee.decimal,
                "net": found.net.decimal,
            }
            for found in totals.of(opened, args.query)
        ]
    emit_list(args, rows[: args.limit], _COLUMNS, "No order matches.")
    return exit_codes.DONE
