"""Approvals: a second person approves or rejects a refund above a limit (order-desk §4).

Until then its amount is not refundable, so that nobody else can refund it meanwhile, and nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import channel_returns, credit_notes_due, ledger, request_kept
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.refunds.parameters import REJECTION
from bmtui.desk.refunds.plan import RefundRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Approval, Company, Order, Refund
from bmtui.text import plain
from bmtui.words import ApprovalState, RefundOperation, RefundState, label

_SETTLE = "'bmtui approvals settle {} --happened' or '--did-not-happen'"


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A refund that needs a second person; `why` names the limit, `what` lists the amounts to return.

    `is_own`: the viewer asked for it. `doubt`: why it may have been carried out already, after a restore; '' for none.
    """

    approval_id: int
    company: str
    order_id: int
    amount: Money
    operation: str
    what: str
    note: str
    why: str
    state: str
    made_at: datetime
    made_by: str
    is_own: bool
    decided_at: datetime | None
    decided_by: str
    reason: str
    refund_ids: tuple[int, ...]
    doubt: str


def listing(desk: Desk, *, everything: bool = False, limit: int = 200) -> tuple[ApprovalView, ...]:
    """Return the requests that wait for a second person, newest first; with `everything`, also decided ones."""
    query = _query()
    if not everything:
        query = query.where(Approval.state == ApprovalState.AWAITING_APPROVAL)
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(_view(desk, row) for row in query.order_by(Approval.id.desc()).limit(limit))


def show(desk: Desk, approval_id: int) -> ApprovalView:
    """Return a request. Raises NotFound."""
    return _view(desk, _get(approval_id))


def approve(desk: Desk, approval_id: int) -> ApprovalView:
    """Approve another person's request; its refunds are sent as if just issued.

    Raises:
        NotFound, RuleRefused: it is decided, is your own, is above your own limit, or can no longer be carried out.
    """
    desk.must_write()
    with desk.store.transaction():
        row = _open(approval_id)
        if row.made_uid == desk.uid:
            raise RuleRefused(
                "You asked for it yourself: a second person must approve it.", "Another account must approve it."
            )
        if row.doubt:
            raise RuleRefused(row.doubt, f"Look in the Back Office, then settle it: {_SETTLE.format(row.id)}.")
        order = orders.order_row(desk.of_company(row.company.name), row.order.order_id)
        was = order_snapshot.of_order(order.id)
        # Planned again without the old booking: the lines' states may have changed.
        for refund in _refunds(row):
            ledger.settle(refund, RefundState.WITHDRAWN)
        order = Order.get_by_id(order.id)
        booked = _refunds(row)
        made, targets = refund_plan.make(
            desk, order, request_kept.read(row.request, order.currency) or _request_of(booked)
        )
        if made.approval:
            raise RuleRefused(f"{made.approval} Nothing was changed.", "Somebody with a higher limit can approve it.")
        for refund in booked:
            ledger.settle(refund, RefundState.RECORDED)
        Refund.update(authorised_uid=desk.uid).where(Refund.approval == row.id).execute()
        job_id = refunds.dispatch(desk, order, made, targets, booked)
        _decide(desk, row, ApprovalState.APPROVED, "")
        _audit(desk, row, was, f"Approved the request of {row.made_by}. {made.sentence}", job_id)
        return _view(desk, _get(approval_id))


def reject(desk: Desk, approval_id: int, reason: str) -> ApprovalView:
    """Reject a request, with a reason; its amount is refundable again. The requester takes it back in the same way.

    Raises:
        NotFound, RuleRefused: it is decided, there is no reason, or the account may not refund.
    """
    desk.must_write()
    reason = plain(reason).strip()
    if not reason:
        raise RuleRefused("A rejection needs a reason.", "Write the reason for the account that asked.")
    REJECTION.read(reason)
    with desk.store.transaction():
        row = _open(approval_id)
        why = permissions.why_no_refund(desk)
        if why:
            raise RuleRefused(why)
        own = row.made_uid == desk.uid
        was = order_snapshot.of_order(row.order_ref)
        for refund in _refunds(row):
            ledger.settle(refund, RefundState.WITHDRAWN if own else RefundState.REJECTED, reason)
        # Back Market may have returned the same money meanwhile.
        channel_returns.follow(desk, Order.get_by_id(row.order_ref))
        _decide(desk, row, ApprovalState.WITHDRAWN if own else ApprovalState.REJECTED, reason)
        done = "Withdrew the request" if own else f"Rejected the request of {row.made_by}"
        _audit(desk, row, was, f"{done}.", None)
        return _view(desk, _get(approval_id))


