"""Command `bmtui audit`: who did what, and whether the rows were changed since."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import emit_list, emit_one, say
from bmtui.desk.core import audit, audit_words, dates
from bmtui.text import how_many

_COLUMNS = {
    "audit_id": "Row",
    "at": "At",
    "actor": "Who",
    "action": "What",
    "order_id": "Order",
    "summary": "Summary",
}
_LIMIT = 200


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "audit")
    listing = command(sub, common, "list", _list, "list actions, newest first")
    listing.add_argument("--order", type=positive, metavar="ID", help="only about this order")
    listing.add_argument(
        "--action",
        default="",
        metavar="WORD",
        help="only actions whose code (see --json) begins so, such as refund.",
    )
    listing.add_argument("--actor", default="", metavar="TEXT", help="only of accounts whose name has this text")
    listing.add_argument("--since", metavar="TIME", help="only from this time on: 2026-11-01, or a full time")
    listing_options(listing)
    verifying = command(sub, common, "verify", _verify, "find rows that were changed, removed or inserted")
    verifying.add_argument("--head", default="", metavar="HASH", help="the head that an earlier 'audit verify' showed")


def _list(args: argparse.Namespace) -> int:
    limit = args.limit or _LIMIT
    with desk(args) as opened:
        since = dates.read(opened, args.since) if args.since else None
        views = audit.listing(
            opened, order_id=args.order, action=args.action, actor=args.actor, since=since, limit=limit + 1
        )
        rows = views[:limit]
        emit_list(args, rows, _COLUMNS, "No audit row matches.", opened, words={"action": audit_words.in_words})
        if len(views) > limit:
            say(f"The newest {limit:,} are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _verify(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        found = audit.verify(opened, known_head=args.head)
        whole = [
            f"{how_many(found.rows, 'row')} checked, none was changed"
            + (f"; a buyer's data was removed from {found.redacted:,}, as the audit says." if found.redacted else "."),
            f"Head: {found.head or 'none yet'}",
            "Keep the head elsewhere: 'bmtui audit verify --head HASH' then proves that nothing before it was changed.",
        ]
        emit_one(args, found, [problem.sentence for problem in found.problems] or whole)
    return exit_codes.FAILED if found.problems else exit_codes.DONE
