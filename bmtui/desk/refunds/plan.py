"""Refund plans: the amounts, and the exact request that sends each (order-desk §4, API §§5–7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Around
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import Sends
from bmtui.desk.refunds import ledger, parameters
from bmtui.desk.refunds.lines import must_fit, no_line_reason, share
from bmtui.errors import ConfigError, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine, Refund
from bmtui.text import plain
from bmtui.words import REFUND_NOT_COUNTED, RefundMethod, RefundOperation

ON_CHANNEL = RefundOperation.REFUND_ON_BACK_MARKET
DEFAULT_REASON = 25
"""Back Market's return reason "Other" (API §6)."""

TOLD = 3
"""Number of refunds that a sentence names."""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Refund that an operator asks for.

    Attributes:
        operation: None takes the default: Refund on Back Market if a line can take it, else Issue Refund.
        lines: amount by line id; None is all that is left of that line.
        shipping: amount of the shipping charges.
        amount: amount of the order as a whole, without `lines` and `shipping`; all three empty: everything.
        date: ISO date in the company's zone; None is today.
        reason: Back Market's return reason; None is Other.
    """

    operation: str | None = None
    lines: Mapping[int, Money | None] = field(default_factory=dict)
    shipping: Money | None = None
    amount: Money | None = None
    method: str = RefundMethod.OTHER
    date: str | None = None
    reference: str = ""
    note: str = ""
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedRefund:
    """A refund of a plan; `write` is the exact request, None if the refund is only recorded."""

    part: str
    line_id: int | None
    amount: Money
    write: WriteRequest | None


@dataclass(frozen=True, slots=True)
class RefundPlan(Sends):
    """Refunds that issuing would make; `sentence` describes them to a person.

    Attributes:
        approval: why a second person must approve it first; '' if nobody must.
        recorded: the row of the payments history, in words.
        date: the Refund Date, in the company's zone.
    """

    items: tuple[PlannedRefund, ...]
    operation: str
    total: Money
    refundable_after: Money
    payment_status_after: str
    sentence: str
    date: date
    approval: str = ""
    recorded: str = ""

    @property
    def requests(self) -> tuple[WriteRequest, ...]:
        return tuple(item.write for item in self.items if item.write is not None)


def make(desk: Desk, order: Order, request: RefundRequest) -> tuple[RefundPlan, list[OrderLine | None]]:
    """Return the plan, and the line row of each of its items."""
    reason = why_not(order)
    if reason:
        raise RuleRefused(reason)
    lines = orders.lines_of(order)
    chosen = _check_fields(desk, order, request)
    operation = request.operation or default_operation(order, lines)
    parameters.OPERATION.read(operation)
    if operation == RefundOperation.ISSUE_REFUND_CHECK and not plain(request.reference).strip():
        raise RuleRefused(
            "A refund by check needs its check number.", "Enter it as the Reference Number.", field="reference"
        )
    amounts = _amounts(order, lines, request, operation)
    total = sum(amount for _, _, amount in amounts)
    left = ledger.refundable(order)
    ledger.refuse_above(total, left, order.currency, f"order {order.order_id}", _under_way(order))
    ended = [line for _, line, _ in amounts if line is not None and line.state == LineState.ACCEPTED]
    if operation == ON_CHANNEL and ended:
        ledger.whole_lines(order, ended)
        must_fit(order, ended, amounts, left)
    items: list[PlannedRefund] = []
    for part, line, amount in amounts:
        if line is not None:
            ledger.refuse_above(amount, line.price - line.refunded, order.currency, f"line {line.line_id} ({line.sku})")
        if part == ledger.SHIPPING:
            ledger.refuse_above(amount, ledger.shipping_left(order), order.currency, "the shipping charges")
        write = _write(order, lines, line, amount, request) if operation == ON_CHANNEL and line is not None else None
        named = line.sku if line is not None else part.capitalize()
        items.append(PlannedRefund(named, line.line_id if line is not None else None, money(order, amount), write))
    approval = permissions.needs_approval(desk, order, total)
    made = RefundPlan(
        items=tuple(items),
        operation=operation,
        total=money(order, total),
        refundable_after=money(order, left - total),
        payment_status_after=ledger.payment_status(order.received, order.refunded + total),
        sentence=_sentence(order, lines, operation, items, total, left, approval, ended),
        approval=approval,
        recorded=_recorded(order, request, items, chosen),
        date=chosen,
    )
    return made, [line for _, line, _ in amounts]


def _amounts(
    order: Order, lines: list[OrderLine], request: RefundRequest, operation: str
) -> list[tuple[str, OrderLine | None, int]]:
    """Return (part, line, minor units) of each refund that the request asks for."""
    if request.amount is not None and (request.lines or request.shipping is not None):
        raise ConfigError("Give an amount for the order, or amounts for its parts, not both.")
    left = ledger.refundable(order)
    if request.lines or request.shipping is not None:
        if operation == ON_CHANNEL and request.shipping is not None:
            raise RuleRefused(
                "Back Market accepts no refund of shipping charges over its API.",
                "Refund them in the Back Office and record that here: operation issue_refund.",
            )
        by_id = {line.line_id: line for line in lines}
        parts: list[tuple[str, OrderLine | None, int]] = []
        for line_id, amount in request.lines.items():
            line = by_id.get(line_id)
            if line is None:
                own = ", ".join(f"{known.line_id} ({known.sku})" for known in lines)
                raise RuleRefused(f"Order {order.order_id} has no line {line_id}.", f"Its lines: {own}.")
            wanted = None if amount is None else _minor(order, amount)
            left_now = left - sum(minor for _, _, minor in parts)
            parts.append((ledger.LINE, line, share(line.price - line.refunded, left_now, wanted)))
        if request.shipping is not None:
            parts.append((ledger.SHIPPING, None, _minor(order, request.shipping)))
        return parts
    wanted = left if request.amount is None else _minor(order, request.amount)
    if operation != ON_CHANNEL:
        return [(ledger.ORDER, None, wanted)]
    ledger.refuse_above(wanted, left, order.currency, f"order {order.order_id}")
    return _spread(order, lines, None if request.amount is None else wanted, left)


def _spread(
    order: Order, lines: list[OrderLine], wanted: int | None, left: int
) -> list[tuple[str, OrderLine | None, int]]:
    """Return how an amount for the whole order is split: to its one refundable line, or to all lines in full."""
    able = [line for line in lines if channel_can(order, line)[0]]
    rests = [line.price - line.refunded for line in able]
    if not able:
        raise RuleRefused(
            no_line_reason([(line.sku, channel_can(order, line)[1]) for line in lines]),
            "Money returned outside the channel is recorded with operation issue_refund.",
        )
    if wanted is None or wanted == sum(rests):
        ledger.refuse_above(sum(rests), left, order.currency, f"order {order.order_id}")
        return [(ledger.LINE, line, rest) for line, rest in zip(able, rests, strict=True)]
    if len(able) == 1:
        if wanted > rests[0]:
            advice = f"Enter {money(order, rests[0]).decimal} or less, or use operation issue_refund."
            raise RuleRefused(
                f"{money(order, wanted)} is more than Back Market can refund: {money(order, rests[0])}.",
                f"{ledger.why_shipping_stays(order)} {advice}".strip(),
            )
        return [(ledger.LINE, able[0], wanted)]
    named = ", ".join(f"{line.line_id} ({money(order, rest)})" for line, rest in zip(able, rests, strict=True))
    raise RuleRefused(
        "Back Market refunds per line, and this order has several.", f"Name the line and its amount: {named}."
    )


def channel_can(order: Order, line: OrderLine) -> tuple[str, str]:
    """Return how much of a line Back Market can refund ('any', 'full', or '' for none), and why not (API §§5–7)."""
    if effects.live_on(effects.line_target(order.company_id, line.line_id)):
        return "", "A write for it is being sent to Back Market, or its outcome is unknown."
    if line.price <= line.refunded:
        return "", "It is refunded already."
    if line.state == LineState.SHIPPED:
        return "any", ""
    if line.state == LineState.ACCEPTED:
        if line.refunded:
            return "", "Before shipping Back Market only refunds a line in full, and a part of it was refunded already."
        return "full", ""
    if line.state == LineState.PAID:
        return "", "It is not accepted yet: on Back Market it can only be accepted or cancelled."
    return "", f"On Back Market it is {channel_states.line_state_label(line.state).lower()}."


def _write(order: Order, lines: list[OrderLine], line: OrderLine, amount: int, request: RefundRequest) -> WriteRequest:
    """Return the request that refunds `amount` of `line`, by its state on the channel (API §§6, 7)."""
    can, why_not = channel_can(order, line)
    if not can:
        raise RuleRefused(f"Back Market cannot refund line {line.line_id} ({line.sku}). {why_not}")
    full = amount == line.price and not line.refunded
    if can == "full" and not full:
        raise RuleRefused(
            f"Before shipping Back Market only refunds line {line.line_id} ({line.sku}) in full: "
            f"{money(order, line.price)}.",
            "Refund it in full, or ship it first.",
        )
    # A refund by SKU takes every line of that SKU, in any state; a refund by line number takes one line.
    alone = bool(line.sku.strip()) and sum(other.sku == line.sku for other in lines) == 1
    if can == "full":
        if alone:
            return requests.refund_before_shipping(order.order_id, line.sku)
        return requests.refund_amount(line.line_id, 5, None)
    if full and alone:
        return requests.refund_after_shipping(order.order_id, line.sku, reason_of(request))
    return requests.refund_amount(line.line_id, 6, money(order, amount))


def expected(line: OrderLine, amount: int) -> dict[str, object]:
    """Return the expected reading of the line after the refund took effect.

    Only the refund of a whole line is guarded by the line's state; a part is not visible on the channel (API §7).
    """
    full = amount == line.price and not line.refunded
    after = LineState.REFUNDED_AFTER_SHIPPING if line.state == LineState.SHIPPED else LineState.REFUNDED_BEFORE_SHIPPING
    return effects.lines_expected([line.line_id], line.state, after, guarded=full)


def why_not(order: Order) -> str | None:
    """Return why nothing of the order can be refunded, or None."""
    if order.received <= 0:
        return f"Order {order.order_id} has no payment; there is nothing to refund."
    if ledger.refundable(order):
        return None
    if under_way := _under_way(order):
        return f"Nothing of order {order.order_id} is refundable. {under_way}"
    if order.refunded >= order.received:
        return f"Order {order.order_id} is fully refunded: {refunded(order)}. Nothing is refundable any more."
    return f"Back Market returns the rest of order {order.order_id}; nothing is refundable any more."


def refunded(order: Order) -> str:
    """Return the amounts and dates of the order's refunds, the latest first, at most `TOLD`; '' for none."""
    mine = Refund.select().where((Refund.order == order) & Refund.state.not_in(REFUND_NOT_COUNTED))
    found = list(mine.order_by(Refund.date.desc(), Refund.id.desc()))
    told = [f"{money(order, row.amount)} on {row.date} (refund #{row.id})" for row in found[:TOLD]]
    more = f" and {len(found) - TOLD:,} more" if len(found) > TOLD else ""
    return ", ".join(told) + more


