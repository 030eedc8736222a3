"""Jobs in the store: submitted, claimed by one statement, fenced, finished, cancelled, retried (reliability §2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import SQL, fn

from bmtui.errors import BmtuiError, Interrupted, NotFound, RuleRefused
from bmtui.queue import outages
from bmtui.store import bulk, event_rows
from bmtui.store.connection import Store
from bmtui.store.models import Job, JobLog, to_micros
from bmtui.store.plain_sql import fetch
from bmtui.words import JOB_LIVE, JobStatus, JobType, Priority

RETRY_BASE_S = 1.0
RETRY_CAP_S = 300.0
_WAITS_SINCE = "waits_since"
"""Cursor key: the time since when the job waits for a channel that cannot be reached."""
MAX_LOST = 10
"""Number of workers in a row that die under a job before it ends as failed; by chance five die under one at times."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim of a job, which is this worker's while `fence` is the job's; `cursor` is where the last attempt stopped."""

    job_id: int
    type: str
    fence: int
    company_id: int | None
    parameters: Mapping[str, Any]
    cursor: Mapping[str, Any]
    about: Mapping[str, Any]
    submitted_by: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Change of the job's own row in a commit of a worker; None leaves a value as it is."""

    phase: str | None = None
    total: int | None = None
    processed: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    cursor: Mapping[str, Any] | None = None
    log: str = ""
    log_is_error: bool = False


def now_utc() -> datetime:
    return datetime.now(UTC)


def submit(
    store: Store,
    type_: JobType,
    *,
    by: str,
    company_id: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    priority: Priority = Priority.NORMAL,
    identity: str | None = None,
    parent_id: int | None = None,
    max_failures: int = 6,
    after: timedelta = timedelta(),
) -> int:
    """Queue a job and return its id; joins the caller's transaction, so that an intent and its job are stored together.

    Args:
        identity: makes duplicate requests collapse: while a live job has it, that job's id is returned instead.
        after: how long it rests before it is due.
    """
    now = now_utc()
    with store.transaction():
        if identity is not None:
            living = Job.get_or_none((Job.identity == identity) & Job.status.in_(JOB_LIVE))
            if living is not None:
                return int(living.id)
        job = Job.create(
            type=type_,
            status=JobStatus.SUBMITTED,
            priority=priority.rank,
            company=company_id,
            parameters=dict(parameters or {}),
            about=dict(about or {}),
            identity=identity,
            parent=parent_id,
            submitted_at=now,
            submitted_by=by,
            scheduled_at=now + after,
            max_failures=max_failures,
        )
        return int(job.id)


def family(root: int | Collection[int]) -> Any:
    """Return the condition for these jobs and the jobs that they submitted."""
    roots: Any = [root] if isinstance(root, int) else list(root)
    if len(roots) > 1:
        # Written out, as ids of ours: each claim of a command on many orders would bind them as values each time.
        roots = SQL(f"({', '.join(str(int(job_id)) for job_id in roots)})")
    return Job.id.in_(roots) | Job.parent.in_(roots)


def claim(
    store: Store, worker_id: str, root: int | Collection[int] | None = None, *, but_of: Collection[int] = ()
) -> Claim | None:
    """Claim the most urgent due job, or return None; as `claim_some`."""
    return next(iter(claim_some(store, worker_id, root, but_of=but_of, limit=1)), None)


def claim_some(
    store: Store,
    worker_id: str,
    root: int | Collection[int] | None = None,
    *,
    but_of: Collection[int] = (),
    limit: int,
) -> list[Claim]:
    """Claim the most urgent due jobs, by one statement and commit, or inside the caller's transaction.

    Args:
        root: only that job or those jobs, and those they submitted.
        but_of: ids of companies whose jobs are left to others.
    """
    now = now_utc()
    due = Job.select(Job.id).where((Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at <= now))
    if root is not None:
        due = due.where(family(root))
    if but_of:
        due = due.where(Job.company.is_null() | Job.company.not_in(list(but_of)))
    due = due.order_by(Job.priority.desc(), Job.scheduled_at, Job.id).limit(limit)
    # Looking costs no write lock; only when something is due is it worth asking for one.
    if not store.database.in_transaction() and not due.exists():
        return []
    # Materialised, so that it is looked for once; and where several may claim at once, each finds another.
    found = store.database.for_claim(due).cte("found", materialized=True)
    with store.transaction():
        taken = list(
            Job.update(
                status=JobStatus.PROCESSING,
                worker=worker_id,
                fence=Job.fence + 1,
                attempts=Job.attempts + 1,
                started_at=fn.COALESCE(Job.started_at, to_micros(now)),
            )
            .with_cte(found)
            .where(Job.id.in_(found.select(found.c.id)))
            .returning(*_CLAIMED)
            .tuples()
        )
    # In no order as they are returned.
    taken.sort(key=lambda row: (-row[0], row[1], row[2]))
    return [Claim(*row[2:]) for row in taken]


