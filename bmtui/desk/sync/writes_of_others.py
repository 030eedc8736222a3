"""Writes on the channel that this store did not make: the Back Office, another program, or a second store of bmtui.

Each store has an effect for each write of its own. Only a seller accepts and ships: a line that moved so without an
effect of ours was moved by somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds.channel_returns import CHANNEL_ACTOR
from bmtui.store.models import Audit, Effect, Order, OrderLine
from bmtui.words import EffectKind, EffectState

ACTION = "order.written_elsewhere"
"""Action name in the audit."""
_DONE_BY: Mapping[tuple[int, int], tuple[EffectKind, str]] = {
    (LineState.PAID, LineState.ACCEPTED): (EffectKind.ACCEPT, "accepted"),
    (LineState.PAID, LineState.SHIPPED): (EffectKind.SHIP, "shipped"),
    (LineState.ACCEPTED, LineState.SHIPPED): (EffectKind.SHIP, "shipped"),
}


_NOT_DONE = (EffectState.REJECTED, EffectState.NOT_APPLIED, EffectState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Others:
    """Number of writes of others, and the order of the last one; 0 for none."""

    count: int
    last_order: int


def note(desk: Desk, order: Order, changes: Sequence[tuple[OrderLine | None, dict[str, Any]]], job_id: int) -> None:
    """Write into the audit which lines moved without an effect of ours, inside the caller's transaction.

    Args:
        changes: the lines before the update, each with its new values.
    """
    moved: dict[tuple[EffectKind, str], list[str]] = {}
    for line, values in changes:
        if line is not None and (found := _DONE_BY.get((line.state, values.get("state", line.state)))):
            moved.setdefault(found, []).append(line.sku or str(line.line_id))
    for (kind, word), skus in moved.items():
        # A BackShip order is shipped by its carrier's scan.
        if _is_ours(order, kind) or (order.is_backship and kind == EffectKind.SHIP):
            continue
        audit.record(
            desk,
            ACTION,
            f"{', '.join(skus)}: {word} on Back Market, not by this store.",
            company_id=order.company_id,
            order_row=order.id,
            after={"what": word},
            actor=f"{CHANNEL_ACTOR} (job {job_id})",
        )


def since(desk: Desk, begin: datetime) -> Others:
    """Return the writes of others since `begin`, of the company in view or of all."""
    query = Audit.select(Audit.order_ref).where((Audit.action == ACTION) & (Audit.at >= begin))
    if desk.company:
        query = query.where(Audit.company_id == desk.company_row().id)
    last = query.order_by(Audit.id.desc()).first()
    return Others(query.count(), Order.get_by_id(last.order_ref).order_id if last is not None else 0)


def _is_ours(order: Order, kind: EffectKind) -> bool:
    # An effect that was never sent proves nothing: somebody else may have been faster.
    sent = (Effect.order == order) & (Effect.kind == kind) & (Effect.attempts > 0)
    return bool(Effect.select().where(sent & Effect.state.not_in(_NOT_DONE)).exists())
