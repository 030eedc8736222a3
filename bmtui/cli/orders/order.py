"""Commands `bmtui orders show|evidence|note|paper-name`: one stored order."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, positive, take
from bmtui.cli.order_results import emit_order
from bmtui.cli.output import emit_one
from bmtui.desk.core import dates
from bmtui.desk.core.views import address_lines
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders.parameters import PAPER_NAME, TEXT
from bmtui.desk.overview import history as order_history
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import US_MONEY, OrderView
from bmtui.errors import ConfigError
from bmtui.words import IdentifierState, label


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    showing = command(sub, common, "show", _show)
    _one(showing)
    showing.add_argument("--at", metavar="TIME", help="as it was then: 2026-11-01T08:00, or 30d for 30 days ago")
    packing = command(sub, common, "evidence", _evidence)
    _one(packing)
    packing.add_argument("file", metavar="FILE", help="a new file; its name ends in .pdf or .json")
    noting = command(sub, common, "note", _note)
    _one(noting)
    take(noting, (TEXT,))
    naming = command(sub, common, "paper-name", _paper_name)
    _one(naming)
    take(naming, (PAPER_NAME,))
    naming.add_argument("--clear", action="store_true", help="remove it: the buyer's own name is printed")


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", type=positive, metavar="ID", help="the order's number")


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
    # Draws PDFs, whose modules cost start-up time.
    from bmtui.desk.overview import evidence

    with desk(args) as opened:
        file = Path(args.file)
        digest = evidence.write(opened, args.order, file)
        lines = [f"{file}: all that is known of order {args.order}.", f"SHA-256 {digest}"]
        emit_one(args, {"order_id": args.order, "file": str(file), "sha256": digest}, lines)
    return exit_codes.DONE


def _note(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        orders.add_note(opened, args.order, args.text)
        return emit_order(args, opened, f"Noted on order {args.order}.")


def _paper_name(args: argparse.Namespace) -> int:
    if (args.name is None) != args.clear:
        raise ConfigError("The name for papers is missing.", "Give NAME, or --clear to remove it.")
    with desk(args) as opened:
        name = orders.set_paper_name(opened, args.order, "" if args.clear else args.name)
        said = f"its papers show {name}" if name else "its papers show the buyer's own name"
        return emit_order(args, opened, f"Order {args.order}: {said}.")


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