_CLAIMED = (
    Job.priority, Job.scheduled_at, Job.id, Job.type, Job.fence, Job.company, Job.parameters, Job.cursor, Job.about,
    Job.submitted_by,
)  # fmt: skip
"""Columns of a claim, beginning with those by which jobs are ordered."""


def _claim_of(job: Job) -> Claim:
    return Claim(job.id, job.type, job.fence, job.company_id, job.parameters, job.cursor, job.about, job.submitted_by)


def record(claim: Claim, progress: Progress) -> None:
    """Write progress inside the caller's transaction, and with it prove that the job is still this worker's.

    A moved cursor is progress: earlier failures in a row are forgiven.

    Raises:
        Interrupted: the job was taken over by another worker; the transaction must roll back.
    """
    changes: dict[str, Any] = {
        name: value
        for name in ("phase", "total", "processed", "succeeded", "failed", "cursor")
        if (value := getattr(progress, name)) is not None
    }
    if progress.cursor is not None:
        changes["failures"] = 0
    _own_update(claim, **(changes or {"fence": claim.fence}))
    if progress.log:
        write_log(claim.job_id, progress.log, is_error=progress.log_is_error)


def finish(
    claim: Claim, status: JobStatus, *, output: Mapping[str, Any], error: str = "", error_kind: str = ""
) -> None:
    """End the job inside the caller's transaction."""
    if status == JobStatus.FAILED:
        event_rows.job_failed(claim.job_id, claim.type, claim.company_id, error_kind)
    _own_update(
        claim,
        status=status,
        completed_at=now_utc(),
        output=dict(output),
        error=error,
        error_kind=error_kind,
        worker=None,
    )


def fail_or_retry(claim: Claim, message: str, kind: str, *, transient: bool, after_s: float | None) -> bool:
    """Count a failure; schedule the next attempt with full jitter, or end the job as failed when its budget is spent.

    A job that was being cancelled is cancelled instead of tried again.

    Returns: False when it has failed for good.
    """
    job = Job.get_by_id(claim.job_id)
    failures = job.failures + 1
    if not transient or failures >= job.max_failures:
        write_log(claim.job_id, message, is_error=True)
        _own_update(claim, failures=failures)
        finish(claim, JobStatus.FAILED, output=job.output, error=message, error_kind=kind)
        return False
    if job.cancel_requested:
        finish(claim, JobStatus.CANCELLED, output=job.output)
        return True
    ceiling = min(RETRY_CAP_S, RETRY_BASE_S * 3 ** (failures - 1))
    # Jitter spreads the herd, not the cryptography.
    delay = (after_s or 0) + random.uniform(0, ceiling)  # noqa: S311
    when = f"in {delay:.0f} s" if delay >= 1 else "at once"
    write_log(claim.job_id, f"{message} Next attempt {when}.", is_error=True)
    _own_update(
        claim,
        status=JobStatus.SUBMITTED,
        worker=None,
        lost=0,
        failures=failures,
        cursor=_reached(job),
        error=message,
        error_kind=kind,
        scheduled_at=now_utc() + timedelta(seconds=delay),
    )
    return True


def give_back(claim: Claim, reason: str, *, delay_s: float = 0, kind: str = "", outage: bool = False) -> None:
    """Put the job back as if this attempt had not been made: the worker stops, or waits for something outside.

    A job that was being cancelled is cancelled instead. In an `outage` what it needs cannot be reached: it waits as
    long as that lasts, with growing pauses beyond `delay_s`, and says so once in its log.
    """
    job = get(claim.job_id)
    if job.cancel_requested:
        finish(claim, JobStatus.CANCELLED, output=job.output)
        return
    cursor = _reached(job)
    if outage:
        began, now = waits_since(job), now_utc()
        cursor[_WAITS_SINCE] = (began or now).isoformat()
        delay_s += outages.pause_s((now - began).total_seconds() if began else 0.0)
    if not outage or waits_since(job) is None or job.error_kind != kind:
        write_log(claim.job_id, reason)
    waits = {"error": reason, "error_kind": kind} if delay_s else {}
    _own_update(
        claim,
        status=JobStatus.SUBMITTED,
        worker=None,
        lost=0,
        attempts=job.attempts - 1,
        cursor=cursor,
        **waits,
        scheduled_at=now_utc() + timedelta(seconds=delay_s),
    )


def waited(claim: Claim) -> bool:
    """Return whether the claimed job waited for a channel that could not be reached."""
    return bool(claim.cursor.get(_WAITS_SINCE))


def waits_since(job: Job) -> datetime | None:
    """Return the time since when a job that has not ended waits for a channel; None: it does not wait."""
    began = job.cursor.get(_WAITS_SINCE)
    return datetime.fromisoformat(began) if began and job.status in JOB_LIVE else None


def _reached(job: Job) -> dict[str, Any]:
    """Return the cursor of the job without the mark of waiting for a channel."""
    return {name: value for name, value in job.cursor.items() if name != _WAITS_SINCE}


