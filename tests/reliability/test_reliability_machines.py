"""State machines of jobs and effects: any sequence of actions ends as in a small model, on both databases."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from planning import plan_accept
from thoroughness import share

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.errors import Interrupted, RuleRefused
from bmtui.queue import jobs, steering
from bmtui.queue.jobs import Claim, Progress
from bmtui.store.models import Effect, Job, JobLog, Order
from bmtui.words import EFFECT_LIVE, EFFECT_OF_PERSON, EffectState, JobStatus, JobType, Priority

EXAMPLES = settings(
    max_examples=share(10, 25), stateful_step_count=25, derandomize=True,
    suppress_health_check=list(HealthCheck), database=None,
)  # fmt: skip
LIVE = ("submitted", "processing", "on_hold")


@pytest.fixture
def books(desk: Desk) -> Desk:
    """Desk for all examples; each example begins by emptying the tables that it uses."""
    add_company(desk)
    take_in(desk, raw_order(1, [raw_line(11, 1)], state=1), raw_order(2, [raw_line(21, 1)], state=1))
    return desk


def empty(desk: Desk) -> None:
    with desk.store.transaction():
        Effect.delete().execute()
        JobLog.delete().execute()
        desk.store.database.execute_sql("DELETE FROM job_orders")
        desk.store.database.execute_sql("UPDATE inbox SET job_id = (SELECT min(id) FROM jobs)")
        first = Job.select(Job.id).order_by(Job.id).first().id
        Job.delete().where(Job.id != first).execute()
        Job.update(status="cancelled").where(Job.id == first).execute()


class JobMachine(RuleBasedStateMachine):
    """State machine of jobs: each is claimed by one worker, and only its owner ends it."""

    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        empty(self.desk)
        self.model: dict[int, dict[str, Any]] = {}
        self.claims: list[tuple[Claim, str]] = []
        self.workers = 0

    def pick(self, number: int) -> int:
        return list(self.model)[number % len(self.model)]

    def owns(self, claim: Claim) -> bool:
        job = self.model[claim.job_id]
        return bool(job["status"] == "processing" and job["fence"] == claim.fence)

    @contextlib.contextmanager
    def refused_unless(self, allowed: bool, error: type[Exception] = RuleRefused) -> Iterator[None]:
        """Expect `error` unless the action is allowed."""
        if allowed:
            yield
            return
        with pytest.raises(error):
            yield

    @rule(priority=st.sampled_from(list(Priority)), identity=st.sampled_from([None, "a", "b"]))
    def submit(self, priority: Priority, identity: str | None) -> None:
        known = [one for one, job in self.model.items() if identity and job["identity"] == identity]
        alive = [one for one in known if self.model[one]["status"] in LIVE]
        job_id = jobs.submit(
            self.desk.store, JobType.ORDER_DOWNLOAD, by="test", priority=priority, identity=identity, max_failures=2
        )
        if alive:
            assert job_id == alive[0]
        else:
            assert job_id not in self.model
            fresh = {"fence": 0, "failures": 0, "lost": 0, "cancel": False}
            self.model[job_id] = fresh | {"status": "submitted", "priority": priority.rank, "identity": identity}

    @rule()
    def claim(self) -> None:
        due = [one for one, job in self.model.items() if job["status"] == "submitted"]
        worker = f"w{self.workers}"
        self.workers += 1
        Job.update(scheduled_at=jobs.now_utc() - timedelta(seconds=1)).where(Job.status == "submitted").execute()
        taken = jobs.claim(self.desk.store, worker)
        if not due:
            assert taken is None
            return
        assert taken is not None
        most = max(self.model[one]["priority"] for one in due)
        assert self.model[taken.job_id]["priority"] == most
        job = self.model[taken.job_id]
        job["status"], job["fence"] = "processing", job["fence"] + 1
        assert taken.fence == job["fence"]
        self.claims.append((taken, worker))

    @precondition(lambda self: self.claims)
    @rule(number=st.integers(0, 30), end=st.sampled_from(["record", "finish", "fail", "again", "give back"]))
    def end(self, number: int, end: str) -> None:
        claim, _ = self.claims[number % len(self.claims)]
        job, mine = self.model[claim.job_id], self.owns(claim)
        with self.refused_unless(mine, Interrupted), self.desk.store.transaction():
            if end == "record":
                jobs.record(claim, Progress(processed=1, cursor={"at": 1}))
            elif end == "finish":
                jobs.finish(claim, JobStatus.COMPLETED, output={})
            elif end == "give back":
                jobs.give_back(claim, "later")
            else:
                jobs.fail_or_retry(claim, "x", "TimedOut", transient=end == "again", after_s=None)
        if not mine:
            return
        if end == "record":
            job["failures"] = 0
        elif end == "finish":
            job["status"] = "completed"
        elif end == "give back":
            job["lost"] = job["lost"] if job["cancel"] else 0
            job["status"] = "cancelled" if job["cancel"] else "submitted"
        else:
            job["failures"] += 1
            over = end == "fail" or job["failures"] >= 2
            job["lost"] = job["lost"] if over or job["cancel"] else 0
            job["status"] = "failed" if over else "cancelled" if job["cancel"] else "submitted"

    @precondition(lambda self: self.claims)
    @rule(number=st.integers(0, 30))
    def die(self, number: int) -> None:
        claim, worker = self.claims[number % len(self.claims)]
        # One worker runs one job here; it may have ended it before it died.
        ours = self.owns(claim)
        assert jobs.reclaim(self.desk.store, [worker]) == (1 if ours else 0)
        if ours:
            job = self.model[claim.job_id]
            job["fence"], job["lost"] = job["fence"] + 1, job["lost"] + 1
            dead = "failed" if job["lost"] >= jobs.MAX_LOST else "submitted"
            job["status"] = "cancelled" if job["cancel"] else dead

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 30), act=st.sampled_from(["cancel", "hold", "release", "retry"]))
    def steer(self, number: int, act: str) -> None:
        job_id = self.pick(number)
        job, store = self.model[job_id], self.desk.store
        status = job["status"]
        twin = job["identity"] and any(
            other["identity"] == job["identity"] and other["status"] in LIVE
            for one, other in self.model.items()
            if one != job_id
        )
        allowed = {
            "cancel": status in LIVE,
            "hold": status == "submitted",
            "release": status == "on_hold",
            "retry": status in ("failed", "cancelled") and not twin,
        }[act]
        with self.refused_unless(allowed):
            room = steering if act in ("hold", "release") else jobs
            getattr(room, act)(store, job_id, "test")
        if not allowed:
            return
        if act == "cancel" and status == "processing":
            job["cancel"] = True
        elif act == "retry":
            job |= {"status": "submitted", "failures": 0, "lost": 0, "cancel": False}
        else:
            job["status"] = {"cancel": "cancelled", "hold": "on_hold", "release": "submitted"}[act]

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        rows = {row.id: row for row in Job.select().where(Job.id.in_(list(self.model)))}
        for job_id, job in self.model.items():
            row = rows[job_id]
            assert (row.status, row.fence, row.cancel_requested) == (job["status"], job["fence"], job["cancel"])
            assert (row.worker is not None) == (row.status == "processing")


MOVES = {
    EffectState.SENDING: (EffectState.CONFIRMED, EffectState.REJECTED, EffectState.UNKNOWN, EffectState.PLANNED),
    EffectState.UNKNOWN: (
        EffectState.CONFIRMED,
        EffectState.PLANNED,
        EffectState.NEEDS_PERSON,
        EffectState.NOT_APPLIED,
    ),
}


class EffectMachine(RuleBasedStateMachine):
    """State machine of effects as in reliability §1; two unsettled effects never have the same target."""

    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        empty(self.desk)
        self.model: dict[int, str] = {}

    @rule(order_id=st.sampled_from([1, 2]))
    def plan(self, order_id: int) -> None:
        order = order_of(order_id)
        mine = {row.id for row in Effect.select(Effect.id).where(Effect.order == order)}
        taken = any(self.model[one] in EFFECT_LIVE for one in mine)
        if taken:
            with pytest.raises(RuleRefused):
                plan_accept(self.desk, order)
            return
        (effect,) = effects.of_job(plan_accept(self.desk, order))
        self.model[effect.id] = "planned"

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 30))
    def mark(self, number: int) -> None:
        effect = self.pick(number)
        if self.model[effect.id] != "planned":
            with pytest.raises(Interrupted), self.desk.store.transaction():
                effects.mark_sending(self.desk, effect)
            return
        with self.desk.store.transaction():
            effects.mark_sending(self.desk, effect)
        self.model[effect.id] = "sending"

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 30), which=st.integers(0, 3))
    def settle(self, number: int, which: int) -> None:
        effect = self.pick(number)
        moves = MOVES.get(EffectState(self.model[effect.id]))
        if moves:
            state = moves[which % len(moves)]
            with self.desk.store.transaction():
                effects.settle(self.desk, effect, state, error="x")
            self.model[effect.id] = state

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 30), act=st.sampled_from(["withdraw", "happened", "did not"]))
    def person(self, number: int, act: str) -> None:
        effect = self.pick(number)
        state = self.model[effect.id]
        allowed = state in (("planned",) if act == "withdraw" else EFFECT_OF_PERSON)
        after = {"withdraw": "withdrawn", "happened": "confirmed", "did not": "rejected"}[act]
        with contextlib.nullcontext() if allowed else pytest.raises(RuleRefused):
            if act == "withdraw":
                outbox.withdraw(self.desk, effect.id)
            else:
                outbox.settle_by_person(self.desk, effect.id, happened=act == "happened")
        if allowed:
            self.model[effect.id] = after

    @precondition(lambda self: self.model)
    @rule(number=st.integers(0, 30))
    def retry(self, number: int) -> None:
        effect = self.pick(number)
        twin = Effect.select(Effect.id).where((Effect.target == effect.target) & (Effect.id != effect.id))
        free = not any(self.model[row.id] in EFFECT_LIVE for row in twin)
        allowed = self.model[effect.id] in ("rejected", "not_applied") and free
        with contextlib.nullcontext() if allowed else pytest.raises(RuleRefused), self.desk.store.transaction():
            effects.plan_again(self.desk, effect.job_id)
        if allowed:
            self.model[effect.id] = "planned"

    def pick(self, number: int) -> Effect:
        return Effect.get_by_id(list(self.model)[number % len(self.model)])

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        rows = list(Effect.select())
        assert {row.id: row.state for row in rows} == self.model
        live = [row.target for row in rows if row.state in EFFECT_LIVE]
        assert len(live) == len(set(live))
        assert all((row.settled_at is None) == (row.state in EFFECT_LIVE) for row in rows)


def tried(machine: type[RuleBasedStateMachine], desk: Desk) -> None:
    machine.desk = desk
    run_state_machine_as_test(machine, settings=EXAMPLES)
    assert Order.select().count() == 2


def test_each_job_is_claimed_and_ended_by_one_worker(books: Desk) -> None:
    tried(JobMachine, books)


@pytest.mark.postgres_only
def test_each_job_is_claimed_and_ended_by_one_worker_on_postgresql(books: Desk) -> None:
    tried(JobMachine, books)


def test_unsettled_effects_never_share_a_target(books: Desk) -> None:
    tried(EffectMachine, books)


@pytest.mark.postgres_only
def test_unsettled_effects_never_share_a_target_on_postgresql(books: Desk) -> None:
    tried(EffectMachine, books)
