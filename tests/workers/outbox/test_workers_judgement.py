"""Judgement of a write by a reading: each kind by an order as Back Market shows it, without a worker."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import order_of, raw_line, raw_order, take_in
from planning import plan_accept, plan_identifiers, plan_ship

from bmtui.channel.reading import read_order
from bmtui.desk.core.context import Desk
from bmtui.errors import ChannelError, NotReachable, NotUnderstood, Refused
from bmtui.store.models import Effect
from bmtui.words import EffectKind
from bmtui.workers.outbox import send_effects, verify_effects
from bmtui.workers.outbox.verify_effects import Seen, Verdict

IMEI, SERIAL = "490154203237518", "C02XK1ABCDEF"


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with an order of two lines."""
    take_in(offline, raw_order(1, [raw_line(11, 2), raw_line(12, 2)]))
    return offline


def judged(effect: Effect, *states: int, **shown: Any) -> Seen:
    """Judge the effect by an order whose lines 11, 12, … are in these states."""
    lines = [raw_line(11 + place, state, sku=f"SKU{place}") for place, state in enumerate(states)]
    return verify_effects._JUDGES[effect.kind](effect, read_order(raw_order(1, lines, **shown)))


def of_lines(desk: Desk, **expected: Any) -> Effect:
    if not Effect.select().exists():
        plan_accept(desk, order_of(1))
    effect = Effect.get()
    effect.expected = {"from": 1, "to": 2, "guarded": True, "lines": [11], **expected}
    return effect


@pytest.mark.parametrize(
    ("wanted", "states", "verdict"),
    [
        ([11], (2, 1), Verdict.DONE),
        ([11, 12], (2, 2), Verdict.DONE),
        ([11, 12], (2, 1), Verdict.OVERTAKEN),
        ([11, 12], (1, 1), Verdict.ABSENT),
        ([11], (1, 2), Verdict.ABSENT),
        ([11], (4, 1), Verdict.OVERTAKEN),
        ([99], (1, 1), Verdict.OVERTAKEN),
    ],
)
def test_write_of_lines_is_done_when_all_of_them_show_it(
    counter: Desk, wanted: list[int], states: tuple[int, ...], verdict: Verdict
) -> None:
    assert judged(of_lines(counter, lines=wanted), *states).verdict is verdict


def test_words_of_a_reading_name_each_line_with_its_state(counter: Desk) -> None:
    assert judged(of_lines(counter, lines=[11, 12]), 1, 4).text == "Back Market shows SKU0: Paid, SKU1: Cancelled."
    assert judged(of_lines(counter, lines=[12]), 1, 4).text == "Back Market shows SKU1: Cancelled."
    assert judged(of_lines(counter, lines=[99]), 1).text == "Back Market does not list the line any more."


def test_refund_planned_by_the_first_version_names_one_line(counter: Desk) -> None:
    effect = of_lines(counter, line_id=12)
    del effect.expected["lines"]
    assert [judged(effect, *states).verdict for states in ((1, 2), (2, 1))] == [Verdict.DONE, Verdict.ABSENT]


def test_partial_refund_of_a_line_that_does_not_show_it_stays_open(counter: Desk) -> None:
    effect = of_lines(counter, guarded=False)
    seen = judged(effect, 1, 1)
    assert seen.verdict is Verdict.OPEN
    assert seen.text.endswith("so whether this one happened cannot be proved.")
    assert judged(effect, 2, 1).verdict is Verdict.DONE


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ("1Z 999 aa1", Verdict.DONE),
        ("1Z999AA1", Verdict.DONE),
        ("1Z999AA2", Verdict.OVERTAKEN),
        ("", Verdict.OVERTAKEN),
    ],
)
def test_shipment_is_ours_when_it_has_our_tracking_number_however_it_is_written(
    counter: Desk, shown: str, verdict: Verdict
) -> None:
    job_id = plan_ship(counter, order_of(1), "1z999 AA1")
    effect = Effect.get(Effect.job == job_id)
    seen = judged(effect, 3, 2, tracking_number=shown)
    assert seen.verdict is verdict
    if verdict is Verdict.OVERTAKEN:
        assert seen.text.endswith(f"It was shipped with another tracking number: {shown or 'none'}.")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ({}, "Registered: nothing."),
        ({"imei": IMEI}, f"Registered: IMEI {IMEI}."),
        ({"imei": IMEI, "serial_number": SERIAL}, f"Registered: IMEI {IMEI}, serial number {SERIAL}."),
    ],
)
def test_words_of_a_reading_name_each_identifier_of_the_line(counter: Desk, shown: dict[str, str], text: str) -> None:
    effect = Effect.get(Effect.job == plan_identifiers(counter, order_of(1), IMEI))
    line = raw_line(effect.expected["line_id"], 3, **shown)
    other = raw_line(99, 3, imei="356938035643809")
    seen = verify_effects._identifiers(effect, read_order(raw_order(1, [other, line])))
    assert seen == Seen(Verdict.DONE if shown else Verdict.ABSENT, text)


def test_ignored_serial_number_is_named_and_can_be_sent_again(counter: Desk) -> None:
    job_id = plan_identifiers(counter, order_of(1), IMEI)
    Effect.update(body={"serial_number": SERIAL}, answer_status=200).execute()
    told = verify_effects.not_applied(Effect.get(), Seen(Verdict.ABSENT, "Registered: nothing."))
    assert told.startswith(f"Sent: serial number {SERIAL}. Back Market answered 200")
    assert told.endswith(f"Send it again with 'bmtui jobs retry {job_id}', or do it in the Back Office.")


def test_words_about_an_invoice_say_when_it_was_provided(counter: Desk) -> None:
    plan_accept(counter, order_of(1))
    Effect.update(kind=EffectKind.INVOICE, expected={"before": None}).execute()
    effect = Effect.get()
    assert judged(effect, 3) == Seen(Verdict.ABSENT, "Back Market shows no new invoice.")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (NotReachable("No route."), True),
        (Refused("No.", status=400), False),
        (NotUnderstood("Not JSON."), True),
        (NotUnderstood("A wrong field.", path="orderlines"), False),
    ],
)
def test_errors_that_pass_with_time_are_waited_for(error: ChannelError, passes: bool) -> None:
    assert bool(send_effects._passes(error)) is passes
