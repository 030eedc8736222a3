"""Outbox: undo windows, pausing of all sending, and effects that a person settles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in

from bmtui.channel import requests
from bmtui.channel.requests import WriteRequest
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.companies import companies, sending_pauses, undo_windows
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.errors import ConfigError, Interrupted, RuleRefused
from bmtui.store.models import Audit, Company, Effect, Job, Pause
from bmtui.words import EffectKind, EffectState


def accept(desk: Desk, order_id: int = 1, line_id: int = 11) -> Effect:
    """Plan the acceptance of a line."""
    order, company = order_of(order_id), Company.get()
    with desk.store.transaction():
        job_id = effects.open_job(desk, EffectKind.ACCEPT, company, order)
        return effects.plan(
            desk,
            EffectKind.ACCEPT,
            company,
            order,
            requests.accept(order_id, "SKU"),
            target=effects.line_target(company.id, line_id),
            about="Accept SKU",
            expected=effects.lines_expected([line_id], 1, 2),
            job_id=job_id,
        )


def mark(desk: Desk, effect: Effect) -> None:
    with desk.store.transaction():
        effects.mark_sending(desk, effect)


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with one order that waits to be accepted."""
    take_in(offline, raw_order(1, [raw_line(11, 1)], state=1))
    return offline


def test_sending_pause_is_shown_as_a_sentence(counter: Desk) -> None:
    assert sending_pauses.pause(counter, "lunch").sentence.endswith(": lunch.")
    sending_pauses.resume(counter)
    assert sending_pauses.pause(counter, "why?").sentence.endswith(": why?")


@pytest.mark.parametrize("kind", EffectKind)
def test_only_a_write_that_moves_lines_stands_against_the_next_one(counter: Desk, kind: EffectKind) -> None:
    order, company = order_of(1), Company.get()
    with counter.store.transaction():
        job_id = effects.open_job(counter, kind, company, order)
        effects.plan(
            counter,
            kind,
            company,
            order,
            WriteRequest("POST", "/ws/x", {}),
            target="other",
            about="A write",
            expected={},
            job_id=job_id,
        )
    if kind in (EffectKind.IDENTIFIERS, EffectKind.INVOICE, EffectKind.MESSAGE):
        assert acceptance.plan(counter, 1).requests
        return
    with pytest.raises(RuleRefused, match="A write is on its way"):
        acceptance.plan(counter, 1)


# Undo windows


def test_effect_planned_by_a_person_waits_for_its_undo_window(counter: Desk) -> None:
    companies.change(counter, None, {"undo_windows": "accept=30"})
    effect = accept(replace(counter, undo=True))
    assert effect.not_before - effect.made_at == timedelta(seconds=30)
    job = Job.get_by_id(effect.job_id)
    assert timedelta(seconds=29) < job.scheduled_at - job.submitted_at <= timedelta(seconds=30)
    with pytest.raises(Interrupted):
        mark(counter, effect)
    later = counter.now() + timedelta(seconds=31)
    mark(replace(counter, now=lambda: later), effect)
    assert Effect.get().state == "sending"


def test_effect_planned_by_a_script_may_be_sent_at_once(counter: Desk) -> None:
    effect = accept(counter)
    assert effect.not_before == effect.made_at
    mark(counter, effect)


def test_withdrawn_effect_is_never_sent(counter: Desk) -> None:
    effect = accept(replace(counter, undo=True))
    assert outbox.withdraw(counter, effect.id).state == "withdrawn"
    later = counter.now() + timedelta(hours=2)
    with pytest.raises(Interrupted):
        mark(replace(counter, now=lambda: later), effect)
    assert any(row.action == "accept.withdrawn" for row in Audit.select())
    # Its target is free: it can be asked for again.
    accept(counter)


