"""Invoices received, documents served, and hosts that must not get the token (API §4, §8, §9)."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sandbox_seller import NOW, Open, Seller

from bmtui.sandbox.dates import parse
from bmtui.sandbox.pdf import pdf

PDF = b"%PDF-1.7\n" + bytes(range(256))


def upload(seller: Seller, order_id: int, content: bytes, part: str = "invoice") -> httpx.Response:
    files = {part: ("Rechnung ü.pdf", content, "application/pdf")}
    return seller.http.post(f"/ws/orders/{order_id}/invoice", files=files)


def is_pdf(content: bytes) -> bool:
    """Return True when the content is a PDF whose cross-reference table and stream lengths are right."""
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", content[start:])]
    named = all(content[place:].startswith(b"%d 0 obj" % number) for number, place in enumerate(places, 1))
    streams = re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.DOTALL)
    return (
        content.startswith(b"%PDF-")
        and content.endswith(b"%%EOF\n")
        and named
        and len(places) == 5
        and all(int(length) == len(body) for length, body in streams)
    )


def bare(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False)


def test_an_invoice_is_taken_and_replaced(seller: Seller) -> None:
    order = seller.new_order()
    known = len(seller.effects())
    assert order["date_bill_provided"] is None
    answer = upload(seller, order["order_id"], PDF)
    assert (answer.status_code, answer.content) == (200, b"")
    first = seller.market.order(order["order_id"])
    assert parse(first["date_bill_provided"]) > parse(first["date_modification"])
    assert first["date_modification"] == order["date_modification"]
    assert upload(seller, order["order_id"], PDF + b"2").status_code == 200
    second = seller.market.order(order["order_id"])
    assert parse(second["date_bill_provided"]) > parse(first["date_bill_provided"])
    effects = seller.effects()[known:]
    assert [effect["kind"] for effect in effects] == ["invoice", "invoice"]
    assert effects[0]["body"] == {
        "filename": "Rechnung ü.pdf",
        "content_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }
    assert seller.market.invoices[order["order_id"]] == effects[1]["body"]


def test_invalid_invoices_are_refused(seller: Seller) -> None:
    order = seller.new_order()
    order_id, known = order["order_id"], seller.effects()
    for answer, text in (
        (upload(seller, order_id, b"<html>"), "must be a PDF"),
        (upload(seller, order_id, PDF.ljust(3 * 2**20 + 1)), "at most 3 MB"),
        (upload(seller, order_id, PDF, part="file"), "invoice not found"),
        (seller.http.post(f"/ws/orders/{order_id}/invoice", content=PDF), "multipart"),
    ):
        assert answer.status_code == 400
        assert text in answer.json()
    assert upload(seller, 1, PDF).status_code == 404
    unpaid = next(order["order_id"] for order in seller.market.all_orders() if order["state"] in (0, 8, 10))
    assert upload(seller, unpaid, PDF).status_code == 403
    assert seller.effects() == known
    assert upload(seller, order_id, PDF.ljust(3 * 2**20)).status_code == 200


def test_invoice_quirk_accepts_any_file_up_to_a_size(open_sandbox: Open) -> None:
    seller = open_sandbox(quirks={"invoice": "anything"})
    order = seller.new_order()
    assert upload(seller, order["order_id"], b"x" * (4 * 2**20)).status_code == 200
    assert upload(seller, order["order_id"], b"x" * (41 * 2**20)).status_code == 413


def test_delivery_note_needs_no_token_and_its_link_expires(open_sandbox: Open) -> None:
    seller = open_sandbox()
    order = seller.new_order()
    for line in order["orderlines"]:
        seller.update(order, 2, sku=line["listing"]).raise_for_status()
    url = seller.http.get(f"/ws/orders/{order['order_id']}").json()["delivery_note"]
    assert url.startswith(seller.server.url + "/bucket/")
    answer = bare(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert is_pdf(answer.content)
    assert str(order["order_id"]).encode() in answer.content
    assert bare(url.replace("Signature=", "Signature=x")).status_code == 403
    assert bare(url.partition("?")[0]).status_code == 403
    seller.market.clock.advance(timedelta(days=5))
    assert bare(url).status_code == 403
    assert bare(seller.market.order(order["order_id"])["delivery_note"]).status_code == 200
    other = seller.new_order()["order_id"]
    for path in (f"delivery_note/{other}.pdf", "label/1.pdf", "attachment/x", "nothing/1", "return_label/1.pdf"):
        assert bare(f"{seller.server.url}/bucket/{path}").status_code in (403, 404)


def test_document_route_refuses_the_token_and_the_sandbox_records_it(open_sandbox: Open) -> None:
    seller = open_sandbox(rate_limit=3, rate_window_s=3600.0)
    url = next(order["delivery_note"] for order in seller.market.all_orders() if order["delivery_note"])
    assert [bare(url).status_code for _ in range(5)] == [200] * 5
    seller.faults({"name": "html-502", "path": "/bucket/", "count": 1}, {"name": "slow", "seconds": 0, "count": 4})
    assert [bare(url).status_code for _ in range(5)] == [502] + [200] * 4
    assert seller.http.get("/_sandbox/leaks").json() == {"count": 0, "leaks": []}
    assert seller.http.get(url).status_code == 400
    assert bare(url, Authorization="x").status_code == 400
    seen = seller.http.get("/_sandbox/leaks").json()
    assert seen["count"] == 2
    assert {leak["kind"] for leak in seen["leaks"]} == {"document"}
    assert seller.server.token not in str(seen)
    assert seller.server.leaks.seen == seen["leaks"]


def every(seller: Seller, what: str, **params: Any) -> list[dict[str, Any]]:
    """Return all results of a list, read page by page."""
    url: str | None = str(httpx.URL(f"/ws/shipping/v1/{what}", params=params))
    found: list[dict[str, Any]] = []
    while url:
        page = seller.http.get(url).raise_for_status().json()
        found += page["results"]
        url = page["next"]
    assert page["count"] == len(found)
    return found


@pytest.fixture
def backshipper(open_sandbox: Open) -> Seller:
    return open_sandbox(orders=300, rate_limit=100_000)


def backship_orders(seller: Seller) -> dict[int, dict[str, Any]]:
    return {order["order_id"]: order for order in seller.market.all_orders() if order["is_backship"]}


def test_deliveries_are_those_of_open_backship_orders_with_a_label_once_accepted(backshipper: Seller) -> None:
    backship, deliveries = backship_orders(backshipper), every(backshipper, "deliveries")
    assert {delivery["order"] for delivery in deliveries} == {
        order_id for order_id, order in backship.items() if order["state"] in (1, 3, 9)
    }
    assert {delivery["labelUrl"] is None for delivery in deliveries} == {True, False}
    for delivery in deliveries:
        order = backship[delivery["order"]]
        accepted = any(line["state"] in (2, 3, 5, 6) for line in order["orderlines"])
        assert (delivery["labelUrl"] is not None) == accepted
        assert delivery["hubScanned"] == (order["date_shipping"] is not None)
        assert backshipper.http.get(f"/ws/shipping/v1/deliveries/{delivery['shipmentId']}").json() == delivery


def test_delivery_filters_return_the_right_deliveries(backshipper: Seller) -> None:
    backship, deliveries = backship_orders(backshipper), every(backshipper, "deliveries")
    labelled = next(delivery for delivery in deliveries if delivery["labelUrl"])
    assert is_pdf(bare(labelled["labelUrl"]).content)
    assert every(backshipper, "deliveries", order_id=labelled["order"]) == [labelled]
    assert every(backshipper, "deliveries", hub_scanned="true") == [one for one in deliveries if one["hubScanned"]]
    assert every(backshipper, "deliveries", order_state=1) == [
        one for one in deliveries if backship[one["order"]]["state"] == 1
    ]
    bound = NOW - timedelta(days=20)
    assert every(backshipper, "deliveries", start_date=bound.isoformat()) == [
        one for one in deliveries if parse(one["dateCreation"]) >= bound
    ]


def test_returns_of_backship_have_the_labels_of_their_folders(backshipper: Seller) -> None:
    returns = every(backshipper, "returns")
    assert returns
    for back in returns:
        assert is_pdf(bare(back["label"]).content)
        assert back["orderId"] in backship_orders(backshipper)
        assert backshipper.http.get(f"/ws/shipping/v1/returns/{back['shipmentId']}").json() == back
    folders = backshipper.market.care.all_folders()
    labels = [label["label"] for one in folders for label in one["lines"][0]["return_labels"]]
    assert {back["label"] for back in returns} < set(labels)
    assert all(bare(label).status_code == 200 for label in labels)


@pytest.mark.parametrize("what", ["deliveries", "returns"])
def test_backship_lists_answer_wrong_parameters_as_the_contract_says(backshipper: Seller, what: str) -> None:
    for name in ("order_id", "orderId"):
        answer = backshipper.http.get(f"/ws/shipping/v1/{what}", params={name: "x"})
        assert answer.status_code == 422
        assert answer.json() == {
            "error": {"code": "E009", "message": "Validation error"},
            "data": {"fields": {"orderId": ["An integer is needed."]}},
        }
    assert backshipper.http.get(f"/ws/shipping/v1/{what}/1").status_code == 404
    assert backshipper.http.get(f"/ws/shipping/v1/{what}?start_date=x").status_code == 400


def test_practice_order_gets_its_label_with_its_acceptance(open_sandbox: Open) -> None:
    seller = open_sandbox(orders=300, rate_limit=100_000)
    order = next(
        order
        for order in seller.market.all_orders()
        if order["is_backship"] and {line["state"] for line in order["orderlines"]} == {1}
    )
    path = f"/ws/shipping/v1/deliveries?order_id={order['order_id']}"
    assert seller.http.get(path).json()["results"][0]["labelUrl"] is None
    now = seller.update(order, 2, sku=order["orderlines"][0]["listing"]).json()
    delivery = seller.http.get(path).json()["results"][0]
    assert delivery["trackingNumber"] == now["tracking_number"] != ""
    assert is_pdf(bare(delivery["labelUrl"]).content)


@pytest.mark.parametrize("text", ["plain", "(un) \\ balanced ) é 山 \x1b\n", "x" * 5000])
def test_sandbox_pdf_is_valid_for_any_text(text: str) -> None:
    assert is_pdf(pdf(text, [text, ""]))
