"""Backing up and restoring an installation's store. Tokens are never in a backup."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bmtui.desk import audit, effects, pauses
from bmtui.desk.context import Desk, open_desk
from bmtui.errors import ConfigError, RuleRefused
from bmtui.settings import Settings
from bmtui.store import backup
from bmtui.store.connection import dialect
from bmtui.store.models import Effect
from bmtui.store.sqlite import Sqlite
from bmtui.words import EffectState

_MAY_HAVE_LEFT = (EffectState.PLANNED, EffectState.SENDING)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        aside: where the store that was there lies now; None if there was none.
        uncertain: how many effects of the backup may have been sent since it was made.
    """

    contents: backup.Contents
    aside: Path | None
    uncertain: int


def write(desk: Desk, file: Path) -> backup.Contents:
    """Back the store up into a new file, while everybody goes on working.

    Raises:
        ConfigError: the file is there already, or cannot be written. StoreError: the copy is not whole.
    """
    found = backup.write(desk.store.database, file)
    if not desk.read_only:
        with desk.store.transaction():
            audit.record(desk, "store.backed_up", f"A backup of {found.orders:,} orders was written.")
    return found


def restore(settings: Settings, file: Path) -> Restored:
    """Put a backup in the store's place, and pause all sending: what the backup says was not sent may have been since.

    What it had planned or was sending is asked about by reading, before anything is sent; a refund of a part, which
    cannot be read, goes to a person.

    Raises:
        RuleRefused: somebody has the store open. ConfigError: the store is not SQLite, or the file cannot be read.
        StoreTooNew, StoreError: the backup is of a newer release, or damaged; nothing was changed.
    """
    database = dialect(settings.store_url)
    if not isinstance(database, Sqlite):
        raise ConfigError(
            "The store is on PostgreSQL, which has its own restores.",
            "Use pg_restore, or copy a SQLite store into it: 'bmtui help postgresql'.",
        )
    contents = backup.verify(file)
    made_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    aside = backup.restore(database, file)
    desk = open_desk(settings)
    try:
        return Restored(contents, aside, _distrust(desk, made_at))
    finally:
        desk.store.close()


def _distrust(desk: Desk, made_at: datetime) -> int:
    reason = f"The store was restored from a backup of {made_at:%Y-%m-%d %H:%M} UTC."
    with desk.store.transaction():
        open_effects = list(Effect.select().where(Effect.state.in_(_MAY_HAVE_LEFT)).order_by(Effect.id))
        for effect in open_effects:
            effects.settle(
                desk, effect, EffectState.UNKNOWN, error=f"{reason} It may have been sent since the backup was made."
            )
        with contextlib.suppress(RuleRefused):  # it was paused when the backup was made
            pauses.pause(desk, reason)
        audit.record(desk, "store.restored", reason)
    return len(open_effects)
