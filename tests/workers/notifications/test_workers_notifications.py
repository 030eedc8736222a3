"""Events for a receiver that hangs, dies, answers 500 and comes back: each sent at least once, in order per order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import raw_line, raw_order, take_in, work
from receivers import Hook, hook, mail_server

from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.notifications import deliveries
from bmtui.desk.tags import tags
from bmtui.errors import NotFound
from bmtui.store.models import Delivery, Event, Job

MORE = '\nevents = ["order.changed"]\ntimeout_s = 1\n'


def way(desk: Desk, text: str) -> None:
    file = desk.settings.file
    head = file.read_text() if file.exists() else ""
    file.write_text(f"{head}\n[[notify]]\n{text}", encoding="utf-8")


def begin(desk: Desk, *orders: int) -> None:
    """Store orders, and give each notification target its place in the events."""
    take_in(desk, *(raw_order(number, [raw_line(number * 10)]) for number in orders))
    deliveries.fan_out(desk)


def deliver(desk: Desk) -> None:
    deliveries.submit_due(desk)
    work(desk)


def patiently(desk: Desk, rounds: int = 40) -> None:
    """Let time pass until no delivery waits."""
    for _ in range(rounds):
        deliver(desk)
        if not Delivery.select().where(Delivery.state == "waiting").exists():
            return
        Delivery.update(due_at=desk.now()).where(Delivery.state == "waiting").execute()
    raise AssertionError("something still waits")


def states(desk: Desk) -> list[str]:
    return [row.state for row in Delivery.select().order_by(Delivery.id)]


def test_event_reaches_the_targets_that_want_it(offline: Desk) -> None:
    with hook() as receiver:
        way(offline, f'name = "all"\nwebhook = "{receiver.url}?all"')
        way(offline, f'name = "some"\nwebhook = "{receiver.url}?some"\nquery = "tag:vip"{MORE}')
        way(offline, f'name = "none"\nwebhook = "{receiver.url}?none"\nevents = ["folder.*"]')
        begin(offline, 1, 2)
        tags.tag(offline, 1, add=["vip"])
        tags.tag(offline, 2, add=["other"])
        deliver(offline)
        deliver(offline)
    by_path = {path: [got.json["order_id"] for got in receiver.taken if got.path == path] for path in _paths(receiver)}
    assert by_path == {"/hook?all": [1, 2], "/hook?some": [1]}
    (got,) = [got for got in receiver.taken if got.path == "/hook?some"]
    assert got.json["data"]["summary"] == "Tags: +vip."
    assert got.headers["Bmtui-Id"] == f"evt-{got.json['id']}"
    assert set(states(offline)) == {"sent"}


def _paths(receiver: Hook) -> set[str]:
    return {got.path for got in receiver.taken}


def test_events_before_a_notification_target_existed_are_not_sent(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10)]))
    with hook() as receiver:
        way(offline, f'name = "hook"\nwebhook = "{receiver.url}"')
        deliver(offline)
    assert receiver.got == []


def test_events_arrive_in_order_although_the_receiver_fails_in_all_ways(offline: Desk) -> None:
    state = Hook()
    with hook(0, state):
        way(offline, f'name = "hook"\nwebhook = "{state.url}"{MORE}')
        begin(offline, 1, 2, 3)
        for number in range(4):
            for order in (1, 2, 3):
                tags.tag(offline, order, add=[f"t{number}"])
        state.answers = [500, 200, "hang", 429, 200, 503]
        for _ in range(4):
            deliver(offline)
            Delivery.update(due_at=offline.now()).where(Delivery.state == "waiting").execute()
    # It is gone.
    tags.tag(offline, 2, add=["while-away"])
    deliver(offline)
    assert "waiting" in states(offline)
    state.stop.clear()
    with hook(state.port, state):
        patiently(offline)
    expected = [view.id for view in reversed(events.listing(offline, name="order.changed"))]
    assert sorted(set(state.events())) == expected
    by_order: dict[int, list[int]] = defaultdict(list)
    for got in state.taken:
        by_order[got.json["order_id"]].append(got.json["id"])
    assert all(ids == sorted(ids) for ids in by_order.values())
    assert set(states(offline)) == {"sent"}


def test_dead_receiver_does_not_stop_other_targets(offline: Desk) -> None:
    with hook() as good:
        way(offline, f'name = "dead"\nwebhook = "http://127.0.0.1:9/x"{MORE}')
        way(offline, f'name = "good"\nwebhook = "{good.url}"{MORE}')
        begin(offline, 1)
        tags.tag(offline, 1, add=["a"])
        tags.tag(offline, 1, add=["b"])
        deliver(offline)
        assert len(good.taken) == 2
    dead, alive = deliveries.listing(offline)
    assert (dead.waiting, alive.waiting) == (2, 0)
    assert "cannot be reached" in dead.error
    assert Delivery.get(Delivery.way == "dead").attempts == 1
    # Nobody knocks again at once.
    deliveries.submit_due(offline)
    assert not Job.select().where((Job.type == "notification") & (Job.status == "submitted")).exists()


def test_event_refused_by_the_receiver_is_dead_and_the_others_arrive(offline: Desk) -> None:
    with hook() as receiver:
        way(offline, f'name = "hook"\nwebhook = "{receiver.url}"{MORE}')
        begin(offline, 1, 2)
        receiver.refuses = {1}
        for order in (1, 2):
            tags.tag(offline, order, add=["a"])
        patiently(offline)
        assert states(offline) == ["dead", "sent"]
        (dead,) = deliveries.dead(offline)
        assert (dead.event.order_id, deliveries.dead_count(offline)) == (1, 1)
        assert "answered 400" in dead.error
        with pytest.raises(NotFound):
            deliveries.send_again(offline, [dead.delivery_id + 1])
        receiver.refuses = set()
        assert deliveries.send_again(offline, [dead.delivery_id]) == 1
        patiently(offline)
        assert states(offline) == ["sent", "sent"]


def test_receiver_away_for_too_long_makes_waiting_events_dead(offline: Desk) -> None:
    way(offline, f'name = "dead"\nwebhook = "http://127.0.0.1:9/x"\ngive_up_after_h = 1{MORE}')
    begin(offline, 1)
    tags.tag(offline, 1, add=["a"])
    deliver(offline)
    assert states(offline) == ["waiting"]
    Delivery.update(made_at=offline.now() - timedelta(hours=2), due_at=offline.now()).execute()
    deliver(offline)
    assert states(offline) == ["dead"]
    (dead,) = deliveries.dead(offline)
    deliveries.drop(offline, [dead.delivery_id])
    assert states(offline) == ["dropped"]


def test_notification_digest_is_one_message_at_its_time(offline: Desk) -> None:
    with mail_server() as server:
        way(
            offline,
            f'name = "ops"\nmail = "ops@shop.example"\nfrom = "desk@shop.example"\ndigest = "30m"\n'
            f'smtp = "smtp://127.0.0.1:{server.port}"\nfields = ["total"]{MORE}',
        )
        soon = replace(offline, now=lambda: datetime(2026, 11, 20, 10, 7, tzinfo=UTC))
        begin(soon, 1, 2)
        for number, order in enumerate((1, 2, 1)):
            tags.tag(soon, order, add=[f"t{number}"])
            deliver(soon)
        assert server.got == []
        later = replace(offline, now=lambda: datetime(2026, 11, 20, 10, 30, tzinfo=UTC))
        deliver(later)
    ((_, to, text),) = server.got
    assert to == ["ops@shop.example"]
    assert "3 events" in text
    assert "Order 1" in text
    assert "Order 2" in text


def test_a_webhook_says_nothing_of_the_buyer_unless_the_field_list_asks(offline: Desk) -> None:
    with hook() as receiver:
        way(offline, f'name = "plain"\nwebhook = "{receiver.url}?plain"{MORE}')
        way(offline, f'name = "full"\nwebhook = "{receiver.url}?full"\nfields = ["customer.name", "total"]{MORE}')
        begin(offline, 1)
        tags.tag(offline, 1, add=["a"])
        deliver(offline)
    plain, full = sorted(receiver.taken, key=lambda got: got.path, reverse=True)
    assert b"Dupont" not in plain.body
    assert full.json["order"] == {"customer.name": "Marie Dupont", "total": "105.00"}


def test_a_delivery_whose_worker_dies_after_it_was_taken_is_sent_again_with_its_id(offline: Desk) -> None:
    with hook() as receiver:
        way(offline, f'name = "hook"\nwebhook = "{receiver.url}"{MORE}')
        begin(offline, 1)
        tags.tag(offline, 1, add=["a"])
        deliver(offline)
        # As if the note of it had been lost.
        Delivery.update(state="waiting").execute()
        deliver(offline)
    assert receiver.events() == [receiver.events()[0]] * 2


def test_events_sent_long_ago_are_pruned_and_waiting_ones_kept(offline: Desk) -> None:
    way(offline, f'name = "dead"\nwebhook = "http://127.0.0.1:9/x"{MORE}')
    begin(offline, 1)
    tags.tag(offline, 1, add=["a"])
    deliver(offline)
    later = replace(offline, now=lambda: offline.now() + timedelta(days=40))
    before = events.last()
    deliveries.prune(later)
    assert events.last() == before
    assert {row.name for row in Event.select()} == {"order.changed"}
    Delivery.update(state="sent", settled_at=offline.now()).execute()
    deliveries.prune(later)
    assert (Delivery.select().count(), Event.select().count()) == (0, 1)
