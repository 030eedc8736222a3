"""Log of a sending job, its figures, its end, and the words about a write that did not take."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from helpers import of_marketplace, order_of, raw_line, raw_order, take_in, work
from planning import plan_accept, plan_identifiers, plan_ship

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.errors import Interrupted
from bmtui.queue import jobs as queue
from bmtui.queue.worker import Reschedule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, JobLog
from bmtui.words import EffectKind, EffectState, JobStatus
from bmtui.workers.outbox import send_effects, verify_effects
from bmtui.workers.outbox.verify_effects import Seen, Verdict

IMEI = "490154203237518"


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with two orders to accept and one to ship."""
    orders = [(1, 11, 1), (2, 21, 1), (3, 31, 2)]
    take_in(offline, *(raw_order(order, [raw_line(line, state)], state=1) for order, line, state in orders))
    return offline


def logged(job_id: int) -> list[tuple[str, bool]]:
    return [(row.message, row.is_error) for row in JobLog.select().where(JobLog.job == job_id).order_by(JobLog.id)]


@pytest.mark.usefixtures("no_rest")
def test_a_sent_write_is_logged_and_counted_step_by_step(shop: Desk, marketplace: SandboxServer) -> None:
    raw = of_marketplace(marketplace, 1)
    take_in(shop, raw)
    order = order_of(raw["order_id"])
    job_id = plan_accept(shop, order)
    work(shop)
    effect = Effect.get()
    assert (effect.state, effect.attempts, effect.answer_status) == ("confirmed", 1, 200)
    sku = raw["orderlines"][0]["listing"]
    sending = (
        f'Sending POST /ws/orders/{order.order_id} {{"new_state": 2, "order_id": {order.order_id}, "sku": "{sku}"}}'
    )
    assert logged(job_id) == [
        (sending, False),
        (f"Confirmed. {effect.answer}", False),
        ("The order was re-read.", False),
    ]
    view = jobs.show(shop, job_id)
    assert (view.status, view.total, view.processed, view.succeeded, view.failed) == ("completed", 1, 1, 1, 0)
    assert Job.get_by_id(job_id).output == {"effects": {str(effect.id): "confirmed"}}


@pytest.mark.parametrize(
    ("states", "status", "kind"),
    [
        (("confirmed", "confirmed"), JobStatus.COMPLETED, ""),
        (("confirmed", "withdrawn"), JobStatus.COMPLETED, ""),
        (("withdrawn", "withdrawn"), JobStatus.CANCELLED, ""),
        (("confirmed", "rejected"), JobStatus.PARTIAL_SUCCESS, "Refused"),
        (("rejected", "withdrawn"), JobStatus.FAILED, "Refused"),
        (("not_applied", "rejected"), JobStatus.FAILED, "NotApplied"),
        (("rejected", "not_applied"), JobStatus.FAILED, "Refused"),
        (("confirmed", "needs_person"), JobStatus.FAILED, "OutcomeUnknown"),
    ],
)
def test_a_job_ends_as_its_writes_did(counter: Desk, states: tuple[str, str], status: JobStatus, kind: str) -> None:
    job_id = plan_accept(counter, order_of(1))
    plan_accept(counter, order_of(2))
    Effect.update(job=job_id).execute()
    for effect, state in zip(list(Effect.select().order_by(Effect.id)), states, strict=True):
        Effect.update(state=state, error=f"It is {state}.").where(Effect.id == effect.id).execute()
    outcome = send_effects._outcome(job_id)
    assert (outcome.status, outcome.error_kind) == (status, kind)
    if kind == "OutcomeUnknown":
        assert outcome.error.startswith("It is needs_person. Look in the Back Office")
        assert "'bmtui outbox settle 2 --happened' or '--did-not-happen'" in outcome.error
    else:
        failed = [state for state in states if state in ("rejected", "not_applied")]
        assert outcome.error == (f"It is {failed[0]}." if failed else "")
    assert outcome.output == {"effects": {"1": states[0], "2": states[1]}}


def test_a_job_without_writes_is_done(counter: Desk) -> None:
    assert send_effects._outcome(99) == replace(
        send_effects._outcome(99), status=JobStatus.COMPLETED, output={"effects": {}}
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"state": 3, "shipping_address": "9 Rue"}, "Order in state 3."),
        ({"message": "Marie"}, ""),
        ("x" * 600, "x" * 500),
        (None, "None"),
    ],
)
def test_an_answer_is_kept_without_what_is_about_the_buyer(body: object, told: str) -> None:
    assert send_effects._short(body) == told


