"""Effects from plan to outcome: what is planned with them, which one is marked, and what each outcome leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import order_of, raw_line, raw_order, take_in
from planning import plan_accept, plan_identifiers, plan_ship

from bmtui.channel import requests
from bmtui.desk.companies import companies, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Company, Effect, Job, Refund
from bmtui.words import EffectKind, EffectState


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with two orders to accept, one to ship and one to refund, whose time stands still."""
    orders = [(1, 11, 1), (2, 21, 1), (3, 31, 2), (4, 41, 3)]
    take_in(offline, *(raw_order(order, [raw_line(line, state)], state=1) for order, line, state in orders))
    now = offline.now()
    return replace(offline, now=lambda: now)


def effect_of(job_id: int) -> Effect:
    return Effect.get(Effect.job == job_id)


def two_of_a_job(desk: Desk) -> tuple[Effect, Effect]:
    """Plan two writes of one job."""
    first = plan_accept(desk, order_of(1))
    second = effect_of(plan_accept(desk, order_of(2)))
    Effect.update(job=first).execute()
    return Effect.get(Effect.order == order_of(1)), Effect.get_by_id(second.id)


def test_nothing_is_planned_for_a_company_in_shadow(counter: Desk) -> None:
    shadow.begin(counter)
    order, company = order_of(1), Company.get()
    with pytest.raises(RuleRefused, match="shadow"):
        effects.open_job(counter, EffectKind.ACCEPT, company, order)
    with pytest.raises(RuleRefused, match="shadow"):
        effects.plan(
            counter, EffectKind.ACCEPT, company, order, requests.accept(1, "SKU"),
            target="1:line:11", about="Accept SKU", expected={}, job_id=1,
        )  # fmt: skip
    assert Effect.select().count() == 0


def test_job_of_a_write_is_about_its_order_unless_said_otherwise(counter: Desk) -> None:
    order, company = order_of(1), Company.get()

    def opened(**more: object) -> tuple[object, object]:
        job = Job.get_by_id(effects.open_job(counter, EffectKind.ACCEPT, company, order, **more))  # type: ignore[arg-type]
        return job.about, job.parameters

    assert opened() == ({"order_id": 1}, {"order_id": 1})
    assert opened(about={"folder_id": 7}) == ({"folder_id": 7}, {"folder_id": 7})
    assert opened(parameters={"lines": [11]}) == ({"order_id": 1}, {"lines": [11]})


@pytest.mark.parametrize(("asked_s", "leaves_s"), [(None, 30), (10, 30), (300, 300)])
def test_write_leaves_after_its_undo_window_and_not_before_it_was_asked_to(
    counter: Desk, asked_s: int | None, leaves_s: int
) -> None:
    companies.change(counter, None, {"undo_windows": "accept=30"})
    desk, company = replace(counter, undo=True), Company.get()
    not_before = None if asked_s is None else counter.now() + timedelta(seconds=asked_s)
    job_id = effects.open_job(desk, EffectKind.ACCEPT, company, order_of(1), not_before=not_before)
    effect = effects.plan(
        desk, EffectKind.ACCEPT, company, order_of(1), requests.accept(1, "SKU"),
        target="1:line:11", about="Accept SKU", expected={}, job_id=job_id, not_before=not_before,
    )  # fmt: skip
    assert effect.not_before - effect.made_at == timedelta(seconds=leaves_s)


def test_write_under_way_is_the_oldest_open_one_that_moves_lines_of_the_order(counter: Desk) -> None:
    order = order_of(3)
    assert effects.moving(order) is None
    plan_accept(counter, order_of(1))
    identify = effect_of(plan_identifiers(counter, order, "490154203237518"))
    Effect.update(target="identifiers").where(Effect.id == identify.id).execute()
    assert effects.moving(order) is None
    first = effect_of(plan_ship(counter, order))
    Effect.update(target="another line").where(Effect.id == first.id).execute()
    second = effect_of(plan_ship(counter, order))
    assert effects.moving(order) == first
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == first.id).execute()
    assert effects.moving(order) == second


def test_write_is_marked_alone_from_the_moment_on_at_which_it_may_leave(counter: Desk) -> None:
    first, second = two_of_a_job(counter)
    assert first.not_before == counter.now()
    with counter.store.transaction():
        effects.mark_sending(counter, first)
    states = {effect.id: (effect.state, effect.attempts) for effect in Effect.select()}
    assert states == {first.id: ("sending", 1), second.id: ("planned", 0)}


