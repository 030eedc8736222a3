"""Deliveries as rows: which way gets which event, when it leaves, and which rest, die or are deleted with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from helpers import COMPANY, add_company, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.notifications import deliveries, messages, ways
from bmtui.desk.notifications.deliveries import DeliveryView
from bmtui.desk.tags import tags
from bmtui.errors import RuleRefused
from bmtui.senders.message import NotDelivered
from bmtui.store.models import Delivery

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OTHER = "Other"
AWAY = NotDelivered("The receiver cannot be reached.", away=True)
REFUSED = NotDelivered("The receiver answered 400.", final=True)


def at(desk: Desk, moment: datetime) -> Desk:
    return replace(desk, now=lambda: moment)


def way(desk: Desk, name: str, more: str = "") -> None:
    """Add a way to bmtui.toml that gets every change of an order."""
    file = desk.settings.file
    head = file.read_text() if file.exists() else ""
    text = f'name = "{name}"\nwebhook = "http://127.0.0.1:9/{name}"\nevents = ["order.changed"]\n{more}'
    file.write_text(f"{head}\n[[notify]]\n{text}\n", encoding="utf-8")


def change(desk: Desk, order_id: int, tag: str, company: str = COMPANY) -> None:
    """Change an order, and make the deliveries of its event."""
    tags.tag(desk.of_company(company), order_id, add=[tag])
    deliveries.fan_out(desk)


def due(desk: Desk, name: str) -> tuple[DeliveryView, ...]:
    return deliveries.due(desk, ways.find(desk, name))


def fail(desk: Desk, name: str, error: NotDelivered) -> None:
    """Note a failed attempt of what the way sends next."""
    with desk.store.transaction():
        deliveries.failed(desk, ways.find(desk, name), due(desk, name), error)


def states(name: str) -> list[str]:
    return [row.state for row in Delivery.select().where(Delivery.way == name).order_by(Delivery.id)]


@pytest.fixture
def noon(offline: Desk) -> Desk:
    """Desk at noon with the orders 1 and 2, and the two ways `a` and `b`."""
    desk = at(offline, NOW)
    for name in ("a", "b"):
        way(desk, name)
    take_in(desk, *(raw_order(number, [raw_line(number * 10)]) for number in (1, 2)))
    deliveries.fan_out(desk)
    return desk


@pytest.fixture
def two_shops(noon: Desk) -> Desk:
    """Desk as `noon`, with another company in Tokyo that has an order 1 of another buyer."""
    add_company(noon, OTHER, time_zone="Asia/Tokyo")
    buyer = {"first_name": "Aiko", "last_name": "Sato", "country": "JP"}
    take_in(noon, raw_order(1, [raw_line(11)], shipping_address=buyer), company=OTHER)
    return noon


def test_receiver_away_rests_the_notifications_of_its_own_way_alone(noon: Desk) -> None:
    change(noon, 1, "x")
    change(noon, 2, "x")
    fail(noon, "a", AWAY)
    assert due(noon, "a") == ()
    assert [view.event.order_id for view in due(noon, "b")] == [1]


def test_way_that_gives_up_leaves_what_waits_for_other_ways(noon: Desk) -> None:
    change(noon, 1, "x")
    fail(at(noon, NOW + timedelta(hours=73)), "a", AWAY)
    assert (states("a"), states("b")) == (["dead"], ["waiting"])


def test_dead_notification_that_is_sent_again_has_all_its_time_and_attempts(noon: Desk) -> None:
    change(noon, 1, "x")
    fail(noon, "a", REFUSED)
    (dead,) = deliveries.dead(noon)
    later = at(noon, NOW + timedelta(hours=100))
    assert deliveries.send_again(later, [dead.delivery_id]) == 1
    assert [(view.attempts, view.made_at) for view in due(later, "a")] == [(0, later.now())]
    fail(later, "a", AWAY)
    assert states("a") == ["waiting"]


def test_viewer_can_neither_send_dead_notifications_again_nor_drop_them(noon: Desk) -> None:
    change(noon, 1, "x")
    fail(noon, "a", REFUSED)
    (dead,) = deliveries.dead(noon)
    for act in (deliveries.send_again, deliveries.drop):
        with pytest.raises(RuleRefused, match="read-only"):
            act(replace(noon, read_only=True), [dead.delivery_id])
    assert states("a") == ["dead"]


def test_dead_notifications_are_kept_with_their_events_however_old_they_are(noon: Desk) -> None:
    change(noon, 1, "x")
    fail(noon, "a", REFUSED)
    deliveries.prune(at(noon, NOW + timedelta(days=400)))
    (dead,) = deliveries.dead(noon)
    assert dead.event.event == "order.changed"


def test_event_waits_for_earlier_ones_of_its_order_on_the_same_way_and_for_nothing_else(noon: Desk) -> None:
    change(noon, 1, "x")
    change(noon, 1, "y")
    change(noon, 2, "x")
    first, second, other = (row.id for row in Delivery.select().where(Delivery.way == "a").order_by(Delivery.id))
    rest = Delivery.update(due_at=NOW + timedelta(minutes=5))
    rest.where(Delivery.id == first).execute()
    assert [view.delivery_id for view in due(noon, "a")] == [other]
    # What another way still has to send, and what comes later, keeps nothing back.
    assert [view.event.order_id for view in due(noon, "b")] == [1]
    Delivery.update(due_at=NOW).where(Delivery.id == first).execute()
    rest.where(Delivery.id == second).execute()
    assert [view.delivery_id for view in due(noon, "a")] == [first]
    # A dead one does not keep back the others for ever.
    Delivery.update(state="dead", due_at=NOW + timedelta(minutes=5)).where(Delivery.id == first).execute()
    Delivery.update(due_at=NOW).where(Delivery.id == second).execute()
    assert [view.delivery_id for view in due(noon, "a")] == [second]


def test_way_of_a_company_gets_only_the_events_of_that_company(two_shops: Desk) -> None:
    way(two_shops, "theirs", f'company = "{OTHER}"')
    deliveries.fan_out(two_shops)
    change(two_shops, 1, "x")
    change(two_shops, 1, "y", OTHER)
    assert [view.event.company for view in deliveries.of_way(two_shops, "theirs")] == [OTHER]
    assert [view.event.company for view in deliveries.of_way(two_shops, "a")] == [OTHER, COMPANY]


def test_message_has_the_buyer_of_the_order_of_its_own_company(two_shops: Desk) -> None:
    way(two_shops, "full", 'fields = ["customer.name"]')
    deliveries.fan_out(two_shops)
    change(two_shops, 1, "x")
    change(two_shops, 1, "y", OTHER)
    full = ways.find(two_shops, "full")
    told = [
        (view.event.company, messages.document(two_shops, full, view.event)["order"]["customer.name"])
        for view in deliveries.of_way(two_shops, "full")
    ]
    assert told == [(OTHER, "Aiko Sato"), (COMPANY, "Marie Dupont")]


def test_quiet_hours_are_those_of_the_time_zone_of_each_company(two_shops: Desk) -> None:
    way(two_shops, "night", 'quiet = "20:00-07:30"')
    deliveries.fan_out(two_shops)
    change(two_shops, 1, "x")
    change(two_shops, 1, "y", OTHER)
    # It is 13:00 in Paris, and 21:00 in Tokyo.
    assert {view.event.company: view.due_at for view in deliveries.of_way(two_shops, "night")} == {
        COMPANY: NOW, OTHER: datetime(2026, 11, 27, 22, 30, tzinfo=UTC),
    }  # fmt: skip


def test_event_that_names_a_way_goes_out_by_it_alone_whatever_its_query(noon: Desk) -> None:
    way(noon, "vip", 'query = "tag:vip"')
    deliveries.fan_out(noon)
    told = {"rule": "Big", "version": 1, "way": "vip"}
    with noon.store.transaction():
        events.happened(noon, "rule.notified", told)
    deliveries.fan_out(noon)
    assert {name: len(states(name)) for name in ("a", "b", "vip")} == {"a": 0, "b": 0, "vip": 1}


def test_notification_that_was_given_up_while_it_was_sent_stays_for_a_person(noon: Desk) -> None:
    change(noon, 1, "x")
    (sending,) = due(noon, "a")
    fail(noon, "a", REFUSED)
    with noon.store.transaction():
        deliveries.sent(noon, [sending.delivery_id])
    assert states("a") == ["dead"]


def test_time_of_the_last_message_is_that_of_the_way_itself(noon: Desk) -> None:
    change(noon, 1, "x")
    with noon.store.transaction():
        deliveries.sent(noon, [view.delivery_id for view in due(noon, "b")])
    assert {view.name: view.last_sent_at for view in deliveries.listing(noon)} == {"a": None, "b": NOW}


def test_number_of_made_deliveries_is_that_of_their_events(noon: Desk) -> None:
    way(noon, "c")
    assert deliveries.fan_out(noon) == 0
    tags.tag(noon, 1, add=["x"])
    assert deliveries.fan_out(noon) == 3
    assert deliveries.fan_out(noon) == 0


def test_way_that_cannot_be_used_is_listed_with_its_problem_and_what_it_left(noon: Desk) -> None:
    change(noon, 1, "x")
    file = noon.settings.file
    file.write_text(file.read_text().replace("http://127.0.0.1:9/b", "ftp://127.0.0.1/b"), encoding="utf-8")
    listed = {view.name: view for view in deliveries.listing(noon)}
    assert set(listed) == {"a", "b"}
    assert (listed["a"].problem, listed["b"].problem != "", listed["b"].waiting) == ("", True, 1)


@pytest.mark.parametrize(("count", "more"), [(1, ""), (100, ""), (101, "… and 1 more.")])
def test_mail_lists_a_hundred_events_and_counts_the_others(noon: Desk, count: int, more: str) -> None:
    change(noon, 1, "x")
    (view,) = deliveries.of_way(noon, "a")
    message = messages.compose(noon, replace(ways.find(noon, "a"), digest=time(8)), [view.event] * count)
    lines = message.text.splitlines()
    assert sum("Order 1: " in line for line in lines) == min(count, 100)
    assert [line for line in lines if line.startswith("…")] == ([more] if more else [])
    assert message.subject == ("bmtui: order.changed, order 1" if count == 1 else f"bmtui: {count} events")


def test_event_of_no_company_and_of_no_order_has_neither_in_its_document(noon: Desk) -> None:
    way(noon, "full", 'fields = ["customer.name"]')
    full = ways.find(noon, "full")
    change(noon, 1, "x")
    (view,) = deliveries.of_way(noon, "a")
    nobodys = replace(view.event, company="", order_id=None)
    document = messages.document(noon, full, nobodys)
    assert (document["company"], document["order_id"], "order" in document) == (None, None, False)
    assert messages.document(noon, full, replace(view.event, order_id=99))["order"] == {}
    # Other fields than the documented ones are wrong.
    assert messages.digest_schema()["additionalProperties"] is False
