"""Behaviour on PostgreSQL alone: servers that are elsewhere, wrong, busy or gone, and data that survives."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import postgres_server
import psycopg
import pytest
from helpers import COMPANY, add_company

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError, StoreBusy, StoreError, StoreTooNew, StoreUnreachable
from bmtui.store import migrations, open_store
from bmtui.store.models import Company


@pytest.fixture
def empty(no_postgres: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture
def here(empty: str, tmp_path: object) -> Iterator[Desk]:
    """A desk on PostgreSQL with a company."""
    opened = open_desk(settings.load(str(tmp_path), environ={"BMTUI_STORE": empty}))
    add_company(opened)
    yield opened
    opened.store.close()


@pytest.fixture
def other(empty: str) -> Iterator[psycopg.Connection]:
    """Connection of another program to the same database."""
    connection = psycopg.connect(empty)
    yield connection
    connection.close()


def kill_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_newer_schema_is_refused_and_left_alone(empty: str, other: psycopg.Connection) -> None:
    open_store(empty).close()
    other.execute("UPDATE bmtui_schema SET version = 9999")
    other.commit()
    with pytest.raises(StoreTooNew, match="newer"):
        open_store(empty)
    assert other.execute("SELECT version FROM bmtui_schema").fetchone() == (9999,)


def test_a_database_of_another_program_is_refused(empty: str, other: psycopg.Connection) -> None:
    other.execute("CREATE TABLE recipes (id INTEGER)")
    other.commit()
    with pytest.raises(StoreError, match="not a bmtui database"):
        open_store(empty)
    tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("recipes",)]


STARTER = """
import sys
from bmtui.store import open_store
print("ready", flush=True)
sys.stdin.readline()
open_store(sys.argv[1]).close()
"""


def test_starters_that_migrate_at_once_all_succeed(empty: str, other: psycopg.Connection) -> None:
    command = [sys.executable, "-c", STARTER, empty]
    pipe = subprocess.PIPE
    starters = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    ends = [(starter.communicate()[1], starter.returncode) for starter in starters]
    assert ends == [("", 0)] * 3
    assert other.execute("SELECT version FROM bmtui_schema").fetchall() == [(migrations.LATEST,)]


def test_a_migration_that_fails_leaves_nothing(
    empty: str, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = migrations.steps

    def broken(dialect: str) -> list[tuple[int, list[str]]]:
        (version, statements), *_ = whole(dialect)
        return [(version, [*statements, "SELECT 1 / 0"])]

    monkeypatch.setattr(migrations, "steps", broken)
    with pytest.raises(StoreError, match="division by zero"):
        open_store(empty)
    tables = other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)
    monkeypatch.undo()
    open_store(empty).close()


def test_installations_share_a_database_in_schemas_of_their_own(empty: str, other: psycopg.Connection) -> None:
    for name in ("one", "two"):
        other.execute(f"CREATE SCHEMA {name}")
        other.commit()
        store = open_store(f"{empty}&options=-csearch_path%3D{name}")
        assert store.database.schema_version() == migrations.LATEST
        store.close()


def test_a_lock_that_is_held_too_long_is_store_busy_and_changes_nothing(here: Desk, other: psycopg.Connection) -> None:
    other.execute("SELECT pg_advisory_xact_lock(1651340649, hashtext(current_schema()))")
    here.store.database._connection().execute("SET lock_timeout = '1ms'")  # type: ignore[attr-defined]
    with pytest.raises(StoreBusy) as caught, here.store.transaction():
        Company.update(name="Other").execute()
    assert caught.value.transient
    with pytest.raises(StoreBusy):
        # A statement alone is a transaction, too.
        Company.update(name="Other").execute()
    other.rollback()
    assert Company.get().name == COMPANY
    with here.store.transaction():
        Company.update(name="Other").execute()
    assert Company.get().name == "Other"


def test_readers_do_not_wait_for_a_writer_and_see_a_snapshot(here: Desk, other: psycopg.Connection) -> None:
    other.execute("SELECT pg_advisory_xact_lock(1651340649, hashtext(current_schema()))")
    other.execute("UPDATE companies SET name = 'Other'")
    with here.store.snapshot():
        assert Company.get().name == COMPANY
        other.commit()
        assert Company.get().name == COMPANY
    assert Company.get().name == "Other"


def test_a_snapshot_cannot_write(here: Desk) -> None:
    with pytest.raises(StoreError, match="read-only"), here.store.snapshot():
        Company.update(name="Other").execute()


def test_a_statement_that_failed_takes_its_whole_transaction_with_it(here: Desk) -> None:
    def change() -> None:
        with here.store.transaction():
            Company.update(name="Other").execute()
            with pytest.raises(StoreError):
                here.store.database.execute_sql("SELECT no_such_column FROM companies")

    with pytest.raises(StoreError):
        change()
    assert Company.get().name == COMPANY


# A server that goes away


@pytest.mark.parametrize("inside", [False, True])
def test_a_lost_connection_is_told_and_the_next_use_connects_anew(here: Desk, empty: str, inside: bool) -> None:
    def change() -> None:
        with here.store.transaction():
            Company.update(name="Other").execute()
            kill_connections(empty)
            Company.update(market="de-de").execute()

    if not inside:
        kill_connections(empty)
    with pytest.raises(StoreUnreachable, match="nothing was changed") as caught:
        change() if inside else Company.get()
    assert caught.value.transient
    assert Company.get().name == COMPANY
    with here.store.transaction():
        Company.update(name="Other").execute()
    assert Company.get().name == "Other"


def test_commit_whose_answer_was_lost_is_checked_on_the_server(
    here: Desk, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lose the answer to a COMMIT that was made, or was not: the caller learns which."""
    whole = psycopg.Connection.execute

    def cut_off(when: str) -> None:
        def execute(self: psycopg.Connection, query: str, *args: object, **options: object) -> object:
            if not query.endswith("COMMIT"):
                return whole(self, query, *args, **options)  # type: ignore[call-overload]
            monkeypatch.undo()
            if when == "after":
                whole(self, query)
            kill_connections(empty)
            return whole(self, "SELECT 1")

        monkeypatch.setattr(psycopg.Connection, "execute", execute)

    cut_off("after")
    with here.store.transaction():
        Company.update(name="Other").execute()
    assert Company.get().name == "Other"
    cut_off("before")
    with pytest.raises(StoreUnreachable, match="nothing was changed"), here.store.transaction():
        Company.update(name="Third").execute()
    assert Company.get().name == "Other"


