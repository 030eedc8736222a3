"""Commands `bmtui orders accept|due` and `bmtui acceptance`: accepting orders, and what has to leave when."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.options import Commands, change_options, command, group, listing_options, positive
from bmtui.cli.order_results import each_order, emit_orders, emit_sent
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import ship_by
from bmtui.errors import ConfigError
from bmtui.text import how_many

_DUE = {
    "order_id": "Order",
    "ship_by": "Ship by",
    "channel_status": "Channel",
    "market": "Market",
    "customer.name": "Customer",
}
_DUE_LIMIT = 50


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    accepting = command(sub, common, "accept", _accept)
    accepting.add_argument("order", type=positive, nargs="+", metavar="ID", help="the orders' numbers")
    change_options(accepting, wait=True)
    due = command(sub, common, "due", _due)
    due.add_argument(
        "--only", choices=("overdue", "soon", "today", "later"), help="only these; default: late, soon and today"
    )
    listing_options(due)


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "acceptance")
    testing = command(sub, common, "test", _test, "try a rule on stored orders: show which it would have accepted")
    testing.add_argument("rule", nargs="*", help="such as: market:fr-fr value:<=800 sku:PHN* (the company's own)")
    testing.add_argument(
        "--last", type=positive, default=1000, metavar="N", help="number of paid orders to try it on (1000)"
    )
    stock = command(sub, common, "stock", _stock, "flag SKUs as in stock or out of stock, for the rule's stock term")
    stock.add_argument("sku", nargs="*", help="without SKUs: list the flags")
    how = stock.add_mutually_exclusive_group()
    how.add_argument("--in", dest="stocked", action="store_true", help="they are in stock")
    how.add_argument("--out", action="store_true", help="they are not")
    listing_options(stock)


def _accept(args: argparse.Namespace) -> int:
    ids = tuple(dict.fromkeys(args.order))
    plans: dict[int, acceptance.AcceptPlan] = {}

    def plan(at: Desk, order_id: int) -> tuple[str, int | None]:
        plans[order_id] = acceptance.plan(at, order_id)
        return plans[order_id].sentence, None

    def accept(at: Desk, order_id: int) -> tuple[str, int | None]:
        accepted = acceptance.accept(at, order_id)
        return accepted.plan.sentence, accepted.job_id

    with desk(args) as opened:
        must_write(args, opened)
        alone = len(ids) == 1
        # With --yes no plan is shown first: accepting makes its own.
        planned = () if args.yes and not args.dry_run else each_order(opened, ids, plan, alone=alone, changes=False)
        if args.dry_run:
            rows = {order_id: _dry_run_document(known) for order_id, known in plans.items()}
            return emit_orders(args, planned, rows, [known.sentence for known in plans.values()])
        if plans:
            what = (
                next(iter(plans.values())).sentence if len(plans) == 1 else f"Accept {how_many(len(plans), 'order')}."
            )
            confirmed(args, f"{what} Do it?", sends=True)
        accepted = each_order(patient(args, opened), ids if args.yes else plans, accept, alone=alone)
        by_order = {result.order_id: result for result in (*planned, *accepted)}
        return emit_sent(args, opened, tuple(by_order.values()), "accepted")


def _dry_run_document(plan: acceptance.AcceptPlan) -> dict[str, Any]:
    return {"order_id": plan.order_id, "requests": plan.writes}


def _due(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or _DUE_LIMIT
        page = ship_by.queue(opened, word=args.only or "due", limit=limit)
        counts = ship_by.counts(opened)
        emit_list(args, page.rows, _DUE, _nothing_due(opened), opened)
        say(f"{counts.sentence}.")
        if page.more or page.count > len(page.rows):
            say(f"The {len(page.rows):,} most urgent are shown; --limit N shows more.")
        return exit_codes.FAILED if counts.late else exit_codes.DONE


def _nothing_due(opened: Desk) -> str:
    later = ship_by.next_due(opened)
    if later is None or later.ship_by is None:
        return "No order has to be shipped."
    at = dates.stamp(later.ship_by, opened.zone(later.company))
    return f"No order has to be shipped today; next is order {later.order_id}, {at}."


def _test(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rule = " ".join(args.rule) or None
        found = acceptance_rules.back_test(opened, None, rule, last=args.last)
        waiting = acceptance.waiting(opened, None, rule)
        document = {
            "rule": found.rule,
            "total": found.total,
            "accepted": found.accepted,
            "waiting": waiting,
            "refused": [{"order_id": order_id, "reason": why} for order_id, why in found.refused],
        }
        shown = [f"  {order_id}  {why}" for order_id, why in found.refused[:20]]
        more = len(found.refused) - len(shown)
        now = f"Of the waiting orders, it would accept {waiting:,}."
        emit_one(args, document, [found.sentence, now, *shown, *([f"  and {more:,} more"] if more else [])])
    return exit_codes.DONE


def _stock(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.sku:
            if not (args.stocked or args.out):
                raise ConfigError("Say whether the SKUs are in stock.", "Give --in or --out.")
            acceptance_rules.flag(opened, None, args.sku, in_stock=args.stocked)
        elif args.stocked or args.out:
            raise ConfigError("No SKU was given.", "Name them: 'bmtui acceptance stock --out SKU'.")
        flags = acceptance_rules.flags(opened)
        rows = [{"sku": sku, "in_stock": in_stock} for sku, in_stock in flags[: args.limit]]
        emit_list(args, rows, {"sku": "SKU", "in_stock": "In stock"}, "No SKU is flagged.")
    return exit_codes.DONE
