"""Reads of orders by their numbers into the inbox; the job that it submits creates the orders."""

from __future__ import annotations

from typing import cast

from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox
from bmtui.errors import ChannelNotFound, NotFound, PartlyDone, Refused
from bmtui.queue import jobs
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome
from bmtui.store.models import Company
from bmtui.text import how_many
from bmtui.words import JobStatus, JobType, Priority
from bmtui.workers.company_channel import open_access

NAMED = 20


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Read the orders that the job names one by one; an order that the channel does not give is logged and skipped."""
    claim = job.claim
    wanted: list[int] = claim.parameters["orders"]
    company_id = cast(int, claim.company_id)
    came, failed = (list(claim.cursor.get(name, ())) for name in ("came", "failed"))
    await desk.store.read(_may_run, desk, company_id)
    async with open_access(desk, company_id) as access:
        for order_id in wanted[len(came) + len(failed) :]:
            await job.checkpoint()
            await access.turn()
            raw: object = None
            told = ""
            try:
                raw = await access.call(access.channel.order(order_id))
            except (ChannelNotFound, Refused) as error:
                told = f"Order {order_id}: {error.message}"
            (came if raw is not None else failed).append(order_id)

            def keep(raw: object = raw, told: str = told) -> tuple[None, Progress]:
                if raw is not None:
                    inbox.keep(company_id, claim.job_id, [raw], desk.now())
                return None, Progress(
                    phase="by number",
                    total=len(wanted),
                    processed=len(came) + len(failed),
                    succeeded=len(came),
                    failed=len(failed),
                    cursor={"came": came, "failed": failed},
                    log=told,
                    log_is_error=bool(told),
                )

            await job.commit(keep)

    def submit_creation() -> tuple[int, Progress]:
        creation = jobs.submit(
            desk.store,
            JobType.ORDER_CREATION,
            by=claim.submitted_by,
            company_id=company_id,
            parameters={"company": claim.parameters["company"]},
            priority=Priority.HIGH,
            parent_id=claim.job_id,
        )
        log = f"{how_many(len(came), 'order')} fetched by number; job {creation} creates the orders."
        # A retry asks for all of them again.
        return creation, Progress(phase="fetched", log=log, cursor={} if failed else None)

    output = {"fetched": len(came), "creation_job": await job.commit(submit_creation)}
    if not failed:
        return Outcome(output)
    named = ", ".join(map(str, failed[:NAMED])) + (" …" if len(failed) > NAMED else "")
    missing = f"Back Market does not give order {named}."
    if not came:
        return Outcome(output, JobStatus.FAILED, missing, NotFound.__name__)
    return Outcome(output, JobStatus.PARTIAL_SUCCESS, missing, PartlyDone.__name__)


def _may_run(desk: Desk, company_id: int) -> None:
    """Check the settings again. Raises RuleRefused when they forbid an import by now."""
    downloads.may_run(desk, Company.get_by_id(company_id))
