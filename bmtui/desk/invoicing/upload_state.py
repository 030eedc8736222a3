"""Upload state of an invoice: it follows the effect that uploads it."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.store.models import Effect, Invoice
from bmtui.words import EffectState


def follow_effect(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Copy the effect's state to the invoice that it uploads, with the time of the confirmation."""
    at = {"uploaded_at": desk.now()} if state == EffectState.CONFIRMED else {}
    Invoice.update(upload=state, **at).where(Invoice.id == effect.subject_id).execute()
