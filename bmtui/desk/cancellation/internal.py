"""Internal cancellation of orders (order-desk §§1, 3): a new status here; nothing is sent to the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bmtui.desk.cancellation import parameters
from bmtui.desk.cancellation.parameters import BACK as BACK
from bmtui.desk.cancellation.parameters import STATUSES as STATUSES
from bmtui.desk.core import audit, order_snapshot
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.store.models import Order
from bmtui.words import OrderStatus, ShippingStatus, label

_NEED_A_NOTE = (OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER)


@dataclass(frozen=True, slots=True)
class CancelPreview:
    """Data of the dialog: `why_not` says why the order cannot be cancelled; `templates` are notes to start with.

    `shipped` tells that a return is the way instead.
    """

    order_id: int
    status: str
    why_not: str | None
    statuses: tuple[str, ...]
    templates: Mapping[str, str]
    channel_belief: str
    version: int
    shipped: bool


def preview(desk: Desk, order_id: int) -> CancelPreview:
    """Return the data of the dialog that cancels an order internally. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        belief = orders.channel_belief(desk, order)
        notes, shipped = _templates(desk, order), order.shipping_status != ShippingStatus.UNSHIPPED
        return CancelPreview(
            order_id, order.status, why_not(order), tuple(STATUSES), notes, belief, order.version, shipped
        )


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
        change(desk, order, status, note, "order.cancelled_internally")


def bring_back(desk: Desk, order_id: int, status: str, note: str = "", version: int | None = None) -> None:
    """Bring an order that was cancelled, held, voided or a problem back to the status that its channel state gives it.

    Raises:
        NotFound, RuleRefused: it has that status, or what Back Market says of it means another one.
        EditConflict: the order changed since `version` was read.
    """
    desk.must_write()
    with desk.store.transaction():
        order = check_back(desk, order_id, status)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; nothing was done.", "Look at it again, then decide."
            )
        change(desk, order, status, note, "order.brought_back")


def set_status(desk: Desk, order_id: int, status: str, note: str = "", version: int | None = None) -> None:
    """Bring the order back when `status` is one of `BACK`, else cancel it internally. Raises as they do."""
    if status in BACK:
        bring_back(desk, order_id, status, note, version)
    else:
        cancel_internally(desk, order_id, status, note, version)


def change(desk: Desk, order: Order, status: str, note: str, action: str) -> None:
    """Store a checked status with its note and audit row, inside the caller's transaction."""
    was = order_snapshot.of_order(order.id)
    Order.update(status=status, version=Order.version + 1).where(Order.id == order.id).execute()
    if note.strip():
        orders.write_note(desk, order, note)
    audit.record(
        desk,
        action,
        f"Status: {label(order.status)} → {label(status)}. Nothing was sent to Back Market.",
        company_id=order.company_id,
        order_row=order.id,
        was=was,
    )


def check(desk: Desk, order_id: int, status: str, note: str) -> Order:
    """Return the order that may get `status` with `note`.

    Raises:
        NotFound, RuleRefused, ConfigError: it may not, with the reason.
    """
    parameters.STATUS.read(status)
    order = orders.order_row(desk, order_id)
    reason = why_not(order)
    if reason:
        raise RuleRefused(reason)
    if order.status == status:
        raise RuleRefused(f"Order {order_id} is {OrderStatus(status).label} already; nothing was changed.")
    if not note.strip() and status in _NEED_A_NOTE:
        raise RuleRefused(
            f"{OrderStatus(status).label} asks for a note.", "Say why, so that others know.", field="note"
        )
    return order


def check_back(desk: Desk, order_id: int, status: str) -> Order:
    """Return the order that can be brought back to `status`.

    Raises:
        NotFound, ConfigError, RuleRefused: it cannot, with the reason.
    """
    if status not in BACK:
        raise ConfigError(
            f"There is no status '{status[:40]}' to set.",
            f"Use one of: {', '.join((*BACK, *STATUSES))}.",
            field="status",
        )
    order = orders.order_row(desk, order_id)
    reason = why_not_back(order.status, order.channel_status, order.shipping_status)
    if reason:
        raise RuleRefused(f"Order {order_id}: {reason}")
    own = channel_states.order_status(order.channel_status, order.shipping_status)
    if own != status:
        raise RuleRefused(
            f"Order {order_id} is {label(order.shipping_status)}: it goes back to {own.label}, not to {label(status)}.",
            f"Use 'bmtui orders status {order_id} {own}'.",
        )
    return order


def why_not_back(status: str, channel_status: str, shipping_status: str) -> str | None:
    """Return the reason why an order of these statuses cannot be brought back, or None."""
    if status not in STATUSES:
        return f"it is {label(status)} already; nothing was changed."
    if channel_states.order_status(channel_status, shipping_status) == OrderStatus.CANCELLED:
        return f"on Back Market it is {label(channel_status)}, and that is the end of it there."
    return None


def _templates(desk: Desk, order: Order) -> Mapping[str, str]:
    """Return the company's note templates by status, with order number and date filled in."""
    company = order.company
    said: dict[str, str] = {
        OrderStatus.CANCELLED: company.note_cancelled,
        OrderStatus.ON_HOLD: company.note_on_hold,
        OrderStatus.PROBLEM_ORDER: company.note_problem_order,
        OrderStatus.VOID: company.note_void,
    }
    today = desk.now().astimezone(desk.zone(company.name)).date().isoformat()
    filled = {"{order}": str(order.order_id), "{date}": today}
    for name, value in filled.items():
        said = {status: text.replace(name, value) for status, text in said.items()}
    return said


def why_not(order: Order) -> str | None:
    """Return why the order cannot be cancelled internally, or None. Only unshipped ones can (order-desk §1, item 8)."""
    if order.shipping_status != ShippingStatus.UNSHIPPED:
        return (
            f"Order {order.order_id} is {ShippingStatus(order.shipping_status).label}; only an unshipped order can be "
            "cancelled internally. Refund it instead, or create a return when it comes back."
        )
    return None
