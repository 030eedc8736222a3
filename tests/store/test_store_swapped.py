"""Store files that are emptied, swapped or removed under a running desk: no write, and no new empty store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.errors import StoreError
from bmtui.queue.liveness import WorkerLock

pytestmark = pytest.mark.sqlite_only


def change(desk: Desk, days: str = "7") -> None:
    companies.change(desk, None, {"look_back_days": days})


def test_desk_writes_nothing_once_the_store_file_was_replaced(offline: Desk, tmp_path: Path) -> None:
    store = Path(offline.store.database.where)
    change(offline)
    copy = tmp_path / "copy"
    offline.store.database.execute_sql("VACUUM INTO ?", (str(copy),))
    copy.rename(store)
    with pytest.raises(StoreError, match="was replaced while it was in use"):
        change(offline, "8")
    store.unlink()
    with pytest.raises(StoreError, match="was taken away while it was in use"):
        change(offline, "9")


def test_emptied_store_file_is_refused_and_not_replaced_by_a_new_store(offline: Desk) -> None:
    store = Path(offline.store.database.where)
    WorkerLock(offline.store).release()
    change(offline)
    offline.store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    saved = store.with_name("saved")
    shutil.copy(store, saved)
    store.write_bytes(b"")
    with pytest.raises(StoreError, match="has 0 bytes"):
        change(offline, "8")
    with pytest.raises(StoreError, match="Restore a backup"):
        open_desk(offline.settings)
    assert store.stat().st_size == 0
    store.write_bytes(saved.read_bytes())
