"""Command `bmtui views`: saved queries, the tabs of the order search."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import confirmed, emit_list, emit_one
from bmtui.desk.orders import saved_views, search, view_schedules
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
    scheduling = command(sub, common, "schedule", _schedule, "write a view by itself, at a time of the company's zone")
    scheduling.add_argument("name", metavar="NAME")
    scheduling.add_argument("--every", required=True, metavar="DAY", help=", ".join(view_schedules.DAYS))
    scheduling.add_argument("--at", required=True, metavar="HH:MM", help="the time of the day")
    scheduling.add_argument("--to", required=True, metavar="FOLDER", help="a folder, or notify")
    scheduling.add_argument("--format", default="csv", help=", ".join(view_schedules.FORMATS))
    scheduling.add_argument("--columns", metavar="NAMES", default="", help="of the CSV, with commas between; all")
    listing_options(command(sub, common, "schedules", _schedules, "list what is written by itself; 1 when one failed"))
    ending = command(sub, common, "unschedule", _unschedule, "write a view no longer by itself")
    ending.add_argument("schedule", type=positive, metavar="ID")
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


_SCHEDULES = {
    "schedule_id": "ID",
    "view": "View",
    "every": "Every",
    "at": "At",
    "to": "To",
    "format": "Format",
    "next_at": "Next",
    "last_at": "Last",
    "error": "Error",
}


def _schedule(args: argparse.Namespace) -> int:
    columns = [name.strip() for name in args.columns.split(",") if name.strip()]
    with desk(args) as opened:
        made = view_schedules.add(
            opened, args.name, every=args.every, at=args.at, to=args.to, format=args.format, columns=columns
        )
        said = f"The view {made.view} is written every {made.every} at {made.at}; it is schedule {made.schedule_id}."
        emit_one(args, made, [said])
    return exit_codes.DONE


def _schedules(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        found = view_schedules.listing(opened)[: args.limit]
        emit_list(args, found, _SCHEDULES, "No view is written by itself.", opened)
    return exit_codes.FAILED if any(one.error for one in found) else exit_codes.DONE


def _unschedule(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view_schedules.remove(opened, args.schedule)
        emit_one(args, {"schedule_id": args.schedule, "removed": True}, [f"Schedule {args.schedule} is removed."])
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