def test_row_of_a_write_follows_it_and_only_its_end_is_audited(counter: Desk) -> None:
    refunds.issue(counter, 4, RefundRequest())
    effect = Effect.get()
    with counter.store.transaction():
        effects.mark_sending(counter, effect)
        assert Refund.get().state == "sending"
        effects.settle(counter, effect, EffectState.UNKNOWN, error="No answer.")
    assert (Refund.get().state, Effect.get().settled_at) == ("unknown", None)
    assert not Audit.select().where(Audit.action == "refund.unknown").exists()
    with counter.store.transaction():
        effects.settle(counter, effect, EffectState.CONFIRMED, answer="Seen there.", status=200)
    after = Effect.get()
    assert (after.settled_at, after.answer, after.answer_status) == (counter.now(), "Seen there.", 200)
    assert Audit.get(Audit.action == "refund.confirmed").order_ref == order_of(4).id


def test_marked_write_that_is_planned_again_counts_its_attempt_and_an_unsent_one_does_not(counter: Desk) -> None:
    unsent = effect_of(plan_accept(counter, order_of(1)))
    with counter.store.transaction():
        effects.mark_sending(counter, unsent)
        effects.settle(counter, unsent, EffectState.PLANNED, error="Its turn was over.")
    assert (Effect.get().attempts, Effect.get().sending_at) == (0, None)
    with counter.store.transaction():
        effects.mark_sending(counter, Effect.get())
        marked = Effect.get()
        assert (marked.state, marked.attempts) == ("sending", 1)
        marked.attempts, marked.sending_at = 7, None
        effects.settle(counter, marked, EffectState.PLANNED, error="Not on Back Market.")
    # What the row says of a write that was under way holds, whatever the caller read earlier.
    assert (Effect.get().attempts, Effect.get().sending_at) == (1, counter.now())


def test_answer_of_a_write_stays_until_it_is_planned_again(counter: Desk) -> None:
    effect = effect_of(plan_accept(counter, order_of(1)))
    with counter.store.transaction():
        effects.settle(counter, effect, EffectState.UNKNOWN, answer="Accepted.", status=202)
        effects.settle(counter, effect, EffectState.NOT_APPLIED, error="Not there.")
    after = Effect.get_by_id(effect.id)
    assert (after.answer, after.answer_status, after.error) == ("Accepted.", 202, "Not there.")
    with counter.store.transaction():
        effects.settle(counter, after, EffectState.PLANNED)
    assert Effect.get_by_id(effect.id).answer_status is None


def test_writes_of_a_job_that_were_not_sent_are_counted_when_withdrawn(counter: Desk) -> None:
    first, second = two_of_a_job(counter)
    other = effect_of(plan_ship(counter, order_of(3)))
    with counter.store.transaction():
        assert effects.withdraw_planned(counter, first.job_id) == 2
    assert [Effect.get_by_id(effect.id).state for effect in (first, second, other)] == [
        "withdrawn",
        "withdrawn",
        "planned",
    ]


def test_refused_writes_of_a_job_leave_at_once_when_planned_again(counter: Desk) -> None:
    first, second = two_of_a_job(counter)
    later = counter.now() + timedelta(hours=1)
    Effect.update(not_before=later, state=EffectState.REJECTED).where(Effect.id == first.id).execute()
    Effect.update(not_before=later, state=EffectState.NOT_APPLIED).where(Effect.id == second.id).execute()
    other = effect_of(plan_ship(counter, order_of(3)))
    Effect.update(not_before=later).where(Effect.id == other.id).execute()
    with counter.store.transaction():
        assert effects.plan_again(counter, first.job_id) == 2
    rows = [Effect.get_by_id(effect.id) for effect in (first, second, other)]
    assert [(row.state, row.not_before) for row in rows] == [
        ("planned", counter.now()),
        ("planned", counter.now()),
        ("planned", later),
    ]


def test_job_with_a_refused_refund_among_its_writes_is_not_planned_again(counter: Desk) -> None:
    first, _ = two_of_a_job(counter)
    Effect.update(state=EffectState.REJECTED).execute()
    Effect.update(kind=EffectKind.REFUND).where(Effect.id == first.id).execute()
    with pytest.raises(RuleRefused, match="its amount is refundable again"):
        effects.plan_again(counter, first.job_id)
