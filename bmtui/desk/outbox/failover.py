"""The database moved, to another server or file, which may have forgotten what was committed last (reliability §1).

A replica took over, somebody restored by the server's own means, or copied the file of a store: what is planned or
being sent there may have left before. It is asked about by reading before anything is sent, as after `bmtui restore`.
"""

from __future__ import annotations

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.store.models import Effect, to_micros
from bmtui.words import EffectState

MOVED = "store.moved"
"""The action in the audit."""
_WHERE = {
    "postgres": "The database moved to another server (failover or restore)",
    "sqlite": "The store is in another file than it was (a copy, or put there by other means than 'bmtui restore')",
}


def sentence(desk: Desk) -> str:
    """What moving means here, as the beginning of a sentence."""
    return _WHERE[desk.store.database.kind]


def look(desk: Desk) -> None:
    """Distrust what may have left before the database moved. Workers call it before they send."""
    database = desk.store.database
    if database.server_changed() is False:
        return
    with desk.store.transaction():
        changed = database.server_changed()
        if changed:
            _distrust(desk)
        if changed is not False:
            database.know_server(to_micros(desk.now()))


def _distrust(desk: Desk) -> None:
    # What is not due yet cannot have left.
    due = (Effect.state == EffectState.PLANNED) & (Effect.not_before <= desk.now())
    doubtful = list(Effect.select().where(due | (Effect.state == EffectState.SENDING)).order_by(Effect.id))
    for effect in doubtful:
        error = f"{sentence(desk)}: this may have been sent, and that be forgotten."
        effects.settle(desk, effect, EffectState.UNKNOWN, error=error)
    audit.record(
        desk,
        MOVED,
        f"{sentence(desk)}, which may have forgotten the last changes. "
        f"Asked about before they are sent: {len(doubtful)}.",
    )
