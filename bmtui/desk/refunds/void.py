"""Corrections of booked refunds: void a recorded one that paid nobody, settle an excess of Back Market."""

from __future__ import annotations

from collections.abc import Callable

from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import channel_returns, ledger
from bmtui.desk.refunds.views import RefundView, refund_view
from bmtui.errors import NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import InvoiceRefund, Order, Refund
from bmtui.text import plain
from bmtui.words import RefundState, label

_REASON_LIMIT = 500

Settling = Callable[[Desk, int, int, str], RefundView]
"""Type of `void` and `settle_excess`: order, refund, reason."""


def void(desk: Desk, order_id: int, refund_id: int, reason: str) -> RefundView:
    """Void a recorded refund that paid nobody; its amount is refundable again.

    Raises:
        NotFound, RuleRefused: it was sent or has a credit note, there is no reason, or the account may not refund.
    """
    return _settle(desk, order_id, refund_id, reason, RefundState.RECORDED, RefundState.WITHDRAWN, "refund.voided")


def settle_excess(desk: Desk, order_id: int, refund_id: int, reason: str) -> RefundView:
    """Settle an excess that Back Market returned: `reason` says how the loss was settled. Nothing is sent.

    Raises:
        NotFound, RuleRefused: it is no excess, there is no reason, or the account may not refund.
    """
    after = RefundState.EXCESS_SETTLED
    return _settle(desk, order_id, refund_id, reason, RefundState.EXCESS, after, "refund.excess_settled")


def _settle(
    desk: Desk, order_id: int, refund_id: int, reason: str, before: RefundState, after: RefundState, action: str
) -> RefundView:
    desk.must_write()
    reason = plain(reason).strip()
    if not reason:
        raise RuleRefused("A reason is needed.", "Write the reason.", field="reason")
    if len(reason) > _REASON_LIMIT:
        said = f"The reason has {len(reason)} characters; at most {_REASON_LIMIT} are allowed."
        raise RuleRefused(said, "Shorten it.", field="reason")
    with desk.store.transaction():
        if why := permissions.why_no_refund(desk):
            raise RuleRefused(why)
        order = orders.order_row(desk, order_id)
        refund = Refund.get_or_none((Refund.order == order) & (Refund.id == refund_id))
        if refund is None:
            known = ", ".join(str(row.id) for row in Refund.select().where(Refund.order == order)) or "none"
            raise NotFound(f"Order {order_id} has no refund {refund_id}.", f"Its refunds: {known}.")
        if refund.state != before:
            raise RuleRefused(
                f"Refund #{refund.id} is {label(refund.state)}, not {label(before)}; nothing was changed."
            )
        note = InvoiceRefund.get_or_none(InvoiceRefund.refund == refund)
        if note is not None:
            raise RuleRefused(
                f"Refund #{refund.id} has the credit note {note.invoice.number}; it cannot be voided.",
                "Ask your accountant how to correct it.",
            )
        was = order_snapshot.of_order(order.id)
        ledger.settle(refund, after, reason)
        channel_returns.follow(desk, Order.get_by_id(order.id))
        done = "voided; nothing was sent" if before == RefundState.RECORDED else "settled"
        audit.record(
            desk,
            action,
            f"{ledger.describe(refund)}, {done}. {reason}",
            company_id=order.company_id,
            order_row=order.id,
            was=was,
            after={"refund": refund.id, "amount": str(Money(refund.amount, order.currency)), "state": after},
        )
        return refund_view(Refund.get_by_id(refund_id), order.currency)
