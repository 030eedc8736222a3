"""Commands `bmtui orders ship|identify` and `bmtui shipments`: from the accepted order to the parcel."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.documents import to_json
from bmtui.cli.options import (
    Commands,
    answers,
    change_options,
    command,
    doubt_option,
    group,
    listing_options,
    positive,
    take,
)
from bmtui.cli.order_results import emit_sent
from bmtui.cli.output import confirmed, doubts_accepted, emit_list, emit_one, say
from bmtui.desk.core.bulk import BulkResult
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox.review import request_line
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers, request_read
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.parameters import IDENTIFY, OVERRIDE, SHIP, SHIPMENT_NOTE
from bmtui.desk.shipping.ship import ShipPlan
from bmtui.desk.shipping.views import ShipmentView
from bmtui.words import EffectKind, label

_COLUMNS = {
    "shipment_id": "Shipment",
    "order_id": "Order",
    "carrier": "Carrier",
    "tracking_number": "Tracking",
    "shipped_at": "Shipped",
    "state": "Upload",
    "identifiers": "Identifiers",
    "waits": "Waits",
    "error": "Error",
}


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    sending = command(sub, common, "ship", _ship)
    sending.add_argument("order", type=positive, metavar="ID", help="the order's number")
    take(sending, SHIP)
    change_options(sending, wait=True)
    doubt_option(sending)
    identifying = command(sub, common, "identify", _identify)
    identifying.add_argument("order", type=positive, metavar="ID", help="the order's number")
    take(identifying, IDENTIFY)
    change_options(identifying, wait=True)
    doubt_option(identifying)


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "shipments")
    listing = command(sub, common, "list", _list, "list shipments whose upload is open, newest first")
    which = listing.add_mutually_exclusive_group()
    which.add_argument("--failed", action="store_true", help="only those whose upload failed or is unknown")
    which.add_argument("--all", action="store_true", help="include confirmed and dismissed shipments")
    listing_options(listing)
    retrying = command(sub, common, "retry", _retry, "retry a failed upload")
    retrying.add_argument("shipment", type=positive, metavar="SHIPMENT", help="its number in 'shipments list'")
    for name, run, help in (
        ("mark-notified", _mark_notified, "mark a shipment as known to Back Market, from the Back Office for example"),
        ("dismiss", _dismiss, "mark a shipment as void; the order can then be shipped again"),
    ):
        parser = command(sub, common, name, run, help)
        parser.add_argument("shipment", type=positive, metavar="SHIPMENT", help="its number in 'shipments list'")
        take(parser, (SHIPMENT_NOTE,))


def _ship(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        request = request_read.read(answers(args, SHIP))
        plan = shipping.plan(opened, args.order, request)
        for warning in plan.warnings:
            say(f"Look: {warning}")
        if args.dry_run:
            lines = [plan.sentence, *plan.request_lines, plan.waits, "Nothing was changed."]
            emit_one(args, _would(plan), [line for line in lines if line])
            return exit_codes.DONE
        request = replace(request, accept_doubts=doubts_accepted(args, plan.doubts))
        confirmed(args, f"{plan.sentence} Do it?", sends=plan.write is not None)
        shipped = shipping.ship(patient(args, opened), args.order, request)
        for sentence in shipped.kept:
            say(sentence)
        if plan.waits:
            say(plan.waits)
        if shipped.job_id is None:
            return _recorded(args, opened, plan.sentence)
        return emit_sent(args, opened, [BulkResult(args.order, True, plan.sentence, "", shipped.job_id)], "shipped")


def _recorded(args: argparse.Namespace, opened: Desk, sentence: str) -> int:
    document = to_json(overview.show(opened, args.order)) | {"result": "recorded", "error": ""}
    emit_one(args, document, [sentence])
    return exit_codes.DONE


def _would(plan: ShipPlan) -> dict[str, Any]:
    return {
        "order_id": plan.order_id,
        "carrier": plan.carrier,
        "tracking_number": plan.tracking_number,
        "tracking_url": plan.tracking_url,
        "shipped_at": plan.shipped_at,
        "whole": plan.whole,
        "lines": [{"line_id": line_id, "quantity": count} for line_id, count in plan.lines],
        "leaves_at": plan.leaves_at,
        "waits": plan.waits,
        "warnings": list(plan.warnings),
        "doubts": list(plan.doubts),
        "requests": list(plan.requests),
    }


def _identify(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        said = answers(args, IDENTIFY)
        given, override = request_read.read_identifiers(said), said.text(OVERRIDE)
        found = identifiers.plan(opened, args.order, given, override=override)
        doubts = found.doubts
        for doubt in doubts:
            say(f"Look: {doubt}")
        if args.dry_run:
            writes = [unit.write for unit in found.units if unit.write is not None]
            document = {"order_id": args.order, "doubts": list(doubts), "requests": writes}
            emit_one(args, document, [*map(request_line, writes), "Nothing was changed."])
            return exit_codes.DONE
        named = ", ".join(one.text for one in given)
        accepted = doubts_accepted(args, doubts)
        confirmed(args, f"Order {args.order}: {named}. It cannot be changed once registered. Do it?", sends=True)
        done = identifiers.identify(patient(args, opened), args.order, given, override=override, accept_doubts=accepted)
        for sentence in done.kept:
            say(sentence)
        if done.job_id is None:
            return _recorded(args, opened, f"Order {args.order}: {named} is kept.")
        waits = next((view for view in outbox.of_job(opened, done.job_id) if view.kind == EffectKind.IDENTIFIERS), None)
        if waits is not None and (why := outbox.kept_back(opened, waits.effect_id)):
            say(why)
        return emit_sent(args, opened, [BulkResult(args.order, True, named, "", done.job_id)], "identified")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or 200
        views = shipping.listing(opened, everything=args.all, failed=args.failed, limit=limit + 1)
        rows = views[:limit]
        emit_list(
            args,
            rows,
            _COLUMNS,
            "Nothing was shipped here yet." if args.all else "Every upload is confirmed.",
            opened,
        )
        if len(views) > limit:
            say(f"The newest {limit:,} are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _retry(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_result(args, shipping.retry(opened, args.shipment))


def _mark_notified(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_result(args, shipping.mark_notified(opened, args.shipment, args.note or ""))


def _dismiss(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_result(args, shipping.dismiss(opened, args.shipment, args.note or ""))


def _emit_result(args: argparse.Namespace, view: ShipmentView) -> int:
    emit_one(
        args,
        view,
        [f"Shipment {view.shipment_id} of order {view.order_id}: {label(view.open_state)}."],
    )
    return exit_codes.DONE
