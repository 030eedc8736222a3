"""`bmtui orders accept|due` and `bmtui acceptance`: from paid to accepted, and what has to leave when."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

from bmtui.cli import documents, exit_codes
from bmtui.cli.common import (
    Commands,
    command,
    desk,
    group,
    listing_options,
    must_write,
    patient,
    positive,
    tell,
    wait_for_all,
)
from bmtui.cli.output import confirmed, emit_list, emit_one, of_order, say
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import ship_by
from bmtui.desk.overview import order as overview
from bmtui.errors import BmtuiError, ConfigError
from bmtui.words import label

_DUE = {
    "order_id": "Order",
    "ship_by": "Ship by",
    "channel_status": "Channel",
    "market": "Market",
    "customer.name": "Customer",
}
_DUE_LIMIT = 50
_NARRATED = 8
"""Of more jobs than that, only what goes wrong is told."""


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    accepting = command(sub, common, "accept", _accept, "accept orders: Back Market then expects them to ship")
    accepting.add_argument("order", type=positive, nargs="+", metavar="ID", help="the orders' numbers")
    doing(accepting)
    due = command(
        sub, common, "due", _due, "what has to leave, most urgent first; exits with 1 when anything is late, for cron"
    )
    due.add_argument(
        "--only", choices=("overdue", "soon", "today", "later"), help="these alone; without it late, soon and today"
    )
    listing_options(due)


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "acceptance", "the rule by which orders are accepted by themselves")
    testing = command(sub, common, "test", _test, "try a rule on stored orders: what it would have accepted")
    testing.add_argument("rule", nargs="*", help="such as: market:fr-fr value:<=800 sku:PHN* (the company's own)")
    testing.add_argument("--last", type=positive, default=1000, metavar="N", help="on so many paid orders (1000)")
    stock = command(sub, common, "stock", _stock, "flag SKUs as in stock or out of stock, for the rule's stock term")
    stock.add_argument("sku", nargs="*", help="without any: list the flags")
    how = stock.add_mutually_exclusive_group()
    how.add_argument("--in", dest="stocked", action="store_true", help="they are in stock")
    how.add_argument("--out", action="store_true", help="they are not")
    listing_options(stock)


def doing(parser: argparse.ArgumentParser) -> None:
    """The options of whatever sends."""
    parser.add_argument("--wait", action="store_true", help="send it here and wait for Back Market's answer")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be stored and sent")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _accept(args: argparse.Namespace) -> int:
    ids = list(dict.fromkeys(args.order))
    with desk(args) as opened:
        must_write(args, opened)
        plans, errors = each(ids, lambda order_id: acceptance.plan(opened, order_id))
        if args.dry_run:
            rows = [_would(plan) for plan in plans.values()]
            return told(
                args, ids, {row["order_id"]: row for row in rows}, errors, [plan.sentence for plan in plans.values()]
            )
        if plans:
            what = next(iter(plans.values())).sentence if len(plans) == 1 else f"Accept {len(plans):,} orders."
            confirmed(args, f"{what} Do it?", sends=True)
        done, refused = each(list(plans), lambda order_id: acceptance.accept(patient(args, opened), order_id))
        errors |= refused
        jobs_of = {order_id: accepted.job_id for order_id, accepted in done.items()}
        return finished(args, opened, ids, jobs_of, errors, "accepted")


def _would(plan: acceptance.AcceptPlan) -> dict[str, Any]:
    return {"order_id": plan.order_id, "requests": [documents.request(write) for write in plan.writes]}


def each(ids: Sequence[int], do: Callable[[int], Any]) -> tuple[dict[int, Any], dict[int, BmtuiError]]:
    """Do it order by order: what came of each, and what was refused."""
    done: dict[int, Any] = {}
    errors: dict[int, BmtuiError] = {}
    for order_id in ids:
        try:
            done[order_id] = do(order_id)
        except BmtuiError as error:
            errors[order_id] = error
    return done, errors


def finished(
    args: argparse.Namespace,
    opened: Desk,
    ids: Sequence[int],
    jobs_of: dict[int, int],
    errors: dict[int, BmtuiError],
    word: str,
) -> int:
    """Wait for the jobs if asked to, and tell each order's result; one order alone is one JSON document."""
    if args.wait and jobs_of:
        wait_for_all(opened, list(jobs_of.values()), tell if len(jobs_of) <= _NARRATED else _tell_trouble)
    ends = {order_id: jobs.families(opened, [job_id]) for order_id, job_id in jobs_of.items()}
    codes = {order_id: exit_codes.code_of(type(error)) for order_id, error in errors.items()}
    rows: dict[int, dict[str, Any]] = {}
    lines = []
    for order_id in jobs_of:
        worst = next((end for end in ends[order_id] if end.status != "completed"), ends[order_id][0])
        result = {"result": word if worst.status == "completed" else worst.status, "error": worst.error}
        if args.wait:
            # One that only waits for its time is on its way.
            resting = worst.status == "submitted" and not worst.error_kind
            codes[order_id] = exit_codes.DONE if resting else exit_codes.code_of_job(worst.status, worst.error_kind)
        view = overview.show(opened, order_id)
        rows[order_id] = documents.order(view) | result
        state = f"{label(view.row.channel_status)} on Back Market" if args.wait else f"job {jobs_of[order_id]} sends it"
        lines.append(f"Order {order_id}: {result['result']}, {state}. {worst.error}".rstrip())
    return told(args, ids, rows, errors, lines, codes)