def test_undo_windows_are_read_and_invalid_ones_refused(counter: Desk) -> None:
    assert {kind: int(span.total_seconds()) for kind, span in undo_windows.windows("").items()} == dict(
        undo_windows.DEFAULT_S
    )
    assert undo_windows.windows("refund=0, ship=3600")[EffectKind.SHIP] == timedelta(hours=1)
    for text in ("refund", "refund=", "refund=-1", "refund=3601", "lunch=5", "refund=1.5"):
        with pytest.raises(ConfigError):
            companies.change(counter, None, {"undo_windows": text})


# The kill switch


def test_effects_are_not_sent_while_sending_is_paused(counter: Desk) -> None:
    effect = accept(counter)
    pause = sending_pauses.pause(counter, "stock-taking")
    assert "stock-taking" in pause.sentence
    with pytest.raises(effects.Paused, match="stock-taking"):
        mark(counter, effect)
    assert Effect.get().state == "planned"
    assert sending_pauses.resume(counter) == 1
    mark(counter, effect)
    assert {"outbox.paused", "outbox.resumed"} <= {row.action for row in Audit.select()}


def test_a_pause_of_one_company_leaves_the_others_alone(counter: Desk) -> None:
    add_company(counter, "Other")
    effect = accept(counter)
    sending_pauses.pause(counter.of_company("Other"), "")
    mark(counter, effect)
    assert [view.company for view in sending_pauses.standing(counter)] == ["Other"]
    assert sending_pauses.standing(counter.of_company("Shop")) == ()


def test_pausing_twice_or_resuming_without_a_pause_is_refused(counter: Desk) -> None:
    with pytest.raises(RuleRefused, match="not paused"):
        sending_pauses.resume(counter)
    sending_pauses.pause(counter)
    with pytest.raises(RuleRefused, match="already"):
        sending_pauses.pause(counter)
    with pytest.raises(RuleRefused):
        sending_pauses.resume(replace(counter, read_only=True))
    assert Pause.select().count() == 1


def test_a_person_cannot_end_the_pause_of_a_refused_token_but_a_new_token_does(counter: Desk) -> None:
    effect, company = accept(counter), Company.get()
    sending_pauses.stop_for_token(counter, company)
    sending_pauses.stop_for_token(counter, company)
    with pytest.raises(RuleRefused, match="token"):
        sending_pauses.resume(counter)
    with pytest.raises(effects.Paused, match="token"):
        mark(counter, effect)
    Job.update(scheduled_at=counter.now() + timedelta(hours=1)).execute()
    companies.change(counter, None, {"token": "another"})
    assert sending_pauses.standing(counter) == ()
    assert Job.get_by_id(effect.job_id).scheduled_at <= counter.now()


@pytest.mark.parametrize("state", [EffectState.NEEDS_PERSON, EffectState.NOT_APPLIED])
@pytest.mark.parametrize(("happened", "becomes"), [(True, "confirmed"), (False, "rejected")])
def test_a_person_says_of_a_write_whether_it_happened(
    counter: Desk, state: EffectState, happened: bool, becomes: str
) -> None:
    effect = accept(counter)
    Effect.update(state=state).execute()
    assert outbox.settle_by_person(counter, effect.id, happened=happened).state == becomes


# Retry of only what failed


def test_retried_job_plans_only_its_refused_effects_again(counter: Desk) -> None:
    done, refused = accept(counter), accept(counter, line_id=12)
    Effect.update(job=done.job_id).execute()
    with counter.store.transaction():
        effects.settle(counter, done, EffectState.CONFIRMED)
        effects.settle(counter, refused, EffectState.REJECTED, error="Not today.")
        assert effects.plan_again(counter, done.job_id) == 1
    assert [row.state for row in effects.of_job(done.job_id)] == ["confirmed", "planned"]
    assert [view.effect_id for view in outbox.of_job(counter, done.job_id)] == [done.id, refused.id]


