"""Order creation: turn the raw orders in the inbox into orders (order-desk §1, item 3)."""

from __future__ import annotations

from collections import Counter
from typing import cast

from bmtui.desk.core.context import Desk
from bmtui.desk.sync import ingest
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome
from bmtui.text import how_many
from bmtui.words import JobStatus

BATCH = 50
"""Orders per transaction: large enough to be fast, small enough that the write lock is held for a short time."""


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Create or update orders until none waits; a second run on the same orders changes nothing."""
    # downloads submits it with a company
    company_id = cast(int, job.claim.company_id)
    totals: Counter[str] = Counter(job.claim.cursor)

    def batch() -> tuple[bool, Progress]:
        counts = ingest.create_waiting(desk, company_id, job.claim.job_id, BATCH)
        totals.update(counts)
        done = totals["created"] + totals["updated"] + totals["unchanged"]
        return bool(counts), Progress(
            phase="creating orders",
            processed=totals.total(),
            succeeded=done,
            failed=totals["skipped"],
            cursor=dict(totals) if counts else None,
        )

    while True:
        await job.checkpoint()
        # Counted in the transaction that stores them: an attempt that was killed counts nothing that it did not store.
        if not await job.commit(batch):
            break
    output = {name: totals[name] for name in ("created", "updated", "unchanged", "skipped")}
    if totals["skipped"]:
        error = f"{how_many(totals['skipped'], 'order')} could not be read; they are stored unchanged."
        return Outcome(output, JobStatus.PARTIAL_SUCCESS, error, "PartlyDone")
    return Outcome(output)