def settle(desk: Desk, approval_id: int, *, happened: bool) -> ApprovalView:
    """Settle a request that is in doubt after a restore: it was carried out before, or it waits again.

    The person who says that it was carried out is responsible like an approver; nothing is sent.

    Raises:
        NotFound, RuleRefused: it is not in doubt; or only a second person with the right to approve may say that it
        happened.
    """
    desk.must_write()
    with desk.store.transaction():
        row = _open(approval_id)
        if not row.doubt:
            raise RuleRefused(f"Request {approval_id} is not in doubt: it waits to be approved or rejected.")
        was = order_snapshot.of_order(row.order_ref)
        if happened:
            _took_place(desk, row)
            said = f"{desk.actor} says that the request of {row.made_by} was carried out before the restore."
        else:
            if why := permissions.why_no_refund(desk):
                raise RuleRefused(why)
            Approval.update(doubt="").where(Approval.id == row.id).execute()
            said = f"{desk.actor} says that the request of {row.made_by} was not carried out before the restore."
        _audit(desk, row, was, said, None)
        return _view(desk, _get(approval_id))


def _took_place(desk: Desk, row: Approval) -> None:
    order = Order.get_by_id(row.order_ref)
    why = permissions.needs_approval(desk, order, row.amount)
    if row.made_uid == desk.uid or why:
        raise RuleRefused(f"{why or 'You asked for it yourself.'} Another account must confirm that it happened.")
    for refund in _refunds(row):
        sent = refund.operation == RefundOperation.REFUND_ON_BACK_MARKET
        ledger.settle(refund, RefundState.CONFIRMED if sent else RefundState.RECORDED)
    Refund.update(authorised_uid=desk.uid).where(Refund.approval == row.id).execute()
    _decide(desk, row, ApprovalState.APPROVED, "Carried out before the restore.")
    credit_notes_due.submit(desk, row.order_ref)


def _decide(desk: Desk, row: Approval, state: ApprovalState, reason: str) -> None:
    waits = (Approval.id == row.id) & (Approval.state == ApprovalState.AWAITING_APPROVAL)
    decided = {"decided_at": desk.now(), "decided_by": desk.actor, "decided_uid": desk.uid, "reason": reason}
    Approval.update(state=state, **decided).where(waits).execute()


def _audit(desk: Desk, row: Approval, was: dict[str, Any], sentence: str, job_id: int | None) -> None:
    state = Approval.get_by_id(row.id).state
    audit.record(
        desk,
        f"refund.{state}",
        sentence,
        company_id=row.company_id,
        order_row=row.order_ref,
        was=was,
        after={"approval": row.id, "job": job_id},
    )


def _request_of(rows: list[Refund]) -> RefundRequest:
    """Return the request for these rows, rebuilt from them, as older releases did not store it."""
    first, currency = rows[0], rows[0].order.currency
    parts = {row.part: Money(row.amount, currency) for row in rows if row.part != ledger.LINE}
    return RefundRequest(
        operation=first.operation,
        lines={row.line.line_id: Money(row.amount, currency) for row in rows if row.line is not None},
        shipping=parts.get(ledger.SHIPPING),
        amount=parts.get(ledger.ORDER),
        method=first.method,
        date=first.date,
        reference=first.reference,
        note=first.note,
        reason=first.reason,
    )


def _query() -> Any:
    return Approval.select(Approval, Order, Company).join(Order).switch(Approval).join(Company)


def _get(approval_id: int) -> Approval:
    row: Approval | None = _query().where(Approval.id == approval_id).first()
    if row is None:
        raise NotFound(f"There is no request {approval_id}.", "See 'bmtui approvals list --all'.")
    return row


def _open(approval_id: int) -> Approval:
    row = _get(approval_id)
    if row.state != ApprovalState.AWAITING_APPROVAL:
        raise RuleRefused(f"Request {approval_id} is {label(row.state).lower()} already; nothing was changed.")
    return row


def _refunds(row: Approval) -> list[Refund]:
    return list(Refund.select().where(Refund.approval == row.id).order_by(Refund.id))


def _view(desk: Desk, row: Approval) -> ApprovalView:
    rows, currency = _refunds(row), row.order.currency
    return ApprovalView(
        approval_id=row.id,
        company=row.company.name,
        order_id=row.order.order_id,
        amount=Money(row.amount, currency),
        operation=rows[0].operation,
        what=", ".join(f"{ledger.part_label(refund)} {Money(refund.amount, currency)}" for refund in rows),
        note=rows[0].note,
        why=row.why,
        state=row.state,
        made_at=row.made_at,
        made_by=row.made_by,
        is_own=row.made_uid == desk.uid,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        refund_ids=tuple(refund.id for refund in rows),
        doubt=row.doubt if row.state == ApprovalState.AWAITING_APPROVAL else "",
    )
