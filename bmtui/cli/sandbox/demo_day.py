"""Daily work of `bmtui demo --headless`: search, cancel, invoice, refund, ship, return and answer, a line a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from bmtui.channel.model import LineState
from bmtui.cli.job_progress import wait_for
from bmtui.cli.output import say
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.after_sales import folder_store, folders, replies
from bmtui.desk.after_sales import templates as reply_templates
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.errors import BmtuiError, PartlyDone
from bmtui.text import how_many
from bmtui.words import EffectState, RefundState, label

if TYPE_CHECKING:
    from bmtui.sandbox.server import SandboxServer

T = TypeVar("T")
_IMEI = "356938035643809"


def day(opened: Desk, server: SandboxServer, company: str) -> None:
    """Do the daily work without a screen: each step really happens, and its result is printed.

    Raises:
        PartlyDone: a step did not end as it should, or the marketplace has no order for it.
    """
    found = search.page(opened, "channel:shipped payment:charged", limit=50)
    shipped = _first(list(islice((row for row in found.rows if _can_be_invoiced(opened, row.order_id)), 1)))
    say(
        f"Search 'channel:shipped payment:charged': {how_many(found.count, 'order')}; order {shipped.order_id} is "
        "taken."
    )
    surname = shipped.customer_name.split()[-1]
    names = search.page(opened, f'"{surname}"', limit=50)
    if shipped.order_id not in {row.order_id for row in names.rows}:
        raise PartlyDone(f"Searching '{surname}' did not find order {shipped.order_id}.")
    say(f"Search '{surname}': {how_many(names.count, 'order')}, {shipped.order_id} among them.")

    waiting = _first(search.page(opened, "channel:toship status:inprocess shipping:unshipped", limit=1).rows)
    internal_cancel.cancel_internally(opened, waiting.order_id, "cancelled", "Cancelled in the demo.")
    now = overview.show(opened, waiting.order_id)
    say(f"Cancel Order Internally: {waiting.order_id} is {label(now.row.status)}. {now.channel_belief}")
    try:
        internal_cancel.cancel_internally(opened, shipped.order_id, "cancelled", "")
    except BmtuiError as error:
        say(f"Cancelling the shipped order {shipped.order_id} is refused: {error.message}")
    else:
        raise PartlyDone("A shipped order could be cancelled.")

    invoice = _invoice(opened, shipped.order_id, server)
    line = next(line for line in refunds.options(opened, shipped.order_id).lines if line.channel == "any")
    part = replace(line.refundable, minor=line.refundable.minor // 3)
    for request in (
        refunds.RefundRequest(lines={line.line_id: part}),
        refunds.RefundRequest(lines={line.line_id: None}),
    ):
        issued = refunds.issue(opened, shipped.order_id, request)
        say(issued.plan.sentence)
        if issued.job_id is not None:
            wait_for(opened, issued.job_id)
        view = overview.show(opened, shipped.order_id)
        states = {refund.state for refund in view.refunds if refund.refund_id in issued.refund_ids}
        if states != {RefundState.CONFIRMED}:
            raise PartlyDone(f"The refund ended as {', '.join(states)}.")
        say(f"Back Market confirmed it: {view.row.refund_summary}.")
    effects = [effect for effect in server.marketplace.effects if effect["order_id"] == shipped.order_id]
    state = next(now.state_label for now in view.lines if now.line_id == line.line_id)
    say(f"The marketplace applied {how_many(len(effects), 'effect')} to order {shipped.order_id}; its line is {state}.")
    for job in jobs.listing(opened, type_="invoice", limit=10):
        wait_for(opened, job.job_id)
    notes = invoice_search.listing(opened, order_id=shipped.order_id, kind="credit_note")
    if not notes or any(note.corrects != invoice for note in notes):
        raise PartlyDone("The refunds have no credit note.")
    credited = ", ".join(f"{note.number} of {note.gross}" for note in reversed(notes))
    say(f"Credit notes for invoice {invoice}: {credited}.")
    _accept_and_ship(opened, server)
    _return(opened)
    _after_sales(opened, company)
    say("The whole demo is done.")


def _can_be_invoiced(opened: Desk, order_id: int) -> bool:
    """Return True if the order's invoice can be made here, for example with the font of the extra `japanese`."""
    try:
        invoicing.check(invoicing.draft_invoice(opened, order_id))
    except BmtuiError as error:
        say(f"Order {order_id} is left alone: {error}")
        return False
    return True


def _invoice(opened: Desk, order_id: int, server: SandboxServer) -> str:
    """Make the invoice of a shipped order, upload it, check that it arrived unchanged; return its number."""
    waiting = invoice_search.waiting_count(opened)
    made = invoicing.make(opened, order_id)
    say(
        f"Invoice {made.number} for order {order_id}: {made.gross}, {made.schemes}; "
        f"{how_many(waiting, 'order waits', 'orders wait')} for one."
    )
    wait_for(opened, invoice_jobs.send(opened, made.number))
    there = server.marketplace.invoices.get(order_id, {})
    if there.get("sha256") != made.pdf_hash or invoice_files.verify(opened).findings:
        raise PartlyDone("The invoice that Back Market has is not the one that was made.")
    say(f"Back Market has invoice {made.number}, to the byte; drawn again it is the same.")
    return made.number


