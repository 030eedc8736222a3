"""Command `bmtui approvals`: refunds above a limit, which a second person decides."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, group, listing_options, positive, take
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.desk.refunds.parameters import REJECTION
from bmtui.words import RefundOperation, label

_COLUMNS = {
    "approval_id": "Request",
    "order_id": "Order",
    "amount": "Amount",
    "currency": "",
    "operation": "Operation",
    "state": "State",
    "made_by": "Asked by",
    "why": "Why",
}
_LIMIT = 200


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "approvals")
    listing = command(sub, common, "list", _list, "list what waits for a second person")
    listing.add_argument("--all", action="store_true", help="also what was decided")
    listing_options(listing)
    approving = command(sub, common, "approve", _approve, "approve what somebody else asked for")
    rejecting = command(sub, common, "reject", _reject, "reject it, or take back your own")
    take(rejecting, (REJECTION,))
    settling = command(sub, common, "settle", _settle, "after a restore: say whether it had been carried out")
    answer = settling.add_mutually_exclusive_group(required=True)
    answer.add_argument("--happened", action="store_true", help="the money went back; nothing is sent")
    answer.add_argument("--did-not-happen", action="store_true", help="it did not: it waits for a second person again")
    for parser in (approving, rejecting, settling):
        parser.add_argument("approval", type=positive, metavar="REQUEST", help="its number in 'approvals list'")
        parser.add_argument("--yes", action="store_true", help="do not ask")


def _list(args: argparse.Namespace) -> int:
    limit = args.limit or _LIMIT
    with desk(args) as opened:
        views = approvals.listing(opened, everything=args.all, limit=limit + 1)
        rows = views[:limit]
        emit_list(args, rows, _COLUMNS, "Nothing waits for a second person.")
        for row in rows:
            if row.doubt:
                say(f"Request {row.approval_id}: {row.doubt} Settle it first: 'bmtui approvals settle'.")
        if len(views) > limit:
            say(f"The newest {limit:,} are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _approve(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        opened.must_write()
        seen = approvals.show(opened, args.approval)
        sends = seen.operation == RefundOperation.REFUND_ON_BACK_MARKET
        confirmed(args, f"{_sentence(seen)} Approve it?", sends=sends)
        return _emit_result(args, approvals.approve(opened, args.approval))


def _reject(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        opened.must_write()
        seen = approvals.show(opened, args.approval)
        confirmed(args, f"{_sentence(seen)} Reject it?", sends=False)
        return _emit_result(args, approvals.reject(opened, args.approval, args.reason))


def _settle(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        opened.must_write()
        seen = approvals.show(opened, args.approval)
        what = "was carried out" if args.happened else "was not carried out"
        confirmed(args, f"{_sentence(seen)} Say that it {what}?", sends=False)
        return _emit_result(args, approvals.settle(opened, args.approval, happened=args.happened))


def _emit_result(args: argparse.Namespace, view: ApprovalView) -> int:
    emit_one(args, view, [f"Request {view.approval_id}: {label(view.state)}. {_sentence(view)}"])
    return exit_codes.DONE


def _sentence(view: ApprovalView) -> str:
    return f"{label(view.operation)}, order {view.order_id}: {view.what}, asked for by {view.made_by}."
