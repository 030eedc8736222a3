"""Simulation: events that happen by themselves, in a sequence that follows from the seed."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sandbox_seller import NOW, Open

from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.dates import Clock, parse
from bmtui.sandbox.marketplace import Marketplace, Query
from bmtui.sandbox.server import SandboxServer
from bmtui.sandbox.simulation import Simulation, Ticker


def market(**options: Any) -> Marketplace:
    return Marketplace(**{"orders": 200, "clock": Clock(NOW), **options})


def test_events_follow_from_the_seed() -> None:
    first, again, other = (market(seed=seed) for seed in (3, 3, 4))
    simulation, again_simulated = Simulation(first), Simulation(again)
    events = simulation.step(120)
    assert [again_simulated.step()[0] for _ in range(120)] == events == simulation.events
    assert first.all_orders() == again.all_orders()
    assert first.care.all_folders() == again.care.all_folders()
    assert [event["kind"] for event in Simulation(other).step(120)] != [event["kind"] for event in events]
    assert [event["seq"] for event in events] == list(range(1, 121))


Step = tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]
"""Event, and its order before (None if it did not exist) and after."""


@pytest.fixture(scope="module")
def lived() -> tuple[Marketplace, list[Step]]:
    """Marketplace after 250 events, none of them the seller's, and the events."""
    place = market(quirks={"processed": "later"})
    for order in place.all_orders():
        if {line["state"] for line in order["orderlines"]} == {2}:
            place.update(order["order_id"], {"order_id": order["order_id"], "new_state": 3, "tracking_number": "T"})
    effects, simulation, steps = list(place.effects), Simulation(place), list[Step]()
    for _ in range(250):
        orders = {order["order_id"]: order for order in place.all_orders()}
        folders = {folder["id"]: folder for folder in place.care.all_folders()}
        (event,) = simulation.step()
        if event["kind"] in ("open-folder", "write"):
            now = next(one for one in place.care.all_folders() if one["id"] == event["folder_id"])
            event = event | {"folder": (folders.get(now["id"]), now)}
        after = place.order(event["order_id"])
        listed = {
            one["order_id"] for one in place.page(Query(modified_from=parse(after["date_modification"])), 0, 999)[1]
        }
        steps.append((event | {"listed": listed}, orders.get(after["order_id"]), after))
    assert place.effects == effects
    return place, steps


def of_kind(steps: list[Step], *kinds: str) -> list[Step]:
    found = [step for step in steps if step[0]["kind"] in kinds]
    assert {step[0]["kind"] for step in found} == set(kinds)
    return found


def states_of(order: dict[str, Any]) -> set[int]:
    return {line["state"] for line in order["orderlines"]}


@pytest.mark.slow
def test_every_kind_of_event_happens(lived: tuple[Marketplace, list[Step]]) -> None:
    kinds = {event["kind"] for event, _, _ in lived[1]}
    assert kinds == {"order", "order-unpaid", "pay", "cancel", "deliver", "process", "open-folder", "write"}


def test_a_new_order_is_paid_or_waits_for_its_payment(lived: tuple[Marketplace, list[Step]]) -> None:
    for event, before, order in of_kind(lived[1], "order", "order-unpaid"):
        assert before is None
        assert (order["state"], states_of(order)) == ((1, {1}) if event["kind"] == "order" else (10, {8}))
        assert parse(order["date_creation"]) == datetime.fromisoformat(event["at"])


def test_simulated_folder_event_adds_a_message_of_the_customer(lived: tuple[Marketplace, list[Step]]) -> None:
    for event, _, order in of_kind(lived[1], "open-folder", "write"):
        then, now = event["folder"]
        assert (then is None) == (event["kind"] == "open-folder")
        assert now["messages"][-1]["initiator"] == "Client"
        assert then is None or parse(now["date_modification"]) > parse(then["date_modification"])
        assert now["orderline"]["order"]["order_id"] == order["order_id"]


def test_simulated_event_moves_its_order_to_the_front_of_the_modified_list(
    lived: tuple[Marketplace, list[Step]],
) -> None:
    for event, before, order in of_kind(lived[1], "pay", "cancel", "deliver", "process"):
        assert before is not None
        assert parse(order["date_modification"]) > parse(before["date_modification"])
        assert order["order_id"] in event["listed"]


def test_a_payment_opens_an_order_and_a_cancellation_leaves_no_line_to_accept(
    lived: tuple[Marketplace, list[Step]],
) -> None:
    for _, before, order in of_kind(lived[1], "pay"):
        assert before is not None
        assert before["state"] in (0, 10)
        assert (order["state"], states_of(order), bool(order["date_payment"])) == (1, {1}, True)
    for _, before, order in of_kind(lived[1], "cancel"):
        assert before is not None
        assert 1 in states_of(before) - states_of(order)


def test_an_order_is_processed_after_it_was_shipped(lived: tuple[Marketplace, list[Step]]) -> None:
    for _, before, order in of_kind(lived[1], "process"):
        assert before is not None
        assert (before["state"], order["state"]) == (3, 9)


def test_empty_marketplace_gets_orders() -> None:
    place = market(orders=0)
    Simulation(place).step(60)
    assert len(place.all_orders()) > 10
    ids = [order["order_id"] for order in place.all_orders()]
    assert ids == sorted(set(ids))


def test_simulated_parcel_is_delivered_once() -> None:
    place = market(orders=600)
    delivered = [event["order_id"] for event in Simulation(place).step(300) if event["kind"] == "deliver"]
    assert len(delivered) == len(set(delivered)) > 5


def test_simulation_steps_are_made_over_http(open_sandbox: Open) -> None:
    seller = open_sandbox()
    events = seller.http.post("/_sandbox/live", json={"steps": 25}).json()
    assert len(events) == 25
    assert seller.http.get("/_sandbox/live").json() == events
    for body in ({"steps": 0}, {}, list[int](), {"steps": True}, {"steps": 10**6}):
        assert seller.http.post("/_sandbox/live", json=body).status_code == 400


def test_events_happen_by_themselves_while_it_runs() -> None:
    happened = threading.Event()
    with SandboxServer(SandboxOptions(orders=20, live=6000)) as server:
        step = server.simulation.step
        ticker = Ticker(lambda: step() and happened.set(), 6000)  # type: ignore[func-returns-value]
        ticker.start()
        assert happened.wait(20)
        ticker.stop()
        while len(server.simulation.events) < 3:
            happened.wait(0.01)
    after = len(server.simulation.events)
    assert not any(thread.name == "sandbox simulation" for thread in threading.enumerate())
    assert len(server.simulation.events) == after
    assert parse(server.simulation.events[0]["at"]) <= datetime.now(UTC)


def test_simulation_without_a_rate_makes_no_events() -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        assert not any(thread.name == "sandbox simulation" for thread in threading.enumerate())
        assert server.simulation.events == []
