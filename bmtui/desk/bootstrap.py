"""What an effect belongs to follows it: a refund's state and money, for example. One function a kind.

A follower joins the caller's transaction; it gets the effect, its next state, and the reason when it did not succeed.
Kinds without one have nothing here that waits for them: what they change on the channel comes back by reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import upload_state
from bmtui.desk.refunds import ledger
from bmtui.desk.shipping import shipped_state
from bmtui.store.models import Effect
from bmtui.words import EffectKind, EffectState

FOLLOWERS: Mapping[str, Callable[[Desk, Effect, EffectState, str], None]] = {
    EffectKind.REFUND: ledger.follow_effect,
    EffectKind.SHIP: shipped_state.follow_shipment,
    EffectKind.IDENTIFIERS: shipped_state.follow_units,
    EffectKind.INVOICE: upload_state.follow_effect,
}


def follow(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Let what the effect belongs to follow it to `state`."""
    follower = FOLLOWERS.get(effect.kind)
    if follower is not None:
        follower(desk, effect, state, error)
