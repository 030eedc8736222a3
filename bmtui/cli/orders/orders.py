"""Command `bmtui orders`: downloading, finding, showing, cancelling and refunding orders."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.acceptance import accept
from bmtui.cli.cancellation import cancel
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.documents import to_json
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, answers, change_options, command, group, listing_options, positive, take
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.cli.refunds import refund_many, refund_void
from bmtui.cli.shipping import ship, shipments_csv
from bmtui.cli.tags import tags
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.cancellation import parameters as cancel_parameters
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView, address_lines
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.orders.parameters import PAPER_NAME, TEXT
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import evidence
from bmtui.desk.overview import history as order_history
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import US_MONEY, OrderView
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.parameters import REFUND
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule
from bmtui.errors import ConfigError
from bmtui.text import how_many
from bmtui.words import IdentifierState, RefundOperation, label

_COLUMNS = {
    "order_id": "Order",
    "created_at": "Created",
    "status": "Status",
    "channel_status": "Channel",
    "market": "Market",
    "total": "Total",
    "currency": "",
    "refundable": "Refundable",
    "customer.name": "Customer",
}
_TABLE_LIMIT = 50
_CHUNK = 500
WAITING_FAILURES = 3
"""Failures after which a download ends for a person who waits; a job in the background tries for longer."""


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "orders")
    download = command(sub, common, "download", _download, "download orders from the channel")
    what = download.add_mutually_exclusive_group(required=True)
    take(what, (downloads.SINCE,))
    by_number = "only these orders, stored or not"
    what.add_argument("--order", nargs="+", action="extend", type=positive, metavar="ID", help=by_number)
    download.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    download.add_argument("--dry-run", action="store_true", help="only show what would be requested")
    again = command(sub, common, "refresh", _refresh, "read stored orders from Back Market again, now")
    again.add_argument("orders", nargs="+", type=positive, metavar="ID", help="the order's number")
    again.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    syncing = command(sub, common, "sync", _sync, "download what changed since the last time")
    syncing.add_argument("--sweep", action="store_true", help="all orders of the look-back time, changed or not")
    syncing.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    finding = command(sub, common, "search", _search, "find orders, newest first")
    finding.add_argument("query", nargs="*", help='such as: status:onhold market:fr-fr created:last7 "marie dupont"')
    listing_options(finding, ", ".join(search.SORTS))
    showing = command(sub, common, "show", _show, "show an order")
    _one(showing)
    showing.add_argument("--at", metavar="TIME", help="as it was then: 2026-11-01T08:00, or 30d for 30 days ago")
    packing = command(sub, common, "evidence", _evidence, "write all that is known of an order to a PDF or JSON file")
    _one(packing)
    packing.add_argument("file", metavar="FILE", help="a new file; its name ends in .pdf or .json")
    noting = command(sub, common, "note", _note, "add a note to an order")
    _one(noting)
    take(noting, (TEXT,))
    naming = command(sub, common, "paper-name", _paper_name, "set the name printed on invoices and packing slips")
    _one(naming)
    take(naming, (PAPER_NAME,))
    naming.add_argument("--clear", action="store_true", help="remove it: the buyer's own name is printed")
    cancelling = command(sub, common, "cancel", _cancel, "cancel an unshipped order internally; nothing is sent")
    _one(cancelling)
    cancelling.add_argument("status", nargs="?", metavar="STATUS", help=", ".join(internal_cancel.STATUSES))
    cancelling.add_argument("--status", dest="status_option", metavar="STATUS", help="the same")
    take(cancelling, (cancel_parameters.NOTE,))
    change_options(cancelling)
    refunding = command(sub, common, "refund", _refund, "issue a refund; without amounts, all that can be refunded")
    _one(refunding)
    take(refunding, REFUND)
    change_options(refunding, wait=True)
    accept.register_orders(sub, common)
    refund_many.register(sub, common)
    refund_void.register(sub, common)
    cancel.register(sub, common)
    ship.register_orders(sub, common)
    shipments_csv.register_orders(sub, common)
    tags.register_orders(sub, common)


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", type=positive, metavar="ID", help="the order's number")


def _download(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.dry_run:
            return _download_dry(args, opened)
        if args.order:
            return _queued(args, opened, downloads.fetch(opened, args.company, args.order))
        failures = {"max_failures": WAITING_FAILURES} if args.wait else {}
        return _queued(args, opened, downloads.start(opened, args.company, args.since, **failures))


def _refresh(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _queued(args, opened, downloads.refetch(opened, args.orders))


def _sync(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        failures = {"max_failures": WAITING_FAILURES} if args.wait else {}
        mode = schedule.SWEEP if args.sweep else schedule.SYNC
        return _queued(args, opened, schedule.start(opened, args.company, mode=mode, **failures))


def _queued(args: argparse.Namespace, opened: Desk, job_id: int) -> int:
    if args.wait:
        return _downloaded(args, opened, wait_for(opened, job_id, report_progress))
    queued = {"job_id": job_id, "status": jobs.show(opened, job_id).status}
    emit_one(args, queued, [f"Job {job_id} is queued; 'bmtui worker' or the desk runs it."])
    return exit_codes.DONE


def _downloaded(args: argparse.Namespace, opened: Desk, view: JobView) -> int:
    outputs = [child.output for child in jobs.children(opened, view.job_id)]
    totals = {name: sum(int(output.get(name, 0)) for output in outputs) for name in ("created", "updated", "skipped")}
    fetched = int(view.output.get("fetched", view.processed))
    totals["unchanged"] = max(0, fetched - sum(totals.values()))
    ends = [view, *jobs.children(opened, view.job_id)]
    worst = next((end for end in ends if end.status != "completed"), view)
    document = {"job_id": view.job_id, "status": worst.status, "fetched": fetched, **totals, "error": worst.error}
    note = str(view.output.get("note", ""))
    document["note"] = note
    text = ", ".join(f"{totals[name]:,} {name}" for name in ("created", "updated", "unchanged", "skipped"))
    emit_one(args, document, [f"{how_many(fetched, 'order')} fetched: {text}."])
    for told in filter(None, (note, worst.error)):
        say(told)
    return exit_codes.code_of_job(worst.status, worst.error_kind)


def _download_dry(args: argparse.Namespace, opened: Desk) -> int:
    if args.order:
        company = opened.company_row(args.company)
        downloads.may_run(opened, company)
        requests = [f"GET {company.base_url}/ws/orders/{order_id}" for order_id in args.order]
        emit_one(args, {"company": company.name, "requests": requests}, [*requests, "Nothing was stored."])
        return exit_codes.DONE
    from bmtui.workers.sync.dry_run import compare

    since = downloads.start_of(opened, args.company, args.since)
    found = asyncio.run(compare(opened, args.company, since))
    document = {"company": found.company, "since": since, "request": found.request, **found.counts}
    counted = ", ".join(f"{number:,} {name}" for name, number in found.counts.items())
    emit_one(args, document, [f"First request: {found.request}", f"{counted}.", "Nothing was stored."])
    return exit_codes.DONE


def _search(args: argparse.Namespace) -> int:
    sort, descending = "created", True
    if args.sort:
        sort, descending = args.sort.removeprefix("-"), args.sort.startswith("-")
    query = " ".join(args.query)
    limit = args.limit or (None if args.json or args.csv else _TABLE_LIMIT)
    with desk(args) as opened:
        rows = list(_found(opened, query, sort, descending, limit))
        emit_list(args, rows, _COLUMNS, "" if rows else search.emptied_by(opened, query), opened)
        if limit is not None and len(rows) == limit:
            total = search.count_exactly(opened, query)
            if total > limit:
                say(f"{limit:,} of {how_many(total, 'order')} shown; --limit N shows more.")
    return exit_codes.DONE


def _found(opened: Desk, query: str, sort: str, descending: bool, limit: int | None) -> Iterator[OrderRow]:
    offset = 0
    while limit is None or offset < limit:
        size = _CHUNK if limit is None else min(_CHUNK, limit - offset)
        page = search.page(opened, query, sort=sort, descending=descending, offset=offset, limit=size)
        yield from page.rows
        if len(page.rows) < size:
            return
        offset += size


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.at is None:
            view = overview.show(opened, args.order)
            emit_one(args, view, _lines(view, opened.zone(view.row.company)))
            return exit_codes.DONE
        moment = dates.read(opened, args.at)
        view = order_history.at(opened, args.order, moment)
        lines = _lines(view, opened.zone(view.row.company))
        emit_one(args, to_json(view) | {"at": moment}, lines)
    return exit_codes.DONE


def _evidence(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        file = Path(args.file)
        digest = evidence.write(opened, args.order, file)
        lines = [f"{file}: all that is known of order {args.order}.", f"SHA-256 {digest}"]
        emit_one(args, {"order_id": args.order, "file": str(file), "sha256": digest}, lines)
    return exit_codes.DONE


def _note(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        orders.add_note(opened, args.order, args.text)
        return _emit_order(args, opened, f"Noted on order {args.order}.")


def _paper_name(args: argparse.Namespace) -> int:
    if (args.name is None) != args.clear:
        raise ConfigError("The name for papers is missing.", "Give NAME, or --clear to remove it.")
    with desk(args) as opened:
        name = orders.set_paper_name(opened, args.order, "" if args.clear else args.name)
        said = f"its papers show {name}" if name else "its papers show the buyer's own name"
        return _emit_order(args, opened, f"Order {args.order}: {said}.")


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
        return _emit_order(args, opened, f"{sentence} {seen.channel_belief}")


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
            return _emit_order(args, opened, plan.sentence + queued)
        view = wait_for(opened, issued.job_id, report_progress)
        code = exit_codes.code_of_job(view.status, view.error_kind)
        now = overview.show(opened, args.order).row
        done = f"Back Market confirmed it: {now.refund_summary}."
        _emit_order(args, opened, done if code == exit_codes.DONE else "")
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


def _emit_order(args: argparse.Namespace, opened: Desk, sentence: str) -> int:
    emit_one(args, overview.show(opened, args.order), [sentence] if sentence else [])
    return exit_codes.DONE


def _lines(view: OrderView, zone: tzinfo) -> Iterator[str]:
    row = view.row
    yield f"Order {row.order_id}  {row.company}  {row.market}"
    yield f"Status     {label(row.status)}, {label(row.shipping_status)}, {label(row.payment_status)}"
    yield f"Channel    {label(row.channel_status)}. {view.channel_belief}"
    yield f"Amounts    goods {row.goods}, shipping {row.shipping}, total {row.total}"
    if view.sales_taxes is not None:
        yield f"Taxes      {view.sales_taxes}, {US_MONEY['Sales taxes']}"
    if view.sales_dp_adjustment is not None:
        yield f"Adjustment {view.sales_dp_adjustment}, {US_MONEY['Adjustment']}"
    yield f"Payment    received {row.received}, refunded {row.refunded}, refundable {row.refundable}"
    yield f"Customer   {row.customer_name}  {row.customer_email}  {row.customer_phone}"
    if view.buyer_erased:
        yield f"Buyer      {view.buyer_erased}"
    if row.customer_id_number:
        yield f"Id number  {row.customer_id_number}"
    if view.paper_name:
        yield f"On papers  {view.paper_name}"
    yield f"Ship to    {', '.join(address_lines(view.ship_to))}"
    if row.tags or row.assignee:
        yield f"Tags       {' '.join(row.tags)}{f'  assigned to {row.assignee}' if row.assignee else ''}"
    for name, value in row.fields.items():
        yield f"Field      {name}: {value}"
    for line in view.lines:
        standing = "" if line.identifier_state == IdentifierState.REGISTERED else label(line.identifier_state)
        ids = " ".join(filter(None, (line.imei, line.serial_number, standing)))
        yield f"Line {line.line_id}  {line.quantity} × {line.sku}  {line.price}  {line.state_label}  {ids}".rstrip()
        yield f"    {line.product}"
    for shipment in view.shipments:
        shipped = dates.stamp(shipment.shipped_at, zone)
        known = label(shipment.state) if shipment.state else "not shipped"
        waits = shipment.waits or shipment.error
        yield f"Shipment   {shipment.carrier} {shipment.tracking_number} {shipped}  {known}  {waits}".rstrip()
    for refund in view.refunds:
        how = ", ".join(filter(None, (label(refund.operation), label(refund.method), refund.reference)))
        yield (
            f"Refund {refund.refund_id}  {refund.amount}  {refund.part}  {how}  "
            f"{label(refund.state)}  {refund.date}  {refund.note or refund.error}"
        ).rstrip()
    for rma in view.returns:
        alarm = "  ANOTHER DEVICE CAME BACK" if rma.differs else ""
        yield f"RMA {rma.rma_id}  {label(rma.status)}  {rma.skus}  {rma.reasons}  {label(rma.received)}{alarm}"
    for mark in view.marked:
        yield f"Not understood  {mark}"
    for note in view.notes:
        yield f"Note {dates.stamp(note.at, zone)} {note.who}: {note.text}"
    for entry in view.history:
        yield f"History    {dates.stamp(entry.at, zone)} {entry.actor}  {entry.what}: {entry.summary}"