def _tell_trouble(view: JobView) -> None:
    if view.error:
        tell(view)


def told(
    args: argparse.Namespace,
    ids: Sequence[int],
    rows: dict[int, dict[str, Any]],
    errors: dict[int, BmtuiError],
    lines: Sequence[str],
    codes: dict[int, int] | None = None,
) -> int:
    """Tell what came of each order; returns the exit code: that of the one, or 6 when they differ."""
    codes = (
        codes
        if codes is not None
        else {order_id: exit_codes.code_of(type(error)) for order_id, error in errors.items()}
    )
    if len(ids) == 1 and errors:
        raise next(iter(errors.values()))
    for order_id, error in errors.items():
        say(of_order(order_id, error))
    if len(ids) == 1:
        emit_one(args, rows[ids[0]], lines)
    else:
        failed = {
            order_id: {"order_id": order_id, "result": "refused", "error": str(error)}
            for order_id, error in errors.items()
        }
        found = [rows.get(order_id) or failed[order_id] for order_id in ids]
        if args.json:
            print(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            for line in lines:
                print(line)
    kinds = {codes.get(order_id, exit_codes.DONE) for order_id in ids}
    return kinds.pop() if len(kinds) == 1 else exit_codes.PARTLY_DONE


def _due(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or _DUE_LIMIT
        page = ship_by.queue(opened, word=args.only or "due", limit=limit)
        counts = ship_by.counts(opened)
        emit_list(args, [documents.order_row(row) for row in page.rows], _DUE, "Nothing has to leave.", opened.zone)
        say(f"{counts.sentence}.")
        if page.more or page.count > len(page.rows):
            say(f"The {len(page.rows):,} most urgent are shown; --limit N shows more.")
        return exit_codes.FAILED if counts.late else exit_codes.DONE


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
        now = f"Of those that wait now, it would accept {waiting:,}."
        emit_one(args, document, [found.sentence, now, *shown, *([f"  and {more:,} more"] if more else [])])
    return exit_codes.DONE


def _stock(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.sku:
            if not (args.stocked or args.out):
                raise ConfigError("Say whether they are in stock.", "Give --in or --out.")
            acceptance_rules.flag(opened, None, args.sku, in_stock=args.stocked)
        elif args.stocked or args.out:
            raise ConfigError("There is no SKU to flag.", "Name them: 'bmtui acceptance stock --out SKU'.")
        flags = acceptance_rules.flags(opened)
        rows = [{"sku": sku, "in_stock": in_stock} for sku, in_stock in flags[: args.limit]]
        emit_list(args, rows, {"sku": "SKU", "in_stock": "In stock"}, "No SKU is flagged.")
    return exit_codes.DONE
