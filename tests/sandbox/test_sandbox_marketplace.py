"""Changes that a seller may make to an order, and their consequences (API §5 to §7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bmtui.sandbox.dates import Clock, parse
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.marketplace import Marketplace

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
Json = dict[str, Any]


def market(**options: Any) -> Marketplace:
    return Marketplace(**{"orders": 0, "clock": Clock(NOW), **options})


def new_order(place: Marketplace, lines: int = 1, quantity: int = 1) -> Json:
    """Return a new order in EUR with `lines` lines, the first of that quantity."""
    while True:
        for order_id in place.add_orders(20):
            order = place.order(order_id)
            quantities = [line["quantity"] for line in order["orderlines"]]
            if len(quantities) == lines and quantities[0] == quantity and order["currency"] == "EUR":
                return order


def update(place: Marketplace, order: Json, new_state: Any, **more: Any) -> Json:
    return place.update(order["order_id"], {"order_id": order["order_id"], "new_state": new_state, **more})


def sku(order: Json, line: int = 0) -> str:
    return str(order["orderlines"][line]["listing"])


def accept(place: Marketplace, order: Json) -> Json:
    for line in order["orderlines"]:
        order = update(place, order, 2, sku=line["listing"])
    return order


def ship(place: Marketplace, order: Json, **more: Any) -> Json:
    return update(place, order, 3, tracking_number="ZZ1", **more)


def states(order: Json) -> list[int]:
    return [line["state"] for line in order["orderlines"]]


def refused(place: Marketplace, order: Json, new_state: Any, **more: Any) -> str:
    """Return the text of the refusal; check that it changed nothing."""
    before, effects = place.order(order["order_id"]), place.effects
    with pytest.raises(Refused) as caught:
        update(place, order, new_state, **more)
    assert place.order(order["order_id"]) == before
    assert place.effects == effects
    return caught.value.text


def one_whole_life(place: Marketplace) -> list[dict[str, Any]]:
    """Return the states of an order of two lines: new, half accepted, accepted, shipped, one line returned."""
    order = new_order(place, lines=2)
    return [
        order,
        update(place, order, 2, sku=sku(order)),
        update(place, order, 2, sku=sku(order, 1), vat_type="MARGINAL"),
        ship(place, order, tracking_url="https://t.example.com/1", shipper="DHL", date_shipping="2026-09-14T14:00:00Z"),
        update(place, order, 6, sku=sku(order), return_reason=21, return_message="Sorry"),
    ]


def test_states_of_an_order_and_its_lines_follow_each_write() -> None:
    moments = one_whole_life(market())
    assert [(moment["state"], states(moment)) for moment in moments[1:]] == [
        *((1, [2, 1]), (3, [2, 2]), (9, [3, 3]), (9, [6, 3])),
    ]
    modified = [parse(moment["date_modification"]) for moment in moments]
    assert modified == sorted(set(modified))


def test_fields_of_an_order_come_with_the_write_that_they_belong_to() -> None:
    order, _, whole, sent, back = one_whole_life(market())
    assert order["delivery_note"] is None
    assert whole["delivery_note"].startswith("https://bucket.example.com/delivery_note/")
    assert (sent["tracking_number"], sent["shipper"], sent["shipper_display"]) == ("ZZ1", "DHL", "DHL")
    assert sent["expected_dispatch_date"] is None
    assert parse(sent["date_shipping"]) == datetime(2026, 9, 14, 14, tzinfo=UTC)
    assert (back["orderlines"][0]["return_reason"], back["orderlines"][0]["return_message"]) == (21, "Sorry")


def test_effects_are_listed_in_order_with_lines_amount_and_body() -> None:
    place = market()
    order = one_whole_life(place)[0]
    effects = place.effects
    assert [effect["kind"] for effect in effects] == ["accept", "accept", "ship", "refund_after_shipping"]
    assert [effect["seq"] for effect in effects] == [1, 2, 3, 4]
    ids = [line["id"] for line in order["orderlines"]]
    assert [effect["line_ids"] for effect in effects] == [ids[:1], ids[1:], ids, ids[:1]]
    assert [effect["amount"] for effect in effects] == [None, None, None, order["orderlines"][0]["price"]]
    assert effects[0]["body"] == {"order_id": order["order_id"], "new_state": 2, "sku": sku(order)}


def test_cancelled_and_refunded_lines_leave_the_rest_to_ship() -> None:
    place = market()
    order = new_order(place, lines=3)
    assert states(update(place, order, 4, sku=sku(order))) == [4, 1, 1]
    update(place, order, 2, sku=sku(order, 1))
    assert update(place, order, 2, sku=sku(order, 2))["state"] == 3
    assert states(update(place, order, 5, sku=sku(order, 1))) == [4, 5, 2]
    sent = ship(place, order)
    assert (sent["state"], states(sent)) == (9, [4, 5, 3])
    assert place.effects[-1]["line_ids"] == [order["orderlines"][2]["id"]]


def test_an_order_of_nothing_but_cancelled_lines_is_processed() -> None:
    place = market()
    order = new_order(place, lines=2)
    update(place, order, 4, sku=sku(order))
    done = update(place, order, 4, sku=sku(order, 1))
    assert (done["state"], done["expected_dispatch_date"], done["date_shipping"]) == (9, None, None)


# What a line allows: from each state to each, exactly the moves of API §5.
@pytest.mark.parametrize("new_state", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("state", range(10))
def test_only_the_documented_moves(state: int, new_state: int) -> None:
    place = market(orders=300)
    order = next(
        order
        for order in place.all_orders()
        if set(states(order)) == {state} and len(order["orderlines"]) == 1 and not (state == 0 and order["state"] == 0)
    )
    more: Json = {"tracking_number": "T"} if new_state == 3 else {"sku": sku(order)}
    if new_state == 6:
        more["return_reason"] = 0
    if (state, new_state) in {(1, 2), (1, 4), (2, 3), (2, 5), (3, 6)}:
        assert states(update(place, order, new_state, **more)) == [new_state]
    else:
        assert refused(place, order, new_state, **more) == f"orderline state {state} can not move to {new_state}"


def test_bad_bodies_are_refused_in_known_words() -> None:
    place = market()
    order = new_order(place)
    assert refused(place, order, 9) == "new_state 9 must be in 2,3,4,5,6"
    assert refused(place, order, "2", sku=sku(order)) == "new_state 2 must be in 2,3,4,5,6"
    assert refused(place, order, True, sku=sku(order)) == "new_state True must be in 2,3,4,5,6"
    assert refused(place, order, 2) == "sku not found"
    assert refused(place, order, 2, sku="NOT-MINE") == "sku not found"
    assert refused(place, order, 2, sku=sku(order), vat_type="NONE").startswith("vat_type NONE")
    accept(place, order)
    assert refused(place, order, 2, sku=sku(order)) == "orderline state 2 can not move to 2"
    assert refused(place, order, 3) == "tracking_number not found"
    assert refused(place, order, 3, tracking_number="ZZ 1") == "tracking_number must not contain spaces"
    assert refused(place, order, 3, tracking_number=17) == "tracking_number must be a string"
    assert refused(place, order, 3, tracking_number="Z", date_shipping="soon") == "date_shipping soon is not a date"
    ship(place, order)
    assert refused(place, order, 6, sku=sku(order)) == "return_reason not found"
    assert refused(place, order, 6, sku=sku(order), return_reason=2).startswith("return_reason 2 must be in 0,1,11")
    with pytest.raises(Refused, match="order_id not found"):
        place.update(order["order_id"], {"order_id": order["order_id"] + 1, "new_state": 2})
    with pytest.raises(Refused) as caught:
        place.update(1, {"order_id": 1, "new_state": 2})
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("field", "longest"),
    [("tracking_number", 200), ("tracking_url", 300), ("shipper", 200), ("imei", 15), ("serial_number", 50)],
)
def test_the_lengths_of_shipping_fields(field: str, longest: int) -> None:
    place = market()
    order = accept(place, new_order(place))
    body = {"tracking_number": "T", field: "x" * (longest + 1)}
    assert refused(place, order, 3, **body) == f"{field} must have at most {longest} characters"
    assert states(update(place, order, 3, **{**body, field: "x" * longest})) == [3]


def test_the_length_of_a_message() -> None:
    place = market()
    order = ship(place, accept(place, new_order(place)))
    more = {"sku": sku(order), "return_reason": 1}
    assert "at most 500" in refused(place, order, 6, return_message="x" * 501, **more)
    assert states(update(place, order, 6, return_message="x" * 500, **more)) == [6]


def test_identifiers_go_with_the_shipment_of_a_single_piece_only() -> None:
    place = market()
    single = accept(place, new_order(place))
    sent = ship(place, single, imei="490154203237518")
    assert sent["orderlines"][0]["imei"] == "490154203237518"
    for several in (new_order(place, lines=2), new_order(place, quantity=2)):
        text = refused(place, accept(place, several), 3, tracking_number="T", serial_number="S")
        assert text == "imei and serial_number need an order with one line of quantity 1"


def test_identifiers_are_immutable() -> None:
    place = market()
    order = ship(place, accept(place, new_order(place, lines=2)))
    line = order["orderlines"][1]["id"]
    assert place.register_identifiers(line, {"serial_number": "SN-1"}) == {"serial_number": "SN-1"}
    assert place.register_identifiers(line, {"imei": "490154203237518"}) == {"imei": "490154203237518"}
    for again in ("SN-1", "SN-2"):
        with pytest.raises(Refused, match="already registered"):
            place.register_identifiers(line, {"serial_number": again, "imei": ""})
    now = place.order(order["order_id"])
    assert now["orderlines"][1]["serial_number"] == "SN-1"
    assert states(now) == states(order)
    assert [effect["kind"] for effect in place.effects[-2:]] == ["identifiers", "identifiers"]
    for body, text in (
        ({}, "not found"),
        ({"imei": "1" * 16}, "at most 15"),
        ({"imei": 1}, "a string"),
        ([], "object"),
    ):
        with pytest.raises(Refused, match=text):
            place.register_identifiers(line, body)
    with pytest.raises(Refused, match="Order line not found"):
        place.register_identifiers(1, {"imei": "1"})


IMEI = "490154203237518"


def test_an_imei_for_what_is_no_phone_is_registered_or_ignored() -> None:
    for reading, laptop_has in (("registered", IMEI), ("ignored", "")):
        place = market(quirks={"imei-of-others": reading})
        for kind, has in (("LAP-", laptop_has), ("PHN-", IMEI)):
            order = new_order(place)
            while not sku(order).startswith(kind):
                order = new_order(place)
            line = order["orderlines"][0]["id"]
            done = len(place.effects)
            assert place.register_identifiers(line, {"imei": IMEI}) == ({"imei": IMEI} if has else {})
            assert place.order(order["order_id"])["orderlines"][0]["imei"] == has
            assert len(place.effects) - done == bool(has)
            # What a shipment brings with it is treated alike, and ships all the same.
            sent = accept(place, new_order(place)) if kind == "PHN-" else accept(place, order)
            if not sent["orderlines"][0]["imei"]:
                shipped = ship(place, sent, imei=IMEI)["orderlines"][0]
                assert shipped["state"] == 3
                assert shipped["imei"] == (IMEI if reading == "registered" or shipped["listing"][:3] == "PHN" else "")


@pytest.mark.parametrize("bad", ["490154203237519", "49015420323751", "A90154203237518", "٤90154203237518"])
def test_a_bad_imei_is_refused_or_registered(bad: str) -> None:
    place = market(quirks={"bad-imei": "refused"})
    line = new_order(place)["orderlines"][0]["id"]
    with pytest.raises(Refused, match="is not valid"):
        place.register_identifiers(line, {"imei": bad})
    assert place.register_identifiers(line, {"imei": IMEI}) == {"imei": IMEI}
    other = market()
    assert other.register_identifiers(new_order(other)["orderlines"][0]["id"], {"imei": bad}) == {"imei": bad}


def test_the_documented_carriers_are_known() -> None:
    place = market(quirks={"unknown-carrier": "refused"})
    for carrier in ("DHL  EXPRESS", "Livraison au pied du camion", "Zeleris"):
        assert ship(place, accept(place, new_order(place)), shipper=carrier)["shipper"] == carrier


def refund(place: Marketplace, line: Json, amount: Any = None, kind: int = 6) -> str:
    body = {"orderline_pk": line["id"], "refund_type": kind}
    return place.refund(body if amount is None else {**body, "amount": amount})


def test_partial_refunds_add_up_to_the_price() -> None:
    place = market()
    order = ship(place, accept(place, new_order(place)))
    line = order["orderlines"][0]
    assert refund(place, line, 1.5) == f"1.50€ refunded on the sku {line['listing']}"
    assert states(place.order(order["order_id"])) == [3]
    left = float(line["price"]) - 1.5
    for amount, text in (
        (left + 0.01, "at most"), (0, "more than 0"), (-1, "more than 0"), (0.001, "decimals"), ("1", "a number"),
        (True, "a number"), (float("inf"), "at most"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=text):
            refund(place, line, amount)
    refund(place, line, round(left - 1, 2))
    assert states(place.order(order["order_id"])) == [3]
    refund(place, line, 1)
    assert states(place.order(order["order_id"])) == [6]
    with pytest.raises(Refused, match="needs an orderline in state 3, not 6"):
        refund(place, line, 1)
    refunds = [effect for effect in place.effects if effect["kind"] == "refund_amount"]
    assert [effect["amount"] for effect in refunds] == ["1.50", f"{left - 1:.2f}", "1.00"]


def test_a_full_refund_pays_what_is_left() -> None:
    place = market()
    for full in (
        lambda order: update(place, order, 6, sku=sku(order), return_reason=1),
        lambda order: refund(place, order["orderlines"][0]),
    ):
        order = ship(place, accept(place, new_order(place)))
        refund(place, order["orderlines"][0], 2)
        full(order)
        assert states(place.order(order["order_id"])) == [6]
        assert place.effects[-1]["amount"] == f"{float(order['price']) - 2:.2f}"


def test_refund_types_before_shipping() -> None:
    place = market()
    order = new_order(place, lines=2)
    first, second = order["orderlines"]
    with pytest.raises(Refused, match="refund_type 6 only"):
        refund(place, first, 1, kind=4)
    refund(place, first, kind=4)
    update(place, order, 2, sku=sku(order, 1))
    refund(place, second, kind=5)
    now = place.order(order["order_id"])
    assert (now["state"], states(now)) == (9, [4, 5])
    assert [effect["kind"] for effect in place.effects] == ["cancel", "accept", "refund_before_shipping"]


def test_the_refunds_of_a_day_are_limited() -> None:
    place = market(refunds_per_day=2)
    line = ship(place, accept(place, new_order(place)))["orderlines"][0]
    refund(place, line, 1)
    refund(place, line, 1)
    with pytest.raises(Refused) as caught:
        refund(place, line, 1)
    assert (caught.value.status, caught.value.code) == (429, "E008")
    place.clock.advance(timedelta(days=1))
    refund(place, line, 1)


def test_a_buyer_cancels_until_acceptance() -> None:
    place = market()
    order = new_order(place, lines=2)
    update(place, order, 2, sku=sku(order))
    left = place.cancel_by_buyer(order["order_id"])
    assert (left["state"], states(left)) == (3, [2, 4])
    assert len(place.effects) == 1
    with pytest.raises(Refused):
        place.cancel_by_buyer(order["order_id"])


def test_the_other_readings_of_shipping() -> None:
    place = market(quirks={"processed": "later", "ship-unaccepted": "accepted", "unknown-carrier": "refused"})
    order = new_order(place, lines=2)
    update(place, order, 2, sku=sku(order))
    assert refused(place, order, 3, tracking_number="T", shipper="Pigeon") == "shipper Pigeon is unknown"
    sent = ship(place, order, shipper="DHL")
    assert (sent["state"], states(sent), sent["expected_dispatch_date"]) == (3, [3, 3], None)
    place.clock.advance(timedelta(minutes=2))
    later = place.order(order["order_id"])
    assert later["state"] == 9
    assert parse(later["date_modification"]) > parse(sent["date_modification"])
    held = market(orders=600, quirks={"ship-unaccepted": "accepted"})
    hold = next(order for order in held.all_orders() if set(states(order)) == {1, 9})
    assert refused(held, hold, 3, tracking_number="T") == "orderline state 9 can not move to 3"


def test_the_other_reading_of_a_partial_refund() -> None:
    place = market(quirks={"partial-refund": "first"})
    order = ship(place, accept(place, new_order(place)))
    refund(place, order["orderlines"][0], 1)
    assert states(place.order(order["order_id"])) == [6]


def test_what_is_returned_is_a_copy() -> None:
    place = market()
    order = new_order(place)
    order["orderlines"][0]["state"] = order["state"] = 99
    assert place.order(order["order_id"])["state"] == 1
    assert states(place.order(order["order_id"])) == [1]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from([2, 3, 4, 5, 6, "part"]), st.integers(0, 3), st.integers(1, 900)), max_size=25)
)
def test_no_line_is_paid_back_twice(moves: list[tuple[Any, int, int]]) -> None:
    place = market()
    order = new_order(place, lines=3)
    for move, number, amount in moves:
        line = order["orderlines"][number % 3]
        try:
            if move == "part":
                refund(place, line, amount)
            elif move == 3:
                ship(place, order)
            else:
                update(place, order, move, sku=line["listing"], return_reason=1)
        except Refused:
            continue
    now = place.order(order["order_id"])
    for line in now["orderlines"]:
        mine = [effect for effect in place.effects if line["id"] in effect["line_ids"] and effect["amount"]]
        paid_back = sum(round(float(effect["amount"]) * 100) for effect in mine)
        price = round(float(line["price"]) * 100)
        assert paid_back <= price
        assert (line["state"] in (5, 6)) == (paid_back == price)
    if set(states(now)) <= {3, 4, 5, 6}:
        assert now["state"] == 9
    elif 1 in states(now):
        assert now["state"] == 1
    else:
        assert now["state"] == 3
