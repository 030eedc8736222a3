"""Servers behind a PostgreSQL database: settings that lose data, and poolers that do not keep sessions."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import postgres_server
import psycopg
import pytest
from small_pooler import SmallPooler
from waiting import until

from bmtui.errors import ConfigError
from bmtui.store import open_store
from bmtui.store.postgres_presence import SessionPresence


@pytest.fixture
def empty(no_postgres: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.empty_database() as url:
        yield url


def test_each_session_commits_to_disk_whatever_the_server_is_set_to(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as admin:
        assert admin.execute("SHOW synchronous_commit").fetchone() == ("off",)
    store = open_store(empty)
    presence = SessionPresence(empty, "here", "one", lambda: None)
    presence.release()
    try:
        assert store.database.execute_sql("SHOW synchronous_commit").fetchone() == ("on",)
        # As a lost one is made anew; no thread listens to it.
        with presence._take() as lease:
            assert lease.execute("SHOW synchronous_commit").fetchone() == ("on",)
        lease.close()
    finally:
        store.close()


def test_stricter_commit_setting_of_the_server_is_kept(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as admin:
        name = urlsplit(empty).path.removeprefix("/")
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'remote_apply'")
    store = open_store(empty)
    assert store.database.execute_sql("SHOW synchronous_commit").fetchone() == ("remote_apply",)
    store.close()


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("newest_first", [True, False])
def test_a_pooler_by_transactions_is_refused_at_the_start(
    empty: str, tmp_path: Path, newest_first: bool, others: int
) -> None:
    with SmallPooler(empty, tmp_path, by_transactions=True, newest_first=newest_first) as pooler:
        # Some others have used it before.
        for connection in [psycopg.connect(pooler.url, autocommit=True) for _ in range(others + 1)]:
            connection.execute("SELECT 1")
            connection.close()
        with pytest.raises(ConfigError, match="does not keep sessions") as caught:
            open_store(pooler.url)
        assert "pool_mode = session" in caught.value.advice


def test_a_pooler_by_sessions_is_used(empty: str, tmp_path: Path) -> None:
    with SmallPooler(empty, tmp_path, by_transactions=False) as pooler:
        store = open_store(pooler.url)
        assert store.database.schema_version() > 0
        store.close()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pgbouncer(url: str, mode: str, more: str = "") -> Iterator[str]:
    """The URL of a real PgBouncer in front of the database."""
    parts = urlsplit(url)
    host, name = parts.query.removeprefix("host="), parts.path.removeprefix("/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = ["[databases]", f"{name} = host={host} dbname={name} user=postgres", "[pgbouncer]", f"pool_mode = {mode}"]
    lines += ["listen_addr = 127.0.0.1", f"listen_port = {port}", "auth_type = any", "unix_socket_dir =", more]
    # Like PostgreSQL, it refuses to be run by root; and nobody else can look below what pytest makes.
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bmtui-pooler-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "pooler.ini")
        file.write_text("\n".join(lines))
        process = subprocess.Popen(["pgbouncer", "-q", file], user=user, stderr=subprocess.DEVNULL)
        try:
            until(lambda: process.poll() is not None or answers(port))
            yield f"postgresql://postgres@127.0.0.1:{port}/{name}"
        finally:
            process.terminate()
            process.wait()


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not installed")
@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
@pytest.mark.parametrize("more", ["default_pool_size = 20", "server_round_robin = 1", "default_pool_size = 1"])
def test_pgbouncer_is_used_in_session_mode_only(empty: str, mode: str, more: str) -> None:
    if mode == "session":
        with pgbouncer(empty, mode) as url:
            open_store(url).close()
        return
    with pgbouncer(empty, mode, more) as url, pytest.raises(ConfigError, match="does not keep sessions"):
        open_store(url)
