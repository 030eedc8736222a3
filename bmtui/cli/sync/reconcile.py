"""Command `bmtui reconcile`: differences between the store and Back Market, for a person or for cron."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, command, positive
from bmtui.cli.output import emit_list, emit_one, say
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.sync import reconcile
from bmtui.desk.sync.reconcile import DriftView
from bmtui.errors import ConfigError

_COLUMNS = {
    "order_id": "Order",
    "line_id": "Line",
    "what": "What",
    "here": "Here",
    "there": "Back Market",
    "state": "State",
    "advice": "Advice",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "reconcile", _run)
    parser.add_argument("--fix", action="store_true", help="repair: take Back Market's values where that is safe")
    parser.add_argument("--since", default="", metavar="DATE", help="orders from this time on (the look-back)")
    parser.add_argument("--order", action="append", type=positive, default=[], metavar="ID", help="only this order")
    parser.add_argument("--last", action="store_true", help="only show the open differences, without comparing again")
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")


def _run(args: argparse.Namespace) -> int:
    if args.last and (args.fix or args.since or args.order):
        raise ConfigError("--last compares nothing.", "Give it alone.")
    with desk(args) as opened:
        if args.last:
            standing = reconcile.listing(opened)
            emit_list(args, standing, _COLUMNS, "No differences.")
            return exit_codes.PARTLY_DONE if standing else exit_codes.DONE
        views = [wait_for(opened, job_id, report_progress) for job_id in _started(args, opened)]
        rows = [found for view in views for found in reconcile.of_job(view.job_id)]
        if args.json:
            emit_one(args, _document(views, rows), ())
        else:
            emit_list(args, rows, _COLUMNS, "Store and Back Market agree.")
        for view in views:
            if view.error:
                say(view.error)
        codes = [exit_codes.code_of_job(view.status, view.error_kind) for view in views]
        # A failed comparison counts more than a difference.
        return max(codes, key=lambda code: (code not in (exit_codes.DONE, exit_codes.PARTLY_DONE), code), default=0)


def _started(args: argparse.Namespace, opened: Desk) -> list[int]:
    names = [opened.company] if opened.company else [view.name for view in companies.listing(opened) if view.enabled]
    if args.order and len(names) > 1:
        raise ConfigError("There are several companies.", "Say whose orders with --company NAME.")
    started = [reconcile.start(opened, name, fix=args.fix, since=args.since, order_ids=args.order) for name in names]
    if not started:
        raise ConfigError("There is no company to compare.", "Add one with 'bmtui company add', or enable it.")
    return started


def _document(views: list[JobView], rows: list[DriftView]) -> dict[str, Any]:
    totals = {
        name: sum(int(view.output.get(name, 0)) for view in views) for name in ("compared", "found", "repaired", "open")
    }
    return {"jobs": [view.job_id for view in views], **totals, "drifts": rows}
