"""Requests of the client and answers of the practice marketplace against the published facts, in both directions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from channel_market import marketplace
from channel_wire import DELIVERY, FOLDER, RETURN, Wire, as_json, order, page

from bmtui.channel import requests, uploads
from bmtui.channel.client import BackMarket
from bmtui.channel.requests import WriteRequest
from bmtui.money import Money
from bmtui.sandbox.app import Api
from bmtui.sandbox.server import SandboxServer

pytestmark = pytest.mark.slow

TABLE = json.loads((Path(__file__).parent / "seller_api.json").read_text(encoding="utf-8"))
ENDPOINTS: dict[tuple[str, str], dict[str, Any]] = {(one["method"], one["path"]): one for one in TABLE["endpoints"]}
OBJECTS: dict[str, dict[str, str]] = TABLE["objects"]
AGENT = "BM-Example-Desk;mail@example.com"
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def deviations(side: str) -> set[str]:
    return {one["what"] for one in TABLE["deviations"] if one["side"] == side}


def endpoint_of(method: str, path: str) -> tuple[str, str]:
    found = [key for key in ENDPOINTS if key == (method, re.sub(r"/\d+(?=/|$)", "/{id}", path))]
    assert found, f"{method} {path} is not in the table"
    return found[0]


def problems(value: Any, type_: str, place: str, seen: set[str]) -> Iterator[str]:
    """Yield the parts of `value` that are not of the type; add the fields that are present to `seen`."""
    kind = type_.rstrip("!?")
    if value is None:
        if not type_.endswith("?"):
            yield f"{place} is null"
    elif kind == "any":
        return
    elif kind.startswith("list "):
        if not isinstance(value, list):
            yield f"{place} is not a list"
            return
        for item in value:
            inner = kind.removeprefix("list ")
            yield from problems(item, inner if inner == "integer" else f"object {inner}", f"{place}[]", seen)
    elif kind.startswith("object "):
        yield from object_problems(value, kind.removeprefix("object "), place, seen)
    elif not fits(value, kind):
        yield f"{place} is {value!r}, which is no {kind}"


def object_problems(value: Any, name: str, place: str, seen: set[str]) -> Iterator[str]:
    fields = OBJECTS[name]
    if not isinstance(value, dict):
        yield f"{place} is not an object"
        return
    yield from (f"{place} has a field {field}, which is not in the table" for field in value.keys() - fields.keys())
    for field, type_ in fields.items():
        if field in value:
            seen.add(f"{name}.{field}")
            yield from problems(value[field], type_, f"{place}.{field}", seen)
        elif type_.endswith("!"):
            yield f"{place} has no {field}"


def fits(value: Any, kind: str) -> bool:
    kind, _, longest = kind.partition(" ")
    if longest and len(value) > int(longest):
        return False
    shapes = {
        "decimal": r"\d+(\.\d+)?",
        "currency": r"[A-Z]{3}",
        "country": r"[A-Z]{2}",
        "market": r"[a-z]{2}-[a-z]{2}",
        "moment": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
        "care_minute": r"\d{4}-\d\d-\d\d-\d\d-\d\d",
    }
    if kind in shapes:
        return isinstance(value, str) and re.fullmatch(shapes[kind], value) is not None
    if kind in TABLE["values"]:
        return value in TABLE["values"][kind]
    types: dict[str, Any] = {"text": str, "boolean": bool, "integer": int, "number": (int, float), "file": bytes}
    return isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))


# The client's requests


def parsed(raw: bytes) -> tuple[str, str, dict[str, Any], Any]:
    """Method, path, parameters and body of a request as it went over the wire."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    url = urlsplit(target)
    params: dict[str, Any] = {
        name: int(text) if text.isdigit() else text
        for name, text in parse_qsl(url.query, strict_parsing=bool(url.query))
    }
    kind = fields.get("content-type", "")
    if kind.startswith("multipart/"):
        return method, url.path, params, form_of(kind, body)
    return method, url.path, params, json.loads(body) if body else None


