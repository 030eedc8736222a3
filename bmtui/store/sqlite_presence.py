"""Who works on an SQLite file: each holds a lock on a file of its own, which the kernel frees however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FilePresence:
    """Held by one worker from start to end."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / name
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def living(folder: Path) -> set[str]:
    """Whose lock is held; the files of the dead are removed."""
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
