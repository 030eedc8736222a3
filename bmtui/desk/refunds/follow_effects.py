"""Follower of refund and cancellation effects: copies the effect's state to its refund."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import channel_returns, credit_notes_due, ledger
from bmtui.store.models import Effect, Order, Refund
from bmtui.words import REFUND_NOT_COUNTED, EffectState, RefundState

_FOLLOWS = {
    EffectState.PLANNED: RefundState.QUEUED,
    EffectState.SENDING: RefundState.SENDING,
    EffectState.CONFIRMED: RefundState.CONFIRMED,
    EffectState.REJECTED: RefundState.FAILED,
    EffectState.NOT_APPLIED: RefundState.FAILED,
    EffectState.UNKNOWN: RefundState.UNKNOWN,
    EffectState.NEEDS_PERSON: RefundState.UNKNOWN,
    EffectState.WITHDRAWN: RefundState.WITHDRAWN,
}


def follow_refund(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Move the effect's refund to the state that follows; cancellations planned by an older release have none."""
    if effect.subject_id is None:
        return
    refund = Refund.get_by_id(effect.subject_id)
    ledger.settle(refund, _FOLLOWS[state], error)
    if state == EffectState.CONFIRMED:
        credit_notes_due.submit(desk, refund.order_ref)
    elif _FOLLOWS[state] in REFUND_NOT_COUNTED:
        # Back Market may have returned the same money for another reason.
        channel_returns.follow(desk, Order.get_by_id(refund.order_ref))
