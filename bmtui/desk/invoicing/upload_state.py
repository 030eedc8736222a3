"""Where an invoice's way to Back Market stands: it follows the effect that uploads it."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.store.models import Effect, Invoice
from bmtui.words import EffectState


def follow_effect(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """The invoice shows how far its upload is, and when it was confirmed."""
    at = {"uploaded_at": desk.now()} if state == EffectState.CONFIRMED else {}
    Invoice.update(upload=state, **at).where(Invoice.id == effect.subject_id).execute()
