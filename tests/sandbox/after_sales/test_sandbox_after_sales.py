"""After-sales folders over real HTTP: reading, messages, problems, transfers, limits (API §9)."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sandbox_seller import NOW, Open, Seller

from bmtui.sandbox.dates import Clock, parse
from bmtui.sandbox.limits import LIMITS
from bmtui.sandbox.marketplace import Marketplace

Json = dict[str, Any]
Find = Callable[..., Json]

#: Where the example of a folder has an object, an object with exactly these names; where a list, its first element.
EXAMPLE: Json = json.loads("""
{"id": 1, "state": 1, "backcare": true, "country_code": "", "date_creation": "", "date_modification": "",
 "date_last_message": "", "date_closed": null,
 "client": {"id": 0, "username": "", "first_name": "", "last_name": "", "email": ""},
 "merchant": {"id": 1, "username": "", "first_name": "", "last_name": ""},
 "orderline": {"id": 1, "quantity": 1, "price": "", "state": 1, "trust_pack_plus": true,
  "snapshot": {"id": 1, "listing": 1, "sku": "", "snowden": true, "image": "",
   "product": {"product_id": 1, "category_3": {"category_name": "", "parent": null}}},
  "order": {"order_id": 1,
   "shipping_address": {"company": "", "first_name": "", "last_name": "", "street": "", "street2": "",
    "postal_code": "", "country": "", "city": "", "phone": "", "email": "", "customer_id_number": ""},
   "billing_address": {"company": "", "first_name": "", "last_name": "", "street": "", "street2": "",
    "postal_code": "", "country": "", "city": "", "phone": "", "email": "", "customer_id_number": ""},
   "tracking_number": "", "tracking_url": "", "shipper": 1, "shipper_display": "", "date_creation": "",
   "date_modification": "", "date_shipping": "", "date_payment": "", "state": 1, "price": "", "shipping_price": "",
   "currency": "", "country_code": ""}},
 "lines": [{"id": 1, "state": 1, "issues": [{"customerIssue": "", "tag": ""}], "resolution_choice": "",
  "declared_warranty_state": "",
  "return_labels": [{"date_creation": "", "state": "", "label": "", "initiator": "", "kind": ""}]}],
 "messages": [{"id": 1, "message": "", "date_creation": "",
  "attachments": [{"id": 1, "attachment": "", "date_creation": ""}], "initiator": "", "kind": "",
  "is_informative": true}]}
