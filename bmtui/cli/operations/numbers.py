"""`bmtui numbers`: the series whose numbers others know, and their last number after a restore."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, answers, command, group, listing_options, take
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.operations import numbers
from bmtui.desk.operations.numbers import SeriesView

_COLUMNS = {"name": "Series", "last_number": "Last number", "last": "Last here", "waits": "Waits"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "numbers")
    listing = command(sub, common, "list", _list, "list the series of invoices, credit notes and RMAs")
    listing_options(listing)
    confirming = command(sub, common, "confirm", _confirm, "say which number was used last")
    confirming.add_argument("series", metavar="SERIES", help="its name in 'numbers list', such as Shop/GB/invoice/2026")
    take(confirming, (numbers.LAST,))
    confirming.add_argument("--yes", action="store_true", help="do not ask")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = numbers.listing(opened)[: args.limit]
        emit_list(args, rows, _COLUMNS, "There is no series yet.")
        for row in rows:
            if row.not_here:
                listed = ", ".join(map(str, row.not_here[:10])) + (" …" if len(row.not_here) > 10 else "")
                say(f"{row.name}: Back Market got invoices after the backup that are not here, of orders {listed}.")
    return exit_codes.DONE


def _confirm(args: argparse.Namespace) -> int:
    last = answers(args, (numbers.LAST,)).value(numbers.LAST)
    with desk(args) as opened:
        opened.must_write()
        confirmed(args, f"Was {last} the last number of {args.series}, so that {last + 1} is next?", sends=False)
        view: SeriesView = numbers.confirm(opened, args.series, last)
        emit_one(args, view, [f"{view.title}: the next number is {view.last_number + 1}."])
    return exit_codes.DONE
