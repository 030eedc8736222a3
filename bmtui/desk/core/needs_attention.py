"""Count of tasks that wait for a person: the desk rings when it grows."""

from __future__ import annotations

from typing import Any

from peewee import fn

from bmtui.desk.core.context import Desk
from bmtui.store.models import Approval, Effect, Inbox, Pause, Refund
from bmtui.words import ApprovalState, EffectState, RefundState


def of_person() -> Any:
    """Condition on effects that a person must settle: unknown ones, and ignored ones without a newer try."""
    later = Effect.alias()
    again = later.select(later.id).where((later.target == Effect.target) & (later.id > Effect.id))
    ignored = (Effect.state == EffectState.NOT_APPLIED) & ~fn.EXISTS(again)
    return (Effect.state == EffectState.NEEDS_PERSON) | ignored


def count(desk: Desk) -> int:
    """Count tasks: unknown or ignored writes, approvals, unread orders, refused tokens, refunds in excess."""
    waiting = (
        Effect.select(fn.COUNT(Effect.id)).where(of_person()),
        Approval.select(fn.COUNT(Approval.id)).where(Approval.state == ApprovalState.AWAITING_APPROVAL),
        Refund.select(fn.COUNT(Refund.id)).where(Refund.state == RefundState.EXCESS),
        Inbox.select(fn.COUNT(Inbox.id)).where(Inbox.state == "quarantined"),
        Pause.select(fn.COUNT(Pause.scope)).where(Pause.cause == "token"),
    )
    return sum(int(query.scalar()) for query in waiting)
