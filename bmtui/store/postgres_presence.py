"""Presence of workers on a PostgreSQL database, from any host: an advisory lock, and a lease that is renewed.

The lock belongs to a session of its own: when the process dies, the server frees it at once. A host that vanished, or
a process that was stopped, keeps its session; there the lease runs out. The session also receives wake-ups for jobs.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from hashlib import blake2b
from urllib.parse import quote, unquote

import psycopg

from bmtui.errors import StoreUnreachable

LEASE_S = 60
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
)
"""Statement that each session runs first: commits are on disk, also where server or role is set to less."""
BEAT_S = 15.0
LOCK_WAIT_S = 10
RECONNECT_S = 1.0

# The name of a worker is made a number within its installation's schema, as the server knows locks by number.
_TAKE = """
WITH worker AS MATERIALIZED (
    SELECT %(name)s::text AS name, hashtextextended(current_schema() || '/' || %(name)s, 0) AS lock_key
), held AS MATERIALIZED (SELECT pg_advisory_lock(lock_key) FROM worker)
INSERT INTO worker_leases (name, lock_key, seen_at) SELECT name, lock_key, now() FROM worker, held
ON CONFLICT (name) DO UPDATE SET seen_at = now()
"""
_BEAT = "UPDATE worker_leases SET seen_at = now() WHERE name = %(name)s"
_FORGET = "DELETE FROM worker_leases WHERE seen_at < now() - interval '1 hour'"
LIVING = f"""
SELECT name FROM worker_leases
WHERE seen_at > now() - interval '{LEASE_S} s' AND lock_key IN (
    SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks LEFT JOIN pg_stat_activity AS session USING (pid)
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (%s OR has_column_privilege(session.usesysid, 'orders', 'received', 'UPDATE'))
)
"""  # noqa: S608 - a number of ours
"""Query of the living workers; its value says whether those count, too, that may run no jobs.

Those are, where the database enforces roles, people's desks, and whoever took the lock of a dead worker by SQL.
"""


class SessionPresence:
    """Presence of one worker from start to end, kept by a thread of its own.

    A lost connection is made anew. Meanwhile others may take its jobs; the fence keeps it from writing to those.

    Args:
        woken: called from that thread when a job became due.

    Raises:
        StoreUnreachable: no connection could be made.
    """

    def __init__(self, url: str, where: str, name: str, woken: Callable[[], None]) -> None:
        self._url = url
        self._name = {"name": name}
        self._woken = woken
        try:
            self._connection = self._take()
        except psycopg.Error as error:
            raise StoreUnreachable(f"The database {where} cannot be reached for one more connection.") from error
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._keep, name="worker-presence", daemon=True)
        self._thread.start()

    def release(self) -> None:
        os.close(self._end)
        self._thread.join()
        os.close(self._ended)
        with contextlib.suppress(psycopg.Error):
            self._connection.execute("DELETE FROM worker_leases WHERE name = %(name)s", self._name)
        self._connection.close()

    def _take(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=10, application_name="bmtui worker")
        try:
            connection.add_notify_handler(lambda _: self._woken())
            connection.execute(DURABLE)
            # Anybody could hold the lock, whose number can be read: nobody waits for it without an end.
            connection.execute(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
            connection.execute(_FORGET)
            connection.execute(_TAKE, self._name)
            connection.execute("LISTEN bmtui_jobs")
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self) -> None:
        next_beat = time.monotonic() + BEAT_S
        lost = False
        while True:
            wait = RECONNECT_S if lost else max(0.0, next_beat - time.monotonic())
            sockets = [self._ended] if lost else [self._ended, self._connection.fileno()]
            ready, _, _ = select.select(sockets, [], [], wait)
            if self._ended in ready:
                return
            try:
                if lost:
                    self._connection.close()
                    self._connection = self._take()
                    lost = False
                elif ready:
                    self._listen()
                if time.monotonic() >= next_beat:
                    self._connection.execute(_BEAT, self._name)
                    next_beat = time.monotonic() + BEAT_S
            except psycopg.Error:
                lost = True

    def _listen(self) -> None:
        """Receive what the server sent; raises when the server has hung up."""
        self._connection.pgconn.consume_input()
        while self._connection.pgconn.notifies() is not None:
            self._woken()


_LOOKS = "bmtui open "
"""Beginning of the names of sessions that hold a `SessionViewing`."""
_OTHERS = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, %s)
"""


class SessionViewing:
    """Sign that a person has something open, such as an order: the name of a session, which ends with the process.

    Args:
        key: name of the thing that is open, in ASCII letters and digits.
        who: name of the person.

    Raises:
        StoreUnreachable: no connection could be made.
    """

    def __init__(self, url: str, where: str, key: str, who: str) -> None:
        try:
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
            row = self._connection.execute("SELECT current_schema()").fetchone()
            # Several installations may share a database, each in a schema of its own.
            thing = blake2b(f"{row[0] if row else ''}/{key}".encode(), digest_size=8).hexdigest()
            self._begins = f"{_LOOKS}{thing} "
            named = f"{self._begins}{quote(who, safe='')}"
            self._connection.execute("SELECT set_config('application_name', %s, false)", (named,))
        except psycopg.Error as error:
            raise StoreUnreachable(f"The database {where} cannot be reached for one more connection.") from error

    def others(self) -> tuple[str, ...]:
        """Return the names of the others who have it open; none while the server cannot be asked."""
        try:
            rows = self._connection.execute(_OTHERS, (self._begins,)).fetchall()
        except psycopg.Error:
            return ()
        return tuple(sorted({unquote(name.removeprefix(self._begins)) for (name,) in rows}))

    def release(self) -> None:
        self._connection.close()
