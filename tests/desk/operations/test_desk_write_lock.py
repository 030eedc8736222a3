"""Locks that an account of the database takes by SQL: nobody waits without an end, and their holder is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from grants_case import connected
from waiting import until

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import server_checks
from bmtui.desk.outbox import unsent
from bmtui.errors import StoreBusy, StoreUnreachable
from bmtui.store import postgres_presence, postgres_server
from bmtui.store.models import Order
from bmtui.store.postgres_presence import SessionPresence

pytestmark = pytest.mark.postgres_only
WRITE_LOCK = "SELECT pg_advisory_lock(1651340649, hashtext('public'))"


class Sessions(ExitStack):
    """Sessions of people beside the desk."""

    def of(self, desk: Desk) -> psycopg.Connection:
        parts = urlsplit(desk.settings.store_url)
        own = parts._replace(netloc=f"{name_of(desk)}@{parts.netloc.rpartition('@')[2]}")
        made = psycopg.connect(urlunsplit(own), autocommit=True, application_name="psql")
        return self.enter_context(made)


@pytest.fixture
def sessions(guarded: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sessions]:
    monkeypatch.setattr(postgres_server, "PATIENCE_S", 0.2)
    with Sessions() as opened:
        yield opened


def name_of(desk: Desk) -> str:
    return desk.actor.partition("(")[0]


def lock_of(desk: Desk) -> tuple[bool, str]:
    (found,) = [one for one in server_checks.examine(desk) if one.topic == "lock"]
    return found.ok, found.message


def test_operator_who_holds_the_write_lock_is_named(guarded: tuple[Desk, Desk], sessions: Sessions) -> None:
    ann, ben = guarded
    held = sessions.of(ben)
    assert lock_of(ann) == (True, "No session keeps others from writing.")
    held.execute(WRITE_LOCK)
    ok, said = lock_of(ann)
    session = f"{name_of(ben)} in 'psql' (process {held.info.backend_pid} of the server)"
    assert not ok
    assert said.startswith(f"{session} keeps all others from writing since ")
    ann.store.database._connection().execute("SET lock_timeout = '1ms'")  # type: ignore[attr-defined]
    with pytest.raises(StoreBusy) as caught, ann.store.transaction():
        Order.update(priority=1).execute()
    assert str(caught.value).startswith(f"{session} kept the database locked for")
    # Another person is told as well, only not since when.
    seen = postgres_server.lock_holder(sessions.of(ann))
    assert (seen is not None and seen.account, seen is not None and seen.since) == (name_of(ben), None)
    held.execute("SELECT pg_advisory_unlock_all()")
    assert lock_of(ann)[0]


def test_operator_for_whose_row_the_holder_of_the_write_lock_waits_is_named(
    guarded: tuple[Desk, Desk], sessions: Sessions
) -> None:
    ann, ben = guarded
    blocker, worker = sessions.of(ben), sessions.of(ann)
    blocker.execute("BEGIN")
    blocker.execute("SELECT length FROM audit_head FOR UPDATE")
    worker.execute(WRITE_LOCK)
    thread = threading.Thread(target=worker.execute, args=("SELECT length FROM audit_head FOR UPDATE",))
    thread.start()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
    run = ann.store.database.execute_sql
    until(lambda: run(waits, (worker.info.backend_pid,)).fetchone()[0] == 1)
    ok, said = lock_of(ann)
    blocker.execute("ROLLBACK")
    thread.join()
    assert (ok, said.startswith(f"{name_of(ben)} in 'psql'")) == (False, True)


def test_worker_whose_own_lock_is_taken_does_not_wait_without_an_end(
    guarded: tuple[Desk, Desk], sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = guarded
    monkeypatch.setattr(postgres_presence, "LOCK_WAIT_S", 0.2)
    sessions.of(ben).execute("SELECT pg_advisory_lock(hashtextextended('public/host-1', 0))")
    with pytest.raises(StoreUnreachable):
        SessionPresence(ann.settings.store_url, "here", "host-1", lambda: None)


def test_only_a_worker_that_may_run_jobs_counts_as_one(guarded: tuple[Desk, Desk], sessions: Sessions) -> None:
    ann, ben = guarded
    database, url = ann.store.database, ann.settings.store_url
    of_desk = SessionPresence(url.replace("postgres@", f"{name_of(ben)}@"), "here", "desk-1", lambda: None)
    service = SessionPresence(url, "here", "service-1", lambda: None)
    try:
        assert database.living() == {"service-1"}
        assert database.living(idle=True) == {"desk-1", "service-1"}
    finally:
        of_desk.release()
        service.release()
    # An operator who takes the lock of a worker that is gone keeps nobody's jobs.
    key = "hashtextextended('public/service-1', 0)"
    database.execute_sql(f"INSERT INTO worker_leases (name, lock_key, seen_at) SELECT 'service-1', {key}, now()")
    sessions.of(ben).execute(f"SELECT pg_advisory_lock({key})")
    assert database.living() == set()


def test_desk_of_a_person_is_no_worker_elsewhere(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    service = SessionPresence(ann.settings.store_url, "here", "service-1", lambda: None)
    try:
        with connected(ann):
            assert unsent.of(ann, mine=1).elsewhere
    finally:
        service.release()
    with connected(ann):
        assert not unsent.of(ann, mine=1).elsewhere
