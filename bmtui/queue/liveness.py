"""Liveness of workers: on one host by a file lock, across hosts by the server's locks (reliability §2).

And what a worker that lives asks about itself: which jobs it has without knowing, and how long it may rest.
"""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from peewee import fn

from bmtui.store.connection import Store
from bmtui.store.models import Job
from bmtui.words import JobStatus


class WorkerLock:
    """Presence of a worker from start to end, which ends however the worker dies.

    `worker_id` is unique per start: a process number alone would be used again. `woken` may be called, from any thread,
    when a job became due.
    """

    def __init__(self, store: Store, woken: Callable[[], None] = lambda: None) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}"
        self._presence = store.database.presence(self.worker_id, woken)

    def release(self) -> None:
        self._presence.release()


def living(store: Store) -> set[str]:
    """Return the ids of the workers that are alive."""
    return store.database.living()


def disown(store: Store, worker_id: str, held: Collection[int]) -> int:
    """Put back jobs that were claimed for a worker without its knowledge: its commit was answered with an error."""
    lost = (Job.worker == worker_id) & (Job.status == JobStatus.PROCESSING) & Job.id.not_in(list(held))
    freed: dict[str, Any] = {
        "status": JobStatus.SUBMITTED,
        "worker": None,
        "fence": Job.fence + 1,
        "attempts": Job.attempts - 1,
    }
    with store.transaction():
        return int(Job.update(**freed).where(lost).execute())


def next_due_s() -> float:
    """Return the seconds until the next job is due; infinite where none waits for its time."""
    at = Job.select(fn.MIN(Job.scheduled_at)).where(Job.status == JobStatus.SUBMITTED).scalar()
    return math.inf if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())
