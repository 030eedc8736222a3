"""Command `bmtui orders refund-many`: refunds of several orders, the whole rest or an amount of each."""

from __future__ import annotations

import argparse

from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.options import Commands, answers, command, take
from bmtui.cli.order_arguments import add_order_arguments, orders_named
from bmtui.cli.order_results import emit_results, wait_for_results
from bmtui.cli.output import confirmed, say
from bmtui.desk.core.bulk import each
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Around
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.refunds.parameters import AMOUNT, COMMON
from bmtui.text import how_many
from bmtui.words import RefundOperation


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui orders`."""
    parser = command(sub, common, "refund-many", _run)
    add_order_arguments(parser, "ID[=AMOUNT]", "an order and its amount; without amount all that can be refunded")
    take(parser, COMMON)
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    parser.add_argument("--wait", action="store_true", help="send them now and wait for Back Market's answers")
    parser.add_argument("--dry-run", action="store_true", help="only show what would happen to each")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _run(args: argparse.Namespace) -> int:
    wanted = orders_named(args)
    with desk(args) as opened:
        must_write(args, opened)

        def request(order_id: int) -> RefundRequest:
            text, part = wanted[order_id], None
            if text is not None:
                part = AMOUNT.read(text, Around(refunds.options(opened, order_id).received.currency))
            return request_read.read(answers(args, COMMON), None, part)

        def plan(at: Desk, order_id: int) -> tuple[str, int | None]:
            return refunds.plan(at, order_id, request(order_id)).sentence, None

        def issue(at: Desk, order_id: int) -> tuple[str, int | None]:
            issued = refunds.issue(at, order_id, request(order_id))
            return issued.plan.sentence, issued.job_id

        if args.dry_run:
            code = emit_results(args, each(opened, wanted, plan, changes=False))
            say("Nothing was changed.")
            return code
        sends = args.operation in (None, RefundOperation.REFUND_ON_BACK_MARKET)
        confirmed(args, f"Issue refunds of {how_many(len(wanted), 'order')}?", sends=sends)
        results = each(patient(args, opened), wanted, issue)
        if args.wait:
            results = wait_for_results(opened, results)
        return emit_results(args, results)
