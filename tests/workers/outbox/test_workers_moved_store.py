"""Store that was put back while a job that sends was under way: the distrust stays, whatever becomes of the job."""

from __future__ import annotations

import asyncio

import pytest
from helpers import of_marketplace, order_of, take_in, work
from planning import plan_accept

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import moved_store
from bmtui.errors import Interrupted
from bmtui.queue import jobs as queue
from bmtui.queue.worker import JobContext
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, Effect, Job
from bmtui.workers.outbox import send_effects

pytestmark = pytest.mark.usefixtures("no_rest")


def put_back(desk: Desk, job_id: int) -> None:
    """Make the store one of another place, in which the job is nobody's, as in its copy from before the claim."""
    database = desk.store.database
    database.execute_sql("UPDATE server_marks SET server = 'another'")
    Job.update(fence=Job.fence + 1).where(Job.id == job_id).execute()
    assert database.server_changed()


def test_distrust_of_a_store_that_was_put_back_stays_when_the_job_was_taken_away(
    shop: Desk, marketplace: SandboxServer
) -> None:
    raw = of_marketplace(marketplace, 1)
    take_in(shop, raw)
    work(shop)
    job_id = plan_accept(shop, order_of(raw["order_id"]))
    sent = len(marketplace.marketplace.effects)
    claim = queue.claim(shop.store, "worker")
    assert claim is not None
    assert claim.job_id == job_id
    put_back(shop, job_id)
    with pytest.raises(Interrupted, match="taken over"):
        asyncio.run(send_effects.run(shop, JobContext(shop.store, claim, asyncio.Event())))
    # Else the next job would send before anybody doubts what the store says.
    assert Audit.select().where(Audit.action == moved_store.MOVED).count() == 1
    assert Effect.get().state == "unknown"
    assert "without 'bmtui restore'" in sending_pauses.standing(shop)[0].reason
    assert len(marketplace.marketplace.effects) == sent