def _under_way(order: Order) -> str:
    """Return a sentence about money that Back Market is asked to return, and how to stop that; '' without any."""
    amount = ledger.under_way(order)
    if not amount:
        return ""
    follows = ledger.shipping_to_follow(order)
    shipping = f", and {money(order, follows)} of shipping charges follow" if follows else ""
    return (
        f"{money(order, amount)} is under way over Back Market, as a refund or a cancellation{shipping}: wait until it "
        "is settled, or withdraw it first (Q in the desk, or 'bmtui outbox withdraw')."
    )


def default_operation(order: Order, lines: list[OrderLine]) -> str:
    if any(channel_can(order, line)[0] for line in lines):
        return ON_CHANNEL
    if any(effects.live_on(effects.line_target(order.company_id, line.line_id)) for line in lines):
        # A second try of a refund that is still on its way must not record another one by accident.
        raise RuleRefused(
            f"A refund of order {order.order_id} is on its way to Back Market, or its outcome is not known yet.",
            "Wait until it is settled; or name the operation, to record another one.",
        )
    if cancel_first(order, lines):
        raise RuleRefused(
            f"Order {order.order_id} is not accepted, so Back Market cannot refund it: it can only be cancelled.",
            f"Cancel it on Back Market: C in the desk, or 'bmtui orders cancel-on-channel {order.order_id}'. Money "
            "that was paid elsewhere is recorded with operation issue_refund.",
            field="operation",
        )
    return RefundOperation.ISSUE_REFUND


