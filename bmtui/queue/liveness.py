"""Tells which workers are alive: on one host by a file lock, across hosts by the server's locks (reliability §2)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable

from bmtui.store.connection import Store


class WorkerLock:
    """Held by one worker from start to end, however it dies.

    `worker_id` is unique per start: a process number alone would be used again. `woken` may be called, from any thread,
    when a job became due.
    """

    def __init__(self, store: Store, woken: Callable[[], None] = lambda: None) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}"
        self._presence = store.database.presence(self.worker_id, woken)

    def release(self) -> None:
        self._presence.release()


def living(store: Store) -> set[str]:
    """The ids of the workers that are alive."""
    return store.database.living()
