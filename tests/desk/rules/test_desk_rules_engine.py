"""Rules that act: once for each event, never on their own events, within their limit, under their own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import saved_views
from bmtui.desk.outbox import effects
from bmtui.desk.overview import order as overview
from bmtui.desk.rules import acts, engine, rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags
from bmtui.store.models import Audit, Effect, EventMark, Job, Note, Order, OrderTag, RuleLog
from bmtui.words import EffectState


def rule(desk: Desk, name: str, when: str, query: str, *then: str, limit: int = 200) -> None:
    rules.save(desk, Draft(name, when, query, then, limit))
    engine.run_due(desk)


def order(number: int, price: str = "100.00", state: int = 2, **more: object) -> dict[str, object]:
    return raw_order(number, [raw_line(number * 10, state, price=price)], **more)


def way(desk: Desk, name: str) -> None:
    """Add a notification target to bmtui.toml, so that a rule can name it."""
    file = desk.settings.file
    head = file.read_text() if file.exists() else ""
    file.write_text(f'{head}\n[[notify]]\nname = "{name}"\nwebhook = "http://127.0.0.1:9/hook"\n', encoding="utf-8")


def tags_of(number: int) -> tuple[str, ...]:
    return tuple(sorted(row.tag for row in OrderTag.select().where(OrderTag.order == order_of(number))))


def told(desk: Desk) -> list[tuple[str, int | None, str, bool]]:
    return [(row.rule, row.order_id, row.action, row.done) for row in reversed(rules.log(desk))]


def test_rule_acts_only_on_events_after_it_was_saved(offline: Desk) -> None:
    take_in(offline, order(1, "900.00"))
    rule(offline, "big", "order.created", "total:>800", "tag big", "status on_hold Look at it")
    take_in(offline, order(2, "900.00"), order(3, "100.00"))
    engine.run_due(offline)
    engine.run_due(offline)
    assert [tags_of(number) for number in (1, 2, 3)] == [(), ("big",), ()]
    view = overview.show(offline, 2)
    assert (view.row.status, view.notes[0].text) == ("on_hold", "Look at it")
    assert told(offline) == [("big", 2, "tag big", True), ("big", 2, "status on_hold", True)]
    assert {entry.actor for entry in view.history[-2:]} == {"rule big v1"}
    assert view.notes[0].made_by == "rule big v1"
    assert [event.data["action"] for event in events.listing(offline, name="rule.acted")] == ["status", "tag"]


def test_rule_with_every_action_carries_them_out(offline: Desk) -> None:
    tags.add_field(offline, "shelf")
    way(offline, "chat")
    rule(
        *(offline, "all", "order.created", ""),
        *("note Welcome", "tag a", "tag b", "untag b", f"assign {offline.account}", "view New ones", "invoice make"),
        *("papers", "notify chat", "accept"),
    )
    take_in(offline, order(1, state=1))
    engine.run_due(offline)
    view = overview.show(offline, 1)
    assert [note.text for note in view.notes] == ["Welcome"]
    assert (view.row.tags, view.row.assignee) == (("a", "view-new-ones"), offline.account)
    assert saved_views.listing(offline)[-1].query == "tag:view-new-ones"
    kinds = {row.type for row in Job.select().where(Job.submitted_by == "rule all v1")}
    assert kinds == {"invoice", "papers", "acceptance"}
    assert [event.data["way"] for event in events.listing(offline, name="rule.notified")] == ["chat"]
    assert Effect.get().made_by == "rule all v1"
    assert all(done for *_, done in told(offline))


def test_refused_action_of_a_rule_is_logged_and_the_others_are_done(offline: Desk) -> None:
    rule(offline, "both", "order.created", "", "accept", "tag seen")
    take_in(offline, order(1, state=3))
    engine.run_due(offline)
    assert told(offline) == [("both", 1, "accept", False), ("both", 1, "tag seen", True)]
    assert RuleLog.get().error == "RuleRefused"
    assert not Effect.select().exists()


def test_rule_never_acts_on_its_own_consequences(offline: Desk) -> None:
    rule(offline, "ping", "order.changed", "-tag:x", "tag ping", "note Ping")
    rule(offline, "pong", "order.changed", "tag:ping", "tag pong", "note Pong")
    take_in(offline, order(1))
    tags.tag(offline, 1, add=["go"])
    for _ in range(10):
        engine.run_due(offline)
    assert [note.text for note in Note.select().order_by(Note.id)].count("Ping") <= 2
    assert Note.select().count() <= 8
    before = events.last()
    engine.run_due(offline)
    assert events.last() == before


def refuse_all(desk: Desk) -> None:
    """Settle all planned effects as refused by Back Market."""
    with desk.store.transaction():
        for effect in Effect.select().where(Effect.state == EffectState.PLANNED):
            effects.settle(replace(desk, actor="worker"), effect, EffectState.REJECTED, error="No.")


def test_outcome_of_a_rules_own_request_does_not_start_it_again(offline: Desk) -> None:
    rule(offline, "again", "effect.refused, order.changed", "channel:to_accept", "accept")
    take_in(offline, order(1, state=1))
    tags.tag(offline, 1, add=["go"])
    for _ in range(4):
        engine.run_due(offline)
        refuse_all(offline)
    assert [effect.made_by for effect in Effect.select()] == ["rule again v1"]
    # What a person asked for and was refused is another matter.
    acceptance.accept(offline, 1)
    refuse_all(offline)
    engine.run_due(offline)
    assert [effect.made_by for effect in Effect.select().order_by(Effect.id)][1:] == [offline.actor, "rule again v1"]


def test_rule_stops_once_its_daily_limit_is_reached(offline: Desk) -> None:
    rule(offline, "few", "order.created", "", "tag seen", limit=2)
    take_in(offline, *(order(number) for number in range(1, 6)))
    engine.run_due(offline)
    assert sum(bool(tags_of(number)) for number in range(1, 6)) == 2
    assert rules.show(offline, "few").done_today == 2
    (limited,) = events.listing(offline, name="rule.limited")
    assert limited.data == {"rule": "few", "version": 1, "limit": 2}
    tomorrow = replace(offline, now=lambda: datetime.now(UTC) + timedelta(days=1, hours=1))
    take_in(tomorrow, order(9))
    engine.run_due(tomorrow)
    assert tags_of(9) == ("seen",)


def test_rules_all_turned_off_skip_the_events_of_that_time(offline: Desk) -> None:
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    rule(offline, "all", "order.created", "", "tag seen")
    rule(offline, "often", "every 1m", "market:fr-fr", "tag often")
    rules.turn_all(offline, on=False)
    take_in(offline, order(1, state=1))
    engine.run_due(offline)
    assert (tags_of(1), Effect.select().count()) == ((), 0)
    rules.turn_all(offline, on=True)
    engine.run_due(offline)
    assert tags_of(1) in ((), ("often",))
    assert Effect.select().count() == 1


def test_the_acceptance_rule_acts_is_logged_and_named(offline: Desk) -> None:
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    take_in(offline, order(1, state=1))
    engine.run_due(offline)
    assert told(offline) == [("acceptance rule of Shop", 1, "accept", True)]
    assert Audit.get(Audit.action == "order.accepted").actor == "acceptance rule of Shop"
    assert rules.show(offline, "acceptance rule of Shop").done_today == 1


def test_acceptance_rule_stops_once_its_daily_limit_is_reached(offline: Desk) -> None:
    name = "acceptance rule of Shop"
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    rules.save(offline, replace(rules.draft_of(rules.show(offline, name)), limit=1))
    take_in(offline, order(1, state=1), order(2, state=1))
    engine.run_due(offline)
    engine.run_due(offline)
    assert [(rule, action) for rule, _, action, _ in told(offline)] == [(name, "accept")]
    (limited,) = events.listing(offline, name="rule.limited")
    assert limited.data == {"rule": name, "version": 3, "limit": 1}


def test_periodic_rule_acts_once_while_an_order_matches(offline: Desk) -> None:
    take_in(offline, order(1))
    clock = Clock()
    desk = replace(offline, now=clock)
    rule(desk, "tagged", "every 15m", "tag:vip", "note Seen")
    tags.tag(desk, 1, add=["vip"])
    engine.run_due(desk)
    assert Note.select().count() == 0
    for _ in range(3):
        clock.add(minutes=16)
        engine.run_due(desk)
    assert Note.select().count() == 1
    tags.tag(desk, 1, remove=["vip"])
    clock.add(minutes=16)
    engine.run_due(desk)
    tags.tag(desk, 1, add=["vip"])
    clock.add(minutes=16)
    engine.run_due(desk)
    assert Note.select().count() == 2


def test_rule_on_business_hours_in_a_state_leaves_out_the_weekend(offline: Desk) -> None:
    take_in(offline, order(1))
    clock = Clock(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))  # a Friday, 23:00 in Paris
    desk = replace(offline, now=clock)
    rule(desk, "slow", "for 4h", "market:fr-fr shipping:unshipped", "tag slow")
    clock.add(minutes=2)
    engine.run_due(desk)
    for hours in (12, 24, 13):
        clock.add(hours=hours)
        engine.run_due(desk)
        assert tags_of(1) == ()
    clock.add(hours=4)  # Monday
    engine.run_due(desk)
    assert tags_of(1) == ("slow",)


def test_worker_killed_during_a_rule_repeats_and_loses_no_action(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(offline, "note", "order.created", "", "note Welcome")
    take_in(offline, *(order(number) for number in range(1, 5)))
    done = acts.do
    calls = 0

    class Killed(BaseException):
        pass

    def dies(*args: object) -> None:
        nonlocal calls
        calls += 1
        done(*args)  # type: ignore[arg-type]
        if calls == 3:
            raise Killed

    monkeypatch.setattr(acts, "do", dies)
    with pytest.raises(Killed):
        engine.run_due(offline)
    assert Note.select().count() == 2
    engine.run_due(offline)
    assert sorted(note.order.order_id for note in Note.select()) == [1, 2, 3, 4]


def test_two_workers_that_read_the_same_events_act_once(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(offline, "note", "order.created", "", "note Welcome")
    take_in(offline, order(1), order(2))
    act_on: Callable[..., bool] = engine._act_on

    def other_first(*args: object) -> bool:
        monkeypatch.setattr(engine, "_act_on", act_on)
        engine.run_due(offline)
        return act_on(*args)

    monkeypatch.setattr(engine, "_act_on", other_first)
    engine.run_due(offline)
    assert Note.select().count() == 2
    assert EventMark.get(EventMark.reader == "rules").event_id >= 2


def test_a_note_of_a_person_can_start_a_rule(offline: Desk) -> None:
    rule(offline, "asks", "order.changed", 'note:"please check"', "tag check")
    take_in(offline, order(1))
    orders.add_note(offline, 1, "Please CHECK the address.")
    engine.run_due(offline)
    assert tags_of(1) == ("check",)
    assert Order.select().count() == 1


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def add(self, **span: float) -> None:
        self.at += timedelta(**span)