def test_a_server_that_is_not_there_is_named_and_its_password_is_not(tmp_path: object) -> None:
    with pytest.raises(StoreUnreachable, match=r"postgresql://127\.0\.0\.1:9/db cannot be reached") as caught:
        open_store("postgresql://joe:s%40cret@127.0.0.1:9/db")
    assert "cret" not in str(caught.value)
    with pytest.raises(ConfigError) as wrong:
        open_store("postgresql://joe:s%40cret@127.0.0.1/db?no_such_option=cret")
    assert "cret" not in str(wrong.value)


def test_a_database_that_is_not_there_is_named(empty: str) -> None:
    with pytest.raises(StoreUnreachable, match="does not exist"):
        open_store(urlunsplit(urlsplit(empty)._replace(path="/bmtui_no_such")))


def test_postgresql_without_the_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bmtui.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="driver") as caught:
        open_store("postgresql://joe@127.0.0.1/db")
    assert "bmtui[postgres]" in caught.value.advice


# What others see


def test_change_mark_changes_only_when_another_program_commits(here: Desk, other: psycopg.Connection) -> None:
    mark = here.store.change_mark()
    Company.get()
    with here.store.transaction():
        Company.update(name="Other").where(Company.id == 99).execute()

    def fail() -> None:
        with here.store.transaction():
            Company.update(name="Other").execute()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert here.store.change_mark() == mark

    def change() -> None:
        with here.store.transaction():
            Company.update(name="Other").execute()
            written.set()
            assert go_on.wait(10)
        here.store.database.close()

    written, go_on = threading.Event(), threading.Event()
    writer = threading.Thread(target=change)
    writer.start()
    assert written.wait(10)
    assert here.store.change_mark() == mark
    go_on.set()
    writer.join()
    assert here.store.change_mark() != mark
