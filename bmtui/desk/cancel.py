"""Cancel Order Internally (order-desk §§1, 3): a new status here; nothing is sent to the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bmtui.desk import audit, orders
from bmtui.desk.context import Desk
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.store.models import Order
from bmtui.words import OrderStatus, ShippingStatus, label

STATUSES = (OrderStatus.CANCELLED, OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER, OrderStatus.VOID)
_NEED_A_NOTE = (OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER)
TEMPLATES: Mapping[str, str] = {
    OrderStatus.CANCELLED: "Cancelled internally.",
    OrderStatus.ON_HOLD: "",
    OrderStatus.PROBLEM_ORDER: "",
    OrderStatus.VOID: "Void: not a real order.",
}


@dataclass(frozen=True, slots=True)
class CancelPreview:
    """What the dialog needs: `why_not` says why the order cannot be cancelled; `templates` are notes to begin with."""

    order_id: int
    status: str
    why_not: str | None
    statuses: tuple[str, ...]
    templates: Mapping[str, str]
    channel_belief: str
    version: int


def preview(desk: Desk, order_id: int) -> CancelPreview:
    """What cancelling would mean. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        belief = orders.channel_belief(desk, order)
        return CancelPreview(order_id, order.status, why_not(order), tuple(STATUSES), TEMPLATES, belief, order.version)


def cancel_internally(desk: Desk, order_id: int, status: str, note: str = "", version: int | None = None) -> None:
    """Give an unshipped order a new status, with a note. Nothing is sent; Back Market still expects the order.

    Raises:
        NotFound, RuleRefused: it is shipped, has that status already, or the status asks for a note.
        EditConflict: the order changed since `version` was read.
    """
    desk.must_write()
    with desk.store.transaction():
        order = check(desk, order_id, status, note)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; nothing was done.", "Look at it again, then decide."
            )
        Order.update(status=status, version=Order.version + 1).where(Order.id == order.id).execute()
        if note.strip():
            orders.write_note(desk, order, note)
        audit.record(
            desk,
            "order.cancelled_internally",
            f"Status: {label(order.status)} → {label(status)}. Nothing was sent to Back Market.",
            company_id=order.company_id,
            order_row=order.id,
            before={"status": order.status},
            # Not the note: the audit can never forget, and a note may be about a person.
            after={"status": status},
        )


def check(desk: Desk, order_id: int, status: str, note: str) -> Order:
    """The order, if it may get `status` with `note`.

    Raises:
        NotFound, RuleRefused, ConfigError: it may not, with the reason.
    """
    if status not in STATUSES:
        raise ConfigError(f"'{status}' is no New Status for a cancelled order.", f"Use one of: {', '.join(STATUSES)}.")
    order = orders.order_row(desk, order_id)
    reason = why_not(order)
    if reason:
        raise RuleRefused(reason)
    if order.status == status:
        raise RuleRefused(f"Order {order_id} is {OrderStatus(status).label} already; nothing was changed.")
    if not note.strip() and status in _NEED_A_NOTE:
        raise RuleRefused(f"{OrderStatus(status).label} asks for a note.", "Say why, so that others know.")
    return order


def why_not(order: Order) -> str | None:
    """Why the order cannot be cancelled internally, or None. Only an unshipped one can (order-desk §1, 8)."""
    if order.shipping_status != ShippingStatus.UNSHIPPED:
        return (
            f"Order {order.order_id} is {ShippingStatus(order.shipping_status).label}; only an unshipped order can be "
            "cancelled internally. Refund it instead, or create a return when it comes back."
        )
    return None
