"""Outbox as a person reads it: lists, sentences, what is theirs to take back, and what only a person settles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from planning import plan_accept, plan_ship

from bmtui.channel.requests import WriteRequest
from bmtui.channel.uploads import FORM
from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects, unsent
from bmtui.desk.outbox.review import Sends, request_line
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import Company, Effect, Event, Rule
from bmtui.words import EffectKind, EffectState


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with two orders to accept, one to ship and one to refund."""
    orders = [(1, 11, 1), (2, 21, 1), (3, 31, 2), (4, 41, 3)]
    take_in(offline, *(raw_order(order, [raw_line(line, state)], state=1) for order, line, state in orders))
    return offline


def effect_of(job_id: int) -> int:
    return int(Effect.get(Effect.job == job_id).id)


def set_state(effect_id: int, state: EffectState) -> None:
    Effect.update(state=state).where(Effect.id == effect_id).execute()


def test_lists_show_what_waits_or_asks_newest_first_and_all_of_it_on_request(counter: Desk) -> None:
    first, second, third = (effect_of(plan_accept(counter, order_of(number))) for number in (1, 2, 3))
    set_state(first, EffectState.CONFIRMED)
    set_state(second, EffectState.NEEDS_PERSON)
    assert [view.effect_id for view in outbox.listing(counter)] == [third, second]
    assert [view.effect_id for view in outbox.listing(counter, everything=True)] == [third, second, first]
    assert [view.effect_id for view in outbox.listing(counter, limit=1)] == [third]
    assert [view.effect_id for view in outbox.of_order(counter, order_of(1))] == []
    assert [view.effect_id for view in outbox.of_order(counter, order_of(2))] == [second]
    assert (outbox.show(counter, second).state_label, outbox.show(counter, third).order_id) == (
        EffectState.NEEDS_PERSON.label,
        3,
    )
    add_company(counter, "Other")
    Effect.update(company=Company.get(Company.name == "Other")).where(Effect.id == third).execute()
    assert [view.effect_id for view in outbox.listing(counter.of_company("Shop"))] == [second]
    assert [view.effect_id for view in outbox.listing(counter.of_company("Other"))] == [third]
    set_state(first, EffectState.NOT_APPLIED)
    assert [view.effect_id for view in outbox.of_order(counter, order_of(1))] == [first]
    with pytest.raises(NotFound, match="no effect 99"):
        outbox.show(counter, 99)