def cancel_first(order: Order, lines: list[OrderLine]) -> bool:
    """Return whether only Cancel on Back Market pays the buyer: a line waits for acceptance, none is refundable.

    A refund that is recorded here pays nobody then.
    """
    waits = any(line.state == LineState.PAID for line in lines)
    return waits and not any(channel_can(order, line)[0] for line in lines)


def _check_fields(desk: Desk, order: Order, request: RefundRequest) -> date:
    """Check the request's fields and return the Refund Date. Raises ConfigError, RuleRefused with the wrong field."""
    parameters.METHOD.read(request.method)
    if request.reason is not None:
        parameters.REASON.read(str(request.reason))
    for parameter in (parameters.REFERENCE, parameters.NOTE):
        parameter.read(getattr(request, parameter.name))
    return _refund_date(desk, order, request.date)


def _refund_date(desk: Desk, order: Order, text: str | None) -> date:
    """Return the Refund Date of `text`; today without one. Raises ConfigError and RuleRefused."""
    today = today_of(desk, order)
    if not text:
        return today
    chosen: date = parameters.DATE.read(text, Around(now=desk.now(), zone=desk.zone(order.company.name)))
    ordered = order.created_at.astimezone(desk.zone(order.company.name)).date()
    if chosen > today:
        raise RuleRefused(f"The Refund Date {chosen} is in the future.", f"Today is {today}.", field="date")
    if chosen < ordered:
        raise RuleRefused(
            f"The Refund Date {chosen} is before the order.", f"It was ordered on {ordered}.", field="date"
        )
    return chosen


