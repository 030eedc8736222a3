"""State of the server behind a PostgreSQL database: durability settings, replicas, accounts, and sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from bmtui.errors import ConfigError
from bmtui.store import grants
from bmtui.text import plain

# The first eight digits of the log's file are its timeline: a promoted server begins a new one. A database that is
# restored is another one of the server, or its tables are.
_CLUSTER = "(SELECT system_identifier::text FROM pg_control_system())"
_TIMELINE = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
_TABLES = "(SELECT oid::text FROM pg_database WHERE datname = current_database()) || '/' || 'effects'::regclass::oid"
_SERVER = f"concat_ws('/', {_CLUSTER}, {_TIMELINE}, {_TABLES})"
CHANGED = f"SELECT (SELECT server <> {_SERVER} FROM server_marks)"  # noqa: S608 - our own words
FAILED_OVER = f"""
SELECT split_part(server, '/', 1) = {_CLUSTER} AND split_part(server, '/', 2) <> {_TIMELINE}
    AND split_part(server, '/', 3) || '/' || split_part(server, '/', 4) = {_TABLES}
FROM server_marks
"""  # noqa: S608 - our own words
KNOW = f"""
INSERT INTO server_marks (server, since) VALUES ({_SERVER}, %s)
ON CONFLICT (only_row) DO UPDATE SET server = EXCLUDED.server, since = EXCLUDED.since
"""  # noqa: S608 - our own words

_SETTINGS = ("fsync", "full_page_writes", "synchronous_standby_names")
# A base backup is connected like a replica.
_REPLICAS = "SELECT count(*) FROM pg_stat_replication WHERE coalesce(state, '') <> 'backup'"
_LISTED = "SELECT account FROM operators ORDER BY account"
_GUARDED = "SELECT to_regprocedure('bmtui_is_trusted()') IS NOT NULL"
_OWNERS = """
SELECT rolname FROM pg_roles
WHERE rolname IN (SELECT account FROM operators)
    AND pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = 'effects'::regclass), 'MEMBER')
ORDER BY rolname
"""
LOCK = "pg_advisory_xact_lock(1651340649, hashtext(current_schema()))"
"""The write lock. Installations that share a database in schemas of their own do not wait for each other."""
PATIENCE_S = 3
"""Time for which `lock_holder` waits: a change takes milliseconds, and who waits gets the lock in turn."""
# Who has the lock may itself wait for somebody, who has a row or a table. Of sessions of others a person is told the
# name, and since when somebody waits for them; more is told only to who may read the server's statistics.
_HOLDER = """
WITH RECURSIVE chain (pid, step) AS (
    SELECT pid, 0 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = 1651340649 AND objsubid = 2
        AND objid::bigint = hashtext(current_schema())::bigint & 4294967295
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL
    SELECT (pg_blocking_pids(pid))[1], step + 1 FROM chain WHERE cardinality(pg_blocking_pids(pid)) > 0 AND step < 20
)
SELECT chain.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(
    a.xact_start, CASE WHEN a.state = 'idle' THEN a.state_change END,
    (SELECT min(waitstart) FROM pg_locks WHERE NOT granted AND chain.pid = ANY (pg_blocking_pids(pg_locks.pid))))
FROM chain LEFT JOIN pg_stat_activity AS a USING (pid) ORDER BY step DESC LIMIT 1
"""
OPEN_S = 60
"""Time for which a transaction of somebody else may hold rows or tables, in seconds, before a person is told."""
# Who only reads keeps nobody from writing. Our own changes hold the write lock, and `holder` finds who keeps that. Of a
# session of another account only who may read the server's statistics is told when its transaction began.
_HOLDING = """
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), a.xact_start,
    string_agg(DISTINCT c.relname::text, ' ' ORDER BY c.relname::text), min(l.virtualtransaction)
FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid) JOIN pg_class AS c ON c.oid = l.relation
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
    AND coalesce(a.backend_type, 'client backend') = 'client backend'
    AND (a.xact_start IS NULL OR a.xact_start < clock_timestamp() - make_interval(secs => %s))
    AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.mode IN ('RowShareLock', 'RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
        'AccessExclusiveLock')
    AND c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (
        SELECT FROM pg_locks AS w WHERE w.pid = a.pid AND w.locktype = 'advisory' AND w.granted
            AND w.classid = 1651340649 AND w.objsubid = 2
            AND w.objid::bigint = hashtext(current_schema())::bigint & 4294967295)
