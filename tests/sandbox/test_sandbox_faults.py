"""Faults of transport: the caller's answer, and the effect on the marketplace (API §2, §10)."""

import zlib
from typing import Any

import httpx
import pytest
from sandbox_seller import Open, Seller

from bmtui.sandbox import FAULTS
from bmtui.sandbox.faults import Faults, Rule, parse_rule, rules_from_json
from bmtui.sandbox.gateway import RateLimiter

GONE = (httpx.RemoteProtocolError, httpx.ReadError)


def strike(seller: Seller, name: str, **more: Any) -> tuple[dict[str, Any], httpx.Response | None, bool]:
    """Ship an order under a fault; return the order, the answer if any, and True if it took effect."""
    order = seller.new_order()
    for line in order["orderlines"]:
        seller.update(order, 2, sku=line["listing"]).raise_for_status()
    before = len(seller.effects())
    seller.faults({"name": name, "method": "post", "path": "/ws/orders/", "count": 1, **more})
    try:
        answer = seller.update(order, 3, tracking_number="T1")
    except GONE:
        answer = None
    assert seller.http.get("/_sandbox/faults").json() == []
    return order, answer, len(seller.effects()) == before + 1


def test_drop_faults_really_close_the_connection(seller: Seller) -> None:
    for name, applied in (("drop", False), ("drop-after", True)):
        order, answer, effect = strike(seller, name)
        assert answer is None
        assert effect == applied
        # The next connection works, and shows what became of the order.
        assert seller.http.get(f"/ws/orders/{order['order_id']}").json()["state"] == (9 if applied else 3)


@pytest.mark.parametrize(
    ("name", "status", "kind", "applied"),
    [
        ("waf", 403, "text/html", False),
        ("challenge", 403, "application/json", False),
        ("throttle", 429, "text/html", False),
        ("throttle-retry-after", 429, "text/html", False),
        ("error-500", 500, "text/html", False),
        ("error-500-after", 500, "text/html", True),
        ("html-502", 502, "text/html", False),
        ("html-200", 200, "text/html", False),
        ("truncated", 200, "application/json", True),
        ("drip", 200, "application/json", True),
        ("slow", 200, "application/json", True),
        ("slow-after", 200, "application/json", True),
    ],
)
def test_answer_faults_return_the_documented_answers(
    seller: Seller, name: str, status: int, kind: str, applied: bool
) -> None:
    more = {"seconds": 0} if name in ("drip", "slow", "slow-after") else {}
    order, answer, effect = strike(seller, name, **more)
    assert answer is not None
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(kind)
    assert effect == applied
    assert ("cf-ray" in answer.headers) == (name in {"waf", "challenge", "html-502", "html-200"} or status == 429)
    assert ("retry-after" in answer.headers) == (name == "throttle-retry-after")
    if name == "challenge":
        assert answer.json()["errors"][0]["code"] == "bot-need-challenge"
    if name == "truncated":
        with pytest.raises(ValueError, match=r".+"):
            answer.json()
    if name in ("drip", "slow", "slow-after"):
        assert answer.json()["order_id"] == order["order_id"]


@pytest.mark.parametrize(("name", "applied"), [("drip", True), ("slow-after", True)])
def test_slow_fault_takes_effect_although_the_caller_gives_up(open_sandbox: Open, name: str, applied: bool) -> None:
    seller = open_sandbox()
    order = seller.new_order()
    line = order["orderlines"][0]
    seller.faults({"name": name, "count": 1, "seconds": 3600})
    with pytest.raises(httpx.ReadTimeout):
        seller.http.post(
            f"/ws/orders/{order['order_id']}",
            json={"order_id": order["order_id"], "new_state": 2, "sku": line["listing"]},
            timeout=httpx.Timeout(30, read=0.3),
        )
    assert [effect["kind"] for effect in seller.effects()] == ["accept"]


def test_bomb_fault_is_small_on_the_wire(seller: Seller) -> None:
    seller.faults({"name": "bomb", "count": 1})
    with seller.http.stream("GET", "/ws/orders") as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(packed) < 1_000_000
    unpacker = zlib.decompressobj(wbits=31)
    size = 0
    while packed:
        size += len(unpacker.decompress(packed, 2**22))
        packed = unpacker.unconsumed_tail
    assert unpacker.eof
    assert size > 250 * 2**20


def test_overlap_fault_lists_an_order_on_two_pages(seller: Seller) -> None:
    plain = [seller.list(page=page).json()["results"] for page in (1, 2)]
    seller.faults({"name": "overlap"})
    struck = [seller.list(page=page).json()["results"] for page in (1, 2)]
    seller.http.delete("/_sandbox/faults")
    # The page before ends, by age, with what stands first on it.
    assert struck == [plain[0], [*plain[1], plain[0][0]]]


