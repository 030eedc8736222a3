"""What happened to the store as a whole: a restore, after which some of it is uncertain, or a copy."""

from __future__ import annotations

from datetime import datetime

from bmtui.desk.core.context import Desk
from bmtui.store.models import StoreMark
from bmtui.words import StoreEvent


def add(desk: Desk, kind: StoreEvent, about: str, since: datetime | None = None) -> StoreMark:
    """Note what happened, inside the caller's transaction; nothing is known of what was done after `since`."""
    now = desk.now()
    return StoreMark.create(kind=kind, at=now, since=since or now, about=about, made_by=desk.actor)


def last(*kinds: StoreEvent) -> StoreMark | None:
    """The newest mark of these kinds, or None."""
    found: StoreMark | None = StoreMark.select().where(StoreMark.kind.in_(kinds)).order_by(StoreMark.id.desc()).first()
    return found


def restored() -> StoreMark | None:
    """The last restore, or None."""
    return last(StoreEvent.RESTORED)