GROUP BY 1, 2, 3, 4 ORDER BY a.xact_start, a.pid
"""
IS_SERVICE = """
SELECT pg_has_role(oid, to_regrole('bmtui_worker'), 'USAGE') AND NOT rolsuper
FROM pg_roles WHERE rolname = session_user AND rolname = %s
"""
"""Query whether the connected account has this name and the rights of the service; a superuser has those of all."""
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class ServerState:
    """Settings, replicas and accounts of a server that a person should know.

    Attributes:
        settings: settings on which a commit's durability depends.
        replicas: number of replicas that are attached.
        listed: accounts with rights of their own; `guarded`: whether the database enforces them.
        unheld: listed accounts that the database cannot hold, as they own it or are superusers.
        other_grants: the database enforces the grants of another release than this one.
    """

    settings: Mapping[str, str]
    replicas: int
    listed: tuple[str, ...]
    guarded: bool
    unheld: tuple[str, ...]
    other_grants: bool = False


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Session of the server that keeps others from writing; `since` it began, or others wait for it."""

    process: int
    account: str
    program: str
    since: datetime | None

    def __str__(self) -> str:
        """Name of the session for a sentence."""
        program = f" in '{plain(self.program)}'" if self.program else ""
        return f"{plain(self.account) or 'A session'}{program} (process {self.process} of the server)"


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """Transaction that is open for long, with rows or tables of ours: `by` whom, and the names of the `tables`."""

    by: LockHolder
    tables: tuple[str, ...]


def holder(connection: Any) -> LockHolder | None:
    """Return who has the write lock at this moment, or whom they wait for."""
    row = connection.execute(_HOLDER).fetchone()
    return LockHolder(*row) if row else None


def lock_holder(connection: Any) -> LockHolder | None:
    """Return who keeps others from writing for longer than any change takes; None if the write lock can be had.

    Args:
        connection: one of its own, outside a transaction.
    """
    before = holder(connection)
    if before is None:
        return None
    connection.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
    try:
        connection.execute(f"SELECT {LOCK}")
    except psycopg.errors.LockNotAvailable:
        now = holder(connection)
        # Whoever had given it back would stand behind us in the queue.
        return now if now is not None and now.process == before.process else None
    return None


def open_transactions(connection: Any) -> tuple[OpenTransaction, ...]:
    """Return the transactions of other sessions that hold rows or tables of ours for longer than any change takes.

    Where the server does not tell when one began, it is looked at again after `PATIENCE_S`.
    """
    found = connection.execute(_HOLDING, (OPEN_S,)).fetchall()
    if any(row[3] is None for row in found):
        time.sleep(PATIENCE_S)
        # The number of a transaction tells it from the next one of its session.
        still = {(row[0], row[5]) for row in connection.execute(_HOLDING, (OPEN_S,)).fetchall()}
        found = [row for row in found if (row[0], row[5]) in still]
    return tuple(OpenTransaction(LockHolder(*row[:4]), tuple(row[4].split())) for row in found)


def state(connection: Any) -> ServerState:
    """Read the state from the server."""

    def column(sql: str, values: tuple[object, ...] = ()) -> tuple[Any, ...]:
        return tuple(row[0] for row in connection.execute(sql, values).fetchall())

    guarded = column(_GUARDED)[0]
    return ServerState(
        settings={name: column("SELECT current_setting(%s)", (name,))[0] for name in _SETTINGS},
        replicas=column(_REPLICAS)[0],
        listed=column(_LISTED),
        guarded=guarded,
        unheld=column(_OWNERS) if guarded else (),
        other_grants=guarded and column(grants.MARK)[0] != grants.mark(),
    )


def must_keep_sessions(connection: Any, connect: Callable[[], Any]) -> None:
    """Refuse a pooler that gives a session's server process away between transactions.

    A pooler shows itself by another process number in its greeting than the server says. Whether it keeps sessions is
    tried: a second connection that begins a transaction must not get the process of the first, nor take it away.

    Raises:
        ConfigError: locks and leases, which belong to a session, would not hold.
    """
    first = _process(connection)
    if connection.info.backend_pid == first:
        return
    try:
        for _ in range(_ROUNDS):
            with closing(connect()) as other:
                other.execute("BEGIN")
                if _process(other) == first or _process(connection) != first:
                    raise _gives_away()
                other.execute("ROLLBACK")
            if _process(connection) != first:
                raise _gives_away()
    except psycopg.Error as error:
        # A pooler by statements allows no transaction at all.
        raise _gives_away() from error


def _process(connection: Any) -> int:
    return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])


def _gives_away() -> ConfigError:
    return ConfigError(
        "The store's URL leads to a pooler that does not keep sessions (pool_mode is transaction or statement): "
        "locks and leases would not hold.",
        "Set pool_mode = session for this database, or connect to the server directly.",
    )
