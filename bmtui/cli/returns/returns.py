"""Command `bmtui returns`: creating, finding and importing RMAs, and their reasons; see `actions` for one RMA."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, answers, command, group, listing_options, positive, take
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.cli.returns import actions as return_actions
from bmtui.desk.after_sales import rows as folder_rows
from bmtui.desk.core.context import Desk
from bmtui.desk.returns import csv_import as return_import
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import request_read
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.csv_import import ImportPreview
from bmtui.desk.returns.parameters import CREATE
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, RuleRefused
from bmtui.text import how_many

_COLUMNS = {
    "rma_id": "RMA",
    "order_id": "Order",
    "status": "Status",
    "made_at": "Made",
    "skus": "SKUs",
    "reasons": "Reasons",
    "received": "Received",
    "differs": "Other device",
    "refunded": "Refunded",
    "currency": "",
    "customer": "Customer",
}
_TABLE_LIMIT = 50


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "returns")
    creating = command(sub, common, "create", _create, "create an RMA from a shipped order or an after-sales folder")
    creating.add_argument("order", type=positive, metavar="ID", nargs="?", help="the order's number")
    creating.add_argument("--folder", type=positive, metavar="F", help="the after-sales folder that it comes from")
    take(creating, CREATE)
    creating.add_argument("--dry-run", action="store_true", help="only show what would be stored")
    listing = command(sub, common, "list", _list, "find RMAs, newest first")
    listing.add_argument("query", nargs="*", help=return_search.HELP)
    listing_options(listing, ", ".join(return_search.SORTS))
    return_actions.register(sub, common)
    importing = command(sub, common, "import", _import, "create RMAs from a CSV file, after a preview")
    importing.add_argument("file", metavar="FILE", help=f"columns: {', '.join(return_import.COLUMNS)}")
    importing.add_argument("--dry-run", action="store_true", help="only show what would be stored")
    importing.add_argument("--yes", action="store_true", help="do not ask")
    reasons = command(sub, common, "reasons", _reasons, "list, add, hide and show the reasons of a company")
    reasons.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    how = reasons.add_mutually_exclusive_group()
    how.add_argument("--add", metavar="NAME", help="add a reason of the company's own")
    how.add_argument("--hide", metavar="NAME", help="hide a reason in new RMAs")
    how.add_argument("--offer", metavar="NAME", help="offer it again")
    reasons.add_argument("--code", type=int, metavar="CODE", help="Back Market's code of the added reason")


def _create(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        request = request_read.read(answers(args, CREATE), args.folder)
        if args.order is None and args.folder is None:
            raise ConfigError("The order of the RMA is missing.", "Give an order's number, or --folder F.")
        order_id = args.order or returns.order_of_folder(opened, args.folder)
        if args.order is None and not args.dry_run:
            _fetch_missing(opened, args.folder, order_id)
        plan = returns.plan(opened, order_id, request)
        if args.dry_run:
            emit_one(args, plan, [plan.sentence, "Nothing was stored."])
            return exit_codes.DONE
        view = returns.create(opened, order_id, request, plan.version)
        emit_one(args, view, [f"RMA {view.row.rma_id} is created. {plan.sentence}"])
    return exit_codes.DONE


def _fetch_missing(opened: Desk, folder_id: int, order_id: int) -> None:
    """Download the order of a folder if it is missing; on a failure only the error is printed."""
    company = folder_rows.folder_row(opened, folder_id).company
    if downloads.not_here(company.id, [order_id]):
        say(f"Order {order_id} of folder {folder_id} is not in bmtui; it is downloaded from Back Market.")
        view = wait_for(opened, downloads.fetch(opened, company.name, [order_id]), report_progress)
        if view.error:
            say(view.error)


def _list(args: argparse.Namespace) -> int:
    sort, descending = "made", True
    if args.sort:
        sort, descending = args.sort.removeprefix("-"), args.sort.startswith("-")
    limit = args.limit or (None if args.json or args.csv else _TABLE_LIMIT)
    with desk(args) as opened:
        asked = limit + 1 if limit else None
        query = " ".join(args.query)
        found = return_search.listing(opened, query, sort=sort, descending=descending, limit=asked)
        emit_list(args, found[:limit], _COLUMNS, "No RMA matches.", opened)
        if limit and len(found) > limit:
            say(f"The first {limit:,} RMAs are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _import(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = return_import.preview(opened, args.file)
        document = {
            "rows": seen.rows,
            "returns": seen.plans,
            "errors": [{"row": error.row, "column": error.column, "message": error.message} for error in seen.errors],
            "rma_ids": [],
        }
        if args.dry_run or seen.errors:
            emit_one(args, document, [*_shown(seen), "Nothing was stored."])
            if seen.errors:
                raise RuleRefused(
                    f"{how_many(len(seen.errors), 'row')} cannot be imported; nothing was stored.", "Correct them."
                )
            return exit_codes.DONE
        for line in _shown(seen):
            say(line)
        confirmed(args, f"Create {how_many(len(seen.plans), 'RMA')}?", sends=False)
        made = return_import.save(opened, seen)
        emit_one(
            args,
            document | {"rma_ids": list(made)},
            [f"{how_many(len(made), 'RMA is', 'RMAs are')} created: {_range(made)}."],
        )
    return exit_codes.DONE


def _shown(seen: ImportPreview) -> Iterator[str]:
    yield from seen.notes
    for plan in seen.plans:
        yield plan.sentence.removesuffix(" Nothing is sent to Back Market.")
    for error in seen.errors:
        yield str(error)
    yield f"{how_many(seen.rows, 'row')}: {how_many(len(seen.plans), 'RMA')}, {how_many(len(seen.errors), 'error')}."


def _range(ids: tuple[int, ...]) -> str:
    return str(ids[0]) if len(ids) == 1 else f"{ids[0]} to {ids[-1]}"


def _reasons(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.add is not None:
            if args.code is None:
                raise ConfigError("Back Market's code is missing.", "Give --code, such as --code 25 for Other.")
            return_reasons.add(opened, args.company, args.add, args.code)
        elif args.hide is not None or args.offer is not None:
            return_reasons.hide(opened, args.company, args.hide or args.offer, hidden=args.hide is not None)
        rows = return_reasons.listing(opened, args.company)
        columns = {"name": "Reason", "code": "Code", "code_label": "On Back Market", "own": "Own", "hidden": "Hidden"}
        emit_list(args, rows, columns, "")
    return exit_codes.DONE
