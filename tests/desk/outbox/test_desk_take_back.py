"""Key `u`: takes back the newest action that still waits, unless a later one has been sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import order_of, raw_line, raw_order, take_in
from planning import plan_accept

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.errors import RuleRefused
from bmtui.store.models import Effect
from bmtui.words import EffectState


@pytest.fixture
def desk_of_two(offline: Desk) -> Desk:
    """A person's desk with two orders to accept."""
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 1)], state=1) for number in (1, 2)))
    return replace(offline, undo=True)


def planned(desk: Desk, order_id: int, **leaves_in: float) -> int:
    job_id = plan_accept(desk, order_of(order_id))
    effect = Effect.get(Effect.job == job_id)
    Effect.update(not_before=desk.now() + timedelta(**leaves_in)).where(Effect.id == effect.id).execute()
    return int(effect.id)


def test_take_back_after_a_withdrawal_takes_the_effect_before_it(desk_of_two: Desk) -> None:
    older, newest = planned(desk_of_two, 1, hours=9), planned(desk_of_two, 2, seconds=5)
    assert [view.effect_id for view in outbox.take_back(desk_of_two)] == [newest]
    assert [view.effect_id for view in outbox.take_back(desk_of_two)] == [older]
    with pytest.raises(RuleRefused, match="No write of yours waits"):
        outbox.take_back(desk_of_two)


def test_take_back_of_an_effect_whose_window_ended_is_refused_once_a_newer_one_was_sent(desk_of_two: Desk) -> None:
    stuck, newer = planned(desk_of_two, 1, seconds=5), planned(desk_of_two, 2, seconds=5)
    sending_pauses.pause(desk_of_two, "stock-taking")
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == newer).execute()
    now = desk_of_two.now()
    later = replace(desk_of_two, now=lambda: now + timedelta(minutes=10))
    with pytest.raises(RuleRefused, match="It was sent already: order 2"):
        outbox.take_back(later)
    assert outbox.show(later, stuck).state == "planned"
    # As long as it was counted down, it could be taken back.
    assert [view.effect_id for view in outbox.take_back(desk_of_two)] == [stuck]


def test_take_back_of_jobs_leaves_the_writes_of_other_people_alone(desk_of_two: Desk) -> None:
    mine = planned(desk_of_two, 1, seconds=5)
    theirs = planned(replace(desk_of_two, actor="ann(60001)"), 2, seconds=5)
    job_ids = [row.job_id for row in Effect.select().order_by(Effect.id)]
    assert outbox.take_back_jobs(desk_of_two, job_ids) == 1
    assert [outbox.show(desk_of_two, effect).state for effect in (mine, theirs)] == ["withdrawn", "planned"]


@pytest.mark.parametrize(("left_s", "taken"), [(0, False), (1, True), (60, True), (61, False)])
def test_take_back_after_a_newer_one_left_is_only_of_what_leaves_within_a_minute(
    desk_of_two: Desk, left_s: int, taken: bool
) -> None:
    now = desk_of_two.now()
    desk = replace(desk_of_two, now=lambda: now)
    older, newer = planned(desk, 1, seconds=left_s), planned(desk, 2, seconds=5)
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == newer).execute()
    if taken:
        assert [view.effect_id for view in outbox.take_back(desk)] == [older]
    else:
        with pytest.raises(RuleRefused, match="It was sent already"):
            outbox.take_back(desk)


def test_take_back_does_not_mind_what_left_earlier(desk_of_two: Desk) -> None:
    older, newest = planned(desk_of_two, 1, seconds=5), planned(desk_of_two, 2, hours=9)
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == older).execute()
    assert [view.effect_id for view in outbox.take_back(desk_of_two)] == [newest]


def test_nothing_is_taken_back_withdrawn_or_settled_on_a_read_only_desk(desk_of_two: Desk) -> None:
    effect = planned(desk_of_two, 1, seconds=5)
    reader = replace(desk_of_two, read_only=True)
    for act in (
        lambda: outbox.take_back(reader),
        lambda: outbox.withdraw(reader, effect),
        lambda: outbox.settle_by_person(reader, effect, happened=True),
    ):
        with pytest.raises(RuleRefused, match="read-only"):
            act()