def test_effect_that_a_person_must_settle_is_not_planned_again(counter: Desk) -> None:
    effect = accept(counter)
    with counter.store.transaction():
        effects.settle(counter, effect, EffectState.NEEDS_PERSON)
    with pytest.raises(RuleRefused, match=f"settle {effect.id}"):
        effects.plan_again(counter, effect.job_id)
    outbox.settle_by_person(counter, effect.id, happened=True)
    with pytest.raises(RuleRefused, match="refused"):
        effects.plan_again(counter, effect.job_id)


# Steering jobs


def test_a_held_job_waits_until_it_is_released(counter: Desk) -> None:
    job_id = accept(counter).job_id
    assert jobs.hold(counter, job_id).status == "on_hold"
    with pytest.raises(RuleRefused, match="On Hold"):
        jobs.hold(counter, job_id)
    assert jobs.release(counter, job_id).status == "submitted"
    with pytest.raises(RuleRefused, match="Submitted"):
        jobs.release(counter, job_id)
    assert jobs.cancel(counter, job_id).status == "cancelled"
    assert Effect.get().state == "withdrawn"


def test_outbox_shows_the_request_in_one_line(counter: Desk) -> None:
    accept(counter)
    (view,) = outbox.listing(counter)
    assert view.request == 'POST /ws/orders/1 {"new_state": 2, "order_id": 1, "sku": "SKU"}'
    assert (view.about, view.order_id, view.refund_id) == ("Accept SKU", 1, None)


def test_take_back_too_late_for_the_newest_effect_leaves_older_ones_alone(counter: Desk) -> None:
    take_in(counter, raw_order(2, [raw_line(21, 1)], state=1))
    desk = replace(counter, undo=True)
    waits, left = accept(desk), accept(desk, 2, 21)
    Effect.update(not_before=desk.now() + timedelta(hours=9)).where(Effect.id == waits.id).execute()
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == left.id).execute()
    with pytest.raises(RuleRefused, match="It was sent already: order 2, Accept SKU") as refused:
        outbox.take_back(desk)
    assert "still waits, order 1, Accept SKU: withdraw it in the outbox" in refused.value.advice
    assert outbox.show(desk, waits.id).state == "planned"
    # What is about to leave is counted down, and can be taken back whatever left after it was planned.
    Effect.update(not_before=desk.now() + timedelta(seconds=5)).where(Effect.id == waits.id).execute()
    assert [view.effect_id for view in outbox.take_back(desk)] == [waits.id]


def test_take_back_withdraws_the_last_effect_even_if_it_waits_for_the_morning(counter: Desk) -> None:
    desk = replace(counter, undo=True)
    waits = accept(desk)
    Effect.update(not_before=desk.now() + timedelta(hours=9)).execute()
    assert [view.state for view in outbox.take_back(desk)] == ["withdrawn"]
    assert outbox.show(desk, waits.id).state == "withdrawn"


def test_refused_effect_is_not_planned_again_beside_another_write_to_its_line(counter: Desk) -> None:
    refused = accept(counter)
    with counter.store.transaction():
        effects.settle(counter, refused, EffectState.REJECTED, error="Not today.")
    accept(counter)
    with pytest.raises(RuleRefused, match="another write for the same line"):
        jobs.retry(counter, refused.job_id)
    assert [row.state for row in Effect.select().order_by(Effect.id)] == ["rejected", "planned"]


@pytest.mark.parametrize("state", [EffectState.SENDING, EffectState.UNKNOWN])
def test_job_with_a_write_on_its_way_is_not_withdrawn_in_part(counter: Desk, state: EffectState) -> None:
    left, waits = accept(counter), accept(counter, line_id=12)
    Effect.update(job=left.job_id).execute()
    Effect.update(state=state).where(Effect.id == left.id).execute()
    with pytest.raises(RuleRefused, match="sent already"), counter.store.transaction():
        effects.withdraw_planned(counter, left.job_id)
    assert [row.state for row in effects.of_job(left.job_id)] == [state, "planned"]
    assert outbox.show(counter, waits.id).state == "planned"
