"""Rows of orders and lines in the store, notes of an order, and the steps that the channel still expects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bmtui.channel.model import CONDITIONS
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.core.order_views import LineView, UnitView
from bmtui.desk.events import events
from bmtui.desk.orders.channel_states import line_state_label
from bmtui.desk.orders.parameters import PAPER_NAME, TEXT
from bmtui.errors import NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Company, Note, Order, OrderLine, Unit
from bmtui.words import ChannelStatus, IdentifierState, UploadState, label


def add_note(desk: Desk, order_id: int, text: str) -> None:
    """Add a note to the order; line breaks are kept.

    Raises:
        NotFound, NotRead, ValueRefused: an empty or overlong note.
    """
    desk.must_write()
    with desk.store.transaction():
        order = order_row(desk, order_id)
        write_note(desk, order, text)


def write_note(desk: Desk, order: Order, text: str, *, author: str = "", at: datetime | None = None) -> int:
    """Insert a note inside the caller's transaction; returns its row id. Raises as `add_note` does.

    Args:
        author, at: the note's author and time, if it was written in another system.
    """
    row = Note.create(order=order, at=at or desk.now(), made_by=desk.actor, text=TEXT.read(text), author=author)
    told = {"action": "order.noted", "summary": "A note was added.", "changed": ["notes"]}
    events.happened(desk, "order.changed", told, company_id=order.company_id, order_row=order.id)
    return int(row.id)


def set_paper_name(desk: Desk, order_id: int, text: str) -> str:
    """Set the name that is printed on papers instead of the buyer's; '' removes it. Returns the name.

    Raises:
        NotFound, NotRead, ValueRefused: not a name.
    """
    desk.must_write()
    name: str = PAPER_NAME.read(text)
    with desk.store.transaction():
        order = order_row(desk, order_id)
        # Raise the version: an invoice that is being drafted meanwhile is drafted again.
        Order.update(paper_name=name, version=Order.version + 1).where(Order.id == order.id).execute()
        # The audit row leaves the name out, as audit rows can never be removed.
        summary = "The name for papers was set." if name else "The name for papers was removed."
        audit.record(desk, "order.paper_name", summary, company_id=order.company_id, order_row=order.id)
    return name


def order_row(desk: Desk, order_id: int) -> Order:
    """Return the row of an order. Raises NotFound, and RuleRefused if two companies have an order of this number."""
    of_company: dict[str, Any] = {"company": desk.company_row().id} if desk.company else {}
    rows = Order.having(order_id=order_id, **of_company)
    if not rows:
        where = f" of {desk.company}" if desk.company else ""
        raise NotFound(
            f"There is no order {order_id}{where} here.",
            f"Download it first: 'bmtui orders download --order {order_id} --wait'.",
        )
    if len(rows) > 1:
        raise RuleRefused(f"Several companies have an order {order_id}.", "Say which with --company NAME.")
    (order,) = rows
    order.company = Company.get_by_id(order.company_id)
    return order


def channel_statuses(desk: Desk, order_ids: Sequence[int]) -> dict[int, str]:
    """Return the status on Back Market of these orders, by order number; of the company in view or of all."""
    query = Order.select(Order.order_id, Order.channel_status).where(Order.order_id.in_(order_ids))
    if desk.company:
        query = query.join(Company).where(Company.name == desk.company)
    return {row.order_id: row.channel_status for row in query}


def lines_of(order: Order) -> list[OrderLine]:
    """Return the lines of an order, in the channel's sequence."""
    return OrderLine.having(order=order.id)


def line_view(line: OrderLine, currency: str, units: Sequence[Unit] = (), charged: int | None = None) -> LineView:
    """Return a line's view; a registered unit wins over a planned identifier. `charged`: its fee by the statements."""
    refused = (UploadState.FAILED, UploadState.NOT_APPLIED)
    said = units[0] if len(units) == 1 and units[0].state not in refused else None
    return LineView(
        line_id=line.line_id,
        sku=line.sku,
        product=line.product,
        brand=line.brand,
        condition=CONDITIONS.get(line.condition or 0, ""),
        quantity=line.quantity,
        price=Money(line.price, currency),
        refunded=Money(line.refunded, currency),
        state=line.state,
        state_label=line_state_label(line.state),
        imei=line.imei or (said.imei if said else ""),
        serial_number=line.serial_number or (said.serial_number if said else ""),
        units=tuple(
            UnitView(line.line_id, unit.number, unit.imei, unit.serial_number, unit.state, unit.error, unit.reason)
            for unit in units
        ),
        identifier_state=_identifier_state(line, units),
        fee=None if line.fee is None else Money(line.fee, currency),
        fee_charged=None if charged is None else Money(charged, currency),
    )


_IDENTIFIER_STATES = {
    UploadState.NOT_APPLIED: IdentifierState.NOT_APPLIED,
    UploadState.UNKNOWN: IdentifierState.UNKNOWN,
    UploadState.FAILED: IdentifierState.FAILED,
    UploadState.WAITING: IdentifierState.WAITING,
    UploadState.QUEUED: IdentifierState.WAITING,
    UploadState.SENDING: IdentifierState.WAITING,
    UploadState.KEPT: IdentifierState.KEPT_HERE,
    UploadState.CONFIRMED: IdentifierState.REGISTERED,
}
"""Identifier states by upload state; the first that a unit of the line has is shown: problems before successes."""


def _identifier_state(line: OrderLine, units: Sequence[Unit]) -> str:
    if line.imei or line.serial_number:
        return IdentifierState.REGISTERED
    said = {unit.state for unit in units if unit.imei or unit.serial_number}
    return next((meant for state, meant in _IDENTIFIER_STATES.items() if state in said), "")


def channel_belief(desk: Desk, order: Order) -> str:
    """Return a sentence about the step that Back Market expects next for the order (order-desk §3)."""
    if order.channel_status in (ChannelStatus.TO_ACCEPT, ChannelStatus.TO_SHIP):
        step = "be accepted and shipped" if order.channel_status == ChannelStatus.TO_ACCEPT else "ship"
        when = f" by {_local(desk, order, order.ship_by)}" if order.ship_by else ""
        return f"Back Market still expects this order to {step}{when}."
    sentences: dict[str, str] = {
        ChannelStatus.AWAITING_PAYMENT: "Back Market still waits for the buyer's payment.",
        ChannelStatus.SHIPPED: "Back Market shows this order as shipped.",
        ChannelStatus.PARTLY_SHIPPED: "Back Market shows a part of this order as shipped and expects the rest.",
        ChannelStatus.CANCELLED: "Back Market shows this order as cancelled.",
        ChannelStatus.REFUNDED: "Back Market shows this order as refunded.",
        ChannelStatus.UNPAID: "Back Market shows this order as unpaid.",
    }
    known = sentences.get(order.channel_status)
    return known or f"Back Market has this order in a state that bmtui does not know: {label(order.channel_status)}."


def _local(desk: Desk, order: Order, at: datetime) -> str:
    local = at.astimezone(desk.zone(order.company.name))
    today = desk.now().astimezone(local.tzinfo).date()
    return f"{local:%H:%M} today" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
