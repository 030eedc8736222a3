"""Limits and repetitions of rules: days of the company's clocks, orders that wait for the next day, two companies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import COMPANY, add_company, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.rules import engine, rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags
from bmtui.store.models import Job, Note, Order, OrderTag, RuleLog


def at(desk: Desk, hour: int, minute: int = 30, day: int = 23) -> Desk:
    return replace(desk, now=lambda: datetime(2026, 11, day, hour, minute, tzinfo=UTC))


def orders_of(desk: Desk, *numbers: int, state: int = 2) -> None:
    take_in(desk, *(raw_order(number, [raw_line(number * 10, state)]) for number in numbers))


def tagged(company: str = COMPANY) -> set[int]:
    of = OrderTag.select(OrderTag.order).where(OrderTag.tag == "seen")
    return {row.order_id for row in Order.select().where(Order.id.in_(of)) if row.company.name == company}


def begun(desk: Desk, when: str, query: str = "", *then: str, limit: int = 1, company: str = "") -> None:
    rules.save(desk, Draft("r", when, query, then or ("tag seen",), limit, company))
    engine.run_due(desk)


def test_limit_of_a_rule_begins_anew_at_midnight_of_the_company(offline: Desk) -> None:
    begun(at(offline, 22), "order.created")
    orders_of(offline, 1, 2)
    engine.run_due(at(offline, 22))
    assert tagged() == {1}
    orders_of(offline, 3, 4)
    # Half past midnight in Paris, still the same day in UTC.
    engine.run_due(at(offline, 23))
    assert tagged() == {1, 3}
    # Each day tells once that the rule reached its limit.
    assert len(events.listing(offline, name="rule.limited")) == 2


def test_refused_act_does_not_count_for_the_limit_of_a_rule(offline: Desk) -> None:
    begun(offline, "order.created", "", "accept")
    orders_of(offline, 1, state=3)
    orders_of(offline, 2, state=1)
    engine.run_due(offline)
    assert [(row.order_id, row.done) for row in rules.log(offline)] == [(2, True), (1, False)]
    assert rules.show(offline, "r").done_today == 1


def test_order_beyond_the_limit_of_a_periodic_rule_gets_its_turn_the_next_day(offline: Desk) -> None:
    orders_of(offline, 1, 2)
    begun(at(offline, 12), "every 15m", "market:fr-fr")
    for hour in (13, 14):
        engine.run_due(at(offline, hour))
    assert len(tagged()) == 1
    engine.run_due(at(offline, 12, day=24))
    assert tagged() == {1, 2}


def test_saved_periodic_rule_acts_again_on_the_orders_that_still_match(offline: Desk) -> None:
    orders_of(offline, 1)
    begun(at(offline, 12), "every 15m", "market:fr-fr", "note One", limit=9)
    engine.run_due(at(offline, 13))
    begun(at(offline, 14), "every 15m", "market:fr-fr", "note Two", limit=9)
    engine.run_due(at(offline, 15))
    engine.run_due(at(offline, 16))
    assert [note.text for note in Note.select().order_by(Note.id)] == ["One", "Two"]


def test_periodic_rule_runs_at_once_after_the_clock_was_set_back(offline: Desk) -> None:
    begun(at(offline, 12, day=25), "every 15m", "market:fr-fr")
    orders_of(offline, 1)
    engine.run_due(at(offline, 12, day=23))
    assert tagged() == {1}


def test_log_of_a_rule_omits_the_text_of_its_notes(offline: Desk) -> None:
    begun(offline, "order.created", "", "note Ask Marie Dupont", "status on_hold Ask Marie Dupont")
    orders_of(offline, 1)
    engine.run_due(offline)
    assert [row.action for row in RuleLog.select().order_by(RuleLog.id)] == ["note", "status on_hold"]


@pytest.fixture
def two(offline: Desk) -> Desk:
    """Desk with two companies; none has an order yet."""
    add_company(offline, "Other")
    return offline


def both(desk: Desk, act: Callable[[Desk], object]) -> None:
    for company in (COMPANY, "Other"):
        act(desk.of_company(company))


def test_rule_of_a_company_leaves_an_order_of_the_same_number_of_another_alone(two: Desk) -> None:
    begun(two, "order.created", "", company="Other", limit=9)
    both(two, lambda desk: orders_of(desk, 1))
    engine.run_due(two)
    assert (tagged(), tagged("Other")) == (set(), {1})


def test_papers_of_two_companies_with_the_same_order_number_are_two_jobs(two: Desk) -> None:
    begun(two, "order.changed", "tag:print", "papers", limit=9)
    both(two, lambda desk: orders_of(desk, 1))
    engine.run_due(two)
    both(two, lambda desk: tags.tag(desk, 1, add=["print"]))
    engine.run_due(two)
    assert Job.select().where(Job.type == "papers").count() == 2
