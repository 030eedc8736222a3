"""Requests right before they are sent: each kind may only do what it is for, to the order that it is planned for."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in

from bmtui.channel import requests
from bmtui.channel.requests import WriteRequest
from bmtui.desk.cancellation import on_channel
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import booked
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.store.models import Company, Effect, Order, OrderLine, Refund
from bmtui.words import EffectKind

SAV, IMEI = "/ws/sav/refund", "490154203237518"
CANCEL_BY_LINE = WriteRequest("POST", SAV, {"orderline_pk": 11, "refund_type": 4})
MESSAGE = WriteRequest("POST", "/ws/sav/7/msg", {"message": "Hello"})
INVOICE = WriteRequest("POST", "/ws/orders/1/invoice", {})
RIGHT = {
    EffectKind.ACCEPT: requests.accept(1, "PHN"),
    EffectKind.CANCEL_ON_CHANNEL: requests.cancel(1, "PHN"),
    EffectKind.SHIP: requests.ship(1, "TRACK-1", tracking_url="https://ups.example/1", carrier="UPS", imei=IMEI),
    EffectKind.IDENTIFIERS: requests.identifiers(11, imei=IMEI),
    EffectKind.INVOICE: INVOICE,
    EffectKind.MESSAGE: MESSAGE,
}
MOVES = (EffectKind.ACCEPT, EffectKind.CANCEL_ON_CHANNEL, EffectKind.SHIP)


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """Desk with an order of a phone and an accessory, and one of another buyer."""
    take_in(
        offline,
        raw_order(1, [raw_line(11, 1, sku="PHN"), raw_line(12, 1, sku="ACC")], state=1),
        raw_order(2, [raw_line(21, 1, sku="TAB")], state=1),
    )
    return offline


def effect_of(kind: EffectKind, write: WriteRequest, order_id: int = 1, **more: Any) -> Effect:
    order = order_of(order_id)
    columns = {"order": order, "company": order.company_id, "expected": {"folder_id": 7}, **more}
    return Effect(kind=kind, method=write.method, path=write.path, body=dict(write.body), **columns)


@pytest.mark.parametrize("kind", RIGHT)
def test_request_of_each_kind_leaves_for_its_own_order_alone(counter: Desk, kind: EffectKind) -> None:
    assert booked.differs(effect_of(kind, RIGHT[kind])) == ""
    other = "PATCH" if RIGHT[kind].method == "POST" else "POST"
    refused = [effect_of(kind, WriteRequest(other, RIGHT[kind].path, RIGHT[kind].body))]
    if kind != EffectKind.MESSAGE:
        add_company(counter, "Second")
        second = Company.get(Company.name == "Second").id
        refused += [effect_of(kind, RIGHT[kind], 2), effect_of(kind, RIGHT[kind], company=second)]
        refused += [effect_of(kind, RIGHT[kind], order=None)]
    for effect in refused:
        assert "is not what" in booked.differs(effect)


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("change", [{"order_id": 2}, {"new_state": 6}, {"amount": 5}, {"sku": "TAB"}])
def test_move_of_lines_holds_its_order_its_state_and_nothing_else(
    counter: Desk, kind: EffectKind, change: dict[str, Any]
) -> None:
    write = RIGHT[kind]
    wrong = WriteRequest(write.method, write.path, {**write.body, **change})
    assert "is not what" in booked.differs(effect_of(kind, wrong))
    assert "is not what" in booked.differs(effect_of(kind, WriteRequest(write.method, "/ws/orders/2", write.body)))


def test_shipment_of_one_sku_is_not_sent(counter: Desk) -> None:
    write = RIGHT[EffectKind.SHIP]
    assert booked.differs(effect_of(EffectKind.SHIP, WriteRequest("POST", write.path, {**write.body, "sku": "PHN"})))


@pytest.mark.parametrize(
    "path", ["/ws/orderlines/21", "/ws/orderlines/x", "/ws/orderlines/", "11", "/ws/orderlines/١١"]
)
def test_identifier_is_registered_for_a_line_of_the_order_alone(counter: Desk, path: str) -> None:
    assert booked.differs(effect_of(EffectKind.IDENTIFIERS, WriteRequest("PATCH", path, {"imei": IMEI})))


def test_identifier_request_holds_identifiers_alone(counter: Desk) -> None:
    body = {"imei": IMEI, "serial_number": "C02XK1ABCDEF"}
    assert booked.differs(effect_of(EffectKind.IDENTIFIERS, WriteRequest("PATCH", "/ws/orderlines/11", body))) == ""
    body["state"] = "6"
    assert booked.differs(effect_of(EffectKind.IDENTIFIERS, WriteRequest("PATCH", "/ws/orderlines/11", body)))


@pytest.mark.parametrize(
    ("path", "leaves"),
    [
        ("/ws/sav/7/msg", True),
        ("/ws/sav/7/problem", True),
        ("/ws/sav/7/item-transfer", True),
        ("/ws/sav/8/msg", False),
        ("/ws/sav/7/refund", False),
        ("/ws/sav/7/msg/1", False),
        ("/ws/sav/٧/msg", False),
        (SAV, False),
    ],
)
def test_message_goes_into_its_own_folder_alone(counter: Desk, path: str, leaves: bool) -> None:
    assert (booked.differs(effect_of(EffectKind.MESSAGE, WriteRequest("POST", path, {}))) == "") is leaves


@pytest.mark.parametrize(
    ("method", "body", "leaves"),
    [
        ("POST", {"orderline_pk": 11, "refund_type": 4}, True),
        ("POST", {"orderline_pk": 12, "refund_type": 4}, True),
        ("POST", {"orderline_pk": 21, "refund_type": 4}, False),
        ("POST", {"orderline_pk": 11, "refund_type": 6}, False),
        ("POST", {"orderline_pk": 11, "refund_type": 4, "amount": 5}, False),
        ("PATCH", {"orderline_pk": 11, "refund_type": 4}, False),
        ("POST", {"refund_type": 4}, False),
    ],
)
def test_cancellation_of_a_line_returns_no_other_amount(
    counter: Desk, method: str, body: dict[str, Any], leaves: bool
) -> None:
    effect = effect_of(EffectKind.CANCEL_ON_CHANNEL, WriteRequest(method, SAV, body))
    assert (booked.differs(effect) == "") is leaves


@pytest.fixture
def refunded(offline: Desk) -> Effect:
    """Planned refund of all of a shipped line of 100.00, whose SKU no other line of the order has."""
    lines = [raw_line(31, 3, sku="PHN"), raw_line(32, 3, sku="ACC")]
    take_in(offline, raw_order(3, lines), raw_order(4, [raw_line(41, 3)]))
    refunds.issue(offline, 3, RefundRequest(lines={31: None}))
    return Effect.get()


def changed(effect: Effect, path: str, body: dict[str, Any]) -> str:
    effect.path, effect.body = path, body
    return booked.differs(effect)


@pytest.mark.parametrize(
    ("body", "leaves"),
    [
        ({"refund_type": 6}, True),
        ({"refund_type": 5}, True),
        ({"refund_type": 4}, False),
        ({"refund_type": 6, "amount": 100}, True),
        ({"refund_type": 6, "amount": 100.0}, True),
        ({"refund_type": 6, "amount": 100.001}, False),
        ({"refund_type": 5, "amount": 100}, False),
        ({"refund_type": 6, "amount": True}, False),
        ({"refund_type": 6, "amount": "100"}, False),
        ({"refund_type": 6, "amount": None}, False),
        ({"refund_type": 6, "amount": 99.99}, False),
        ({"refund_type": 6, "currency": "KWD"}, False),
        ({"refund_type": 6, "orderline_pk": 32}, False),
    ],
)
def test_refund_of_a_line_is_of_the_amount_in_the_books(refunded: Effect, body: dict[str, Any], leaves: bool) -> None:
    assert (changed(refunded, SAV, {"orderline_pk": 31, **body}) == "") is leaves


def test_refund_of_a_sku_leaves_only_where_one_line_has_it(refunded: Effect) -> None:
    after, before = requests.refund_after_shipping(3, "PHN", 21, "Sorry"), requests.refund_before_shipping(3, "PHN")
    for write in (after, before):
        assert changed(refunded, write.path, dict(write.body)) == ""
    assert changed(refunded, after.path, {**after.body, "sku": "ACC"})
    assert changed(refunded, after.path, {**after.body, "new_state": 4})
    assert changed(refunded, after.path, {**after.body, "amount": 5})
    OrderLine.update(sku="PHN").where(OrderLine.line_id == 32).execute()
    assert changed(refunded, after.path, dict(after.body))


def test_refund_without_its_row_in_the_books_is_not_sent(refunded: Effect) -> None:
    said = "would refund a line that has no refund in the books"
    assert booked.differs(refunded) == ""
    Refund.update(order=order_of(4)).execute()
    assert said in booked.differs(refunded)
    Refund.update(order=order_of(3), line=None).execute()
    assert said in booked.differs(refunded)
    Refund.update(line=OrderLine.get(OrderLine.line_id == 31), operation="issue_refund").execute()
    assert "would send refund #1, which is" in booked.differs(refunded)
    refunded.subject_id = 99
    assert said in booked.differs(refunded)


def test_partial_refund_without_a_word_on_its_proof_is_taken_as_one_that_a_reading_proves(refunded: Effect) -> None:
    Refund.update(amount=5_000).execute()
    body = {"orderline_pk": 31, "refund_type": 6, "amount": 50}
    for expected, leaves in (({"guarded": False}, True), ({"guarded": True}, False), ({}, False)):
        refunded.expected = expected
        assert (changed(refunded, SAV, body) == "") is leaves


@pytest.fixture
def cancelled(offline: Desk) -> Effect:
    """Planned cancellation of the paid line 51, which returns its 100.00; 205.00 were received."""
    take_in(offline, raw_order(5, [raw_line(51, 1, sku="PHN"), raw_line(52, 1, sku="ACC")], state=1))
    take_in(offline, raw_order(6, [raw_line(61, 3, price="300.00")]))
    on_channel.send(offline, 5, [51])
    return Effect.get()


def test_cancellation_with_a_refund_ends_the_line_of_that_refund_alone(cancelled: Effect) -> None:
    by_sku, by_line = (cancelled.path, dict(cancelled.body)), {"orderline_pk": 51, "refund_type": 4}
    if by_sku[0] == SAV:
        by_sku = ("/ws/orders/5", dict(requests.cancel(5, "PHN").body))
    assert changed(cancelled, *by_sku) == ""
    assert changed(cancelled, SAV, by_line) == ""
    assert changed(cancelled, SAV, {**by_line, "orderline_pk": 52})
    assert changed(cancelled, by_sku[0], {**by_sku[1], "sku": "ACC"})
    OrderLine.update(sku="PHN").where(OrderLine.line_id == 52).execute()
    assert changed(cancelled, *by_sku)
    assert changed(cancelled, SAV, by_line) == ""


def test_cancellation_whose_refund_is_of_no_line_or_missing_is_not_sent(cancelled: Effect) -> None:
    Refund.update(line=None).execute()
    assert "is not what" in booked.differs(cancelled)
    Refund.update(line=OrderLine.get(OrderLine.line_id == 51)).execute()
    assert booked.differs(cancelled) == ""
    cancelled.subject_id = 99
    assert "is not what" in booked.differs(cancelled)


def another_refund(order_id: int, amount: int, **more: Any) -> None:
    """Store a refund as that of the cancellation, of another order, amount or state."""
    facts = {name: value for name, value in Refund.get_by_id(1).__data__.items() if name != "id"}
    Refund.create(**{**facts, "order": order_of(order_id), "line": None, "amount": amount, **more})


def test_cancellation_may_return_less_than_the_price_only_when_less_was_received(cancelled: Effect) -> None:
    Refund.update(amount=9_999).execute()
    # What was returned of another order, in cash, or is withdrawn leaves more to return of this line.
    another_refund(6, 30_000)
    another_refund(5, 30_000, operation="issue_refund", state="recorded")
    another_refund(5, 30_000, state="withdrawn")
    assert "is not what" in booked.differs(cancelled)
    another_refund(5, 20_500 - 9_999 - 1)
    assert "is not what" in booked.differs(cancelled)
    another_refund(5, 1)
    assert booked.differs(cancelled) == ""


def test_cancellation_never_returns_more_than_the_price(cancelled: Effect) -> None:
    Refund.update(amount=10_001).execute()
    Order.update(received=10_001).where(Order.order_id == 5).execute()
    assert "is not what" in booked.differs(cancelled)
