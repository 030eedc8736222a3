"""Length of the audit that this host saw, in a file outside the store: an older state of the store has a shorter one.

It also reveals the files of a database server that were put back from a snapshot; one of this machine takes it along.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from bmtui.desk.core import store_marks
from bmtui.desk.core.context import Desk
from bmtui.store import send_counter
from bmtui.store.plain_sql import fetch


def is_older(desk: Desk) -> bool:
    """Return whether the store is in an earlier state than this host saw it in."""
    file = _file(desk)
    return file is not None and _length() < send_counter.read(file)


def remember(desk: Desk) -> None:
    """Store the present length of the audit; outside of a transaction, for uncommitted rows may never have been."""
    file = _file(desk)
    if file is not None:
        # Without it an older state does not show; nothing else must fail for that.
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            send_counter.raise_to(file, _length())


def forget(desk: Desk) -> None:
    """Remove the noted length: another store took the place of the former."""
    file = _file(desk)
    if file is not None:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def _length() -> int:
    # By SQL: asked before each job that sends.
    rows = fetch("SELECT length FROM audit_head", ())
    return int(rows[0][0]) if rows else 0


def _file(desk: Desk) -> Path | None:
    """Return the file for this store since its last restore, which shortens it; None before a worker knew the store."""
    known = desk.store.database.execute_sql("SELECT server FROM server_marks").fetchone()
    if known is None:
        return None
    mark = store_marks.restored()
    name = hashlib.sha256(f"{known[0]}/{mark.id if mark is not None else 0}".encode()).hexdigest()[:16]
    return desk.settings.state / "seen" / name
