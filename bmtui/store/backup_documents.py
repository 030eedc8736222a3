"""Documents of a store as rows of its backup: path below the data folder, hash and content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bmtui import plain_file
from bmtui.errors import StoreError

TABLE = "backup_documents"
FOLDERS = ("returns", "documents")
"""Folders of the data folder that may hold documents: a backup from elsewhere must not bring settings or tokens."""


def put(connection: Any, data: Path, named: Mapping[str, str]) -> tuple[str, ...]:
    """Store the files below `data` in the backup; `named` are their paths and hashes.

    Returns the paths of files that are gone, or changed since they were stored.
    """
    missing = []
    connection.execute(f"CREATE TABLE {TABLE} (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, content BLOB NOT NULL)")
    for path, digest in sorted(named.items()):
        content = _read(data / path)
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            missing.append(path)
        else:
            connection.execute(f"INSERT INTO {TABLE} VALUES (?, ?, ?)", (path, digest, content))  # noqa: S608 - our name
    connection.commit()
    return tuple(missing)


def check(connection: Any) -> int:
    """Compare each document of a backup with its hash; returns how many documents there are.

    Raises:
        StoreError: one is not what was stored, or would be put where no document belongs.
    """
    count = 0
    for path, digest, content in _rows(connection):
        if not isinstance(content, bytes) or not belongs(path):
            raise StoreError("it has a document in a wrong place")
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(f"its document {path} was changed after it was stored")
        count += 1
    return count


def belongs(path: object) -> bool:
    """Return whether a document may lie at this path below the data folder."""
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    return len(parts) > 1 and parts[0] in FOLDERS and ".." not in parts


def take_out(connection: Any, data: Path) -> Iterable[Path]:
    """Write the documents below `data`, and delete them from the database; yields each path that was written.

    Files that are there already stay as they are.

    Raises:
        OSError: one cannot be written. StoreError: a link leads out of `data`.
    """
    found = False
    for path, digest, content in _rows(connection):
        found = True
        place = data / path
        there = _read(place)
        if there is not None and hashlib.sha256(there).hexdigest() == digest:
            continue
        if place.parent.resolve() != data.resolve() / Path(path).parent:
            raise StoreError(f"{place.parent} is not below {data}: a link leads elsewhere.", "Remove the link.")
        _write(place, content)
        yield place
    connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    connection.commit()
    if found:
        connection.execute("VACUUM")


def _rows(connection: Any) -> Iterable[tuple[str, str, bytes]]:
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    # Backups of before have none.
    if connection.execute(query, (TABLE,)).fetchone()[0]:
        yield from connection.execute(f"SELECT path, sha256, content FROM {TABLE} ORDER BY path")  # noqa: S608


def _read(path: Path) -> bytes | None:
    try:
        return plain_file.read_bytes(path)
    except OSError:
        return None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pending = path.with_name(f".{path.name}.{os.getpid()}.part")
    pending.unlink(missing_ok=True)
    with open(os.open(pending, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    pending.replace(path)
