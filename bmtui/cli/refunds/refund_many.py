"""`bmtui orders refund-many`: what is left of each of several orders, or an amount of each."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bmtui.cli import bulk, exit_codes
from bmtui.cli.common import Commands, command, desk, must_write, patient, wait_for
from bmtui.cli.output import confirmed, say
from bmtui.cli.refunds.refund_options import add_common_options, refund_request
from bmtui.desk.core.bulk import BulkResult, each
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.words import RefundOperation, label


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(sub, common, "refund-many", _run, "issue a refund of each of several orders; a result for each")
    bulk.add_orders(parser, "ID[=AMOUNT]", "an order, and how much of it; without an amount all that can be refunded")
    add_common_options(parser)
    parser.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    parser.add_argument("--wait", action="store_true", help="send them here and wait for Back Market's answers")
    parser.add_argument("--dry-run", action="store_true", help="only say what would become of each")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _run(args: argparse.Namespace) -> int:
    wanted = bulk.named(args)
    with desk(args) as opened:
        must_write(args, opened)

        def request(order_id: int) -> RefundRequest:
            currency = refunds.options(opened, order_id).received.currency
            text = wanted[order_id]
            return refund_request(args, currency, amount=Money.parse(text, currency) if text is not None else None)

        def plan(at: Desk, order_id: int) -> tuple[str, int | None]:
            return refunds.plan(at, order_id, request(order_id)).sentence, None

        def issue(at: Desk, order_id: int) -> tuple[str, int | None]:
            issued = refunds.issue(at, order_id, request(order_id))
            return issued.plan.sentence, issued.job_id

        if args.dry_run:
            code = bulk.emit_results(args, each(opened, wanted, plan, changes=False))
            say("Nothing was changed.")
            return code
        sends = args.operation in (None, RefundOperation.REFUND_ON_BACK_MARKET)
        confirmed(args, f"Issue a refund of each of {len(wanted):,} orders?", sends=sends)
        results = each(patient(args, opened), wanted, issue)
        if args.wait:
            results = tuple(_waited(opened, result) for result in results)
        return bulk.emit_results(args, results)


def _waited(opened: Desk, result: BulkResult) -> BulkResult:
    """The result once its job has ended."""
    if result.job_id is None:
        return result
    view = wait_for(opened, result.job_id, _silent)
    good = exit_codes.code_of_job(view.status, view.error_kind) == exit_codes.DONE
    sentence = f"{result.sentence} {label(view.status)}." + (f" {view.error}" if view.error else "")
    return replace(result, done=good, sentence=sentence, error="" if good else view.error_kind or "BmtuiError")


def _silent(view: JobView) -> None:
    """The results say it all."""
