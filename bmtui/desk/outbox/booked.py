"""Check of a request right before it is sent: method, path and body must match its row in the store.

Each request is planned from the store; a request that differs was changed from outside. On PostgreSQL `grants.sql`
refuses such a request when it is planned, by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from peewee import fn

from bmtui.channel.model import LineState
from bmtui.money import Money, exponent
from bmtui.store.models import Approval, Effect, Order, OrderLine, Refund
from bmtui.store.plain_sql import fetch
from bmtui.words import REFUND_NOT_MADE, ApprovalState, EffectKind, RefundOperation, RefundState

_SAV = "/ws/sav/refund"
_OF_FOLDER = re.compile(r"/ws/sav/(\d+)/(?:msg|problem|item-transfer)", re.ASCII)
_NOT_LEFT = "It was not sent; say that it did not happen, then do it again from the order."
_WAITS = (RefundState.QUEUED, RefundState.UNKNOWN)
"""States of a refund whose request is about to be sent."""


def differs(effect: Effect) -> str:
    """Return the reason why the request must not be sent, as a sentence for a person; '' if it matches the store."""
    if effect.kind == EffectKind.REFUND:
        why = _refund(effect)
    else:
        fits = _FITS.get(effect.kind)
        why = "" if fits is not None and fits(effect, _order(effect)) else _is_not(effect)
    return f"{why} {_NOT_LEFT}" if why else ""


def _refund(effect: Effect) -> str:
    order, refund = _order(effect), Refund.get_or_none(Refund.id == effect.subject_id)
    if order is None or refund is None or refund.order_ref != order.id or refund.line is None:
        return "The request would refund a line that has no refund in the books."
    line = refund.line
    named = f"refund #{refund.id}"
    if refund.operation != RefundOperation.REFUND_ON_BACK_MARKET or refund.state not in _WAITS:
        return f"The request would send {named}, which is {RefundState(refund.state).label.lower()}."
    approval = refund.approval_id and Approval.get_by_id(refund.approval_id)
    if approval and approval.state != ApprovalState.APPROVED:
        return f"The request would send {named}, which nobody approved."
    amount = _amount(effect, order, line)
    if amount is None:
        return _is_not(effect)
    if amount != refund.amount:
        sent, booked = Money(amount, order.currency), Money(refund.amount, order.currency)
        return f"The request would refund {sent}, but {named} in the books is of {booked}."
    # A missing partial refund cannot be proved by reading: it must never be sent again automatically.
    return _is_not(effect) if amount != line.price and effect.expected.get("guarded", True) else ""


def _amount(effect: Effect, order: Order, line: OrderLine) -> int | None:
    """Return the amount in minor units that the request refunds of `line`; None if it is no refund of this line."""
    body = effect.body
    if effect.method != "POST":
        return None
    if effect.path == _whole(order):
        moves = (LineState.REFUNDED_BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING)
        fits = any(_moves(effect, order, state, "return_reason", "return_message") for state in moves)
        return line.price if fits and _is_alone(order, line) and body.get("sku") == line.sku else None
    if effect.path != _SAV or body.get("orderline_pk") != line.line_id or not _only(body, _OF_SAV):
        return None
    if "amount" not in body:
        return line.price if body.get("refund_type") in (5, 6) else None
    amount = body["amount"]
    if body.get("refund_type") != 6 or isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    minor = Decimal(repr(amount)).scaleb(exponent(order.currency))
    return int(minor) if minor == minor.to_integral_value() else None


_OF_SAV = ("orderline_pk", "refund_type", "amount")


def _moves(effect: Effect, order: Order, state: LineState, *more: str) -> bool:
    """Return whether the request only moves lines of the order to `state`; `more` are names that its body may hold."""
    body = effect.body
    same = effect.method == "POST" and effect.path == _whole(order)
    same &= body.get("order_id") == order.order_id and body.get("new_state") == int(state)
    return same and _only(body, ("order_id", "new_state", "sku", *more))


def _accept(effect: Effect, order: Order | None) -> bool:
    return order is not None and _moves(effect, order, LineState.ACCEPTED) and _has_sku(effect, order)


def _cancel(effect: Effect, order: Order | None) -> bool:
    if order is None:
        return False
    body = effect.body
    if effect.path != _SAV:
        fits = _moves(effect, order, LineState.CANCELLED) and _has_sku(effect, order)
    else:
        same = effect.method == "POST" and _only(body, _OF_SAV[:2]) and body.get("refund_type") == 4
        fits = same and _has_line(order, body.get("orderline_pk"))
    return fits and (effect.subject_id is None or _returns_the_line(effect, order))


def _returns_the_line(effect: Effect, order: Order) -> bool:
    """Return whether a cancellation's refund is of the cancelled line, and of the whole amount that is returned."""
    refund = Refund.get_or_none((Refund.id == effect.subject_id) & (Refund.order == order))
    if refund is None or refund.line is None or refund.state not in _WAITS:
        return False
    line, body = refund.line, effect.body
    if effect.path == _SAV:
        ends = body.get("orderline_pk") == line.line_id
    else:
        ends = body.get("sku") == line.sku and _is_alone(order, line)
    by_channel = (Refund.order == order) & (Refund.operation == RefundOperation.REFUND_ON_BACK_MARKET)
    returned = Refund.select(fn.SUM(Refund.amount)).where(by_channel & Refund.state.not_in(REFUND_NOT_MADE)).scalar()
    # The amount may be below the line's price only if less than the price was received.
    return ends and (refund.amount == line.price or (refund.amount < line.price and order.received <= returned))