def today_of(desk: Desk, order: Order) -> date:
    """Return today's date in the zone of the order's company."""
    return desk.now().astimezone(desk.zone(order.company.name)).date()


def reason_of(request: RefundRequest) -> int:
    """Return Back Market's return reason for the request."""
    return DEFAULT_REASON if request.reason is None else request.reason


def part_of(item: PlannedRefund) -> str:
    """Return the stored word for the refunded part of an item."""
    if item.line_id is not None:
        return ledger.LINE
    return item.part.lower()


def money(order: Order, minor: int) -> Money:
    """Return minor units as money in the order's currency."""
    return Money(minor, order.currency)


def _minor(order: Order, amount: Money) -> int:
    if amount.currency != order.currency:
        raise RuleRefused(f"Order {order.order_id} is in {order.currency}, not {amount.currency}.")
    return amount.minor


def _sentence(
    order: Order,
    lines: list[OrderLine],
    operation: str,
    items: list[PlannedRefund],
    total: int,
    left: int,
    approval: str,
    ended: list[OrderLine],
) -> str:
    what = ", ".join(f"{item.part} {item.amount}" for item in items)
    how = "will be sent to Back Market" if operation == ON_CHANNEL else "will be recorded here; nothing is sent"
    if approval:
        how = "waits until a second person approves it; nothing is sent or recorded as returned before"
    rest = f"{money(order, left - total)} stays refundable." if left > total else "Nothing stays refundable."
    if operation == ON_CHANNEL and left > total:
        rest = f"{rest} {ledger.why_shipping_stays(order, ended)}".strip()
    said = f"{RefundOperation(operation).label}: {money(order, total)} ({what}) {how}. {rest}"
    if operation != ON_CHANNEL and cancel_first(order, lines):
        said += " The buyer gets nothing from Back Market, which still expects the order to be accepted and shipped."
    return f"{said} {approval}".strip()


def _recorded(order: Order, request: RefundRequest, items: list[PlannedRefund], chosen: date) -> str:
    """Return the rows of the payments history that the refund adds, in words."""
    amounts = " + ".join(f"{item.amount.decimal} {item.part}" for item in items)
    reference = plain(request.reference).strip()
    parts = (
        f"Refund {amounts} ({order.currency})",
        RefundMethod(request.method).label,
        f"reference {reference}" if reference else "",
        chosen.isoformat(),
    )
    return ", ".join(filter(None, parts))
