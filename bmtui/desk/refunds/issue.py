"""Issue Refund (order-desk §4): the options, the plan, and the refund itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bmtui.channel.model import RETURN_REASONS, LineState
from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import credit_notes_due, ledger, request_kept
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.refunds.lines import no_line_reason
from bmtui.desk.refunds.plan import DEFAULT_REASON, ON_CHANNEL, RefundPlan, RefundRequest
from bmtui.errors import EditConflict
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Approval, Order, OrderLine, Refund
from bmtui.text import plain
from bmtui.words import ApprovalState, EffectKind, RefundMethod, RefundOperation, RefundState

__all__ = ["RefundIssued", "RefundOptions", "RefundPlan", "RefundRequest", "issue", "options", "plan"]


@dataclass(frozen=True, slots=True)
class RefundableLine:
    """A line in the refund dialog. `channel`: Back Market can refund any (amount), full (only), or '' (nothing)."""

    line_id: int
    sku: str
    product: str
    quantity: int
    state_label: str
    price: Money
    refunded: Money
    refundable: Money
    channel: str
    channel_why_not: str


@dataclass(frozen=True, slots=True)
class OperationOption:
    operation: str
    why_not: str | None


@dataclass(frozen=True, slots=True)
class RefundOptions:
    """Contents of the refund dialog. `shipping` is the rest of the shipping charges.

    `shipping_on_channel`: who returns them after a refund on Back Market, in a few words; '' without any.
    `cancel_first`: the order is not accepted; Cancel on Back Market is proposed, as a recorded refund pays nobody.
    """

    order_id: int
    why_not: str | None
    received: Money
    refunded: Money
    refundable: Money
    default_operation: str
    operations: tuple[OperationOption, ...]
    lines: tuple[RefundableLine, ...]
    shipping: Money
    methods: tuple[str, ...]
    reasons: Mapping[int, str]
    default_reason: int
    today: str
    version: int
    cancel_first: bool = False
    shipping_on_channel: str = ""


@dataclass(frozen=True, slots=True)
class RefundIssued:
    order_id: int
    refund_ids: tuple[int, ...]
    job_id: int | None
    plan: RefundPlan
    approval_id: int | None = None
    """Id of the request that a second person decides; None if none is needed."""


def options(desk: Desk, order_id: int) -> RefundOptions:
    """Return the contents of the refund dialog. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        able = {line.id: refund_plan.channel_can(order, line) for line in lines}
        left = ledger.refundable(order)
        whys = [(line.sku, able[line.id][1]) for line in lines]
        no_line = None if any(can for can, _ in able.values()) else no_line_reason(whys)
        return RefundOptions(
            order_id=order_id,
            why_not=refund_plan.why_not(order) or permissions.why_no_refund(desk),
            received=refund_plan.money(order, order.received),
            refunded=refund_plan.money(order, order.refunded),
            refundable=refund_plan.money(order, left),
            default_operation=RefundOperation.ISSUE_REFUND if no_line else ON_CHANNEL,
            operations=tuple(
                OperationOption(operation, no_line if operation == ON_CHANNEL else None)
                for operation in RefundOperation
            ),
            lines=tuple(
                RefundableLine(
                    line_id=line.line_id,
                    sku=line.sku,
                    product=line.product,
                    quantity=line.quantity,
                    state_label=channel_states.line_state_label(line.state),
                    price=refund_plan.money(order, line.price),
                    refunded=refund_plan.money(order, line.refunded),
                    refundable=refund_plan.money(order, min(line.price - line.refunded, left)),
                    channel=able[line.id][0],
                    channel_why_not=able[line.id][1],
                )
                for line in lines
            ),
            shipping=refund_plan.money(order, min(ledger.shipping_left(order), left)),
            shipping_on_channel=_shipping_on_channel(order, lines),
            methods=tuple(RefundMethod),
            reasons=RETURN_REASONS,
            default_reason=DEFAULT_REASON,
            today=refund_plan.today_of(desk, order).isoformat(),
            version=order.version,
            cancel_first=refund_plan.cancel_first(order, lines),
        )


def _shipping_on_channel(order: Order, lines: list[OrderLine]) -> str:
    """Return who returns shipping charges that a refund on the channel leaves, in a few words; '' without any."""
    if not ledger.shipping_left(order):
        return ""
    accepted = [line.id for line in lines if line.state == LineState.ACCEPTED]
    by_itself = ledger.shipping_to_follow(order, accepted)
    return "follows automatically" if by_itself else "only in the Back Office"


