"""Events under kills of workers and failures of the receiver: none is lost, and those of an order stay in order."""

from __future__ import annotations

import random
import time
from collections import defaultdict

import failpoints
from helpers import raw_line, raw_order, take_in, work
from receivers import Hook, hook
from thoroughness import share

from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.notifications import deliveries
from bmtui.desk.rules import engine, rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags
from bmtui.store.models import Delivery, Note

KILLS = share(6, 12)
ORDERS = range(1, 5)
PATIENCE_S = 3
"""Longest life of a worker in seconds; a worker that has to pause is killed, too."""


def happen_and_kill(desk: Desk, state: Hook, chance: random.Random, rounds: range) -> None:
    """Tag every order in each round, and kill a worker while it sends the events."""
    state.stop.clear()
    for number in rounds:
        for order_id in ORDERS:
            tags.tag(desk, order_id, add=[f"t{number}"])
        Delivery.update(due_at=desk.now()).where(Delivery.state == "waiting").execute()
        process = failpoints.start(desk.settings.config, once=False)
        before, until = len(state.got), time.monotonic() + PATIENCE_S
        while len(state.got) < before + chance.randint(1, 4) and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.join()


def test_killed_workers_lose_no_event_and_no_rule_acts_twice(offline: Desk) -> None:
    chance = random.Random(7)
    take_in(offline, *(raw_order(number, [raw_line(number)]) for number in ORDERS))
    rules.save(offline, Draft("greet", "order.changed", "tag:t0", ("note Welcome",)))
    engine.run_due(offline)
    # It hangs, refuses, and takes; in the middle third of the kills nobody is there at all.
    kinds: list[int | str] = [200, 200, 500, 503, "hang"]
    answers = [chance.choice(kinds) for _ in range(40)]
    state = Hook(answers=answers)
    with hook(0, state):
        offline.settings.file.parent.mkdir(parents=True, exist_ok=True)
        head = offline.settings.file.read_text() if offline.settings.file.exists() else ""
        offline.settings.file.write_text(
            f'{head}\n[[notify]]\nname = "hook"\nwebhook = "{state.url}"\nevents = ["order.changed"]\ntimeout_s = 1\n'
        )
        deliveries.fan_out(offline)
        begun = events.last()
        happen_and_kill(offline, state, chance, range(KILLS // 3))
    before = len(state.got)
    happen_and_kill(offline, state, chance, range(KILLS // 3, 2 * KILLS // 3))
    assert len(state.got) == before
    assert not Delivery.select().where(Delivery.state == "dead").exists()
    with hook(state.port, state):
        happen_and_kill(offline, state, chance, range(2 * KILLS // 3, KILLS))
        for _ in range(200):
            engine.run_due(offline)
            Delivery.update(due_at=offline.now()).where(Delivery.state == "waiting").execute()
            deliveries.submit_due(offline)
            work(offline)
            known = {row.event_id for row in Delivery.select().where(Delivery.state == "sent")}
            expected = {view.id for view in events.listing(offline, name="order.changed", after=begun, limit=10_000)}
            if known == expected:
                break
    assert set(state.events()) == expected
    by_order: dict[int, list[int]] = defaultdict(list)
    for got in state.taken:
        by_order[got.json["order_id"]].append(got.json["id"])
    assert all(ids == sorted(ids) for ids in by_order.values())
    # The rule acts for each change of a person, none of which it led to itself: once each.
    changes = [view for view in events.listing(offline, name="order.changed", after=begun, limit=10_000)]
    by_people = [view for view in changes if view.actor == offline.actor]
    assert Note.select().count() == len(by_people) == KILLS * len(ORDERS)
