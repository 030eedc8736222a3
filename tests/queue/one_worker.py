"""Job of a kind of the tests' own, run by a single worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bmtui.desk.core.context import Desk
from bmtui.queue import jobs
from bmtui.queue.worker import JobContext, Kind, Outcome, Worker
from bmtui.store.models import Job
from bmtui.words import JobType

KIND = JobType.ORDER_DOWNLOAD
Handler = Callable[[JobContext], Awaitable[Outcome]]


def submit(desk: Desk, **more: object) -> int:
    return jobs.submit(desk.store, KIND, by="test", **more)  # type: ignore[arg-type]


def run(desk: Desk, handler: Handler, *, abandon: object = None, root: int | None = None, once: bool = True) -> None:
    async def whole() -> None:
        stop = asyncio.Event()
        one = Worker(desk.store, {KIND: Kind(handler, abandon)}, root=root)  # type: ignore[arg-type]
        await asyncio.wait_for(one.run(stop, once=once), 20)

    asyncio.run(whole())


def row(job_id: int) -> Job:
    return jobs.get(job_id)


async def done(job: JobContext) -> Outcome:
    return Outcome({"by": job.claim.fence})
