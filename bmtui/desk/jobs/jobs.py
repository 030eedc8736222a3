"""Jobs as an operator sees and steers them (order-desk §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN

from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobLogView, JobView
from bmtui.desk.outbox import effects
from bmtui.queue import jobs as queue
from bmtui.queue import limits, steering
from bmtui.queue.liveness import living
from bmtui.store import Store
from bmtui.store.models import Company, Job, JobLog, JobOrder, Order
from bmtui.words import JOB_LIVE, JobStatus, JobType, Priority

_PRIORITIES = tuple(Priority)


def listing(
    desk: Desk, *, limit: int = 200, status: str | None = None, type_: str | None = None
) -> tuple[JobView, ...]:
    """Return jobs, newest first; of the company in view, or of all."""
    query = Job.select(Job, Company).join(Company, JOIN.LEFT_OUTER)
    if desk.company:
        query = query.where(Company.name == desk.company)
    if status:
        query = query.where(Job.status == status)
    if type_:
        query = query.where(Job.type == type_)
    return views_of(query.order_by(Job.id.desc()).limit(limit))


def troubled(desk: Desk, since: datetime, *, limit: int = 200) -> tuple[JobView, ...]:
    """Return the jobs that failed, wholly or in part, since then; newest first."""
    bad = Job.status.in_([JobStatus.FAILED, JobStatus.PARTIAL_SUCCESS]) & (Job.completed_at >= since)
    query = Job.select(Job, Company).join(Company, JOIN.LEFT_OUTER).where(bad)
    if desk.company:
        query = query.where(Company.name == desk.company)
    return views_of(query.order_by(Job.id.desc()).limit(limit))


def show(desk: Desk, job_id: int) -> JobView:
    """Return a job. Raises NotFound."""
    return views_of([queue.get(job_id)])[0]


def logs(desk: Desk, job_id: int, after: int = 0) -> tuple[JobLogView, ...]:
    """Return the log rows of a job, oldest first, without the first `after`. Raises NotFound."""
    queue.get(job_id)
    rows = JobLog.select().where(JobLog.job == job_id).order_by(JobLog.id).offset(after)
    return tuple(JobLogView(row.at, row.is_error, row.message) for row in rows)


def orders_of(desk: Desk, job_id: int, limit: int | None = None) -> tuple[tuple[int, str], ...]:
    """Return (order id, outcome) of the orders that the job, or one that it submitted, made or touched."""
    touched = JobOrder.select(JobOrder, Order).join(Order).where(_of_family(job_id))
    return tuple((row.order.order_id, row.outcome) for row in touched.order_by(Order.id).limit(limit))


def unchanged(job: JobView, listed: int) -> str:
    """Return the end of a count of orders: how many the job read unchanged; '' where `listed` are all."""
    rest = job.succeeded - listed
    reads = job.type in (JobType.ORDER_DOWNLOAD, JobType.ORDER_CREATION)
    return f" created or changed; {rest:,} read and unchanged" if reads and rest > 0 else ""


def _of_family(job_id: int) -> Any:
    return JobOrder.job.in_(Job.select(Job.id).where((Job.id == job_id) | (Job.parent == job_id)))


def children(desk: Desk, job_id: int) -> tuple[JobView, ...]:
    """Return the jobs that this one submitted, oldest first."""
    return views_of(Job.select().where(Job.parent == job_id).order_by(Job.id))


def families(desk: Desk, job_ids: Sequence[int]) -> tuple[JobView, ...]:
    """Return these jobs and those that they submitted, oldest first."""
    return views_of(Job.select().where(queue.family(job_ids)).order_by(Job.id))


class Mark(NamedTuple):
    """Columns of a job that change while it runs."""

    job_id: int
    status: str
    phase: str
    total: int | None
    processed: int
    error: str


def marks(desk: Desk, job_ids: Sequence[int]) -> tuple[Mark, ...]:
    """Return the state of these jobs and of those that they submitted, oldest first; cheap enough to be asked often."""
    columns = (Job.id, Job.status, Job.phase, Job.total, Job.processed, Job.error)
    query: Any = Job.select(*columns).where(queue.family(job_ids)).order_by(Job.id)
    return tuple(Mark(*row) for row in query.tuples())


def some(desk: Desk, job_ids: Sequence[int]) -> tuple[JobView, ...]:
    """Return these jobs, oldest first."""
    return views_of(Job.select().where(Job.id.in_(list(job_ids))).order_by(Job.id))


def left_to_service(desk: Desk, job_ids: Sequence[int]) -> str:
    """Return a note for users who wait for these jobs here; '' when this process can do them itself."""
    left = channel_access.served_elsewhere(desk)
    if not Job.select().where(Job.id.in_(list(job_ids)) & Job.company.in_(list(left))).exists():
        return ""
    why = "The token is a credential of the service"
    if not desk.store.database.may_work():
        why = "Only the service account may do this in the database"
    if living(desk.store):
        return f"{why}, whose worker does this."
    return f"{why}, and no worker runs: start it. The job stays queued, also after Ctrl+C."


def cancel(desk: Desk, job_id: int) -> JobView:
    """Cancel a job that has not ended: its unsent writes are withdrawn, its sent ones cannot be.

    Raises:
        NotFound, RuleRefused: it has ended, or its outcome is still open.
    """
    desk.must_write()
    with desk.store.transaction():
        queue.cancel(desk.store, job_id, desk.actor)
        effects.withdraw_planned(desk, job_id)
        audit.record(desk, "job.cancelled", f"Job {job_id} was cancelled.", company_id=queue.get(job_id).company_id)
        return show(desk, job_id)


def retry(desk: Desk, job_id: int) -> JobView:
    """Submit an ended job again; it goes on where it stopped, and of its writes only refused ones are sent again.

    Raises:
        NotFound, RuleRefused: it cannot be retried, with the reason.
    """
    desk.must_write()
    with desk.store.transaction():
        if effects.of_job(job_id):
            effects.plan_again(desk, job_id)
        queue.retry(desk.store, job_id, desk.actor)
        job = queue.get(job_id)
        prepare = desk.on_retry.get(job.type)
        if prepare is not None:
            prepare(desk, job)
        audit.record(desk, "job.retried", f"Job {job_id} was retried.", company_id=job.company_id)
        return show(desk, job_id)


def hold(desk: Desk, job_id: int) -> JobView:
    """Hold a waiting job until it is released. Raises NotFound, RuleRefused: it runs or has ended."""
    return _steered(desk, job_id, steering.hold, "held")


def release(desk: Desk, job_id: int) -> JobView:
    """Release a held job. Raises NotFound, RuleRefused: it is not held."""
    return _steered(desk, job_id, steering.release, "released")


def prioritise(desk: Desk, job_id: int, priority: Priority) -> JobView:
    """Change the priority of a job. Raises NotFound, RuleRefused: it has ended."""

    def change(store: Store, job_id: int, by: str) -> None:
        steering.prioritise(store, job_id, priority, by)

    return _steered(desk, job_id, change, f"given the priority {priority.label}")


def _steered(desk: Desk, job_id: int, change: Callable[[Store, int, str], None], done: str) -> JobView:
    desk.must_write()
    with desk.store.transaction():
        change(desk.store, job_id, desk.actor)
        audit.record(desk, "job.steered", f"Job {job_id} was {done}.", company_id=queue.get(job_id).company_id)
        return show(desk, job_id)


def held(desk: Desk) -> limits.Held | None:
    """Return the longest pause, with its reason, that a channel of a company in view asked for; None without one."""
    companies = Company.select(Company.base_url).distinct()
    if desk.company:
        companies = companies.where(Company.name == desk.company)
    found = [known for row in companies if (known := limits.held(row.base_url)) is not None]
    return max(found, key=lambda known: known.until, default=None)


def views_of(rows: Iterable[Job]) -> tuple[JobView, ...]:
    """Return rows of jobs as views."""
    found = list(rows)
    ids = {job.company_id for job in found if job.company_id is not None}
    named = Company.select(Company.id, Company.name, Company.base_url).where(Company.id.in_(ids)) if ids else ()
    companies = {row.id: row for row in named}
    live = {job.company_id for job in found if job.status in JOB_LIVE and job.company_id is not None}
    holds: dict[int | None, limits.Held | None] = {one: limits.held(companies[one].base_url) for one in live}
    return tuple(
        _view(job, companies[job.company_id].name if job.company_id is not None else "", holds.get(job.company_id))
        for job in found
    )


def _view(job: Job, company: str, hold: limits.Held | None) -> JobView:
    return JobView(
        job_id=job.id,
        type=job.type,
        status=job.status,
        priority=_PRIORITIES[job.priority],
        company=company,
        submitted_at=job.submitted_at,
        submitted_by=job.submitted_by,
        scheduled_at=job.scheduled_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        phase=job.phase,
        total=job.total,
        processed=job.processed,
        succeeded=job.succeeded,
        failed=job.failed,
        error=job.error,
        error_kind=job.error_kind,
        attempts=job.attempts,
        parameters=job.parameters,
        about=job.about,
        output=job.output,
        parent_id=job.parent_id,
        cancel_requested=job.cancel_requested,
        held_until=hold.until if hold else None,
        held_because=hold.reason if hold else "",
        waits_since=queue.waits_since(job),
    )
