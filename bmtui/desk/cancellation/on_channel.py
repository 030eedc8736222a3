"""Cancellation on Back Market (order-desk §3): per line, before acceptance (1→4) or, with a refund, after it (2→5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.cancellation import parameters
from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import Sends
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import ledger
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.refunds.lines import reasons as line_reasons
from bmtui.errors import EditConflict, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine, Refund
from bmtui.words import EffectKind, RefundMethod, RefundOperation, RefundState, label

_NOTE = "Cancelled on Back Market"
_ENDS_IN = {LineState.PAID: LineState.CANCELLED, LineState.ACCEPTED: LineState.REFUNDED_BEFORE_SHIPPING}


@dataclass(frozen=True, slots=True)
class CancellableLine:
    """Line in the dialog; `why_not` says why Back Market cannot cancel it, '' when it can."""

    line_id: int
    sku: str
    product: str
    state_label: str
    price: Money
    why_not: str


@dataclass(frozen=True, slots=True)
class ChannelCancelOptions:
    """Data of the dialog; `belief` says what Back Market expects, `here` is the order's status here."""

    order_id: int
    why_not: str | None
    lines: tuple[CancellableLine, ...]
    belief: str
    here: str
    version: int


@dataclass(frozen=True, slots=True)
class PlannedCancel:
    """Line that would be cancelled; `write` is exactly the request that would be sent."""

    line_id: int
    sku: str
    before: str
    after: str
    price: Money
    write: WriteRequest


@dataclass(frozen=True, slots=True)
class ChannelCancelPlan(Sends):
    """Plan of a cancellation on Back Market.

    `approval` says why a second person must approve its refunds, '' when nobody must; `all_waits`: nothing is sent
    before that.
    """

    order_id: int
    items: tuple[PlannedCancel, ...]
    sentence: str
    approval: str
    all_waits: bool

    @property
    def requests(self) -> tuple[WriteRequest, ...]:
        return tuple(item.write for item in self.items)


@dataclass(frozen=True, slots=True)
class ChannelCancelled:
    """Queued cancellation: the jobs of lines not accepted yet and of refunds before shipping."""

    plan: ChannelCancelPlan
    job_ids: tuple[int, ...]
    approval_id: int | None


def options(desk: Desk, order_id: int) -> ChannelCancelOptions:
    """Return the order's lines, each with whether Back Market can cancel it. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        lines = _shown(order, orders.lines_of(order))
        able = any(not line.why_not for line in lines)
        none = channel_access.why_not_callable(desk, order.company) if able else _no_line(order, lines)
        none = none or permissions.why_no_refund(desk)
        return ChannelCancelOptions(
            order_id, none, lines, orders.channel_belief(desk, order), _here(order), order.version
        )


def chosen(answers: Answers) -> tuple[int, ...]:
    """Return the lines chosen in the dialog; () where no line has an answer, which means all.

    Raises:
        NotRead: neither yes nor no. RuleRefused: lines are named, and all of them with a no.
    """
    line = parameters.LINE
    said = {number: line.read(text, line=number) for number, (text,) in answers.by_line(line).items()}
    found = tuple(number for number, yes in said.items() if yes)
    if said and not found:
        raise RuleRefused("No line is chosen: change one to Yes.", field=line.field(next(iter(said))))
    return found


def plan(desk: Desk, order_id: int, line_ids: Collection[int] = ()) -> ChannelCancelPlan:
    """Return the requests that cancelling these lines (by default all that can be) would send; change nothing.

    Raises:
        NotFound, RuleRefused, ConfigError: with the reason.
    """
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        return _plan(desk, order, _chosen(order, line_ids))


def send(desk: Desk, order_id: int, line_ids: Collection[int] = (), version: int | None = None) -> ChannelCancelled:
    """Cancel lines on Back Market: effects, refunds and jobs in one transaction. The order's status here stays.

    Raises:
        NotFound, RuleRefused, ConfigError: nothing was stored. EditConflict: the order changed since `version`.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        lines = _chosen(order, line_ids)
        made = _plan(desk, order, lines)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; nothing was sent.", "Look at it again, then decide."
            )
        was = order_snapshot.of_order(order.id)
        jobs: list[int] = []
        approval_id = None
        unaccepted = [line for line in lines if line.state == LineState.PAID]
        if unaccepted:
            jobs.append(_cancel(desk, order, unaccepted))
            order = orders.order_row(desk, order_id)
        refunded = _refund_of(lines)
        if refunded.lines:
            issued = refunds.issue(desk, order_id, refunded)
            jobs += [issued.job_id] if issued.job_id is not None else []
            approval_id = issued.approval_id
        audit.record(
            desk,
            "order.cancel_on_channel",
            made.sentence,
            company_id=order.company_id,
            order_row=order.id,
            was=was,
            after={"cancelled_lines": [item.line_id for item in made.items], "jobs": jobs},
        )
        return ChannelCancelled(made, tuple(jobs), approval_id)


def _cancel(desk: Desk, order: Order, lines: list[OrderLine]) -> int:
    """Plan the cancellation of unaccepted lines, whose money counts as being refunded from now on; return the job."""
    job_id = effects.open_job(desk, EffectKind.CANCEL_ON_CHANNEL, order.company, order)
    for line, amount in zip(lines, ledger.whole_lines(order, lines), strict=True):
        refund = _book(desk, order, line, amount, job_id) if amount else None
        effects.plan(
            desk,
            EffectKind.CANCEL_ON_CHANNEL,
            order.company,
            order,
            _write(order, line),
            target=effects.line_target(order.company_id, line.line_id),
            about=f"Cancel {line.sku or line.line_id} on Back Market",
            expected=effects.lines_expected([line.line_id], LineState.PAID, LineState.CANCELLED),
            job_id=job_id,
            subject_id=refund.id if refund is not None else None,
        )
    return job_id


