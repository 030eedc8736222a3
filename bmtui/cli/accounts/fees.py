"""Command `bmtui money fees`: how many orders have a known fee, and filling in the fees of stored orders."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_one
from bmtui.text import how_many


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui money`."""
    fees = command(sub, common, "fees", _fees, "count orders with a known fee; or fill in the missing fees")
    fees.add_argument(
        "--fill", action="store_true", help="fill in all missing fees now, instead of step by step by a worker"
    )


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
            lines.insert(0, f"Fees of {how_many(filled, 'order')} were filled in.")
        if found.waiting:
            lines.append(
                f"{how_many(found.waiting, 'answer of Back Market is', 'answers of Back Market are')} not searched "
                "yet: a worker does it, or --fill now."
            )
        elif found.without_fee:
            lines.append(
                "Back Market gave no fee for those, or its answer is not stored: 'bmtui orders refresh ID' asks again."
            )
        emit_one(args, found, lines)
    return exit_codes.DONE
