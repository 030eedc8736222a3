"""API over real HTTP: paging, parameters, headers, envelopes, the limit (API §1 to §3, §6, §7)."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sandbox_seller import NOW, Open, Seller

from bmtui.sandbox.dates import parse


def is_v1(answer: httpx.Response) -> bool:
    body = answer.json()
    return set(body) == {"error", "requestId"} and set(body["error"]) == {"code", "message"}


def ids(answer: httpx.Response) -> list[int]:
    return [order["order_id"] for order in answer.json()["results"]]


def test_pages_are_followed_by_their_next_to_the_end(seller: Seller) -> None:
    url: str | None = seller.server.url + "/ws/orders?page-size=50&state=9"
    seen: list[int] = []
    while url:
        assert url.startswith(seller.server.url + "/ws/orders?")
        answer = seller.http.get(url)
        seen += ids(answer)
        last, url = answer.json(), answer.json()["next"]
    # The newest page comes first, and each is ascending inside.
    inside = [seen[place : place + 50] for place in range(0, len(seen), 50)]
    assert [order_id for page in reversed(inside) for order_id in page] == sorted(set(seen))
    assert len(seen) == last["count"] > 50
    assert seller.http.get(last["previous"]).json()["next"]
    assert seller.list(state=9, page__size=50).json()["previous"] is None


def test_hidden_orders_are_read_by_id_only(seller: Seller) -> None:
    every = seller.http.get("/_sandbox/orders").json()
    hidden = [order["order_id"] for order in every if order["state"] in (0, 8)]
    count = seller.list().json()["count"]
    assert count == len(every) - len(hidden)
    pages = [seller.list(page=page, page__size=50) for page in range(1, -(-count // 50) + 1)]
    listed = [order_id for page in pages for order_id in ids(page)]
    assert hidden
    assert set(listed) == {order["order_id"] for order in every} - set(hidden)
    assert seller.list(state=8).json() == {"count": 0, "next": None, "previous": None, "results": []}
    assert seller.http.get(f"/ws/orders/{hidden[0]}").json()["order_id"] == hidden[0]
    asked = seller.http.get("/_sandbox/orders", params={"ids": f"{hidden[0]},5"}).json()
    assert [order["order_id"] for order in asked] == hidden[:1]


def test_page_size_is_10_by_default_and_50_at_most(seller: Seller) -> None:
    assert len(ids(seller.list())) == 10
    assert len(ids(seller.list(page_size=50))) == 10
    assert len(ids(seller.list(page__size=50))) == 50
    assert len(ids(seller.list(page__size=1000))) == 50


def test_a_trailing_slash_is_accepted_on_get(seller: Seller) -> None:
    first = seller.list()
    slash = seller.http.get("/ws/orders/", params={"nonsense": "ignored"})
    assert ids(slash) == ids(first)
    assert "/ws/orders/?" in slash.json()["next"]
    one = ids(first)[0]
    assert seller.http.get(f"/ws/orders/{one}/").json() == seller.http.get(f"/ws/orders/{one}").json()


def test_lower_bounds_are_inclusive_in_every_form(seller: Seller) -> None:
    every = [order for page in (1, 2) for order in seller.list(page=page, page__size=50, state=9).json()["results"]]
    for name in ("date_creation", "date_modification"):
        bound = sorted(parse(order[name]) for order in every)[len(every) // 2]
        due = {order["order_id"] for order in every if parse(order[name]) >= bound}
        forms = [bound.isoformat(), bound.isoformat().replace("+00:00", "Z")]
        forms += [(bound.replace(tzinfo=None) + timedelta(hours=2)).isoformat() + "+02:00"]
        forms += [bound.replace(tzinfo=None).isoformat(" ")]
        for form in forms:
            assert set(ids(seller.list(**{name: form}, page__size=50, state=9))) == due, form
    day = NOW.date().isoformat()
    assert (
        seller.list(date_creation=day).json()["count"] == seller.list(date_creation=f"{day} 00:00:00").json()["count"]
    )


def test_country_code_filters_the_order_list(seller: Seller) -> None:
    orders = seller.list(country_code="de-de").json()["results"]
    assert orders
    assert {order["country_code"] for order in orders} == {"de-de"}
    assert seller.list(country_code="xx-xx").json()["count"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"state": "paid"}, {"page": "0"}, {"page": "-1"}, {"page": "1.5"}, {"page-size": "many"}, {"page-size": "0"},
        {"date_creation": "yesterday"}, {"date_modification": "2026-13-01"},
        {"date_creation": "2026-01-01T00:00:00 02:00"},
        {"country_code": "France"}, {"state": "9" * 5000}, {"date_creation": "0001-01-01T00:00:00+14:00"},
    ],
)  # fmt: skip
def test_malformed_parameters_answer_400(seller: Seller, params: dict[str, str]) -> None:
    answer = seller.http.get("/ws/orders", params=params)
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)


def test_unknown_paths_and_orders_answer_404(seller: Seller) -> None:
    for path in ("/ws/orders/1", "/ws/orders?page=9999", "/ws/nothing", "/ws/orders/x"):
        answer = seller.http.get(path)
        assert answer.status_code == 404
        assert is_v1(answer)
    assert seller.http.put("/ws/orders").status_code == 405


def test_the_token_is_opaque(seller: Seller) -> None:
    for header in ("", "Basic wrong", f"Bearer {seller.server.token}", seller.server.token, "Basic \xe9"):
        headers = {b"Authorization": header.encode("latin-1")}
        answer = seller.http.get("/ws/orders", headers=headers)
        assert answer.status_code == 401, header
        assert is_v1(answer)
    assert seller.http.post("/ws/sav/refund", headers={"Authorization": "x"}).status_code == 401


def test_request_forms_of_production_clients_are_accepted(seller: Seller) -> None:
    lower = {"Authorization": f"basic {seller.server.token}"}
    first = ids(seller.list())
    assert ids(seller.http.get("/ws/orders", headers=lower)) == first
    assert ids(seller.http.get(f"{seller.server.url}//ws/orders")) == first
    forms: list[dict[str, Any]] = [{"json": {"order_id": "ID"}}, {"json": {}}]
    forms += [{"data": {"order_id": "ID"}}, {"files": {"order_id": (None, "ID")}}]
    for form in forms:
        order = seller.new_order()
        ((kind, sent),) = form.items()
        more: dict[str, Any] = {"new_state": 2, "sku": order["orderlines"][0]["listing"]}
        if "order_id" in sent:
            more["order_id"] = str(order["order_id"])
        body = {name: (None, str(value)) for name, value in more.items()} if kind == "files" else more
        answer = seller.http.request("POST", f"/ws/orders/{order['order_id']}", **{kind: body})  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["orderlines"][0]["state"]) == (200, 2), kind


def test_strict_body_quirk_accepts_only_json_with_the_order_number(open_sandbox: Open) -> None:
    seller = open_sandbox(quirks={"update-bodies": "strict"})
    order = seller.new_order()
    whole = {"order_id": order["order_id"], "new_state": 2, "sku": order["orderlines"][0]["listing"]}
    path = f"/ws/orders/{order['order_id']}"
    for body in (whole | {"order_id": str(order["order_id"])}, {k: v for k, v in whole.items() if k != "order_id"}):
        assert seller.http.post(path, json=body).json() == "order_id not found"
    assert seller.http.post(path, data=whole).status_code == 400
    assert seller.http.post(path, files={k: (None, str(v)) for k, v in whole.items()}).status_code == 400
    assert seller.http.post(path, json=whole).status_code == 200


@pytest.mark.parametrize(
    "agent", ["", "python-httpx/0.28", "BM-Example;mail@example.com", "BM-Example-Desk", "BM-a-b; x"]
)
def test_unknown_user_agent_is_blocked_by_the_firewall(seller: Seller, agent: str) -> None:
    answer = seller.http.get("/ws/orders", headers={"User-Agent": agent})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["server"] == "cloudflare"
    assert answer.headers["cf-ray"]


def test_the_marketplace_itself_names_no_server(seller: Seller) -> None:
    assert "server" not in seller.list().headers


def test_writes_over_http_change_the_order(seller: Seller) -> None:
    order = seller.new_order()
    known = len(seller.effects())
    for line in order["orderlines"]:
        answer = seller.update(order, 2, sku=line["listing"])
        assert answer.status_code == 200
    assert answer.json()["state"] == 3
    again = seller.update(order, 2, sku=line["listing"])
    assert (again.status_code, again.json()) == (400, "orderline state 2 can not move to 2")
    assert seller.update(order, 9).json() == "new_state 9 must be in 2,3,4,5,6"
    assert seller.update(order, 2).json() == "sku not found"
    assert seller.update(order, 3, tracking_number="T1").json()["state"] == 9
    path = f"/ws/orderlines/{line['id']}"
    answer = seller.http.patch(path, json={"serial_number": "SN-1"})
    assert (answer.status_code, answer.json()) == (200, {"serial_number": "SN-1"})
    assert seller.http.patch(path, json={"serial_number": "SN-1"}).status_code == 400
    assert is_v1(seller.http.patch("/ws/orderlines/1", json={"imei": "1"}))
    answer = seller.http.post("/ws/sav/refund", json={"orderline_pk": line["id"], "refund_type": 6, "amount": 10})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith(f" refunded on the sku {line['listing']}")
    kinds = [effect["kind"] for effect in seller.effects()[known:]]
    assert kinds == ["accept"] * len(order["orderlines"]) + ["ship", "identifiers", "refund_amount"]
    last = seller.effects()[-1]
    assert last["body"] == {"orderline_pk": line["id"], "refund_type": 6, "amount": 10}
    assert is_v1(seller.http.post("/ws/sav/refund", json={"orderline_pk": 1, "refund_type": 6}))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"order_id": NaN}', b"[" * 100_000, b"\xff"])
def test_body_that_is_no_json_object_answers_400(seller: Seller, body: bytes) -> None:
    order_id = ids(seller.list())[0]
    for verb, path in (("POST", f"/ws/orders/{order_id}"), ("POST", "/ws/sav/refund")):
        answer = seller.http.request(verb, path, content=body)
        assert (answer.status_code, answer.json()) == (400, "body must be a JSON object")


def test_more_requests_than_the_limit_block(open_sandbox: Open) -> None:
    seller = open_sandbox(rate_limit=3, rate_window_s=3600.0)
    assert [seller.list().status_code for _ in range(6)] == [200, 200, 200, 429, 429, 429]
    answer = seller.list()
    assert answer.headers["content-type"].startswith("text/html")
    assert "retry-after" not in answer.headers
    # The sandbox itself stays within reach.
    assert seller.effects() == []


def test_quirks_change_errors_order_and_limits(open_sandbox: Open) -> None:
    quirks = {
        "order-errors": "v1",
        "bad-token": "403",
        "user-agent": "optional",
        "throttled": "retry-after",
        "result-order": "descending",
        "page-past-end": "empty",
        "page-size-over-50": "400",
        "auth-scheme": "exact",
        "double-slash": "404",
    }
    seller = open_sandbox(quirks=quirks, rate_limit=7, rate_window_s=3600.0)
    first = ids(seller.http.get("/ws/orders", headers={"User-Agent": "curl"}))
    assert first == sorted(first, reverse=True)
    assert seller.list(page=99).json()["results"] == []
    assert seller.list(page__size=51).status_code == 400
    assert seller.http.get("/ws/orders", headers={"Authorization": "Basic no"}).status_code == 403
    lower = {"Authorization": f"basic {seller.server.token}"}
    assert seller.http.get("/ws/orders", headers=lower).status_code == 403
    assert seller.http.get(f"{seller.server.url}//ws/orders").status_code == 404
    order = seller.market.order(first[0])
    assert is_v1(seller.update(order, 9))
    assert seller.list().headers["retry-after"] == "3600"
    json_seller = open_sandbox(quirks={"throttled": "json"}, rate_limit=1, rate_window_s=3600.0)
    json_seller.list()
    assert json_seller.list().json()["error"]["code"] == "too_many_requests"


def test_testers_routes_add_orders_and_refuse_bad_input(open_sandbox: Open) -> None:
    seller = open_sandbox()
    bare = httpx.Client(base_url=seller.server.url, trust_env=False)
    with bare:
        new = bare.post("/_sandbox/orders", json={"count": 2}).json()
        assert [order["order_id"] for order in seller.market.all_orders()[-2:]] == new
        cancelled = bare.post(f"/_sandbox/orders/{new[0]}/cancel").json()
        assert cancelled["state"] == 9
        moved = bare.post("/_sandbox/clock", json={"advance_s": 60}).json()["now"]
        assert parse(moved) > NOW + timedelta(seconds=59)
        bad: list[tuple[str, Any]] = [("orders", {"count": 0}), ("orders", []), ("clock", {"advance_s": -1})]
        bad += [("faults", {"name": "no"}), ("faults", [{"name": "waf", "probability": 2}]), ("faults", [{"x": 1}])]
        for path, body in bad:
            assert bare.post(f"/_sandbox/{path}", json=body).status_code == 400
        assert bare.get("/_sandbox/orders?ids=x").status_code == 400


def test_the_package_itself_is_cheap_to_import() -> None:
    script = "import sys, bmtui.sandbox; print({'starlette', 'uvicorn', 'anyio', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
