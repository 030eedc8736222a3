"""Command `bmtui notify`: the ways by which events reach people, and notifications that failed."""

from __future__ import annotations

import argparse
import asyncio

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.core import dates
from bmtui.desk.events import events
from bmtui.desk.notifications import deliveries, send
from bmtui.desk.notifications import ways as notify_ways
from bmtui.errors import ConfigError
from bmtui.text import how_many

_WAYS = {
    "name": "Way",
    "kind": "Kind",
    "where": "Where",
    "waiting": "Waiting",
    "dead": "Dead",
    "last_sent_at": "Last sent",
    "state": "State",
}
_DEAD = {
    "delivery_id": "ID",
    "way": "Way",
    "event.event": "Event",
    "event.order_id": "Order",
    "event.at": "At",
    "attempts": "Attempts",
    "error": "Error",
}
_EVENTS = {"id": "ID", "at": "At", "event": "Event", "company": "Company", "order_id": "Order", "actor": "By"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "notify")
    listing_options(
        command(
            sub,
            common,
            "list",
            _list,
            "list the notification ways; exits with 1 when one cannot be used or has dead notifications",
        )
    )
    testing = command(sub, common, "test", _test, "send a test message on a way, and show the result")
    testing.add_argument("name", metavar="NAME")
    testing.add_argument("--dry-run", action="store_true", help="only show what would be sent, and where")
    dead = command(sub, common, "dead", _dead, "list dead (undelivered) notifications; or retry or drop them")
    dead.add_argument("ids", type=positive, nargs="*", metavar="ID", help="only these; default: all")
    dead.add_argument("--retry", action="store_true", help="try them again")
    dead.add_argument("--drop", action="store_true", help="let them go")
    dead.add_argument("--yes", action="store_true", help="do not ask")
    listing_options(dead)
    happened = command(sub, common, "events", _events, "list events, newest first")
    happened.add_argument("--name", default="", help="an event, or its beginning: order, order.late")
    happened.add_argument("--order", type=positive, metavar="ID", help="of this order")
    happened.add_argument("--since", metavar="DATE", help="2026-11-01, a full time, or 30d")
    happened.add_argument(
        "--after", type=positive, default=0, metavar="ID", help="only events after this one, oldest first"
    )
    listing_options(happened)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        views = deliveries.listing(opened)[: args.limit]
        rows = [to_json(view) | {"state": view.problem or view.error or "ready"} for view in views]
        emit_list(args, rows, _WAYS, "There is no notification way yet: 'bmtui help notifications'.", opened)
    bad = [view for view in views if view.problem or view.dead]
    return exit_codes.FAILED if bad else exit_codes.DONE


def _test(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        way, message = send.trial(opened, args.name)
        shown = send.shown(way, message)
        if args.dry_run:
            emit_one(args, shown, [f"{way.kind} {way.where}", message.body.decode(), "Nothing was sent."])
            return exit_codes.DONE
        opened.must_write()
        asyncio.run(send.send(opened.settings, way, message))
        emit_one(args, {**shown, "sent": True}, [f"{way.name}: the receiver accepted it ({way.where})."])
    return exit_codes.DONE


def _dead(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        views = deliveries.dead(opened, limit=args.limit or 1000)
        ids = args.ids or [view.delivery_id for view in views]
        if args.retry and args.drop:
            raise ConfigError("Dead notifications are retried or dropped, not both.", "Give --retry or --drop.")
        if args.retry or args.drop:
            word = "sent again" if args.retry else "let go"
            if args.drop:
                confirmed(args, f"Drop {how_many(len(ids), 'notification')}?", sends=True)
            done = (deliveries.send_again if args.retry else deliveries.drop)(opened, ids)
            emit_one(args, {"count": done, "retried": args.retry}, [f"{done:,} are {word}."])
            return exit_codes.DONE
        shown = [view for view in views if view.delivery_id in set(ids)]
        emit_list(args, shown, _DEAD, "Nothing is dead.", opened)
    return exit_codes.DONE


def _events(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        since = dates.read(opened, args.since) if args.since else None
        limit = args.limit or (1000 if args.json or args.csv else 50)
        found = events.listing(
            opened, name=args.name, order_id=args.order, after=args.after, since=since, limit=limit
        )  # fmt: skip
        emit_list(args, found, _EVENTS, "Nothing happened.", opened)
        if not args.json and not args.csv and notify_ways.checked(opened)[1]:
            say("A notification way cannot be used: 'bmtui notify list'.")
    return exit_codes.DONE
