"""Move of an installation to another database: only one of the two goes on, and each store records the copy."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit, permissions, store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.operations.backups import opened
from bmtui.errors import RuleRefused
from bmtui.settings import Settings
from bmtui.store import copying
from bmtui.store.copying import Copied
from bmtui.store.models import Pause, StoreMark
from bmtui.words import StoreEvent


def copy(settings: Settings, source_url: str, target_url: str) -> Copied:
    """Copy a store into an empty one, and pause the source: two stores must not send for one account.

    After an error the target is empty and the source sends as before; a process that is killed leaves both paused.

    Raises:
        RuleRefused: only an admin may. Otherwise as `copying.copy_store`.
    """
    source, target = copying.must_be_copyable(source_url, target_url)
    with opened(replace(settings, store_url=source_url)) as desk, desk.store.transaction():
        permissions.must_be_admin(desk)
        mark = store_marks.add(desk, StoreEvent.COPIED_TO, target)
        paused = _pause(desk, f"It was copied to {target}, where the work goes on.")
    try:
        copied = copying.copy_store(source_url, target_url)
    except BaseException:
        with opened(replace(settings, store_url=source_url)) as desk, desk.store.transaction():
            StoreMark.delete().where(StoreMark.id == mark.id).execute()
            if paused:
                sending_pauses.resume(desk)
        raise
    with opened(replace(settings, store_url=target_url)) as desk, desk.store.transaction():
        StoreMark.update(kind=StoreEvent.COPIED_FROM, about=source).where(StoreMark.id == mark.id).execute()
        if paused:
            Pause.delete().where((Pause.scope == sending_pauses.ALL) & (Pause.cause == sending_pauses.PERSON)).execute()
        audit.record(desk, "store.copied_from", f"The store was copied from {source}.")
        sending_pauses.wake()
    return copied


def _pause(desk: Desk, reason: str) -> bool:
    """Pause all sending; return false if it was paused already."""
    with contextlib.suppress(RuleRefused):
        sending_pauses.pause(desk, reason)
        return True
    return False