class Going:
    """Job that goes on, without a worker: `_may_leave` only asks whether it does."""

    def must_go_on(self) -> None:
        return


def leaves(desk: Desk, effect: Effect, job: Going | None = None) -> Any:
    return send_effects._may_leave(job or Going(), desk, effect)  # type: ignore[arg-type]


def test_a_write_leaves_after_its_window_and_after_earlier_writes_to_its_order(counter: Desk) -> None:
    first, second = plan_accept(counter, order_of(1)), plan_accept(counter, order_of(2))
    Effect.update(order=order_of(1)).execute()
    earlier, later = (Effect.get(Effect.job == job) for job in (first, second))
    now = counter.now()
    desk = replace(counter, now=lambda: now)
    leaves(desk, earlier)
    with pytest.raises(Reschedule, match=rf"Waits for an earlier write: Accept SKU \(job {first}\)") as wait:
        leaves(desk, later)
    assert (wait.value.delay_s, wait.value.outage) == (send_effects.IN_ORDER_S, False)
    Job.update(scheduled_at=now + timedelta(seconds=40)).where(Job.id == first).execute()
    with pytest.raises(Reschedule) as wait:
        leaves(desk, later)
    assert wait.value.delay_s == 40
    Job.update(cursor={"waits_since": now.isoformat()}).where(Job.id == first).execute()
    with pytest.raises(Reschedule) as wait:
        leaves(desk, later)
    assert wait.value.outage
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == earlier.id).execute()
    leaves(desk, later)
    later.not_before = now
    leaves(desk, later)
    later.not_before = now + timedelta(seconds=0.5)
    with pytest.raises(Reschedule):
        leaves(desk, later)
    later.not_before = now + timedelta(seconds=20)
    with pytest.raises(Reschedule, match="It can be withdrawn for 20 s more") as wait:
        leaves(desk, later)
    assert wait.value.delay_s == 20


class Ended(Going):
    """Job that was cancelled, or whose worker stops."""

    def must_go_on(self) -> None:
        raise Interrupted("Job 7 was cancelled or taken over.")


def test_a_write_of_a_job_that_ended_is_neither_looked_up_nor_sent(counter: Desk) -> None:
    plan_accept(counter, order_of(1))
    with pytest.raises(Interrupted, match="cancelled or taken over"):
        leaves(counter, Effect.get(), Ended())


ABSENT = Seen(Verdict.ABSENT, "Back Market shows less.")


def test_words_about_a_write_that_did_not_take_say_what_was_sent_and_what_to_do(counter: Desk) -> None:
    accept, ship = plan_accept(counter, order_of(1)), plan_ship(counter, order_of(3))
    imei = plan_identifiers(counter, order_of(2), IMEI)
    Effect.update(answer_status=200).execute()

    def told(job_id: int, seen: Seen = ABSENT) -> str:
        return verify_effects.not_applied(Effect.get(Effect.job == job_id), seen)

    again = "Send it again with 'bmtui jobs retry {}', or do it in the Back Office."
    answered = "Back Market answered 200, but did not do it. Back Market shows less."
    assert told(accept) == f"Sent: Accept SKU to be Accepted. {answered} {again.format(accept)}"
    assert told(ship) == f"Sent: Ship SKU to be Shipped, tracking number TRACK-1. {answered} {again.format(ship)}"
    assert told(imei).startswith(f"Sent: IMEI {IMEI}. {answered} Back Market ignores an IMEI")
    assert "'bmtui orders identify 2 --identifier 21=serial:NUMBER'" in told(imei)
    assert told(imei, Seen(Verdict.OPEN, "Back Market shows less.")).endswith(again.format(imei))
    # A shipment may register an IMEI, too: then the whole parcel is sent again.
    Effect.update(body={"tracking_number": "TRACK-1", "imei": IMEI}).where(Effect.job == ship).execute()
    assert told(ship).endswith(again.format(ship))
    Effect.update(kind=EffectKind.REFUND).where(Effect.job == accept).execute()
    assert told(accept).endswith("The amount is refundable again: issue the refund again from the order.")


def test_a_job_that_is_given_up_leaves_what_is_settled_alone(counter: Desk) -> None:
    job_id = plan_accept(counter, order_of(1))
    Effect.update(state=EffectState.CONFIRMED, error="").execute()
    claim = queue.claim(counter.store, "w1")
    assert claim is not None
    with counter.store.transaction():
        send_effects.abandon(counter, claim, "Five workers died.")
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.error) == ("confirmed", "")
