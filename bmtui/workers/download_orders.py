"""Order download: fetches pages into the inbox, then submits the job that makes orders of them (order-desk §1, 3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bmtui.desk import downloads, inbox
from bmtui.desk.context import Desk
from bmtui.queue import jobs
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import Again, JobContext, Outcome
from bmtui.store.models import Company, Job
from bmtui.words import JobStatus, JobType
from bmtui.workers.access import Access, open_access

PAGE_SIZE = 50
SMALLEST_PAGE = 10
"""The channel's default (API §3), should it ignore ours."""
MAX_PASSES = 3
_WAIT_FOR_OTHER_S = 1.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on from: the page kept last, in which reading of the list, and how many orders the channel counts.

    `shrank`: it counted fewer than before during this reading.
    """

    page: int = 1
    reading: int = 1
    count: int = 0
    shrank: bool = False


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Fetch all orders since the start date, page by page, each committed with the place to go on from.

    Orders can slip from one page to another while we read (API §3): when fewer different orders came than the channel
    counts, or one left the list and so moved those behind it forward, the list is read again, up to `MAX_PASSES` times
    in all; what is still missing then is said.
    """
    claim = job.claim
    company = await desk.store.read(_may_start, desk, job)
    since = datetime.fromisoformat(claim.parameters["since"])
    place = _Place(**claim.cursor)
    async with open_access(desk, company.id) as access:
        while True:
            place = await _read_list(job, access, since, place)
            seen = await desk.store.read(inbox.seen, claim.job_id)
            if (seen >= place.count and not place.shrank) or place.reading == MAX_PASSES:
                break
            why = "the list became shorter meanwhile" if place.shrank else f"{seen:,} of {place.count:,} orders came"
            await job.note(Progress(log=f"Reading the list again: {why}."))
            place = _Place(reading=place.reading + 1)

    def submit_creation() -> tuple[int, Progress]:
        creation = jobs.submit(
            desk.store,
            JobType.ORDER_CREATION,
            by=claim.submitted_by,
            company_id=company.id,
            parameters={"company": company.name},
            parent_id=claim.job_id,
        )
        log = f"{seen:,} orders fetched; job {creation} makes orders of them."
        # A retry of one that missed some reads the list from its beginning.
        return creation, Progress(phase="fetched", log=log, cursor={} if seen < place.count else None)

    output = {"fetched": seen, "creation_job": await job.commit(submit_creation)}
    if seen < place.count:
        missing = f"Back Market counts {place.count:,} orders, but only {seen:,} came in {MAX_PASSES} readings."
        return Outcome(output, JobStatus.PARTIAL_SUCCESS, f"{missing} Download again later.", "PartlyDone")
    return Outcome(output)


def _may_start(desk: Desk, job: JobContext) -> Company:
    """The company, as its settings are now; waits for an older download of it, for both would mark the same rows."""
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
        raise Again(f"Waiting for job {other.id}, which downloads orders of {company.name}.", _WAIT_FOR_OTHER_S)
    return company


async def _read_list(job: JobContext, access: Access, since: datetime, place: _Place) -> _Place:
    """Read the list once, from the page of `place` on; returns the last place.

    After a stop, the page kept last is read once more: while nobody read, orders may have slipped to it.
    """
    desk, company_id, job_id = access.desk, access.company.id, job.claim.job_id
    while True:
        await job.checkpoint()
        await access.turn()
        page = await access.call(access.channel.orders(page=place.page, page_size=PAGE_SIZE, created_since=since))
        count = page.count if page.results else place.count
        place = _Place(place.page, place.reading, count, place.shrank or count < place.count)

        def keep(place: _Place = place, results: tuple[object, ...] = page.results) -> tuple[None, Progress]:
            inbox.keep(company_id, job_id, results, desk.now())
            seen = inbox.seen(job_id)
            return None, Progress(
                phase=f"page {place.page}" + (f", reading {place.reading}" if place.reading > 1 else ""),
                total=place.count,
                processed=seen,
                succeeded=seen,
                cursor=asdict(place),
            )

        await job.commit(keep)
        if page.last:
            return place
        if place.page > place.count // SMALLEST_PAGE + 10:
            # A channel that ignores `page` would never come to an end.
            await job.note(Progress(log=f"Page {place.page} and still no end; this reading stops.", log_is_error=True))
            return place
        place = replace(place, page=place.page + 1)