def _book(desk: Desk, order: Order, line: OrderLine, amount: int, job_id: int) -> Refund:
    refund = ledger.book(
        order,
        part=ledger.LINE,
        amount=amount,
        state=RefundState.RECORDED,
        at=desk.now(),
        line=line,
        operation=RefundOperation.REFUND_ON_BACK_MARKET,
        method=RefundMethod.OTHER,
        date=refund_plan.today_of(desk, order).isoformat(),
        reference="",
        note=_NOTE,
        made_by=desk.actor,
        authorised_uid=desk.uid,
    )
    Refund.update(state=RefundState.QUEUED, job=job_id).where(Refund.id == refund.id).execute()
    return refund


def _chosen(order: Order, line_ids: Collection[int]) -> list[OrderLine]:
    lines = orders.lines_of(order)
    unknown = set(line_ids) - {line.line_id for line in lines}
    if unknown:
        own = ", ".join(f"{line.line_id} ({line.sku})" for line in lines)
        raise RuleRefused(f"Order {order.order_id} has no line {min(unknown)}.", f"Its lines: {own}.")
    if line_ids:
        chosen = [line for line in lines if line.line_id in line_ids]
        for line in chosen:
            if why := _why_not(order, line):
                raise RuleRefused(f"Back Market cannot cancel line {line.line_id} ({line.sku}). {why}")
        return chosen
    able = [line for line in lines if not _why_not(order, line)]
    if not able:
        raise RuleRefused(_no_line(order, _shown(order, lines)))
    return able


def _plan(desk: Desk, order: Order, lines: list[OrderLine]) -> ChannelCancelPlan:
    # A missing token is told before anybody says yes, not by a job an hour later.
    channel_access.must_be_callable(desk, order.company)
    amounts = ledger.whole_lines(order, lines)
    if any(line.state == LineState.PAID for line in lines):
        _must_be_allowed(desk, order, sum(amounts) + ledger.shipping_to_follow(order, [line.id for line in lines]))
    refunded = _refund_of(lines)
    refund = refund_plan.make(desk, order, refunded)[0] if refunded.lines else None
    of_refund = {item.line_id: item.write for item in refund.items} if refund else {}
    items = tuple(
        PlannedCancel(
            line.line_id,
            line.sku,
            channel_states.line_state_label(line.state),
            channel_states.line_state_label(_ENDS_IN[LineState(line.state)]),
            refund_plan.money(order, line.price),
            of_refund.get(line.line_id) or _write(order, line),
        )
        for line in lines
    )
    named = ", ".join(f"{item.sku or item.line_id}: {item.before} → {item.after}" for item in items)
    sentence = f"Cancel on Back Market: {named}. The buyer gets the money back from Back Market. {_here(order)}"
    approval = refund.approval if refund else ""
    return ChannelCancelPlan(
        order.order_id, items, sentence, approval, bool(approval) and len(refunded.lines) == len(lines)
    )


def _must_be_allowed(desk: Desk, order: Order, amount: int) -> None:
    """Check that the account may refund `amount` minor units: a cancellation cannot be approved. Raises RuleRefused."""
    why = permissions.above_limit(desk, order, amount)
    if why:
        raise RuleRefused(
            f"Cancelling gives the buyer {Money(amount, order.currency)} back. {why}.",
            "Somebody with a higher limit cancels it.",
        )


def _refund_of(lines: list[OrderLine]) -> refunds.RefundRequest:
    """Return the refund of the accepted lines: Back Market refunds instead of cancelling them; the ledger has it."""
    accepted = {line.line_id: None for line in lines if line.state == LineState.ACCEPTED}
    return refunds.RefundRequest(refund_plan.ON_CHANNEL, lines=accepted, note=_NOTE)


def _write(order: Order, line: OrderLine) -> WriteRequest:
    # By SKU every line of that SKU is cancelled; by its number only this one (API §§6, 7).
    alone = bool(line.sku.strip()) and sum(other.sku == line.sku for other in orders.lines_of(order)) == 1
    return requests.cancel(order.order_id, line.sku) if alone else requests.refund_amount(line.line_id, 4, None)


def _why_not(order: Order, line: OrderLine) -> str:
    if effects.live_on(effects.line_target(order.company_id, line.line_id)):
        return "Something for it is on its way to Back Market, or its outcome is not known yet."
    if line.state == LineState.ACCEPTED and (why := refund_plan.channel_can(order, line)[1]):
        return why
    if line.state in _ENDS_IN:
        try:
            ledger.whole_lines(order, [line])
        except RuleRefused as error:
            return str(error)
        return ""
    if line.state == LineState.SHIPPED:
        return "It is shipped: refund it, or create a return when it comes back."
    return f"On Back Market it is {channel_states.line_state_label(line.state).lower()}."


def _shown(order: Order, lines: list[OrderLine]) -> tuple[CancellableLine, ...]:
    return tuple(
        CancellableLine(
            line.line_id,
            line.sku,
            line.product,
            channel_states.line_state_label(line.state),
            refund_plan.money(order, line.price),
            _why_not(order, line),
        )
        for line in lines
    )


def _no_line(order: Order, lines: tuple[CancellableLine, ...]) -> str:
    reasons = line_reasons((line.sku, line.why_not) for line in lines)
    return f"Back Market can cancel no line of order {order.order_id}. {reasons}".rstrip()


def _here(order: Order) -> str:
    return f"Here the order is {label(order.status)}, {label(order.shipping_status)}."
