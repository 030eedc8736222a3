"""Order download: fetch orders into the inbox, then submit the job that creates them (order-desk §1, item 3)."""

from __future__ import annotations

from datetime import datetime

from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox, schedule
from bmtui.errors import ChannelError, ChannelNotFound, Refused, Unauthorised
from bmtui.queue import jobs
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome, Reschedule
from bmtui.store.models import Company, Job
from bmtui.text import how_many
from bmtui.words import JobStatus, JobType
from bmtui.workers.company_channel import Access, open_access
from bmtui.workers.sync import fetch_orders, order_list
from bmtui.workers.sync.order_list import Listing, Place

_WAIT_FOR_OTHER_S = 1.0
MAX_FAILURES = 5
"""Number of unreadable open orders in one sync after which the rest waits for the next sync."""


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Fetch the orders that the job's parameters name: all since a date, or those that changed (`desk.sync`).

    A download since a date goes on where it was stopped. A sync begins anew: it is short, and only what was read in one
    go says how far the watermark may move.
    """
    claim = job.claim
    if "orders" in claim.parameters:
        return await fetch_orders.run(desk, job)
    company = await desk.store.read(_may_start, desk, job)
    syncing = claim.parameters.get("mode") == schedule.SYNC
    listing = await desk.store.read(_listing, desk, company, job)
    place = Place() if syncing else Place(**claim.cursor)
    async with open_access(desk, company.id, polling="mode" in claim.parameters) as access:
        read = await order_list.read(job, access, listing, place)
        place, seen = read.place, read.seen
        complete, fetched = not place.shrank, seen
        if syncing:
            fetched += await _reread(job, access)

    def submit_creation() -> tuple[int, Progress]:
        if syncing and complete and read.begun is not None:
            schedule.move(desk, company.id, read.begun)
        creation = jobs.submit(
            desk.store,
            JobType.ORDER_CREATION,
            by=claim.submitted_by,
            company_id=company.id,
            parameters={"company": company.name},
            parent_id=claim.job_id,
        )
        log = f"{how_many(fetched, 'order')} fetched; job {creation} creates the orders."
        # A retry of one that missed some reads the list from its beginning.
        return creation, Progress(phase="fetched", log=log, cursor=None if complete else {})

    output: dict[str, int | str] = {"fetched": fetched, "creation_job": await job.commit(submit_creation)}
    output |= {"note": read.note} if read.note else {}
    if not complete:
        missing = (
            f"Back Market counts {how_many(place.count, 'order')}, but only {seen:,} were received in "
            f"{how_many(place.reading, 'reading')}."
            if seen < place.count
            else f"The list changed so much in {how_many(place.reading, 'reading')} that orders may be missing."
        )
        return Outcome(output, JobStatus.PARTIAL_SUCCESS, f"{missing} Download again later.", "PartlyDone")
    return Outcome(output)


def _may_start(desk: Desk, job: JobContext) -> Company:
    """Return the company, with its current settings; wait for an older download, for both would mark the same rows."""
    company = Company.get_by_id(job.claim.company_id)
    downloads.may_run(desk, company)
    older = (
        (Job.type == JobType.ORDER_DOWNLOAD)
        & (Job.company == company)
        & (Job.status == JobStatus.PROCESSING)
        & (Job.id < job.claim.job_id)
    )
    other = Job.select(Job.id).where(older).first()
    if other is not None:
        raise Reschedule(f"Waiting for job {other.id}, which downloads orders of {company.name}.", _WAIT_FOR_OTHER_S)
    return company


def _listing(desk: Desk, company: Company, job: JobContext) -> Listing:
    mode = job.claim.parameters.get("mode")
    if mode is None:
        return Listing(created_since=datetime.fromisoformat(job.claim.parameters["since"]))
    since = schedule.modified_since(company.id) if mode == schedule.SYNC else None
    if since is not None:
        return Listing(modified_since=since)
    return Listing(created_since=schedule.look_back(desk, company))


async def _reread(job: JobContext, access: Access) -> int:
    """Read orders one by one that no list has shown for long: open ones, and shipped ones without an invoice.

    Returns the number of orders that came.

    What the list brought does not depend on them: one that cannot be read is told and passed over, and when the channel
    fails too often, the rest waits for the next sync.
    """
    desk, company_id, job_id = access.desk, access.company.id, job.claim.job_id
    came = failures = 0
    wanted = await desk.store.read(schedule.open_unseen, desk, company_id)
    wanted += await desk.store.read(schedule.uninvoiced_unseen, desk, access.company)
    for order_id in wanted:
        await job.checkpoint()
        raw: object = None
        gone, told = False, ""
        try:
            await access.turn()
            raw = await access.call(access.channel.order(order_id))
        except (ChannelNotFound, Refused) as error:
            gone, told = True, f"Order {order_id}: {error.message}"
        except Reschedule as error:
            failures, told = MAX_FAILURES, f"The other orders wait for the next sync: {error}"
        except Unauthorised:
            raise
        except ChannelError as error:
            failures, told = failures + 1, f"Order {order_id}: {error.message}"

        def keep(
            order_id: int = order_id, raw: object = raw, gone: bool = gone, told: str = told
        ) -> tuple[None, Progress]:
            if raw is not None:
                inbox.keep(company_id, job_id, [raw], desk.now())
            elif gone:
                inbox.looked_at(company_id, order_id, desk.now())
            return None, Progress(phase="orders unseen", log=told, log_is_error=bool(told))

        await job.commit(keep)
        came += raw is not None
        if failures >= MAX_FAILURES:
            break
    return came
