"""Sessions of others on a PostgreSQL server, and the grants that it enforces, as `doctor` tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from grants_case import connected, listed, roles

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import server_checks
from bmtui.desk.operations.host_checks import Finding
from bmtui.store import grants, postgres_server

pytestmark = pytest.mark.postgres_only


def found(desk: Desk, topic: str) -> Finding:
    return next(one for one in server_checks.examine(desk) if one.topic == topic)


@contextmanager
def session(desk: Desk, *statements: str) -> Iterator[psycopg.Connection]:
    """Run SQL in a transaction of somebody else, which stays open."""
    with psycopg.connect(desk.settings.store_url, application_name="psql of Ann") as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection
        connection.rollback()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a transaction be open for long from its beginning."""
    monkeypatch.setattr(postgres_server, "OPEN_S", 0)


# Transactions of others


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE orders SET status = status WHERE id = 1", "orders"),
        ("SELECT id FROM order_lines FOR UPDATE", "order_lines"),
        ("LOCK TABLE effects IN SHARE MODE", "effects"),
    ],
)
def test_open_transaction_with_locks_is_named_though_nobody_waits(offline: Desk, statement: str, table: str) -> None:
    with session(offline, statement) as other:
        told = found(offline, "transactions")
        process = other.info.backend_pid
        assert not told.ok
        assert f"in 'psql of Ann' (process {process} of the server) has a transaction open since 20" in told.message
        assert f"with rows of {table}." in told.message
        assert f"SELECT pg_terminate_backend({process})" in told.advice
        # It does not hold the write lock: nobody is kept from writing yet.
        assert found(offline, "lock").ok
    assert found(offline, "transactions").ok


@pytest.mark.usefixtures("at_once")
def test_open_transaction_that_only_reads_is_not_named(offline: Desk) -> None:
    with session(offline, "SELECT * FROM orders", "CREATE TEMPORARY TABLE mine (n INT)", "INSERT INTO mine VALUES (1)"):
        assert found(offline, "transactions").ok


def test_transaction_that_has_just_begun_is_not_named(offline: Desk) -> None:
    with session(offline, "UPDATE orders SET status = status"):
        assert found(offline, "transactions").ok


@pytest.mark.usefixtures("at_once")
def test_session_that_keeps_all_from_writing_is_named_once(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "PATIENCE_S", 1)
    with session(offline, f"SELECT {postgres_server.LOCK}", "UPDATE orders SET status = status"):
        assert not found(offline, "lock").ok
        assert found(offline, "transactions").ok


def test_open_transaction_is_named_to_an_account_that_is_not_told_its_begin(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "PATIENCE_S", 0)
    with (
        roles(offline, "worker") as (service,),
        session(offline, "UPDATE orders SET status = status") as other,
        psycopg.connect(offline.settings.store_url, autocommit=True) as connection,
    ):
        connection.execute(f"SET SESSION AUTHORIZATION {service}")
        (open_one,) = postgres_server.open_transactions(connection)
        assert (open_one.by.process, open_one.by.since) == (other.info.backend_pid, None)
        told = server_checks.transactions([open_one], None)
        assert "has a transaction open, with rows of orders." in told.message


# Grants of another release


def test_grants_of_another_release_are_named_with_the_command_that_renews_them(offline: Desk) -> None:
    run = offline.store.database.execute_sql
    assert server_checks.grants_to_renew(offline) == ""
    with roles(offline):
        assert found(offline, "grants").ok
        assert server_checks.grants_to_renew(offline) == ""
        for mark in ("'bmtui grants 0123456789abcdef'", "NULL"):
            run(f"COMMENT ON FUNCTION bmtui_is_trusted() IS {mark}")
            told = found(offline, "grants")
            assert (told.ok, grants.AGAIN in told.advice) == (False, True)
            assert grants.AGAIN in server_checks.grants_to_renew(offline)
        run(grants.sql().replace("%", "%%"))
        assert found(offline, "grants").ok


def test_account_without_rights_sees_whose_grants_they_are(offline: Desk) -> None:
    with roles(offline, "operator") as (name,):
        ann, _ = listed(offline, 60001, name)
        with connected(ann):
            assert found(ann, "grants").ok
