"""Marks of the whole store: a restore, after which some of it is uncertain, or a copy."""

from __future__ import annotations

from datetime import datetime

from bmtui.desk.core.context import Desk
from bmtui.store.models import StoreMark
from bmtui.words import StoreEvent


def add(desk: Desk, kind: StoreEvent, about: str, since: datetime | None = None) -> StoreMark:
    """Insert a mark, inside the caller's transaction; actions after `since` are not in the store."""
    now = desk.now()
    return StoreMark.create(kind=kind, at=now, since=since or now, about=about, made_by=desk.actor)


def last(*kinds: StoreEvent) -> StoreMark | None:
    """Return the newest mark of these kinds, or None."""
    found: StoreMark | None = StoreMark.select().where(StoreMark.kind.in_(kinds)).order_by(StoreMark.id.desc()).first()
    return found


def restored() -> StoreMark | None:
    """Return the mark of the last restore, or None."""
    return last(StoreEvent.RESTORED)
