"""Command `bmtui money figures`: revenue, refunds, fees, net, returns, and speed of shipping and answers."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, listing_options
from bmtui.cli.output import emit_json, emit_list, say

_TAKINGS = {
    "key": "",
    "orders": "Orders",
    "revenue": "Revenue",
    "refunds": "Refunds",
    "fees": "Fees",
    "net": "Net",
    "currency": "",
    "refund_rate": "Refund rate",
    "return_rate": "Return rate",
}
_SKUS = {"key": "SKU", "pieces": "Pieces", **{name: title for name, title in _TAKINGS.items() if name[0] not in "ko"}}
_REASONS = {"reason": "Reason", "sku": "SKU", "pieces": "Pieces"}
_DEVICES = {"imei": "IMEI", "sku": "SKU", "times": "Came back"}
_LISTS = {
    "total": ("totals", _TAKINGS),
    "day": ("days", _TAKINGS),
    "week": ("weeks", _TAKINGS),
    "month": ("months", _TAKINGS),
    "market": ("markets", _TAKINGS),
    "carrier": ("carriers", _TAKINGS),
    "sku": ("skus", _SKUS),
    "reason": ("reasons", _REASONS),
    "device": ("devices", _DEVICES),
}


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui money`."""
    parser = command(sub, common, "figures", _figures, "revenue, refunds, fees, net, returns and speed of some days")
    parser.add_argument("--from", dest="first", metavar="DATE", help="first day (the last 30 days)")
    parser.add_argument("--to", dest="last", metavar="DATE", help="last day (today)")
    parser.add_argument("--by", choices=tuple(_LISTS), default="total", help="which list (total); JSON has all")
    parser.add_argument("--recount", action="store_true", help="count all days anew first")
    listing_options(parser)


def _figures(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import figure_counts, figures
    from bmtui.values import date as days

    with desk(args) as opened:
        today = opened.now().astimezone(opened.zone()).date()
        first = days.read_day(args.first, today, field="from") if args.first else None
        last = days.read_day(args.last, today, field="to") if args.last else None
        if args.recount:
            opened.must_write()
            figure_counts.recount(opened)
        found = figures.report(opened, first, last)
    if args.json:
        emit_json(found)
        return exit_codes.DONE
    name, columns = _LISTS[args.by]
    emit_list(args, getattr(found, name)[: args.limit], columns, "No paid order was created on these days.")
    if not args.csv:
        speed, clock, answers = found.speed, found.return_clock, found.answers
        late = f"{speed.late:,} of {speed.shipped:,} after {speed.late_after_h} h"
        say(f"{found.first} to {found.last}. Paid to shipped: {speed.mean_h} h on average, {late}.")
        say(f"First answers: {answers.answered:,} of {answers.folders:,}, median {answers.median_h} h.")
        counted = f"{clock.under_way:,} under way, {clock.withdrawal:,} can withdraw"
        say(f"Return clock: {counted}, {clock.free_return:,} can return for free.")
    return exit_codes.DONE
