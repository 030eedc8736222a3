"""Database: schema, file permissions, and guarantees."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from helpers import COMPANY, add_company, python
from hypothesis import given
from hypothesis import strategies as st

# The library that the store itself uses: another one on the same file in one process would undo its locks.
from peewee import BooleanField, IntegrityError, TextField, sqlite3  # type: ignore[attr-defined]

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import StoreBusy, StoreError, StoreTooNew
from bmtui.store import migrations, open_store, sqlite
from bmtui.store.models import TABLES, Audit, Company, from_micros, to_micros


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_the_latest_version_is_that_of_the_newest_migration(desk: Desk) -> None:
    for dialect in ("sqlite", "postgres"):
        versions = [version for version, _ in migrations.steps(dialect)]
        assert versions == sorted(set(versions))
        assert versions[-1] == migrations.LATEST
    assert desk.store.database.schema_version() == migrations.LATEST


def columns(desk: Desk, table: str) -> dict[str, tuple[str, bool]]:
    """Return type and NOT NULL of each column, without a primary key of a single column."""
    database = desk.store.database
    if database.kind == "sqlite":
        rows = database.execute_sql(f"PRAGMA table_info({table})").fetchall()
        found = [(name, kind, bool(notnull), bool(pk)) for _, name, kind, notnull, _, pk in rows]
    else:
        found = [
            (column.name, column.data_type, not column.null, column.primary_key)
            for column in database.get_columns(table)  # type: ignore[attr-defined]
        ]
    keys = [name for name, *_, key in found if key]
    return {name: (kind.upper(), needed) for name, kind, needed, key in found if not key or len(keys) > 1}


def test_the_models_have_exactly_the_columns_of_the_real_schema(desk: Desk) -> None:
    if desk.store.database.kind == "sqlite":
        # The first release declared its booleans as numbers.
        number, truth = "INTEGER", {"INTEGER", "BOOLEAN"}
    else:
        number, truth = "BIGINT", {"BOOLEAN"}
    for model in TABLES:
        meta = model._meta
        real = columns(desk, meta.table_name)
        modelled = {}
        for field in meta.sorted_fields:
            if field.primary_key:
                continue
            kind = {BooleanField: truth, TextField: {"TEXT"}}
            allowed = next((kinds for base, kinds in kind.items() if isinstance(field, base)), {number})
            found = real.get(field.column_name, ("missing", False))[0]
            modelled[field.column_name] = (found if found in allowed else f"{allowed}", not field.null)
        assert modelled == real, meta.table_name


def test_tables_of_the_database_all_have_models(desk: Desk) -> None:
    of_the_dialect = (
        "order_search",
        "order_parts",
        "order_places",
        "sqlite_",
        "bmtui_schema",
        "figure_",
        "worker_leases",
        "server_marks",
    )
    real = {name for name in desk.store.database.get_tables() if not name.startswith(of_the_dialect)}
    assert real == {model._meta.table_name for model in TABLES}


@pytest.mark.sqlite_only
def test_store_file_is_private_and_its_pragmas_are_set(desk: Desk) -> None:
    path = Path(desk.store.database.database)  # type: ignore[attr-defined]
    for file in path.parent.glob("bmtui.sqlite*"):
        if file.is_file():
            assert file.stat().st_mode & 0o777 == 0o600, file

    def pragma(name: str) -> object:
        return desk.store.database.execute_sql(f"PRAGMA {name}").fetchone()[0]

    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
    assert (pragma("trusted_schema"), pragma("busy_timeout")) == (0, sqlite.BUSY_TIMEOUT_S * 1000)


@pytest.mark.sqlite_only
def test_store_pragmas_are_set_in_writer_and_reader_threads(desk: Desk) -> None:
    import asyncio

    def pragmas() -> list[int]:
        database = desk.store.database
        return [database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")]

    async def both() -> tuple[list[int], list[int]]:
        return await desk.store.write(pragmas), await desk.store.read(pragmas)

    assert asyncio.run(both()) == ([2, 1], [2, 1])


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    open_store(url(path)).close()
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="newer"):
        open_store(url(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, 1, 7])
def test_a_database_of_another_program_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "a.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY)")
        raw.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match="not a bmtui database") as caught:
        open_store(url(path))
    assert not isinstance(caught.value, StoreTooNew)
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_a_damaged_file_is_refused_and_never_started_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"This is no database. " * 500)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(url(path))
    assert "restore" in caught.value.advice
    assert path.read_bytes().startswith(b"This is no database.")


@pytest.mark.sqlite_only
def test_damaged_page_found_later_is_reported(offline: Desk) -> None:
    path = offline.store.database.database  # type: ignore[attr-defined]
    offline.store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    offline.store.close()
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(StoreError, match="damaged"):
        list(Company.select())


def test_impossible_store_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(url(tmp_path / "file" / "a.sqlite"))
    with pytest.raises(StoreError):
        open_store(url(tmp_path))


STARTER = """
import sys
from bmtui.store import open_store
print("ready", flush=True)
sys.stdin.readline()
for name in sys.argv[1:]:
    store = open_store("sqlite:///" + name)
    store.close()
