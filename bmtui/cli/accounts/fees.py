"""Command `bmtui money fees`: how many orders have a known fee, and filling in the fees of stored orders."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_one


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui money`."""
    fees = command(sub, common, "fees", _fees, "say of how many orders the fee is known; or fill in what is missing")
    fees.add_argument("--fill", action="store_true", help="fill in now what a worker does a bit at a time")


def _fees(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import fee_backfill

    with desk(args) as opened:
        filled = 0
        if args.fill:
            opened.must_write()
            filled = fee_backfill.go_on(opened, float("inf"))
        found = replace(fee_backfill.state(opened), filled=filled)
        lines = [f"{found.with_fee:,} paid orders have a fee, {found.without_fee:,} have none."]
        if args.fill:
            lines.insert(0, f"Fees of {filled:,} orders were filled in.")
        if found.waiting:
            lines.append(f"{found.waiting:,} kept texts wait to be looked through: a worker does, or --fill now.")
        elif found.without_fee:
            lines.append(
                "Of those Back Market said none, or their text is not kept: 'bmtui orders refresh ID' asks again."
            )
        emit_one(args, found, lines)
    return exit_codes.DONE