def test_fault_rule_strikes_its_path_as_often_as_set(seller: Seller) -> None:
    seller.faults({"name": "html-502", "path": "/ws/orders/*", "method": "GET", "count": 2})
    order_id = seller.list().json()["results"][0]["order_id"]
    assert seller.update({"order_id": order_id}, 9).status_code == 400
    assert [seller.http.get(f"/ws/orders/{order_id}").status_code for _ in range(3)] == [502, 502, 200]


def test_sandbox_options_set_faults_drawn_from_the_seed(open_sandbox: Open) -> None:
    def statuses(seed: int) -> list[int]:
        seller = open_sandbox(seed=seed, faults=["error-500:0.5"])
        return [seller.list().status_code for _ in range(30)]

    first = statuses(3)
    assert set(first) == {200, 500}
    assert statuses(3) == first
    assert statuses(4) != first


def test_writes_without_effect_are_answered_with_success(open_sandbox: Open) -> None:
    seller = open_sandbox()
    order = seller.new_order()
    (line, *_), path = order["orderlines"], f"/ws/orders/{order['order_id']}"
    seller.faults({"name": "no-effect"})

    def untouched() -> bool:
        return bool(seller.http.get(path).json() == shown) and seller.effects() == done

    shown, done = seller.http.get(path).json(), seller.effects()
    accepted = seller.update(order, 2, sku=line["listing"])
    # The answer shows what is there, and what is refused stays refused.
    assert (accepted.status_code, accepted.json()) == (200, shown)
    assert seller.update(order, 2, sku="NO").status_code == 400
    patched = seller.http.patch(f"/ws/orderlines/{line['id']}", json={"serial_number": "S"})
    assert (patched.status_code, patched.json()) == (200, {})
    files = {"invoice": ("a.pdf", b"%PDF-1", "application/pdf")}
    assert seller.http.post(f"{path}/invoice", files=files).status_code == 200
    assert untouched()
    seller.faults()
    for one in order["orderlines"]:
        seller.update(order, 2, sku=one["listing"]).raise_for_status()
    shown, done = seller.http.get(path).json(), seller.effects()
    seller.faults({"name": "no-effect"})
    assert seller.update(order, 3, tracking_number="T").json() == shown
    assert untouched()
    seller.faults()
    shown = seller.update(order, 3, tracking_number="T").json()
    done = seller.effects()
    seller.faults({"name": "no-effect"})
    body = {"orderline_pk": line["id"], "refund_type": 6}
    for _ in range(2):
        answer = seller.http.post("/ws/sav/refund", json=body)
        assert (answer.status_code, "refunded" in answer.text) == (201, True)
    assert untouched()
    seller.faults()
    # All of it is still there to be refunded.
    assert seller.http.post("/ws/sav/refund", json=body).status_code == 201
    assert seller.effects()[-1]["amount"] == line["price"]


def test_fault_rules_are_parsed_and_matched() -> None:
    assert parse_rule("drop") == Rule("drop")
    assert parse_rule("slow:0.25") == Rule("slow", probability=0.25, seconds=5.0)
    for text in ("nothing", "drop:", "drop:0", "drop:2", "drop:x", "drop:nan"):
        with pytest.raises(ValueError, match="fault"):
            parse_rule(text)
    bad: list[Any] = [
        {"name": "drop", "count": 0},
        {"name": "drop", "count": True},
        {"name": []},
        {"name": "drop", "x": 1},
    ]
    bad += [{"name": "drop", "path": 3}, {"name": "slow", "seconds": -1}, {"name": "slow", "probability": "1"}, 3]
    for value in bad:
        with pytest.raises(ValueError, match="fault"):
            rules_from_json([value])
    assert all(Rule(name) for name in FAULTS)
    faults = Faults([Rule("waf", method="POST"), Rule("drop", count=1)], seed=1)
    struck = [faults.strike(method, "/ws/orders") for method in ("GET", "GET", "POST")]
    assert [rule and rule.name for rule in struck] == ["drop", None, "waf"]


def test_rate_limit_of_the_sandbox_blocks_and_ends() -> None:
    now = [0.0]
    limiter = RateLimiter(limit=3, window_s=10, clock=lambda: now[0])

    def at(second: float) -> bool:
        now[0] = second
        return limiter.allows()

    assert [at(0), at(1), at(9), at(10.5)] == [True] * 4
    assert [at(10.9), at(11), at(20.8)] == [False] * 3
    assert [at(21), at(22), at(23), at(24)] == [True, True, True, False]
