"""Channel status of an order in the desk's words (order-desk §3, API §5)."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.channel.model import LineState, OrderState

_ORDER_STATES = frozenset(OrderState)
_LINE_STATES = frozenset(LineState)
_REFUNDED = frozenset({LineState.REFUNDED_BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING})
_ENDED = _REFUNDED | {LineState.CANCELLED, LineState.UNPAID}
_WAITING = frozenset({LineState.NEW, LineState.PENDING, LineState.ON_HOLD})
_WITHOUT_LINES = {
    OrderState.NEW: "awaiting_payment",
    OrderState.PENDING_PAYMENT: "awaiting_payment",
    OrderState.TO_ACCEPT: "to_accept",
    OrderState.TO_SHIP: "to_ship",
    OrderState.UNPAID: "unpaid",
}


def channel_status(order_state: int, line_states: Sequence[int]) -> str:
    """Return the status of an order, from the first of these rules that holds.

    1. The order's state is unknown, else a line's is (the lowest): ``unknown_<that state>``.
    2. There are lines, and each has ended: one was refunded (5, 6): ``refunded``; else one was cancelled (4):
       ``cancelled``; else ``unpaid``. An order in 9 is not for that reason "shipped" (API §5).
    3. No lines, so the order's own state; 9 says too little then: ``unknown_9``.
    4. The order is in 8: ``unpaid``; in 0 or 10: ``awaiting_payment``, whatever the lines say: it must not be shipped.
    5. From here on, ended lines count no more, except that one refunded after shipping (6) was shipped. All the live
       ones are shipped (3): ``shipped``; some, or one was: ``partly_shipped``.
    6. One is in 0, 8 or 9: ``awaiting_payment``, for shipping takes the whole order (API §6).
    7. One is in 1: ``to_accept``; all are in 2: ``to_ship``. The lines win over the order's 1, 3 and 9, which lag.
    """
    if order_state not in _ORDER_STATES:
        return f"unknown_{order_state}"
    strangers = [state for state in line_states if state not in _LINE_STATES]
    if strangers:
        return f"unknown_{min(strangers)}"
    live = [state for state in line_states if state not in _ENDED]
    if line_states and not live:
        if _REFUNDED.intersection(line_states):
            return "refunded"
        return "cancelled" if LineState.CANCELLED in line_states else "unpaid"
    if not line_states:
        return _WITHOUT_LINES.get(OrderState(order_state), f"unknown_{order_state}")
    if order_state in (OrderState.NEW, OrderState.PENDING_PAYMENT, OrderState.UNPAID):
        return _WITHOUT_LINES[OrderState(order_state)]
    if all(state == LineState.SHIPPED for state in live):
        return "shipped"
    if LineState.SHIPPED in live or LineState.REFUNDED_AFTER_SHIPPING in line_states:
        return "partly_shipped"
    if _WAITING.intersection(live):
        return "awaiting_payment"
    return "to_accept" if LineState.PAID in live else "to_ship"
