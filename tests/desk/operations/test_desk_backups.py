"""Backups under load, and a restore that sends nothing twice, from each kind of store into each."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from helpers import COMPANY, connect, dump, elsewhere, here_orders, python, work, work_through

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import backups
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.errors import BmtuiError, ConfigError, RuleRefused, StoreError, StoreTooNew
from bmtui.queue.liveness import WorkerLock
from bmtui.sandbox.server import SandboxServer
from bmtui.store import backup
from bmtui.store.connection import dialect
from bmtui.store.migrations import LATEST
from bmtui.store.models import Audit, Company, Effect, Pause

STORES = Path(__file__).parents[2] / "release" / "stores"

BUSY = """
import sys
from bmtui import settings
from bmtui.desk.companies import companies
from bmtui.desk.bootstrap import open_desk
desk = open_desk(settings.load(sys.argv[1], environ={}))
print("here", flush=True)
days = 1
while not sys.stdin.closed:
    companies.change(desk, None, {"look_back_days": str(days % 50 + 1)})
    days += 1
"""


def test_backups_under_load_are_each_consistent(offline: Desk, tmp_path: Path) -> None:
    writer = python(BUSY, str(offline.settings.config))
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "here\n"
        files = [tmp_path / f"backup-{number}" for number in range(5)]
        for file in files:
            backups.write(offline, file)
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    versions = []
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert backup.verify(file).companies == 1
        copy = sqlite3.connect(file)
        version = copy.execute("SELECT version FROM companies").fetchone()[0]
        changed = copy.execute("SELECT count(*) FROM audit WHERE action = 'company.changed'").fetchone()[0]
        copy.close()
        # A version and its audit row are one transaction.
        assert version == changed + 1
        versions.append(version)
    assert versions == sorted(set(versions))
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


def test_backup_overwrites_no_file_and_reports_an_impossible_path(stocked: Desk, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    contents = backups.write(stocked, file).contents
    assert contents.orders == len(here_orders()) > 100
    assert contents.schema == LATEST
    with pytest.raises(ConfigError, match="exists already"):
        backups.write(stocked, file)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="exists already"):
        backups.write(stocked, link)
    with pytest.raises(ConfigError, match="cannot be written"):
        backups.write(stocked, tmp_path / "none" / "backup")


def test_restore_sends_no_refund_twice_and_the_rest_goes_on(
    stocked: Desk, marketplace: SandboxServer, tmp_path: Path, new_store: str
) -> None:
    """Refund after a backup and restore it: nothing is refunded again, and the rest goes on."""
    sent, planned = (order["order_id"] for order in _two_refundable(marketplace))
    issued = [refunds.issue(stocked, number, refunds.RefundRequest()) for number in (sent, planned)]
    assert all(one.job_id for one in issued)
    file = tmp_path / "backup"
    backups.write(stocked, file)
    before = dump(stocked)
    work_through(stocked)
    effects = len(marketplace.marketplace.effects)
    assert effects >= 2
    stocked.store.close()

    found = elsewhere(stocked.settings, new_store)
    done = backups.restore(found, file)
    assert done.doubts.effects == 2
    assert done.aside is None
    again = open_desk(found)
    try:
        after = dump(again)
        for table in ("orders", "order_lines", "payments", "companies", "inbox", "job_orders"):
            assert _plain(after[table]) == _plain(before[table])
        assert {effect.state for effect in Effect.select()} == {"unknown"}
        (pause,) = sending_pauses.standing(again)
        assert "restored from a backup" in pause.reason
        assert Audit.select().where(Audit.action == "store.restored").count() == 1
        sending_pauses.resume(again)
        work_through(again)
        assert {effect.state for effect in Effect.select()} <= {"confirmed", "needs_person"}
        assert len(marketplace.marketplace.effects) == effects
        # New rows get numbers of their own.
        companies.change(again, None, {"look_back_days": "7"})
    finally:
        again.store.close()


def _plain(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    """Return the rows with 0 and 1 for booleans, which the two databases store differently."""
    return [[int(value) if isinstance(value, bool) else value for value in row] for row in rows]


@pytest.mark.sqlite_only
def test_restore_keeps_the_former_store_aside(offline: Desk, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    companies.change(offline, None, {"look_back_days": "7"})
    offline.store.close()
    done = backups.restore(offline.settings, file)
    assert done.aside is not None
    assert done.aside.exists()
    assert stat.S_IMODE(Path(offline.store.database.where).stat().st_mode) == 0o600
    again = open_desk(offline.settings)
    assert companies.show(again).look_back_days == 60
    again.store.close()


def _two_refundable(marketplace: SandboxServer) -> list[dict[str, Any]]:
    found = [
        order
        for order in marketplace.marketplace.all_orders()
        if [line["state"] for line in order["orderlines"]] == [3] and float(order["orderlines"][0]["price"]) > 20
    ]
    return found[:2]


@pytest.mark.sqlite_only
def test_a_store_in_use_is_not_replaced(offline: Desk, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    with pytest.raises(RuleRefused, match="has the store open"):
        backups.restore(offline.settings, file)
    companies.change(offline, None, {"look_back_days": "7"})
    assert companies.show(offline).look_back_days == 7
    assert sorted(path.name for path in offline.settings.data.glob("*.sqlite*")) == [
        "bmtui.sqlite",
        "bmtui.sqlite-shm",
        "bmtui.sqlite-wal",
    ]


@pytest.mark.postgres_only
def test_restore_into_a_database_that_is_not_empty_is_refused(offline: Desk, new_database: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    full = dump(offline)
    with pytest.raises(RuleRefused, match="is not empty") as caught:
        backups.restore(offline.settings, file)
    assert "Make a new database" in caught.value.advice
    assert dump(offline) == full
    offline.store.close()

    found = elsewhere(offline.settings, new_database)
    other = dialect(new_database)
    other.open()
    other.execute_sql("CREATE TABLE something (a INTEGER)")
    with pytest.raises(RuleRefused, match="it has the table something"):
        backups.restore(found, file)
    assert other.get_tables() == ["something"]
    other.execute_sql("DROP TABLE something")
    other.close()

    # A schema of ours without rows is empty, but for a worker that waits there.
    waiting = open_desk(found)
    lock = WorkerLock(waiting.store)
    with pytest.raises(RuleRefused, match="1 worker runs"):
        backups.restore(found, file)
    lock.release()
    waiting.store.close()
    assert backups.restore(found, file).aside is None


@pytest.mark.postgres_only
def test_restore_from_an_invalid_backup_leaves_the_database_empty(
    offline: Desk, new_database: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StoreError, match="damaged"):
        backups.restore(elsewhere(offline.settings, new_database), file)
    new = dialect(new_database)
    new.open()
    assert new.get_tables() == []
    new.close()


def test_a_backup_of_an_older_release_is_brought_up_to_date(desk: Desk, new_store: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    made = sqlite3.connect(file)
    made.executescript((STORES / "schema-0005.sql").read_text(encoding="utf-8"))
    made.close()
    schema = backup.verify(file).schema
    desk.store.close()
    found = elsewhere(desk.settings, new_store)
    backups.restore(found, file)
    again = open_desk(found)
    assert schema < again.store.database.schema_version() == LATEST
    assert Company.select().count() == backup.verify(file).companies == 1
    again.store.close()


@pytest.mark.sqlite_only
def test_only_an_admin_replaces_a_store(offline: Desk, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    permissions.set_rights(offline, "nobody", role="operator")
    permissions.set_rights(offline, "nobody", role="admin")
    permissions.set_rights(offline, str(offline.uid), role="operator")
    backups.write(offline, file)
    offline.store.close()
    with pytest.raises(RuleRefused, match="Only an admin"):
        backups.restore(offline.settings, file)
    assert [path.name for path in offline.settings.data.iterdir() if "replaced" in path.name] == []
    # Where there is no store, nobody has less than all rights.
    assert backups.restore(elsewhere(offline.settings, f"sqlite:///{tmp_path}/new.sqlite"), file).aside is None


@pytest.mark.sqlite_only
def test_a_damaged_store_is_refused_and_can_be_replaced(offline: Desk, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    offline.store.close()
    store = Path(offline.store.database.where)
    with store.open("r+b") as opened:
        opened.seek(100)
        opened.write(b"\xff" * 8000)
    for left in store.parent.glob("*-wal"):
        left.unlink()
    with pytest.raises(StoreError, match=r"(?i)restore a backup"):
        open_desk(offline.settings)
    backups.restore(offline.settings, file)
    again = open_desk(offline.settings)
    assert companies.show(again).name == COMPANY
    again.store.close()


def _other(file: Path) -> None:
    file.unlink()
    made = sqlite3.connect(file)
    made.executescript("CREATE TABLE a (b); PRAGMA user_version = 3")
    made.close()


def _newer(file: Path) -> None:
    made = sqlite3.connect(file)
    made.execute(f"PRAGMA user_version = {LATEST + 1}")
    made.close()


def _torn(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _flipped(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096 * 20)
        opened.write(b"\xa5" * 3000)


def _orphaned(file: Path) -> None:
    made = sqlite3.connect(file)
    made.execute("PRAGMA foreign_keys = 0")
    made.execute("INSERT INTO sync_marks (company_id, begun_at, swept_at) VALUES (99, 0, 0)")
    made.commit()
    made.close()


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("harm", "kind", "said"),
    [
        (lambda file: file.write_bytes(b"hello"), StoreError, "not a backup of bmtui"),
        (lambda file: file.write_bytes(b""), StoreError, "not a backup of bmtui"),
        (_other, StoreError, "not of bmtui"),
        (_newer, StoreTooNew, "Install the bmtui that wrote it"),
        (_torn, StoreError, "damaged"),
        (_flipped, StoreError, "damaged"),
        (_orphaned, StoreError, "damaged"),
        (lambda file: Path(f"{file}-wal").write_bytes(b"x"), StoreError, "a database in use"),
        (lambda file: file.unlink(), ConfigError, "cannot be read"),
    ],
)
def test_restore_from_a_file_that_is_no_backup_changes_nothing(
    offline: Desk, tmp_path: Path, harm: object, kind: type[BmtuiError], said: str
) -> None:
    file = tmp_path / "backup"
    backups.write(offline, file)
    harm(file)  # type: ignore[operator]
    offline.store.close()
    with pytest.raises(kind, match=said) as caught:
        backups.restore(offline.settings, file)
    assert caught.value.advice or kind is ConfigError
    again = open_desk(offline.settings)
    assert companies.show(again).name == COMPANY
    assert not Pause.select().exists()
    again.store.close()
    assert [path.name for path in offline.settings.data.iterdir() if "restoring" in path.name] == []


@pytest.mark.sqlite_only
def test_restore_without_a_former_store_makes_one(desk: Desk, marketplace: SandboxServer, tmp_path: Path) -> None:
    connect(desk, marketplace)
    file = tmp_path / "backup"
    backups.write(desk, file)
    desk.store.close()
    for path in desk.settings.data.glob("bmtui.sqlite*"):
        path.unlink() if path.is_file() else None
    assert backups.restore(desk.settings, file).aside is None
    again = open_desk(desk.settings)
    assert Company.get().name == COMPANY
    # The token was never in the backup; it lies where it lay.
    work(again)
    assert outbox.listing(again) == ()
    again.store.close()


def test_no_token_is_in_a_backup(desk: Desk, tmp_path: Path) -> None:
    companies.add(desk, "Shop", platform="eu", contact="a@b.example", token="planted-token-4711")
    file = tmp_path / "backup"
    backups.write(desk, file)
    assert b"planted" not in file.read_bytes()
