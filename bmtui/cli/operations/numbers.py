"""Command `bmtui numbers`: series of invoices, credit notes and RMAs, and their last number after a restore."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, answers, change_options, command, doubt_option, group, listing_options, take
from bmtui.cli.output import confirmed, doubts_accepted, emit_list, emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import numbers
from bmtui.desk.operations.numbers import SeriesView

ALL = "all"
_COLUMNS = {"name": "Series", "last_number": "Last number", "last": "Last here", "waits": "Waits"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "numbers")
    listing = command(sub, common, "list", _list, "list the series of invoices, credit notes and RMAs")
    listing_options(listing)
    confirming = command(sub, common, "confirm", _confirm, "say which number was used last")
    confirming.add_argument("series", metavar="SERIES", help="its name in 'numbers list', such as Shop/GB/invoice/2026")
    take(confirming, (numbers.LAST,))
    confirming.add_argument("--yes", action="store_true", help="do not ask")
    beginning = command(sub, common, "begin", _begin, "say with which number a series begins, before its first one")
    beginning.add_argument(
        "series",
        metavar="SERIES",
        help="its name in 'numbers list', such as Shop/GB/invoice/2026; all: those of which nobody said it yet",
    )
    take(beginning, (numbers.NEXT,))
    change_options(beginning)
    doubt_option(beginning)


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


def _begin(args: argparse.Namespace) -> int:
    number = answers(args, (numbers.NEXT,)).value(numbers.NEXT)
    with desk(args) as opened:
        must_write(args, opened)
        if args.series == ALL:
            return _begin_all(args, opened, number)
        made = numbers.beginning(opened, args.series, number)
        sentence = f"{made.view.title} begins with {made.printed}."
        if args.dry_run:
            emit_one(args, made, [sentence, *made.doubts, "Nothing was changed."])
            return exit_codes.DONE
        accepted = doubts_accepted(args, made.doubts)
        confirmed(args, f"{sentence} Was {number - 1:,} the last one that was used?", sends=True)
        view = numbers.begin(opened, args.series, number, accept_doubts=accepted)
        emit_one(args, view, [sentence])
    return exit_codes.DONE


def _begin_all(args: argparse.Namespace, opened: Desk, number: int) -> int:
    views = numbers.unbegun(opened)
    lines = [f"{view.title} begins with {number:,}." for view in views]
    if args.dry_run:
        emit_one(args, {"series": to_json(views)}, [*lines, "Nothing was changed."])
        return exit_codes.DONE
    confirmed(args, f"{' '.join(lines)} Do it?", sends=True)
    done = numbers.begin_all(opened, number)
    emit_one(args, {"series": to_json(done)}, lines)
    return exit_codes.DONE