"""


@pytest.mark.slow
def test_starters_that_migrate_at_once_all_succeed(tmp_path: Path) -> None:
    import subprocess
    import sys

    names = [str(tmp_path / f"{number}.sqlite") for number in range(8)]
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, *names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    ends = [(starter.communicate()[1], starter.returncode) for starter in starters]
    assert ends == [("", 0)] * 3
    for name in names:
        raw = sqlite3.connect(name)
        assert raw.execute("PRAGMA user_version").fetchone() == (migrations.LATEST,)
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        raw.close()


@pytest.mark.sqlite_only
def test_a_lock_that_is_held_too_long_is_store_busy_and_changes_nothing(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = offline.store.database.database  # type: ignore[attr-defined]
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.01)
    with pytest.raises(StoreBusy) as caught, offline.store.transaction():
        Company.update(name="Other").execute()
    assert caught.value.transient
    raw.execute("ROLLBACK")
    raw.close()
    assert Company.get().name == COMPANY
    with offline.store.transaction():
        Company.update(name="Other").execute()
    assert Company.get().name == "Other"


@pytest.mark.sqlite_only
def test_readers_do_not_wait_for_a_writer(offline: Desk) -> None:
    raw = sqlite3.connect(offline.store.database.database, isolation_level=None)  # type: ignore[attr-defined]
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("UPDATE companies SET name = 'Other'")
    offline.store.database.execute_sql("PRAGMA busy_timeout = 0")
    with offline.store.snapshot():
        assert Company.get().name == COMPANY
    raw.execute("ROLLBACK")
    raw.close()


def test_a_transaction_rolls_back_whole_also_when_it_is_nested(offline: Desk) -> None:
    def change() -> None:
        with offline.store.transaction():
            Company.update(name="Other").execute()
            with offline.store.transaction():
                Company.update(market="de-de").execute()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert (Company.get().name, Company.get().market) == (COMPANY, "fr-fr")


def test_foreign_key_to_a_missing_row_is_refused(desk: Desk) -> None:
    with pytest.raises(IntegrityError), desk.store.transaction():
        desk.store.database.execute_sql("INSERT INTO job_log VALUES (1, 99, 0, FALSE, '')")


# Times


@given(st.datetimes(timezones=st.timezones()), st.integers(-23 * 60, 23 * 60))
def test_time_in_any_zone_is_stored_exactly(moment: datetime, offset: int) -> None:
    try:
        utc = moment.astimezone(UTC)
        other = utc.astimezone(timezone(timedelta(minutes=offset)))
    except OverflowError:
        return
    assert to_micros(moment) == to_micros(other)
    back = from_micros(to_micros(moment))
    assert back == utc
    assert back.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stored_times_sort_like_their_numbers(one: datetime, two: datetime) -> None:
    assert (one < two) == (to_micros(one) < to_micros(two))


# The audit


def test_the_audit_can_only_grow(offline: Desk) -> None:
    database = offline.store.database
    for statement in ("UPDATE audit SET summary = 'x'", "DELETE FROM audit"):
        with pytest.raises(IntegrityError, match="append-only"), offline.store.transaction():
            database.execute_sql(statement)
    assert Audit.select().count() == 1


def broken_at() -> list[int]:
    """Return the ids of audit rows with a wrong hash or a wrong place in the chain."""
    wrong, previous = [], ""
    for row in Audit.select().order_by(Audit.id):
        if row.hash != audit.digest(row) or row.previous_hash != previous:
            wrong.append(row.id)
        previous = row.hash
    return wrong


def test_changed_or_removed_audit_row_breaks_the_chain(offline: Desk) -> None:
    for number in range(4):
        with offline.store.transaction():
            audit.record(offline, "test", f"Row {number} — é", after={"b": [1, "ü"], "a": None}, company_id=1)
    assert broken_at() == []
    database = offline.store.database
    on = "" if database.kind == "sqlite" else " ON audit"
    database.execute_sql(f"DROP TRIGGER audit_never_changes{on}")
    database.execute_sql(f"DROP TRIGGER audit_never_shrinks{on}")
    database.execute_sql("UPDATE audit SET after = replace(after, 'ü', 'u') WHERE id = 2")
    assert broken_at() == [2]
    database.execute_sql("DELETE FROM audit WHERE id = 4")
    assert broken_at() == [2, 5]


def test_the_audit_names_the_account_and_not_what_the_environment_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bmtui.desk.core.acting import actor

    own = os.getuid()
    monkeypatch.setenv("USER", "mallory")
    monkeypatch.setenv("LOGNAME", "mallory")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 5 192.0.2.1 22")
    assert "mallory" not in actor(own)
    assert f"({own})" in actor(own)
    assert actor(own).endswith("from 192.0.2.7")
    add_company(desk)
    assert re.search(rf"\({own}\)", Audit.get().actor)


CHAIN = """
import sys
from bmtui import settings
from bmtui.desk.core import audit
from bmtui.desk.bootstrap import open_desk
desk = open_desk(settings.load(sys.argv[1], environ={}))
for number in range(15):
    with desk.store.transaction():
        audit.record(desk, "test", str(number))
desk.store.close()
"""


@pytest.mark.slow
def test_processes_that_write_at_once_make_one_chain(desk: Desk) -> None:
    writers = [python(CHAIN, str(desk.settings.config)) for _ in range(3)]
    ends = [(writer.communicate()[1], writer.returncode) for writer in writers]
    assert ends == [("", 0)] * 3
    assert Audit.select().count() == 45
    assert broken_at() == []
