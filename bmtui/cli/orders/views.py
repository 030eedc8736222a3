"""`bmtui views`: saved queries, the tabs of the order search."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, group, listing_options
from bmtui.cli.output import confirmed, emit_list, emit_one
from bmtui.desk.orders import saved_views, search
from bmtui.desk.orders.saved_views import ViewOfOrders

_COLUMNS = {"place": "Digit", "name": "Name", "query": "Query", "sort": "Sort", "count": "Orders"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "views")
    listing_options(command(sub, common, "list", _list, "list the views with the number of their orders"))
    saving = command(sub, common, "save", _save, "save a query under a name, or replace the view of that name")
    saving.add_argument("name", metavar="NAME")
    saving.add_argument("query", nargs="*", metavar="QUERY")
    saving.add_argument("--sort", metavar="KEY", help=f"{', '.join(search.SORTS)}; with a minus in front descending")
    saving.add_argument("--columns", metavar="NAMES", default="", help="names with commas between them")
    deleting = command(sub, common, "delete", _delete, "delete a view; no order is touched")
    deleting.add_argument("name", metavar="NAME")
    deleting.add_argument("--yes", action="store_true", help="do not ask")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = []
        for view in saved_views.listing(opened)[: args.limit]:
            number, more = search.count(opened, view.query)
            rows.append(_document(view) | {"count": number, "more": more})
        emit_list(args, rows, _COLUMNS, "There are no views.")
    return exit_codes.DONE


def _save(args: argparse.Namespace) -> int:
    sort, descending = "created", True
    if args.sort:
        sort, descending = args.sort.removeprefix("-"), args.sort.startswith("-")
    columns = [name.strip() for name in args.columns.split(",") if name.strip()]
    with desk(args) as opened:
        view = saved_views.save(
            opened, args.name, " ".join(args.query), sort=sort, descending=descending, columns=columns
        )
        emit_one(args, _document(view), [f"The view {view.name} is saved; it is number {view.place}."])
    return exit_codes.DONE


def _delete(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        confirmed(args, f"Delete the view '{args.name}'?", sends=False)
        saved_views.delete(opened, args.name)
        emit_one(args, {"name": args.name, "deleted": True}, [f"The view {args.name} is deleted."])
    return exit_codes.DONE


def _document(view: ViewOfOrders) -> dict[str, Any]:
    sort = f"-{view.sort}" if view.descending else view.sort
    return {
        "place": view.place,
        "name": view.name,
        "query": view.query,
        "sort": sort,
        "columns": list(view.columns),
    }
