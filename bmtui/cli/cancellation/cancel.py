"""Commands `bmtui orders cancel|status|cancel-many|cancel-on-channel`: cancelling orders here or on Back Market."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, answers, change_options, command, positive, take
from bmtui.cli.order_arguments import add_order_arguments, orders_named
from bmtui.cli.order_results import emit_order, emit_results
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.cancellation import on_channel as cancel_on_channel
from bmtui.desk.cancellation.on_channel import ChannelCancelPlan
from bmtui.desk.cancellation.parameters import CANCEL, NOTE, ON_CHANNEL
from bmtui.desk.core.bulk import each
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.errors import ConfigError
from bmtui.text import how_many
from bmtui.words import label


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    one = command(sub, common, "cancel", _cancel)
    one.add_argument("order", type=positive, metavar="ID", help="the order's number")
    one.add_argument("status", nargs="?", metavar="STATUS", help=", ".join(internal_cancel.STATUSES))
    one.add_argument("--status", dest="status_option", metavar="STATUS", help="the same")
    take(one, (NOTE,))
    setting = command(sub, common, "status", _status)
    setting.add_argument("order", type=positive, metavar="ID", help="the order's number")
    setting.add_argument("status", metavar="STATUS", help=", ".join((*internal_cancel.BACK, *internal_cancel.STATUSES)))
    take(setting, (NOTE,))
    several = command(sub, common, "cancel-many", _cancel_many)
    add_order_arguments(several, "ID", "an order's number")
    take(several, CANCEL)
    several.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    ending = command(sub, common, "cancel-on-channel", _on_channel)
    ending.add_argument("order", type=positive, metavar="ID", help="the order's number")
    take(ending, ON_CHANNEL)
    for parser in (one, setting, several):
        change_options(parser)
    change_options(ending, wait=True)


def _cancel(args: argparse.Namespace) -> int:
    if bool(args.status) == bool(args.status_option):
        raise ConfigError("Name one status.", f"Write 'bmtui orders cancel {args.order} STATUS'.")
    args.status = args.status or args.status_option
    with desk(args) as opened:
        must_write(args, opened)
        seen = internal_cancel.preview(opened, args.order)
        note = args.note if args.note is not None else seen.templates.get(args.status, "")
        sentence = f"Order {args.order}: {label(seen.status)} → {label(args.status)}. Nothing is sent to Back Market."
        internal_cancel.check(opened, args.order, args.status, note)
        if args.dry_run:
            would = {"order_id": args.order, "status": args.status, "note": note, "request": None}
            emit_one(args, would, [sentence, seen.channel_belief, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{sentence} {seen.channel_belief} Do it?", sends=False)
        internal_cancel.cancel_internally(opened, args.order, args.status, note, seen.version)
        return emit_order(args, opened, f"{sentence} {seen.channel_belief}")


def _status(args: argparse.Namespace) -> int:
    args.note = args.note or ""
    with desk(args) as opened:
        must_write(args, opened)
        seen = internal_cancel.preview(opened, args.order)
        check = internal_cancel.check if args.status in internal_cancel.STATUSES else internal_cancel.check_back
        check(opened, args.order, args.status, *([args.note] if args.status in internal_cancel.STATUSES else []))
        sentence = f"Order {args.order}: {label(seen.status)} → {label(args.status)}. Nothing is sent to Back Market."
        if args.dry_run:
            would = {"order_id": args.order, "status": args.status, "note": args.note, "request": None}
            emit_one(args, would, [sentence, seen.channel_belief, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{sentence} {seen.channel_belief} Do it?", sends=False)
        internal_cancel.set_status(opened, args.order, args.status, args.note, seen.version)
        return emit_order(args, opened, f"{sentence} {seen.channel_belief}")


def _cancel_many(args: argparse.Namespace) -> int:
    wanted = orders_named(args, bare=True)
    with desk(args) as opened:
        must_write(args, opened)

        def check(at: Desk, order_id: int) -> tuple[str, int | None]:
            internal_cancel.check(at, order_id, args.status, _note(at, order_id))
            return f"It would be {label(args.status)}.", None

        def act(at: Desk, order_id: int) -> tuple[str, int | None]:
            internal_cancel.cancel_internally(at, order_id, args.status, _note(at, order_id))
            return f"{label(args.status)} now. Nothing was sent.", None

        def _note(at: Desk, order_id: int) -> str:
            return (
                args.note
                if args.note is not None
                else internal_cancel.preview(at, order_id).templates.get(args.status, "")
            )

        if args.dry_run:
            code = emit_results(args, each(opened, wanted, check, changes=False))
            say("Nothing was changed.")
            return code
        confirmed(args, f"Set {how_many(len(wanted), 'order')} to {label(args.status)}?", sends=False)
        return emit_results(args, each(opened, wanted, act))


def _on_channel(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = cancel_on_channel.options(opened, args.order)
        chosen = cancel_on_channel.chosen(answers(args, ON_CHANNEL))
        plan = cancel_on_channel.plan(opened, args.order, chosen)
        if args.dry_run:
            lines = [
                f"{plan.sentence} {plan.approval}".strip(),
                *plan.request_lines,
                "Nothing was changed.",
            ]
            emit_one(args, _document(plan), lines)
            return exit_codes.DONE
        confirmed(args, " ".join(filter(None, (seen.belief, plan.sentence, plan.approval, "Do it?"))), sends=True)
        done = cancel_on_channel.send(patient(args, opened), args.order, chosen, seen.version)
        code = exit_codes.DONE
        if args.wait:
            views = [wait_for(opened, job_id, report_progress) for job_id in done.job_ids]
            codes = [exit_codes.code_of_job(view.status, view.error_kind) for view in views]
            code = next((found for found in codes if found), exit_codes.DONE)
            for view in views:
                if view.error:
                    say(view.error)
        if args.wait and done.job_ids and code == exit_codes.DONE:
            now = search.row_of(orders.order_row(opened, args.order))
            ended = f"Back Market confirmed it: {label(now.channel_status)}, {now.refund_summary}."
            emit_order(args, opened, ended)
            return code
        queued = "".join(f" Job {job_id} sends it." for job_id in done.job_ids)
        waits = f" Its refund waits for approval {done.approval_id}." if done.approval_id is not None else ""
        emit_order(args, opened, plan.sentence + queued + waits if code == exit_codes.DONE else "")
        return code


def _document(plan: ChannelCancelPlan) -> dict[str, Any]:
    return {
        "order_id": plan.order_id,
        "needs_approval": plan.approval or None,
        "lines": [
            {
                "line_id": item.line_id,
                "sku": item.sku,
                "before": item.before,
                "after": item.after,
                "amount": item.price.decimal,
                "currency": item.price.currency,
                "request": item.write,
            }
            for item in plan.items
        ],
    }
