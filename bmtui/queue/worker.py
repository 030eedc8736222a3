"""Async worker: claims due jobs, runs their handlers, and ends each job in exactly one way."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from bmtui.errors import BmtuiError, Interrupted, NotFound, StoreBusy, StoreError, StoreUnreachable, explain
from bmtui.queue import jobs, liveness
from bmtui.queue.jobs import Claim, Progress
from bmtui.queue.liveness import WorkerLock, living
from bmtui.store.connection import Store
from bmtui.store.models import Job
from bmtui.words import JOB_LIVE, JobStatus

P = ParamSpec("P")
T = TypeVar("T")

POLL_S = 0.25
SUBMIT_S = 5.0
IDLE_S = 5.0
"""Seconds after which due jobs are looked for even without a commit: clocks are set, and files change."""
PATIENCE_S = 14.0
"""Longest wait in seconds of a person for a job; then they are told: a 429 is waited for, the firewall is not."""
STORE_RETRY_S = 1.0
"""Seconds that a worker waits before it tries a database again that could not be written."""
log = logging.getLogger("bmtui.worker")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a handler: `output` is kept with the job; `error` says what failed when only part of it succeeded."""

    output: Mapping[str, Any] = field(default_factory=dict)
    status: JobStatus = JobStatus.COMPLETED
    error: str = ""
    error_kind: str = ""


class Reschedule(Exception):
    """Exception of a handler that must wait: run the job again in `delay_s` seconds; not a failure.

    `kind` is the error that it waits for to pass, for who does not wait with it; in an `outage` it waits for as long as
    that lasts, with growing pauses beyond `delay_s`.
    """

    def __init__(
        self, reason: str, delay_s: float, kind: type[BmtuiError] | None = None, *, outage: bool = False
    ) -> None:
        super().__init__(reason)
        self.outage = outage
        self.delay_s = delay_s
        self.kind = kind.__name__ if kind else ""


class JobContext:
    """Context of a handler: its claim, and commits that prove that the claim still holds."""

    def __init__(self, store: Store, claim: Claim, stop: asyncio.Event) -> None:
        self.store = store
        self.claim = claim
        self.stop = stop

    async def commit(self, function: Callable[[], tuple[T, Progress]]) -> T:
        """Run `function` in the writer thread and write the progress that it returns, in one transaction.

        Raises:
            Interrupted: the job was taken over; nothing was written.
        """

        def whole() -> T:
            with self.store.transaction():
                result, progress = function()
                jobs.record(self.claim, progress)
                return result

        return await self.store.write(whole)

    async def note(self, progress: Progress) -> None:
        """Write progress alone."""
        await self.commit(lambda: (None, progress))

    async def checkpoint(self) -> None:
        """Checkpoint between steps, also to be called immediately before anything is sent.

        Raises:
            Interrupted: the worker stops, the job was cancelled, or another worker has it.
        """
        await self.store.write(self.must_go_on)

    def must_go_on(self) -> None:
        """Check, also inside a transaction of a `commit`, that the job goes on. Raises Interrupted as `checkpoint`."""
        if self.stop.is_set():
            raise Interrupted("The worker was stopped.")
        if jobs.owned(self.claim) is not True:
            raise Interrupted(f"Job {self.claim.job_id} was cancelled or taken over.")


@dataclass(frozen=True, slots=True)
class Kind:
    """Handler of the jobs of one type.

    Attributes:
        run: does the work.
        abandon: called with the claim and the reason in the transaction that ends the job as failed, to put in order
            what the job leaves undone.
    """

    run: Callable[[JobContext], Awaitable[Outcome]]
    abandon: Callable[[Claim, str], None] | None = None


