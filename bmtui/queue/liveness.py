"""Who is alive: each worker holds a file lock while it lives, so a killed one is known at once (reliability §2)."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path


class WorkerLock:
    """Held by one worker from start to end; the kernel frees it however the process dies.

    `worker_id` is unique per start: a process number alone would be used again.
    """

    def __init__(self, folder: Path) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / self.worker_id
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def is_alive(folder: Path, worker_id: str) -> bool:
    """Whether the worker still holds its lock; the file of a dead one is removed."""
    path = folder / worker_id
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
