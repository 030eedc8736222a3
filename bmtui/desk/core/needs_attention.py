"""How much waits for a person: the desk rings when it becomes more."""

from __future__ import annotations

from peewee import fn

from bmtui.desk.core.context import Desk
from bmtui.store.models import Approval, Effect, Inbox, Pause, Refund
from bmtui.words import ApprovalState, EffectState, RefundState


def count(desk: Desk) -> int:
    """Unknown outcomes, requests for a second person, unread orders, refused tokens, refunds above what came in."""
    waiting = (
        Effect.select(fn.COUNT(Effect.id)).where(Effect.state == EffectState.NEEDS_PERSON),
        Approval.select(fn.COUNT(Approval.id)).where(Approval.state == ApprovalState.AWAITING_APPROVAL),
        Refund.select(fn.COUNT(Refund.id)).where(Refund.state == RefundState.EXCESS),
        Inbox.select(fn.COUNT(Inbox.id)).where(Inbox.state == "quarantined"),
        Pause.select(fn.COUNT(Pause.scope)).where(Pause.cause == "token"),
    )
    return sum(int(query.scalar()) for query in waiting)
