"""Detection of a store that was moved or put back to an older state without 'bmtui restore' (reliability §1).

Causes: a restore by the database server, a file copied over the store, or a replica that took over and had not got the
last commits. Such a store is distrusted as after `bmtui restore`, before anything is sent.
"""

from __future__ import annotations

from bmtui.desk.core import audit, seen_state
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import distrust
from bmtui.store.models import to_micros

MOVED = "store.moved"
"""Action name in the audit."""
_PUT_BACK = {
    "postgres": "The database is another one than it was, or an older one: it was put there by other means than "
    "'bmtui restore', of",
    "sqlite": "The store's file is another one than it was, or an older one: it was put there by other means than "
    "'bmtui restore', of",
}
_FAILED_OVER = "Another server runs the database since a failover, and may have forgotten what was done after"


def look(desk: Desk) -> None:
    """Mark the store's contents as uncertain if it was moved or put back. Workers call it before they send."""
    database = desk.store.database
    if database.server_changed() is False and not seen_state.is_older(desk):
        return
    with desk.store.transaction():
        changed = database.server_changed()
        if changed or (changed is False and seen_state.is_older(desk)):
            over = database.failed_over()
            happened = _FAILED_OVER if over else _PUT_BACK[database.kind]
            found = distrust.doubt(desk, desk.now(), happened=happened, lost_moments=over)
            audit.record(
                desk,
                MOVED,
                f"{happened} {found.since:%Y-%m-%d %H:%M} UTC. Asked about before they are sent: {found.effects}.",
            )
        elif changed is None:
            database.know_server(to_micros(desk.now()))
            seen_state.forget(desk)