def test_states_of_many_jobs_are_read_in_parts(counter: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_AT_ONCE", 1)
    one, two = plan_accept(counter, order_of(1)), plan_accept(counter, order_of(2))
    Effect.update(job=one).execute()
    other = plan_accept(counter, order_of(3))
    set_state(effect_of(other), EffectState.SENDING)
    found = outbox.states_of_jobs(counter, [one, two, other])
    assert found == {one: ("planned", "planned"), other: ("sending",)}
    assert outbox.take_back_jobs(replace(counter, actor="somebody"), [one, two, other]) == 0
    assert outbox.take_back_jobs(counter, [one, two, other]) == 2
    assert outbox.states_of_jobs(counter, [one, other]) == {one: ("withdrawn", "withdrawn"), other: ("sending",)}
    with pytest.raises(RuleRefused, match="read-only"):
        outbox.take_back_jobs(replace(counter, read_only=True), [other])


def test_what_a_person_planned_since_is_their_own(counter: Desk) -> None:
    assert outbox.newest(counter) == 0
    plan_accept(counter, order_of(1))
    since = outbox.newest(counter)
    plan_ship(counter, order_of(3))
    plan_accept(replace(counter, actor="somebody"), order_of(2))
    assert outbox.planned_since(counter, since) == (("ship", "planned"),)
    assert outbox.newest(counter) == since + 2


@pytest.mark.parametrize("state", [EffectState.SENDING, EffectState.UNKNOWN, EffectState.CONFIRMED])
def test_what_was_sent_is_not_withdrawn(counter: Desk, state: EffectState) -> None:
    job_id = plan_accept(counter, order_of(1))
    effect = effect_of(job_id)
    set_state(effect, state)
    with pytest.raises(RuleRefused, match="only what was not sent can be withdrawn"):
        outbox.withdraw(counter, effect)
    if state == EffectState.CONFIRMED:
        assert effects.withdraw_planned(counter, job_id) == 0
    else:
        with pytest.raises(RuleRefused, match="its outcome is not known yet"):
            effects.withdraw_planned(counter, job_id)
    with pytest.raises(RuleRefused, match="no answer of a person is needed"):
        outbox.settle_by_person(counter, effect, happened=True)
    assert outbox.show(counter, effect).state == state


def test_refund_that_back_market_did_not_make_cannot_be_said_to_have_happened(counter: Desk) -> None:
    effect = effect_of(refunds.issue(counter, 4, RefundRequest()).job_id or 0)
    assert outbox.show(counter, effect).refund_id == 1
    set_state(effect, EffectState.NOT_APPLIED)
    with pytest.raises(RuleRefused, match="its amount is refundable again"):
        outbox.settle_by_person(counter, effect, happened=True)
    view = outbox.settle_by_person(counter, effect, happened=False)
    assert (view.state, view.error) == ("rejected", f"{counter.actor} says that it did not happen.")
    assert view.settled_at is not None


def test_refused_job_is_planned_again_only_where_that_is_safe(counter: Desk) -> None:
    refund = refunds.issue(counter, 4, RefundRequest()).job_id or 0
    set_state(effect_of(refund), EffectState.REJECTED)
    with pytest.raises(RuleRefused, match="is not sent again by its job"):
        effects.plan_again(counter, refund)
    waits = plan_accept(counter, order_of(1))
    with pytest.raises(RuleRefused, match="Nothing of this job was refused"):
        effects.plan_again(counter, waits)
    set_state(effect_of(waits), EffectState.NOT_APPLIED)
    plan_accept(counter, order_of(1))
    with pytest.raises(RuleRefused, match="another write for the same line"):
        effects.plan_again(counter, waits)
    assert outbox.show(counter, effect_of(waits)).state == "not_applied"


def test_writes_whose_outcome_is_unknown_are_named_up_to_five(counter: Desk) -> None:
    jobs = [plan_accept(counter, order_of(number)) for number in (1, 2, 3)]
    for job_id in jobs:
        set_state(effect_of(job_id), EffectState.NEEDS_PERSON)
    Effect.update(about="").where(Effect.job == jobs[0]).execute()
    Effect.update(order=None).where(Effect.job == jobs[1]).execute()
    left = unsent.of(counter)
    assert left.unknown == ("Accept of order 1", "Accept SKU", "Accept SKU of order 3")
    named = replace(left, unknown=tuple("abcdefg")).sentences(counter.now())
    assert named == ("Outcome unknown: a; b; c; d; e; and 2 more. Settle it in the outbox.",)
    assert replace(left, unknown=tuple("abcde")).sentences(counter.now()) == (
        "Outcome unknown: a; b; c; d; e. Settle it in the outbox.",
    )
    add_company(counter, "Other")
    assert unsent.of(counter.of_company("Other")).unknown == ()
    assert len(unsent.of(counter.of_company("Shop")).unknown) == 3


def test_kinds_are_counted_in_the_singular_and_the_plural() -> None:
    kinds = ["ship", "ship", "refund", "message", "identifiers", "identifiers"]
    told = "2 shipments, 1 refund, 1 message and 2 registrations of IMEIs"
    assert (unsent.counted(kinds), unsent.counted([])) == (told, "")


def test_summary_of_a_job_names_its_order_and_counts_its_writes(counter: Desk) -> None:
    one = plan_accept(counter, order_of(1))
    view = outbox.of_job(counter, one)[0]
    assert outbox.summary([view]) == "order 1, Accept SKU"
    assert outbox.summary([replace(view, about="", order_id=None)]) == "Accept"
    assert outbox.summary([view, view]) == "order 1, 2 acceptances"


def test_a_form_is_reviewed_by_its_fields_and_files() -> None:
    files = [{"name": "a.pdf", "size": 12345}, {"name": "b.png", "size": 7}]
    upload = WriteRequest("POST", "/ws/x", {FORM: {"fields": {"message": "é"}, "files": files}})
    alone = WriteRequest("POST", "/ws/x", {FORM: {"fields": {}, "files": files[:1]}})
    words = WriteRequest("POST", "/ws/x", {FORM: {"fields": {"message": "é"}, "files": []}})
    assert request_line(upload) == 'POST /ws/x {"message": "é"} files: a.pdf (12,345 bytes), b.png (7 bytes)'
    assert request_line(alone) == "POST /ws/x files: a.pdf (12,345 bytes)"
    assert request_line(words) == 'POST /ws/x {"message": "é"}'

    class Plan(Sends):
        requests = (words,)

    class ReadFirst(Plan):
        READ_FIRST = True

    class Nothing(Sends):
        requests = ()

    assert Plan().review == ("Sent to Back Market, exactly:", request_line(words))
    assert ReadFirst().review[0] == "Sent to Back Market, exactly, after the order was read again:"
    assert Nothing().review == ("Nothing is sent to Back Market.",)


def test_outcome_of_a_write_that_a_rule_planned_names_that_rule_alone(counter: Desk) -> None:
    first, second = (
        Rule.create(
            name=name, version=3, enabled=True, moment="order.created", query="", actions=["accept"], limit_a_day=9,
            ran_at=counter.now(), changed_at=counter.now(), changed_by="test",
        )
        for name in ("take v2", "other")
    )  # fmt: skip
    accept = plan_accept(counter, order_of(1))
    led = replace(counter, rules=(second.id,))
    Effect.update(made_by="rule take v2 v3").where(Effect.job == accept).execute()
    with counter.store.transaction():
        effects.settle(led, Effect.get(Effect.job == accept), EffectState.CONFIRMED)
    told = Event.get(Event.name == "effect.confirmed")
    assert told.rules == [second.id, first.id]


def test_second_write_to_a_line_waits_until_the_first_is_settled(counter: Desk) -> None:
    plan_accept(counter, order_of(1))
    with pytest.raises(RuleRefused, match="Another write for the same line is being sent"):
        plan_accept(counter, order_of(1))
    assert Effect.select().count() == 1
    outbox.withdraw(counter, Effect.get().id)
    plan_accept(counter, order_of(1))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (EffectState.CONFIRMED, ["effect.confirmed"]),
        (EffectState.REJECTED, ["effect.refused"]),
        (EffectState.NOT_APPLIED, ["effect.not_applied"]),
        (EffectState.NEEDS_PERSON, ["effect.unknown"]),
        (EffectState.UNKNOWN, []),
    ],
)
def test_outcome_of_a_write_is_told_and_that_an_upload_failed_only_of_uploads(
    counter: Desk, state: EffectState, told: list[str]
) -> None:
    upload, other = plan_ship(counter, order_of(3)), plan_accept(counter, order_of(1))
    failed = ["upload.failed"] if state in (EffectState.REJECTED, EffectState.NOT_APPLIED) else []
    for job_id, also in ((upload, failed), (other, [])):
        Event.delete().execute()
        with counter.store.transaction():
            effects.settle(counter, Effect.get(Effect.job == job_id), state, error="Not today.")
        names = [event.name for event in Event.select().order_by(Event.id)]
        assert [name for name in names if name != "order.changed"] == [*told, *also]


def test_sentence_why_a_write_is_kept_back_names_its_pause_or_its_toggle(counter: Desk) -> None:
    accept, ship = effect_of(plan_accept(counter, order_of(1))), effect_of(plan_ship(counter, order_of(3)))
    assert [outbox.kept_back(counter, effect) for effect in (accept, ship)] == [None, None]
    companies.change(counter, None, {"allow_fulfillment_upload": "no"})
    off = "Allow Fulfillment Upload is off for Shop: it waits until that is turned on."
    assert [outbox.kept_back(counter, effect) for effect in (accept, ship)] == [None, off]
    assert [effects.held(Company.get(), kind) for kind in (EffectKind.ACCEPT, EffectKind.SHIP)] == [None, off]
    sending_pauses.pause(counter, "lunch")
    for effect in (accept, ship):
        assert (outbox.kept_back(counter, effect) or "").endswith(": lunch.")
    with pytest.raises(NotFound):
        outbox.kept_back(counter, 99)
