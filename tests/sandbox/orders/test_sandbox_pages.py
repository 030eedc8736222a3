"""Faults inside pages of orders, and effects that are applied late (API §3, §10)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_seller import NOW, Open, Seller

from bmtui.sandbox.options import SandboxOptions
from bmtui.sandbox.server import SandboxServer

GONE = (httpx.RemoteProtocolError, httpx.ReadError)


def pages(seller: Seller) -> list[Any]:
    """Return all pages of the order list, by the `next` of each."""
    found = []
    url: str | None = "/ws/orders"
    while url:
        page = seller.http.get(url).raise_for_status().json()
        found.append(page)
        url = page["next"]
    return found


def ids(read: list[Any]) -> list[int]:
    return [order["order_id"] for page in read for order in page["results"]]


@pytest.fixture(scope="module")
def ascending() -> Iterator[Seller]:
    """Sandbox whose order list ascends, so that an order moved by a fault is easy to see."""
    options = SandboxOptions(orders=120, now=NOW, rate_limit=100_000, quirks={"result-order": "ascending"})
    with SandboxServer(options) as server:
        one = Seller(server)
        with one.http:
            yield one


@pytest.fixture
def clean(ascending: Seller) -> Iterator[Seller]:
    yield ascending
    ascending.http.delete("/_sandbox/faults")


def test_order_pages_go_from_newest_to_oldest_and_ascend_inside(seller: Seller) -> None:
    read = [[order["order_id"] for order in page["results"]] for page in pages(seller)]
    assert [order_id for page in reversed(read) for order_id in page] == sorted(ids(pages(seller)))


def test_slip_fault_hides_an_order_once(clean: Seller) -> None:
    true = ids(pages(clean))
    clean.faults({"name": "slip"})
    assert ids(pages(clean)) == true[:10] + true[11:]
    assert clean.http.get("/_sandbox/faults").json() == []
    assert ids(pages(clean)) == true
    clean.faults({"name": "slip", "count": 2})
    assert ids(pages(clean)) == true[:10] + true[11:21] + true[22:]


def test_drift_fault_moves_orders_between_pages(clean: Seller) -> None:
    true = pages(clean)
    clean.faults({"name": "drift"})
    read = pages(clean)
    assert [page["count"] - true[0]["count"] for page in read][:7] == [0, 1, 2, 3, 4, 5, 5]
    assert ids(read[:2])[9:11] == [ids(true)[9]] * 2
    assert sorted(set(ids(read))) == ids(true)
    assert all(len(page["results"]) <= 10 for page in read)


def test_count_faults_make_the_count_wrong(clean: Seller) -> None:
    true = clean.list().json()
    for name, sign in (("count-high", 1), ("count-low", -1)):
        clean.faults({"name": name, "count": 1})
        told = clean.list().json()
        assert (told["count"] - true["count"]) * sign > 0
        assert {**told, "count": true["count"]} == true
    clean.faults({"name": "count-low", "count": 1})
    assert clean.list(country_code="xx-xx").json()["count"] == 0


def test_type_fault_gives_a_field_another_type(open_sandbox: Open) -> None:
    def read(seed: int) -> list[str]:
        seller = open_sandbox(faults=["wrong-type"], seed=seed)
        true = seller.market.all_orders()
        found: list[str] = []
        for _ in range(12):
            changed = [order for order in seller.list().json()["results"] if order not in true]
            assert len(changed) == 1
            # The port is another one each time.
            found.append(str(changed[0]).replace(seller.server.url, ""))
        return found

    first = read(5)
    assert read(5) == first
    assert read(6) != first
    assert len(set(first)) > 3


def test_foreign_next_fault_records_clients_that_follow_it(clean: Seller) -> None:
    clean.faults({"name": "foreign-next", "count": 1})
    url = httpx.URL(clean.list().json()["next"])
    assert (url.host, url.port) == ("localhost", httpx.URL(clean.server.url).port)
    assert httpx.get(url, trust_env=False).status_code in (401, 403)
    known = len(clean.server.leaks.seen)
    # On the host that one is configured for, the same query is harmless.
    second = clean.http.get(f"/ws/orders?{url.query.decode()}")
    assert ids([second.json()]) == ids(pages(clean))[10:20]
    assert len(clean.server.leaks.seen) == known
    clean.http.get(url)
    assert clean.server.leaks.seen[-1] == {
        "kind": "foreign-host",
        "method": "GET",
        "host": f"localhost:{url.port}",
        "path": "/ws/orders",
    }


def test_faults_of_pages_strike_pages_of_orders_only(clean: Seller) -> None:
    names = ("slip", "drift", "overlap", "foreign-next", "wrong-type", "count-high", "count-low")
    clean.faults(*({"name": name, "count": 1} for name in names))
    order = clean.new_order()
    assert clean.http.get(f"/ws/orders/{order['order_id']}").json() == order
    assert clean.http.get("/ws/sav?page=1").status_code == 200
    assert clean.update(order, 2, sku=order["orderlines"][0]["listing"]).status_code == 200
    assert len(clean.http.get("/_sandbox/faults").json()) == len(names)


def accept_late(seller: Seller, **more: Any) -> dict[str, Any]:
    order = seller.new_order()
    seller.faults({"name": "late", "method": "POST", "path": "/ws/orders/", "count": 1, **more})
    with pytest.raises(GONE):
        seller.update(order, 2, sku=order["orderlines"][0]["listing"])
    return order


def test_late_fault_applies_an_effect_later(open_sandbox: Open) -> None:
    seller = open_sandbox()
    order = accept_late(seller, seconds=30)
    assert seller.effects() == []
    assert seller.http.get(f"/ws/orders/{order['order_id']}").json() == order
    seller.http.post("/_sandbox/clock", json={"advance_s": 31})
    assert [effect["kind"] for effect in seller.effects()] == ["accept"]
    assert seller.http.get(f"/ws/orders/{order['order_id']}").json()["orderlines"][0]["state"] == 2


def test_late_effect_is_dropped_if_a_write_in_between_did_the_same(open_sandbox: Open) -> None:
    seller = open_sandbox()
    order = accept_late(seller, seconds=30)
    line = order["orderlines"][0]
    # Whoever tries again in between comes first; the late one is then refused, and nothing happens twice.
    assert seller.update(order, 2, sku=line["listing"]).status_code == 200
    seller.http.post("/_sandbox/clock", json={"advance_s": 31})
    assert [effect["kind"] for effect in seller.effects()] == ["accept"]
    accept_late(seller, seconds=0)
    assert [effect["kind"] for effect in seller.effects()] == ["accept", "accept"]