def reclaim(store: Store, dead: list[str], abandon: Callable[[Claim, str], None] = lambda *_: None) -> int:
    """Free the jobs of workers that are no longer alive; a job that was being cancelled is cancelled.

    One that killed `MAX_LOST` workers in a row fails, and `abandon` is called for it in the same transaction. An
    attempt that ended in order, as each does while the channel cannot be reached, shows that it was not to blame.
    """
    if not dead:
        return 0
    with store.transaction():
        jobs = list(Job.select().where((Job.status == JobStatus.PROCESSING) & Job.worker.in_(dead)))
        for job in jobs:
            taken = Job.id == job.id
            freed: dict[str, Any] = {"worker": None, "fence": Job.fence + 1, "lost": Job.lost + 1}
            if job.cancel_requested:
                write_log(job.id, "The worker that ran this job is gone; the job is cancelled.", is_error=True)
                Job.update(status=JobStatus.CANCELLED, completed_at=now_utc(), **freed).where(taken).execute()
            elif job.lost + 1 >= MAX_LOST:
                reason = f"{MAX_LOST} workers in a row died while they ran this job; it is not run again automatically."
                write_log(job.id, reason, is_error=True)
                failed = {"status": JobStatus.FAILED, "completed_at": now_utc(), "error": reason}
                Job.update(**failed, error_kind=BmtuiError.__name__, **freed).where(taken).execute()
                event_rows.job_failed(job.id, job.type, job.company_id, BmtuiError.__name__)
                abandon(_claim_of(job), reason)
            else:
                text = "The worker that ran this job is gone; the job goes on where it stopped."
                write_log(job.id, text, is_error=True)
                # Others run meanwhile.
                rest_s = min(60.0, 2.0 ** (job.lost - 2)) if job.lost > 2 else 0.0
                due = now_utc() + timedelta(seconds=rest_s)
                Job.update(status=JobStatus.SUBMITTED, scheduled_at=due, **freed).where(taken).execute()
    return len(jobs)


def cancel(store: Store, job_id: int, by: str) -> None:
    """Cancel jobs that do not run at once; ask running ones to stop at their next step.

    Raises:
        NotFound, RuleRefused: it has ended already.
    """
    with store.transaction():
        job = get(job_id)
        if job.status not in JOB_LIVE:
            raise RuleRefused(f"Job {job_id} has ended ({JobStatus(job.status).label}); there is nothing to cancel.")
        write_log(job_id, f"Cancelled by {by}.")
        if job.status == JobStatus.PROCESSING:
            Job.update(cancel_requested=True).where(Job.id == job_id).execute()
        else:
            Job.update(status=JobStatus.CANCELLED, completed_at=now_utc()).where(Job.id == job_id).execute()


def retry(store: Store, job_id: int, by: str) -> None:
    """Submit an ended job again; it goes on where it stopped.

    Raises:
        NotFound, RuleRefused: it is not one that failed, partly succeeded or was cancelled.
    """
    with store.transaction():
        job = get(job_id)
        if job.status not in (JobStatus.FAILED, JobStatus.PARTIAL_SUCCESS, JobStatus.CANCELLED):
            raise RuleRefused(
                f"Job {job_id} is {JobStatus(job.status).label}.",
                "Only a failed, partly done or cancelled job can be retried.",
            )
        clash = job.identity and Job.get_or_none((Job.identity == job.identity) & Job.status.in_(JOB_LIVE))
        if clash:
            raise RuleRefused(f"Job {clash.id} does the same already.", f"See 'bmtui jobs show {clash.id}'.")
        write_log(job_id, f"Retried by {by}.")
        Job.update(
            status=JobStatus.SUBMITTED,
            scheduled_at=now_utc(),
            completed_at=None,
            failures=0,
            lost=0,
            cursor=_reached(job),
            error="",
            error_kind="",
            cancel_requested=False,
        ).where(Job.id == job_id).execute()


def get(job_id: int) -> Job:
    """Return the row of a job. Raises NotFound."""
    job = Job.get_or_none(Job.id == job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.", "See 'bmtui jobs list'.")
    return job


def write_log(job_id: int, message: str, *, is_error: bool = False) -> None:
    bulk.insert(JobLog, [{"job": job_id, "at": now_utc(), "is_error": is_error, "message": message}], ids=False)


def owned(claim: Claim) -> bool | None:
    """Return whether the job is still this worker's: False after a takeover, None when it is but shall be cancelled."""
    # By SQL: each step of a job asks, and peewee takes longer than the database.
    mine = (claim.job_id, claim.fence, JobStatus.PROCESSING)
    found = fetch("SELECT cancel_requested FROM jobs WHERE id = ? AND fence = ? AND status = ?", mine)
    if not found:
        return False
    return None if found[0][0] else True


def _own_update(claim: Claim, **changes: Any) -> None:
    if bulk.update(Job, changes, id=claim.job_id, fence=claim.fence, status=JobStatus.PROCESSING) != 1:
        raise Interrupted(f"Job {claim.job_id} was taken over by another worker.")
