"""Reconciliation: compare the channel's orders with those here, and repair what is safe if asked to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import inbox, ingest, reconcile
from bmtui.desk.sync.reconcile import Difference
from bmtui.errors import ChannelNotFound, NotUnderstood, PartlyDone
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome
from bmtui.store.models import Drift, Inbox, Order
from bmtui.text import how_many
from bmtui.words import DriftState, JobStatus
from bmtui.workers.company_channel import Access, open_access
from bmtui.workers.sync.order_list import PAGE_SIZE

Found = list[tuple[int, Difference, bool]]


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Compare the orders that the job names, or all that were created since its date; those here that no page had are
    asked for one by one."""
    wanted = list(job.claim.parameters["orders"])
    async with open_access(desk, job.claim.company_id, polling=not wanted) as access:
        done: set[int] = set()
        if not wanted:
            since = datetime.fromisoformat(job.claim.parameters["since"])
            done = await _list(job, access, since)
            wanted = [order_id for order_id in await desk.store.read(_here, access, since) if order_id not in done]
        for order_id in wanted:
            await _one(job, access, order_id, len(done))
            done.add(order_id)
    return await desk.store.read(_outcome, job.claim.job_id, len(done))


async def _list(job: JobContext, access: Access, since: datetime) -> set[int]:
    """Compare every page of the list; returns the numbers of its orders."""
    done: set[int] = set()
    number = 1
    while True:
        await job.checkpoint()
        await access.turn()
        page = await access.call(access.channel.orders(page=number, page_size=PAGE_SIZE, created_since=since))
        before = len(done)
        done |= await _compare(job, access, page.results, page.count, before)
        # A page without anything new ends a list that has no end.
        if page.last or number > page.count or len(done) == before:
            return done
        number += 1


async def _one(job: JobContext, access: Access, order_id: int, before: int) -> None:
    await job.checkpoint()
    await access.turn()
    try:
        raw = await access.call(access.channel.order(order_id))
    except ChannelNotFound:
        desk, company_id, job_id = access.desk, access.company.id, job.claim.job_id

        def keep() -> tuple[None, Progress]:
            order = _row(company_id, order_id)
            found = [] if order is None else [(order_id, reconcile.missing_there(order), False)]
            reconcile.keep(desk, company_id, job_id, [order_id], found)
            return None, Progress(processed=before + 1, log=f"Order {order_id}: Back Market does not know it.")

        await job.commit(keep)
    else:
        await _compare(job, access, [raw], None, before)


async def _compare(job: JobContext, access: Access, raws: Sequence[object], total: int | None, before: int) -> set[int]:
    """Compare some orders, in one transaction; returns their numbers."""
    desk, company_id, job_id = access.desk, access.company.id, job.claim.job_id
    fix = bool(job.claim.parameters["fix"])
    readable: dict[int, tuple[ChannelOrder, object]] = {}
    for raw in raws:
        try:
            order = read_order(raw)
            readable[order.order_id] = (order, raw)
        except NotUnderstood as error:
            await job.note(Progress(log=f"An order cannot be read: {error}", log_is_error=True))

    def whole() -> tuple[set[int], Progress]:
        found: Found = []
        for order_id, (there, raw) in readable.items():
            mine = _row(company_id, order_id)
            differing = reconcile.differences(mine, there)
            left = _repair(desk, job, company_id, there, raw, differing) if fix else differing
            found += [(order_id, one, one not in left) for one in differing]
        reconcile.keep(desk, company_id, job_id, list(readable), found)
        done = before + len(readable)
        failed = Drift.select().where((Drift.job == job_id) & (Drift.state == DriftState.OPEN)).count()
        return set(readable), Progress(phase="comparing", total=total, processed=done, succeeded=done, failed=failed)

    return await job.commit(whole)


def _repair(
    desk: Desk, job: JobContext, company_id: int, there: ChannelOrder, raw: object, differing: list[Difference]
) -> list[Difference]:
    """Apply the channel's values where that is safe; returns the remaining differences."""
    if not any(one.repairable for one in differing):
        return differing
    if _row(company_id, there.order_id) is None:
        inbox.keep(company_id, job.claim.job_id, [raw], desk.now())
        # The order may have come before, and have been lost here since.
        of_it = (Inbox.company == company_id) & (Inbox.order_id == there.order_id)
        Inbox.update(state=inbox.WAITING).where(of_it).execute()
        ingest.create_waiting(desk, company_id, job.claim.job_id)
    elif all(one.repairable for one in differing):
        # A difference that needs a person keeps the whole order from being changed.
        ingest.refresh(desk, company_id, there, job.claim.job_id)
    return reconcile.differences(_row(company_id, there.order_id), there)


def _row(company_id: int, order_id: int) -> Order | None:
    found = Order.having(company=company_id, order_id=order_id)
    return found[0] if found else None


def _here(access: Access, since: datetime) -> list[int]:
    query = Order.select(Order.order_id).where((Order.company == access.company.id) & (Order.created_at >= since))
    return [row.order_id for row in query.order_by(Order.order_id)]


def _outcome(job_id: int, compared: int) -> Outcome:
    rows = list(Drift.select().where(Drift.job == job_id))
    states = Counter(row.state for row in rows)
    classes = Counter(row.what for row in rows)
    output = {
        "compared": compared,
        "found": len(rows),
        "repaired": states[DriftState.REPAIRED],
        "open": states[DriftState.OPEN],
        "classes": dict(classes),
    }
    if states[DriftState.OPEN]:
        error = (
            f"{how_many(states[DriftState.OPEN], 'difference is', 'differences are')} open: see 'bmtui "
            "reconcile --last'."
        )
        return Outcome(output, JobStatus.PARTIAL_SUCCESS, error, PartlyDone.__name__)
    return Outcome(output)
