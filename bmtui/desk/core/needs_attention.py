"""How much waits for a person: the desk rings when it becomes more."""

from __future__ import annotations

from peewee import fn

from bmtui.desk.core.context import Desk
from bmtui.store.models import Approval, Effect, Inbox, Pause
from bmtui.words import ApprovalState, EffectState


def count(desk: Desk) -> int:
    """Outcomes nobody knows, requests for a second person, orders that cannot be read, tokens that were refused."""
    waiting = (
        Effect.select(fn.COUNT(Effect.id)).where(Effect.state == EffectState.NEEDS_PERSON),
        Approval.select(fn.COUNT(Approval.id)).where(Approval.state == ApprovalState.AWAITING_APPROVAL),
        Inbox.select(fn.COUNT(Inbox.id)).where(Inbox.state == "quarantined"),
        Pause.select(fn.COUNT(Pause.scope)).where(Pause.cause == "token"),
    )
    return sum(int(query.scalar()) for query in waiting)