""")


def same_shape(value: Any, example: Any) -> None:
    if isinstance(example, dict):
        assert set(value) == set(example)
        for name, inner in example.items():
            same_shape(value[name], inner)
    elif isinstance(example, list):
        for inner in value:
            same_shape(inner, example[0])
    elif example is not None:
        assert type(value) is type(example)


@pytest.fixture
def find(open_sandbox: Open) -> tuple[Seller, Find]:
    seller = open_sandbox(orders=300, rate_limit=100_000)

    def one(old: bool = False, closed: bool = False) -> Json:
        folders = seller.http.get("/_sandbox/folders").json()
        return next(folder for folder in folders if (folder["id"] < 10**8) == old and (folder["state"] == 9) == closed)

    return seller, one


def send(seller: Seller, folder: Json, what: str, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
    form: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
    form += [("attachment", (name, content)) for name, content in files]
    return seller.http.post(f"/ws/sav/{folder['id']}/{what}", files=form)


def refused(answer: httpx.Response, status: int, text: str) -> None:
    assert answer.status_code == status
    assert text in answer.json()["error"]["message"]


def test_every_folder_has_the_shape_of_the_example(find: tuple[Seller, Find]) -> None:
    seller, _ = find
    folders = seller.http.get("/_sandbox/folders").json()
    for folder in folders:
        same_shape(folder, EXAMPLE)
        assert seller.http.get(f"/ws/sav/{folder['id']}").json() == folder
        assert parse(folder["date_creation"]) <= parse(folder["date_last_message"]) <= NOW
        assert (folder["state"] == 9) == (folder["date_closed"] is not None)
        assert folder["orderline"]["state"] in (3, 6)
        assert folder["messages"][0]["initiator"] == "Client"
    ids = [folder["id"] for folder in folders]
    assert ids == sorted(set(ids))
    for old in (True, False):
        assert {folder["state"] for folder in folders if (folder["id"] < 10**8) == old} == {0, 9}
    assert len({folder["country_code"][:2] for folder in folders}) >= 5
    assert any("<script>" in message["message"] for folder in folders for message in folder["messages"])
    assert {len(folder["lines"][0]["return_labels"]) for folder in folders} == {0, 1}


def test_folders_follow_from_the_seed() -> None:
    first, again, other = (Marketplace(200, seed, clock=Clock(NOW)).care.all_folders() for seed in (1, 1, 2))
    assert first == again != other
    assert Marketplace(0).care.all_folders() == []


def test_folder_list_is_paged_and_filtered(find: tuple[Seller, Find]) -> None:
    seller, _ = find
    every = seller.http.get("/_sandbox/folders").json()

    def listed(**params: Any) -> list[int]:
        url: str | None = str(httpx.URL("/ws/sav", params=params))
        seen: list[int] = []
        while url:
            page = seller.http.get(url).json()
            # The count is that of the page.
            assert page["count"] == len(page["results"]) <= 10
            seen += [folder["id"] for folder in page["results"]]
            url = page["next"]
        return seen

    ids = [folder["id"] for folder in every]
    assert len(ids) > 20
    assert listed() == ids
    assert listed(last_id=ids[3]) == ids[4:]
    for state in (0, 9):
        assert listed(state=state) == [folder["id"] for folder in every if folder["state"] == state]
    assert listed(orderline=every[2]["orderline"]["id"]) == [ids[2]]
    for filtered, name in (
        ("last_modification_date", "date_modification"),
        ("last_message_date", "date_last_message"),
    ):
        bound = sorted(parse(folder[name]) for folder in every)[len(every) // 2].replace(second=0, microsecond=0)
        due = [folder["id"] for folder in every if parse(folder[name]) >= bound]
        assert listed(**{filtered: bound.strftime("%Y-%m-%d-%H-%M")}) == due
    short = seller.http.get("/ws/sav/").json()["results"][0]
    assert set(short) == {
        *("id", "client", "merchant", "orderline", "date_creation", "date_modification", "date_last_message"),
        *("date_closed", "state", "lines", "country_code", "backcare"),
    }
    for bad in ({"last_message_date": "2026-01-01"}, {"state": "1"}, {"page": "0"}, {"last_id": "x"}):
        refused(seller.http.get("/ws/sav", params=bad), 400, next(iter(bad)))
    assert seller.http.get("/ws/sav?page=99").status_code == 404
    assert seller.http.get("/ws/sav/5").status_code == 404
    assert seller.http.get("/ws/sav", headers={"Authorization": "Basic no"}).status_code == 401


def test_a_message_reopens_a_closed_folder(find: tuple[Seller, Find]) -> None:
    seller, one = find
    folder = one(closed=True)
    photo = b"\x89PNG\r\n--not a boundary\r\n\r\n\x00"
    answer = send(seller, folder, "msg", ("Foto ü.png", photo), ("b.pdf", b"%PDF-1"), message="Hello <b> ü & 山")
    assert answer.status_code == 201
    assert answer.json()["group"] == folder["id"]
    assert len(answer.json()["attachments"]) == 2
    now = seller.http.get(f"/ws/sav/{folder['id']}").json()
    assert (now["state"], now["date_closed"]) == (0, None)
    last = now["messages"][-1]
    assert last["message"] == "<p>Hello &lt;b&gt; ü &amp; 山</p>"
    assert (last["id"], last["initiator"], last["kind"]) == (answer.json()["id"], "Merchant", "MERCHANT_TO_ALL")
    assert parse(now["date_modification"]) > parse(folder["date_modification"])
    assert parse(now["date_last_message"]) > parse(folder["date_last_message"])
    (effect,) = seller.effects()
    assert (effect["kind"], effect["line_ids"]) == ("message", [folder["orderline"]["id"]])
    assert effect["body"]["folder_id"] == folder["id"]
    assert effect["body"]["attachments"][0] == {
        "filename": "Foto ü.png",
        "content_type": "image/png",
        "size": len(photo),
        "sha256": hashlib.sha256(photo).hexdigest(),
    }
    assert httpx.get(last["attachments"][0]["attachment"], trust_env=False).content == photo


def test_invalid_messages_to_a_folder_are_refused(find: tuple[Seller, Find]) -> None:
    seller, one = find
    folder = one(closed=True)
    small = ("a.pdf", b"x")
    refused(send(seller, folder, "msg", small), 400, "message not found")
    refused(send(seller, folder, "msg", message=" "), 400, "message not found")
    refused(send(seller, folder, "msg", *[small] * 11, message="x"), 400, "10 attachments")
    refused(send(seller, folder, "msg", ("a", b"x" * (3 * 2**20 + 1)), message="x"), 400, "3 MB")
    refused(send(seller, {"id": 5}, "msg", message="x"), 404, "Care Folder does not exist")
    urlencoded = seller.http.post(f"/ws/sav/{folder['id']}/msg", data={"message": "x"})
    refused(urlencoded, 400, "multipart")
    assert seller.effects() == []
    assert seller.http.get(f"/ws/sav/{folder['id']}").json() == folder
    assert send(seller, folder, "msg", *[small] * 9, ("b", b"x" * (3 * 2**20)), message="x").status_code == 201


def test_problem_types_of_folders_follow_the_rules(find: tuple[Seller, Find]) -> None:
    seller, one = find
    old, new, closed = one(old=True), one(), one(closed=True)
    proof = ("a.jpg", b"x")
    refused(send(seller, old, "problem", problem_type="WRONG_ITEM"), 422, "Only OTHER")
    refused(send(seller, old, "problem", problem_type="OTHER", message="x"), 422, "No message")
    assert send(seller, old, "problem", problem_type="OTHER").status_code == 201
    for kind in ("DAMAGED_PACKAGE", "ITEM_NOT_RECEIVED", "OOW_ITEM"):
        refused(send(seller, new, "problem", problem_type=kind, message="x"), 422, "mandatory")
        assert send(seller, new, "problem", proof, problem_type=kind).status_code == 201
    refused(send(seller, new, "problem", problem_type="BORED"), 422, "problem_type must be in")
    refused(send(seller, new, "problem", *[proof] * 11, problem_type="OTHER"), 413, "10 attachments")
    refused(send(seller, closed, "problem", problem_type="OTHER"), 422, "Cannot declare")
    assert send(seller, new, "problem", message="Without a type it is OTHER").status_code == 201
    kinds = [effect["body"]["problem_type"] for effect in seller.effects()]
    assert kinds == ["OTHER", "DAMAGED_PACKAGE", "ITEM_NOT_RECEIVED", "OOW_ITEM", "OTHER"]


def test_item_transfers_follow_the_rules(find: tuple[Seller, Find]) -> None:
    seller, one = find
    old = one(old=True)
    body = {"shipperName": "DHL", "trackingNumber": "T1", "action": "REPAIR"}

    def transfer(folder: Json, **changed: Any) -> httpx.Response:
        return seller.http.post(f"/ws/sav/{folder['id']}/item-transfer", json=body | changed)

    refused(transfer(one()), 422, "above 100,000,000")
    refused(transfer({"id": 5}), 404, "does not exist")
    refused(transfer(old, shipperName=""), 400, "shipperName")
    refused(transfer(old, trackingNumber=None), 400, "trackingNumber")
    refused(transfer(old, action="EAT"), 400, "action must be in")
    assert transfer(old).status_code == 201
    refused(transfer(old), 400, "already exists")
    (effect,) = seller.effects()
    assert effect["kind"] == "item_transfer"
    assert effect["body"] == {**body, "folder_id": old["id"]}
    assert transfer(old, trackingNumber="T2", action=None).status_code == 201


def test_folder_calls_above_their_limits_are_throttled(open_sandbox: Open) -> None:
    limits = {"care-list-per-minute": 2, "care-detail-per-day": 2, "care-message-per-minute": 0, "refund-per-day": 0}
    limits |= {"care-problem-per-day": 0, "care-transfer-per-day": 0}
    seller = open_sandbox(orders=200, limits=limits)
    folder = seller.market.care.all_folders()[0]

    def statuses(path: str, times: int = 3) -> list[int]:
        return [seller.http.get(path).status_code for _ in range(times)]

    assert statuses("/ws/sav") == [200, 200, 429]
    answer = seller.http.get("/ws/sav")
    assert answer.json()["error"]["code"] == "E008"
    assert statuses(f"/ws/sav/{folder['id']}") == [200, 200, 429]
    assert send(seller, folder, "msg", message="x").status_code == 429
    assert send(seller, folder, "problem", message="x").status_code == 429
    assert seller.http.post(f"/ws/sav/{folder['id']}/item-transfer", json={}).status_code == 429
    line = next(line for order in seller.market.all_orders() for line in order["orderlines"] if line["state"] == 3)
    refund = seller.http.post("/ws/sav/refund", json={"orderline_pk": line["id"], "refund_type": 6, "amount": 1})
    assert (refund.status_code, refund.json()["error"]["code"]) == (429, "E008")
    seller.http.post("/_sandbox/clock", json={"advance_s": 61})
    assert statuses("/ws/sav", 1) == [200]
    assert statuses(f"/ws/sav/{folder['id']}", 1) == [429]
    seller.market.clock.advance(timedelta(days=1))
    assert statuses(f"/ws/sav/{folder['id']}", 1) == [200]


def test_folder_limits_are_the_documented_numbers() -> None:
    assert LIMITS["refund-per-day"] == LIMITS["care-transfer-per-day"] == 500
    assert (LIMITS["care-list-per-minute"], LIMITS["care-list-per-day"]) == (520, 4_000)
    assert (LIMITS["care-message-per-minute"], LIMITS["care-message-per-day"]) == (560, 40_000)
    assert LIMITS["care-detail-per-minute"] == 600