class Worker:
    """Worker that runs jobs of the types in `kinds`, `concurrency` at a time.

    Args:
        root: run only this job, or these, and those that they submit, for a person who waits; None for everything due.
        submit_due: called every `SUBMIT_S` seconds to queue what is due by the clock.
        leaves: called before a job is claimed: the ids of companies whose jobs are left to other workers.
        tidies: frees the jobs of workers that are gone.
    """

    def __init__(
        self,
        store: Store,
        kinds: Mapping[str, Kind],
        *,
        root: int | Collection[int] | None = None,
        concurrency: int = 3,
        submit_due: Callable[[], None] | None = None,
        leaves: Callable[[], Collection[int]] = tuple,
        tidies: bool = True,
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._root = root
        self._concurrency = concurrency
        self._submit_due = submit_due
        self._leaves = leaves
        self._tidies = tidies
        self._submitted_at = -SUBMIT_S
        self._reclaimed_at = -POLL_S
        self._mark: int | None = None
        self._idle_until = 0.0
        self._others_work = True
        """True while jobs may run in other processes, which can die without a message."""
        self._woken = asyncio.Event()
        self._claimed: deque[Claim] = deque()
        """Jobs that are this worker's and that no task runs yet."""
        self._held: set[int] = set()
        """Jobs that a task runs."""
        self._unsure = False
        """True after a commit that was answered with an error: this worker may have claimed jobs without knowing it."""

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        """Work until `stop` is set; with `once`, until nothing is due; with a root job, until its family ended.

        On a stop, what runs is asked to end at its next step and is given back; what was being sent is finished first.
        """
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._woken.set)

        lock = await self._store.write(WorkerLock, self._store, wake)
        running: set[asyncio.Task[None]] = set()

        def start() -> None:
            while self._claimed and len(running) < self._concurrency:
                running.add(asyncio.create_task(self._execute(lock.worker_id, self._claimed.popleft(), stop)))

        try:
            while not stop.is_set():
                try:
                    await self._by_the_clock()
                    if not running and not self._claimed and await self._nothing_new():
                        await self._pause(running, stop, POLL_S)
                        continue
                    if self._tidies and monotonic() - self._reclaimed_at >= POLL_S:
                        self._reclaimed_at = monotonic()
                        await self._store.write(self._reclaim)
                    if self._unsure:
                        await self._store.write(self._disown, lock.worker_id)
                    # Jobs that an interrupted task had claimed come first.
                    start()
                    if len(running) < self._concurrency:
                        await self._store.write(self._claim, lock.worker_id, self._concurrency - len(running))
                        start()
                    if not running and (await self._store.read(self._family_ended) if self._root else once):
                        break
                except (StoreBusy, StoreUnreachable) as error:
                    self._unsure = True
                    # Somebody else writes for long, or the server is away: what runs goes on; there is nothing to do
                    # but ask again.
                    log.warning("%s", error)
                await self._pause(running, stop, POLL_S)
                running = {task for task in running if not task.done()}
        finally:
            start()
            while running:
                await asyncio.wait(running)
                running.clear()
                start()
            lock.release()

    def _disown(self, worker_id: str) -> None:
        liveness.disown(self._store, worker_id, {*self._held, *(claim.job_id for claim in self._claimed)})
        self._unsure = False

    async def _by_the_clock(self) -> None:
        if self._submit_due is not None and monotonic() - self._submitted_at >= SUBMIT_S:
            self._submitted_at = monotonic()
            await self._store.write(self._submit_due)

    async def _nothing_new(self) -> bool:
        """Return whether nothing was committed since the last look without work, and nothing has become due since.

        One look at a number in memory: a desk that stands idle costs next to nothing.
        """
        mark = await self._store.read(self._store.change_mark)
        same = mark == self._mark and monotonic() < self._idle_until
        if not same:
            # Another worker may have begun, whose death nobody would report.
            self._mark, self._idle_until, self._reclaimed_at = mark, 0.0, -POLL_S
        return same

    def _claim(self, worker_id: str, limit: int) -> None:
        found = jobs.claim_some(self._store, worker_id, self._root, but_of=self._leaves(), limit=limit)
        if not found and not self._others_work and self._root is None and not self._unsure:
            rest_s = min(liveness.next_due_s(), IDLE_S)
            self._idle_until = monotonic() + rest_s
        # Here, where nothing can break it off: what is claimed must be run.
        self._claimed += found

    def _family_ended(self) -> bool:
        """Return whether no job of the family is due soon; a later one stays queued, and the person is told."""
        family = jobs.family(self._root or ())
        soon = jobs.now_utc() + timedelta(seconds=PATIENCE_S)
        near = (Job.status != JobStatus.SUBMITTED) | (Job.scheduled_at <= soon)
        return not Job.select().where(family & Job.status.in_(JOB_LIVE) & near).exists()

    def _reclaim(self) -> None:
        query = Job.select(Job.worker).where(Job.status == JobStatus.PROCESSING).distinct()
        owners = {row.worker for row in query if row.worker}
        self._others_work = bool(owners)
        if owners and (dead := owners - living(self._store)):
            jobs.reclaim(self._store, sorted(dead), self._abandon)

    async def _pause(self, running: set[asyncio.Task[None]], stop: asyncio.Event, timeout_s: float) -> None:
        """Wait until a job ends, the stop comes, a job became due, or it is time to look again."""
        waiting = [asyncio.create_task(event.wait()) for event in (stop, self._woken)]
        try:
            await asyncio.wait({*running, *waiting}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            self._woken.clear()

    async def _execute(self, worker_id: str, claim: Claim, stop: asyncio.Event) -> None:
        """Run the job, and then others, as long as some are due: each is claimed by the commit that ends the last."""
        await self._run(worker_id, claim, stop)
        while self._claimed and not stop.is_set():
            await self._run(worker_id, self._claimed.popleft(), stop)

    async def _run(self, worker_id: str, claim: Claim, stop: asyncio.Event) -> None:
        self._held.add(claim.job_id)
        try:
            await self._run_held(worker_id, claim, stop)
        finally:
            self._held.discard(claim.job_id)

    async def _run_held(self, worker_id: str, claim: Claim, stop: asyncio.Event) -> None:
        context = JobContext(self._store, claim, stop)
        try:
            if stop.is_set():
                raise Interrupted("The worker was stopped.")
            kind = self._kinds.get(claim.type)
            if kind is None:
                raise NotFound(f"This bmtui does not know jobs of type '{claim.type}'.", "Upgrade it.")
            outcome = await kind.run(context)
            end = self._ending(
                jobs.finish,
                claim,
                outcome.status,
                output=outcome.output,
                error=outcome.error,
                error_kind=outcome.error_kind,
            )
        except Interrupted as error:
            end = self._ending(_interrupted, claim, error)
        except asyncio.CancelledError:
            # The write that was being sent is open now; the next attempt settles it by reading.
            end = self._ending(_interrupted, claim, Interrupted("The worker was stopped during the job."))
        except Reschedule as again:
            end = self._ending(
                jobs.give_back, claim, str(again), delay_s=again.delay_s, kind=again.kind, outage=again.outage
            )
        except BmtuiError as error:
            end = self._ending(
                self._failed, claim, str(error), type(error).__name__, error.transient, error.retry_after_s
            )
        except Exception as error:  # noqa: BLE001 - one job's bug must not stop the others
            # Frames without values: those may hold a customer's data or a token.
            frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            log.error("job %s: %s\n%s", claim.job_id, type(error).__name__, frames)
            told = explain(error)
            text = f"{told.message} {told.advice}"
            end = self._ending(self._failed, claim, text, type(error).__name__, False, None)
        await self._end(worker_id, claim, end, stop)

    async def _end(self, worker_id: str, claim: Claim, end: Callable[[], None], stop: asyncio.Event) -> None:
        """Write the job's result, as often as it takes: no other process can, as long as this worker lives.

        The same commit claims the next one.
        """

        def whole() -> None:
            found: list[Claim] = []
            with self._store.transaction():
                end()
                if not stop.is_set():
                    found = jobs.claim_some(self._store, worker_id, self._root, but_of=self._leaves(), limit=1)
            self._claimed += found

        while True:
            try:
                await self._store.write(whole)
            except Interrupted:
                log.warning("job %s was taken over by another worker", claim.job_id)
            except StoreError as error:
                self._unsure = True
                log.error("job %s: its end cannot be written: %s", claim.job_id, error)
                if not stop.is_set():
                    await self._pause(set(), stop, STORE_RETRY_S)
                    continue
                # The next worker finds it as one whose worker is gone.
            return

    def _failed(self, claim: Claim, message: str, kind: str, transient: bool, after_s: float | None) -> None:
        if not jobs.fail_or_retry(claim, message, kind, transient=transient, after_s=after_s):
            self._abandon(claim, message)

    def _abandon(self, claim: Claim, reason: str) -> None:
        known = self._kinds.get(claim.type)
        if known is not None and known.abandon is not None:
            known.abandon(claim, reason)

    @staticmethod
    def _ending(function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> Callable[[], None]:
        return lambda: function(*args, **kwargs)


def _interrupted(claim: Claim, error: Interrupted) -> None:
    # One that was taken over is somebody else's now; any other must not stay with a worker that no longer runs it.
    if jobs.owned(claim) is not False:
        jobs.give_back(claim, f"{error.message} The job goes on where it stopped.")