def _accept_and_ship(opened: Desk, server: SandboxServer) -> None:
    """Accept a paid order, ship it with an IMEI, and check that the marketplace has both."""
    rows = search.page(opened, "channel:toaccept status:inprocess sku:PHN*", limit=50).rows
    fit = [(len(leaving), row.order_id) for row in rows if (leaving := _with_one_phone(opened, row.order_id))]
    order_id = min(fit, key=lambda found: found[0], default=(0, 0))[1]
    if not order_id:
        raise PartlyDone("This marketplace has no phone to accept and ship.", "Use more orders: --orders 200.")
    wait_for(opened, acceptance.accept(opened, order_id).job_id)
    view = overview.show(opened, order_id)
    if view.row.channel_status != "to_ship":
        raise PartlyDone(f"Order {order_id} was not accepted: {label(view.row.channel_status)}.")
    say(f"Accept: order {order_id} is {label(view.row.channel_status)} on Back Market.")
    line = next(line for line in view.lines if line.sku.startswith("PHN") and line.state == LineState.ACCEPTED)
    request = shipping.ShipRequest(
        tracking=next((known.tracking_number for known in view.shipments), "") or "1Z 999AA1 0123456784",
        carrier="" if view.is_backship else "UPS",
        identifiers=(identifiers.given(line.line_id, _IMEI),),
        # Items beside the phone leave without an identifier.
        accept_doubts=True,
    )
    shipped = shipping.ship(opened, order_id, request)
    say(shipped.plan.sentence)
    wait_for(opened, shipped.job_id or 0)
    kinds = [effect["kind"] for effect in server.marketplace.effects if effect["order_id"] == order_id]
    view = overview.show(opened, order_id)
    known = next(one.imei for one in view.lines if one.line_id == line.line_id)
    if not view.row.channel_notified or known != _IMEI or kinds.count("ship") != 1:
        raise PartlyDone(f"Order {order_id} did not reach Back Market as it should: {', '.join(kinds)}.")
    say(f"Ship Confirmed: order {order_id} is {label(view.row.shipping_status)}, IMEI {known} is registered.")


def _with_one_phone(opened: Desk, order_id: int) -> list[int]:
    """Return the lines that would leave with an order of exactly one phone; empty for any other order."""
    lines = overview.show(opened, order_id).lines
    leaving = [line for line in lines if line.state in (LineState.PAID, LineState.ACCEPTED)]
    phones = [line.quantity for line in leaving if line.sku.startswith("PHN")]
    return [line.line_id for line in leaving] if phones == [1] else []


def _return(opened: Desk) -> None:
    """Take a return: create an RMA, receive it with its IMEI, refund and close it."""
    shipped = search.page(opened, "channel:shipped payment:charged has:imei", limit=20).rows
    line = order_id = None
    for row in shipped:
        line = next(
            (line for line in overview.show(opened, row.order_id).lines if line.imei and line.quantity == 1), None
        )
        if line is not None:
            order_id = row.order_id
            break
    if line is None or order_id is None:
        raise PartlyDone("This marketplace has no shipped phone for an RMA.", "Use more orders: --orders 200.")
    wanted = returns.ReturnRequest(
        (returns.WantedItem(line.line_id, 1, "Defective"),), description="It does not charge."
    )
    rma_id = returns.create(opened, order_id, wanted).row.rma_id
    say(f"RMA {rma_id} for order {order_id}: {line.sku}, Defective.")
    return_actions.approve(opened, rma_id, "approved")
    view = return_actions.receive(opened, rma_id, imei=line.imei)
    if view.row.differs or view.row.received != "received":
        raise PartlyDone("The returned device is not the shipped device.")
    say(f"RMA {rma_id}: {label(view.row.received)}; IMEI {line.imei} was shipped and came back.")
    _, issued = return_refund.refund(opened, rma_id, refunds.RefundRequest())
    for one in issued:
        if one.job_id is not None:
            wait_for(opened, one.job_id)
    view = return_actions.set_status(opened, rma_id, "closed")
    if {refund.state for refund in view.refunds} != {RefundState.CONFIRMED}:
        raise PartlyDone("The refund of the RMA was not confirmed.")
    say(f"RMA {rma_id}: {view.row.refunded} refunded, {label(view.items[0].resolution)}, {label(view.row.status)}.")


def _after_sales(opened: Desk, company: str) -> None:
    """Download the after-sales folders, and answer the customer who has waited the longest."""
    wait_for(opened, folder_store.start(opened, company, max_failures=3))
    waiting = folders.listing(opened, "show:waiting")
    say(
        f"After-sales: {how_many(len(folders.listing(opened, 'state:all')), 'folder')} came over HTTP; "
        f"{len(waiting):,} wait."
    )
    if not waiting:
        return
    row = waiting[0]
    text = reply_templates.filled(opened, row, reply_templates.offered(opened, row.market[:2])[0].name)
    sent = replies.send(opened, replies.answer(row.folder_id, text))
    wait_for(opened, sent.job_id)
    if outbox.show(opened, sent.effect_id).state != EffectState.CONFIRMED:
        raise PartlyDone(f"The answer in folder {row.folder_id} was not confirmed.")
    hours = (row.age or timedelta()).total_seconds() / 3600
    say(f"Folder {row.folder_id} ({row.market}) waited {hours:.0f} business hours and is answered.")


def _first(rows: Sequence[T]) -> T:
    if not rows:
        raise PartlyDone("This marketplace has no order for that step.", "Use more orders: --orders 200.")
    return rows[0]
