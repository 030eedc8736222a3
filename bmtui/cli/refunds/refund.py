"""Command `bmtui orders refund`: a refund of one order."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.documents import to_json
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, answers, change_options, command, positive, take
from bmtui.cli.order_results import emit_order
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.parameters import REFUND
from bmtui.words import RefundOperation, label


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui orders`."""
    parser = command(sub, common, "refund", _refund)
    parser.add_argument("order", type=positive, metavar="ID", help="the order's number")
    take(parser, REFUND)
    change_options(parser, wait=True)


def _refund(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = refunds.options(opened, args.order)
        request = request_read.read(answers(args, REFUND), seen)
        plan = refunds.plan(opened, args.order, request)
        if args.dry_run:
            lines = [
                plan.sentence,
                *plan.request_lines,
                f"Recorded: {plan.recorded}.",
                f"Payment status: {label(plan.payment_status_after)}.",
                "Nothing was changed.",
            ]
            emit_one(args, {"order_id": args.order} | to_json(plan), lines)
            return exit_codes.DONE
        confirmed(args, f"{plan.sentence} Do it?", sends=plan.operation == RefundOperation.REFUND_ON_BACK_MARKET)
        issued = refunds.issue(patient(args, opened), args.order, request, seen.version)
        if issued.job_id is None or not args.wait:
            queued = f" Job {issued.job_id} sends it.{_undo_advice(opened, issued.job_id)}" if issued.job_id else ""
            if issued.approval_id is not None:
                queued = f" Another account decides: 'bmtui approvals approve {issued.approval_id}'."
            return emit_order(args, opened, plan.sentence + queued)
        view = wait_for(opened, issued.job_id, report_progress)
        code = exit_codes.code_of_job(view.status, view.error_kind)
        now = search.row_of(orders.order_row(opened, args.order))
        done = f"Back Market confirmed it: {now.refund_summary}."
        emit_order(args, opened, done if code == exit_codes.DONE else "")
        if view.error:
            say(view.error)
        return code


def _undo_advice(opened: Desk, job_id: int) -> str:
    """Return the advice on taking back writes that are in their undo window; '' for none."""
    rest = [view for view in outbox.of_job(opened, job_id) if view.not_before > opened.now()]
    if not rest:
        return ""
    left_s = (rest[0].not_before - opened.now()).total_seconds()
    named = " ".join(str(view.effect_id) for view in rest)
    return f" For {left_s:.0f} s it can be withdrawn: 'bmtui outbox withdraw {named}'."
