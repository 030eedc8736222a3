"""Commands `bmtui orders refund-void` and `refund-excess`: corrections of recorded refunds; nothing is sent."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.options import Commands, change_options, command, positive
from bmtui.cli.output import confirmed, emit_one
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import void as refund_void
from bmtui.errors import NotFound
from bmtui.words import label


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    voiding = command(sub, common, "refund-void", _void)
    excess = command(sub, common, "refund-excess", _excess)
    for parser in (voiding, excess):
        parser.add_argument("order", type=positive, metavar="ID", help="the order's number")
        parser.add_argument("refund", type=positive, metavar="REFUND", help="its number in 'orders show'")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
        change_options(parser)


def _void(args: argparse.Namespace) -> int:
    return _settle(args, refund_void.void, "Void")


def _excess(args: argparse.Namespace) -> int:
    return _settle(args, refund_void.settle_excess, "Settle")


def _settle(args: argparse.Namespace, act: refund_void.Settling, verb: str) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = next((one for one in overview.show(opened, args.order).refunds if one.refund_id == args.refund), None)
        if seen is None:
            raise NotFound(f"Order {args.order} has no refund {args.refund}.", f"See 'bmtui orders show {args.order}'.")
        sentence = f"{verb} refund {seen.refund_id} of order {args.order}: {seen.amount}, {label(seen.state)}."
        if args.dry_run:
            emit_one(args, seen, [sentence, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{sentence} Nothing is sent to Back Market. Do it?", sends=False)
        now = act(opened, args.order, args.refund, args.reason)
        emit_one(args, now, [f"Refund #{now.refund_id} ({now.amount}) is {label(now.state)} now. Nothing was sent."])
        return exit_codes.DONE