def form_of(kind: str, body: bytes) -> dict[str, Any]:
    holder = Message()
    holder["content-type"] = kind
    found: dict[str, Any] = {}
    for part in body.split(b"--" + str(holder.get_param("boundary")).encode())[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name is not None
        found[name[1].decode()] = content if b"filename=" in head else content.decode()
    return found


def writes(file: uploads.FileRef) -> list[WriteRequest]:
    old, new = 5, uploads.SPLIT_ID + 5
    return [
        requests.accept(1, "A"),
        requests.cancel(1, "A"),
        requests.refund_before_shipping(1, "A"),
        requests.refund_after_shipping(1, "A", 25, "Sorry"),
        requests.ship(
            1, "T", tracking_url="https://t.example/1", carrier="DHL", shipped_at=NOW, imei="1" * 15, serial_number="S"
        ),
        requests.identifiers(1, imei="1" * 15, serial_number="S" * 50),
        requests.refund_amount(1, 6, Money(150, "EUR")),
        requests.refund_amount(1, 4, None),
        uploads.invoice(1, file),
        uploads.care_message(1, "Hello", [file]),
        uploads.care_problem(new, "OTHER", "Broken", [file]),
        uploads.item_transfer(old, carrier="DHL", tracking_number="T", action="REPAIR"),
    ]


async def test_client_requests_are_exactly_those_of_the_contract(
    wire: Wire, market: BackMarket, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    sent = writes(uploads.choose(tmp_path / "a.pdf"))
    none: dict[str, Any] = {"count": 0, "next": None, "results": []}
    wire.play(
        *(as_json(200, body) for body in (page(), order(), none, FOLDER, none, DELIVERY, none, RETURN)),
        *(as_json(200, {}) for _ in sent),
    )
    await market.orders(page=1, page_size=50, created_since=NOW, modified_since=NOW, state=1, market="de-de")
    await market.order(1)
    await market.folders(page=1, last_id=1, state=0, line_id=2, modified_since=NOW, message_since=NOW)
    await market.folder(1)
    await market.deliveries(page=1, order_id=1)
    await market.delivery(1)
    await market.returns(page=1, order_id=1)
    await market.return_(1)
    for write in sent:
        await market.send(write)
    used: set[str] = set()
    for raw in wire.requests:
        method, path, params, body = parsed(raw)
        endpoint = ENDPOINTS[endpoint_of(method, path)]
        name = f"{method} {endpoint['path']}"
        used |= {name, *(f"{name} {param}" for param in params)}
        assert params.keys() <= endpoint["parameters"].keys(), name
        for param, value in params.items():
            assert list(problems(value, endpoint["parameters"][param], f"{name} {param}", set())) == []
        assert (body is None) == ("body" not in endpoint), name
        if body is not None:
            assert list(object_problems(body, endpoint["body"], name, used)) == []
    published = {f"{method} {path}" for method, path in ENDPOINTS}
    published |= {f"{one['method']} {one['path']} {param}" for one in TABLE["endpoints"] for param in one["parameters"]}
    bodies = {one["body"] for one in TABLE["endpoints"] if "body" in one}
    published |= {f"{name}.{field}" for name in bodies for field in OBJECTS[name]}
    left_out = {what for what in deviations("client") if what in published}
    assert published - used == left_out


# The practice marketplace's answers


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with marketplace(600) as running:
        yield running


def raw_client(server: SandboxServer) -> httpx.Client:
    headers = {"Authorization": f"Basic {server.token}", "User-Agent": AGENT}
    # Without certificates, which take 25 ms to read: the sandbox has none.
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, verify=False)


def get(server: SandboxServer, path: str, **params: Any) -> Any:
    with raw_client(server) as client:
        answer = client.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def every(server: SandboxServer, path: str, **params: Any) -> Iterator[Any]:
    number = 1
    while True:
        found = get(server, path, page=number, **params)
        yield found
        if found["next"] is None:
            return
        number += 1


def answers(server: SandboxServer) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield the endpoint and the JSON of an answer to every kind of GET."""
    for path, params in (
        ("/ws/orders", {"page-size": 50}),
        ("/ws/sav", {}),
        ("/ws/shipping/v1/deliveries", {}),
        ("/ws/shipping/v1/returns", {}),
    ):
        for found in every(server, path, **params):
            yield ("GET", path), found
            for one in found["results"]:
                number = next(one[name] for name in ("order_id", "id", "shipmentId") if name in one)
                yield ("GET", f"{path}/{{id}}"), get(server, f"{path}/{number}")


def test_marketplace_answers_are_exactly_those_of_the_contract(server: SandboxServer) -> None:
    seen: set[str] = set()
    wrong = [
        problem
        for endpoint, body in answers(server)
        for problem in object_problems(body, ENDPOINTS[endpoint]["answer"], " ".join(endpoint), seen)
    ]
    assert wrong[:5] == []
    shown = {name.partition(".")[0] for name in seen}
    fields = {f"{name}.{field}" for name in shown for field in OBJECTS[name]}
    assert fields - seen == deviations("sandbox") & fields


def test_camel_case_addresses_have_the_documented_fields() -> None:
    with marketplace(60, quirks={"addresses": "camelCase"}) as running:
        seen: set[str] = set()
        for found in running.marketplace.all_orders():
            assert list(object_problems(found, "order_in_camel_case", "order", seen)) == []
    documented = {f"address_documented.{field}" for field in OBJECTS["address_documented"]}
    assert documented - seen == deviations("sandbox") & documented


def test_routes_of_the_marketplace_are_those_of_the_table(server: SandboxServer) -> None:
    app = Api(server.marketplace, server.simulation, "x", server.faults, server.leaks).app()
    routes: set[tuple[str, str]] = set()
    for route in app.routes:
        path = re.sub(r"\{\w+:int\}", "{id}", getattr(route, "path", "")).rstrip("/")
        if path.startswith("/ws/"):
            routes |= {(method, path) for method in getattr(route, "methods", ()) if method != "HEAD"}
    assert routes == ENDPOINTS.keys()


def test_answers_to_writes_follow_the_contract(server: SandboxServer) -> None:
    (order_id,) = server.marketplace.add_orders(1)
    made: Mapping[str, Any] = server.marketplace.order(order_id)
    line = made["orderlines"][0]
    with raw_client(server) as seller:
        accepted = seller.post(f"/ws/orders/{order_id}", json={"new_state": 2, "sku": line["listing"]})
        patched = seller.patch(f"/ws/orderlines/{line['id']}", json={"serial_number": "S"})
        refunded = seller.post("/ws/sav/refund", json={"orderline_pk": line["id"], "refund_type": 5})
    for answer, key in (
        (accepted, ("POST", "/ws/orders/{id}")),
        (patched, ("PATCH", "/ws/orderlines/{id}")),
        (refunded, ("POST", "/ws/sav/refund")),
    ):
        assert answer.status_code == ENDPOINTS[key]["status"]
        if ENDPOINTS[key]["answer"] == "plain text":
            assert answer.headers["content-type"].startswith("text/plain")
        else:
            assert list(object_problems(answer.json(), ENDPOINTS[key]["answer"], " ".join(key), set())) == []


def test_contract_deviations_name_side_place_and_reason() -> None:
    for one in TABLE["deviations"]:
        assert one["side"] in ("client", "sandbox")
        assert one["reason"].endswith(".")
    named = [(one["side"], one["what"]) for one in TABLE["deviations"]]
    assert len(named) == len(set(named))
