"""The simulation: what happens by itself, in an order that follows from the seed."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

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


def test_each_kind_of_event_changes_what_it_is_about() -> None:
    place = market(quirks={"processed": "later"})
    for order in place.all_orders():
        if {line["state"] for line in order["orderlines"]} == {2}:
            place.update(order["order_id"], {"order_id": order["order_id"], "new_state": 3, "tracking_number": "T"})
    effects = place.effects
    simulation = Simulation(place)
    seen: Counter[str] = Counter()
    for _ in range(250):
        orders = {order["order_id"]: order for order in place.all_orders()}
        folders = {folder["id"]: folder for folder in place.care.all_folders()}
        (event,) = simulation.step()
        kind, order = event["kind"], place.order(event["order_id"])
        before = orders.get(order["order_id"])
        states = {line["state"] for line in order["orderlines"]}
        seen[kind] += 1
        if kind in ("order", "order-unpaid"):
            assert before is None
            assert (order["state"], states) == ((1, {1}) if kind == "order" else (10, {8}))
            assert parse(order["date_creation"]) == datetime.fromisoformat(event["at"])
            continue
        assert before is not None
        if kind in ("open-folder", "write"):
            now = next(one for one in place.care.all_folders() if one["id"] == event["folder_id"])
            then = folders.get(now["id"])
            assert (then is None) == (kind == "open-folder")
            assert now["messages"][-1]["initiator"] == "Client"
            assert then is None or parse(now["date_modification"]) > parse(then["date_modification"])
            assert now["orderline"]["order"]["order_id"] == order["order_id"]
            continue
        assert parse(order["date_modification"]) > parse(before["date_modification"])
        assert order["order_id"] in {one["order_id"] for one in place.page(Query(
            modified_from=parse(order["date_modification"])), 0, 999)[1]}  # fmt: skip
        if kind == "pay":
            assert before["state"] in (0, 10)
            assert (order["state"], states) == (1, {1})
            assert order["date_payment"]
        elif kind == "cancel":
            assert 1 in {line["state"] for line in before["orderlines"]}
            assert 1 not in states
        elif kind == "process":
            assert (before["state"], order["state"]) == (3, 9)
    assert set(seen) == {"order", "order-unpaid", "pay", "cancel", "deliver", "process", "open-folder", "write"}
    # What others do is no effect of the seller.
    assert place.effects == effects


def test_empty_marketplace_gets_orders() -> None:
    place = market(orders=0)
    Simulation(place).step(60)
    assert len(place.all_orders()) > 10
    ids = [order["order_id"] for order in place.all_orders()]
    assert ids == sorted(set(ids))


def test_a_parcel_is_delivered_once() -> None:
    place = market(orders=600)
    delivered = [event["order_id"] for event in Simulation(place).step(300) if event["kind"] == "deliver"]
    assert len(delivered) == len(set(delivered)) > 5


def test_steps_over_http(open_sandbox: Open) -> None:
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


def test_without_a_rate_nothing_happens_by_itself() -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        assert not any(thread.name == "sandbox simulation" for thread in threading.enumerate())
        assert server.simulation.events == []
