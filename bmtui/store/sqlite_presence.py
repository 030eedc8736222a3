"""Presence of workers on an SQLite file: a lock on a file each, which the kernel frees however the process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from urllib.parse import quote, unquote


class FilePresence:
    """Presence of one worker from start to end."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / name
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


class FileViewing:
    """Sign that a person has something open, such as an order, until it is released or the process dies.

    Args:
        key: name of the thing that is open, in letters that a file name may have.
        who: name of the person.
    """

    def __init__(self, folder: Path, key: str, who: str) -> None:
        self._folder, self._key = folder, key
        self._name = f"{key}.{quote(who, safe='')[:100]}.{os.getpid()}-{time.time_ns():x}"
        self._presence = FilePresence(folder, self._name)

    def others(self) -> tuple[str, ...]:
        """Return the names of the others who have it open."""
        mine = (name for name in os.listdir(self._folder) if name.startswith(f"{self._key}.") and name != self._name)
        return tuple(sorted({unquote(name.split(".")[1]) for name in mine if _is_held(self._folder / name)}))

    def release(self) -> None:
        self._presence.release()
        # The last one takes the folder away; another one may be there still.
        with contextlib.suppress(OSError):
            self._folder.rmdir()


def living(folder: Path) -> set[str]:
    """Return the names whose lock is held; files of dead processes are removed."""
    names = os.listdir(folder) if folder.is_dir() else []
    return {name for name in names if _is_held(folder / name)}


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(file)