def _ship(effect: Effect, order: Order | None) -> bool:
    more = ("tracking_number", "tracking_url", "shipper", "date_shipping", "imei", "serial_number")
    return order is not None and "sku" not in effect.body and _moves(effect, order, LineState.SHIPPED, *more)


def _identifiers(effect: Effect, order: Order | None) -> bool:
    line_id = effect.path.removeprefix("/ws/orderlines/")
    same = effect.method == "PATCH" and effect.path != line_id and line_id.isascii() and line_id.isdecimal()
    only = _only(effect.body, ("imei", "serial_number"))
    return same and only and order is not None and _has_line(order, int(line_id))


def _invoice(effect: Effect, order: Order | None) -> bool:
    return order is not None and effect.method == "POST" and effect.path == f"{_whole(order)}/invoice"


def _message(effect: Effect, order: Order | None) -> bool:
    found = _OF_FOLDER.fullmatch(effect.path)
    return effect.method == "POST" and found is not None and int(found[1]) == effect.expected.get("folder_id")


_FITS: Mapping[str, Callable[[Effect, Order | None], bool]] = {
    EffectKind.ACCEPT: _accept,
    EffectKind.CANCEL_ON_CHANNEL: _cancel,
    EffectKind.SHIP: _ship,
    EffectKind.IDENTIFIERS: _identifiers,
    EffectKind.INVOICE: _invoice,
    EffectKind.MESSAGE: _message,
}


def _is_not(effect: Effect) -> str:
    kind = EffectKind(effect.kind).label
    return f"{effect.method} {effect.path} with this body is not what '{kind}' sends for this order."


def _order(effect: Effect) -> Order | None:
    """Return the effect's order, None if it is not of the effect's company."""
    found: Order | None = Order.get_or_none(Order.id == effect.order_ref)
    return found if found is not None and found.company_id == effect.company_id else None


def _whole(order: Order) -> str:
    return f"/ws/orders/{order.order_id}"


def _has_sku(effect: Effect, order: Order) -> bool:
    return _with_sku(order, effect.body.get("sku", "")) > 0


def _is_alone(order: Order, line: OrderLine) -> bool:
    """Return whether no other line of the order has the line's SKU."""
    return _with_sku(order, line.sku) == 1


def _with_sku(order: Order, sku: object) -> int:
    # By SQL: asked before each write.
    return int(fetch("SELECT count(*) FROM order_lines WHERE order_ref = ? AND sku = ?", (order.id, str(sku)))[0][0])


def _has_line(order: Order, line_id: object) -> bool:
    return bool(OrderLine.select().where((OrderLine.order == order) & (OrderLine.line_id == line_id)).exists())


def _only(body: Mapping[str, object], names: tuple[str, ...]) -> bool:
    return set(body) <= set(names)