def plan(desk: Desk, order_id: int, request: RefundRequest) -> RefundPlan:
    """Return the rows and requests that issuing `request` would make; changes nothing.

    Raises:
        NotFound, ConfigError: a field that cannot be read. RuleRefused: with the number that would be right.
    """
    with desk.store.snapshot():
        return refund_plan.make(desk, orders.order_row(desk, order_id), request)[0]


def issue(desk: Desk, order_id: int, request: RefundRequest, version: int | None = None) -> RefundIssued:
    """Issue the refund: refunds, payment rows, effects, job and audit row in one transaction. A job does the sending.

    Above the issuer's limit no effect is planned: a second person decides first (`approvals`).

    Raises:
        NotFound, ConfigError, RuleRefused: nothing was stored. EditConflict: the order changed since `version`.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        was = order_snapshot.of_order(order.id)
        made, targets = refund_plan.make(desk, order, request)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; nothing was refunded. "
                f"{refund_plan.money(order, ledger.refundable(order))} is refundable now.",
                "Look at it again, then decide.",
            )
        if made.operation == ON_CHANNEL:
            # Check now, so that a missing token is not found only by the job.
            channel_access.must_be_callable(desk, order.company)
        approval = _ask(desk, order, request, made) if made.approval else None
        rows = [
            ledger.book(
                order,
                part=refund_plan.part_of(item),
                amount=item.amount.minor,
                state=RefundState.AWAITING_APPROVAL if approval else RefundState.RECORDED,
                at=desk.now(),
                line=line,
                operation=made.operation,
                method=request.method,
                date=made.date.isoformat(),
                reference=plain(request.reference).strip(),
                note=plain(request.note, multiline=True).strip(),
                reason=refund_plan.reason_of(request) if made.operation == ON_CHANNEL else None,
                made_by=desk.actor,
                approval=approval,
                authorised_uid=None if approval else desk.uid,
            )
            for item, line in zip(made.items, targets, strict=True)
        ]
        job_id = None if approval else dispatch(desk, order, made, targets, rows)
        refund_ids = tuple(row.id for row in rows)
        approval_id = approval.id if approval else None
        audit.record(
            desk,
            "refund.asked" if approval else "refund.issued",
            made.sentence,
            company_id=order.company_id,
            order_row=order.id,
            was=was,
            after={"ids": refund_ids, "amount": str(made.total), "operation": made.operation, "job": job_id}
            | ({"approval": approval_id} if approval else {}),
        )
        return RefundIssued(order_id, refund_ids, job_id, made, approval_id)


def dispatch(
    desk: Desk, order: Order, made: RefundPlan, targets: Sequence[OrderLine | None], rows: Sequence[Refund]
) -> int | None:
    """Plan the effects that send the booked refunds; return the job's id, None without any. Joins a transaction."""
    if made.operation != ON_CHANNEL:
        credit_notes_due.submit(desk, order.id)
        return None
    job_id = effects.open_job(
        desk,
        EffectKind.REFUND,
        order.company,
        order,
        parameters={"order_id": order.order_id, "amount": str(made.total)},
    )
    for item, line, refund in zip(made.items, targets, rows, strict=True):
        bulk.update(Refund, {"state": RefundState.QUEUED, "job": job_id}, id=refund.id)
        if item.write is not None and line is not None:
            effects.plan(
                desk,
                EffectKind.REFUND,
                order.company,
                order,
                item.write,
                target=effects.line_target(order.company_id, line.line_id),
                about=ledger.describe(refund),
                expected=refund_plan.expected(line, item.amount.minor),
                job_id=job_id,
                subject_id=refund.id,
            )
    return job_id


def _ask(desk: Desk, order: Order, request: RefundRequest, made: RefundPlan) -> Approval:
    approval = Approval.create(
        company=order.company_id,
        order=order,
        amount=made.total.minor,
        why=made.approval,
        request=request_kept.written(request, made),
        state=ApprovalState.AWAITING_APPROVAL,
        made_at=desk.now(),
        made_by=desk.actor,
        made_uid=desk.uid,
    )
    asked = {"approval_id": approval.id, "amount": made.total.decimal, "currency": made.total.currency}
    events.happened(desk, "approval.asked", asked, company_id=order.company_id, order_row=order.id)
    return approval
