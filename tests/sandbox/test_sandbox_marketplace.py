"""Changes that a seller may make to an order, and their consequences (API §5 to §7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from seller_moves import Json, accept, market, new_order, refused, ship, sku, states, update

from bmtui.sandbox.dates import parse
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.marketplace import Marketplace

IMEI = "490154203237518"


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


def test_marketplace_effects_are_listed_in_order_with_lines_amount_and_body() -> None:
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


def test_order_with_only_cancelled_lines_is_processed() -> None:
    place = market()
    order = new_order(place, lines=2)
    update(place, order, 4, sku=sku(order))
    done = update(place, order, 4, sku=sku(order, 1))
    assert (done["state"], done["expected_dispatch_date"], done["date_shipping"]) == (9, None, None)


# What a line allows: from each state to each, exactly the moves of API §5.
@pytest.mark.parametrize("new_state", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("state", range(10))
def test_line_moves_only_between_the_documented_states(state: int, new_state: int) -> None:
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


def test_invalid_update_bodies_are_refused_in_known_words() -> None:
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
def test_shipping_field_above_its_longest_length_is_refused(field: str, longest: int) -> None:
    place = market()
    order = accept(place, new_order(place))
    body = {"tracking_number": "T", field: "x" * (longest + 1)}
    assert refused(place, order, 3, **body) == f"{field} must have at most {longest} characters"
    assert states(update(place, order, 3, **{**body, field: "x" * longest})) == [3]


def test_return_message_above_500_characters_is_refused() -> None:
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


def test_imei_for_a_product_that_is_no_phone_is_registered_or_ignored_by_quirk() -> None:
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
def test_bad_imei_is_refused_or_registered_by_quirk(bad: str) -> None:
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


def test_buyer_cancels_only_lines_before_acceptance() -> None:
    place = market()
    order = new_order(place, lines=2)
    update(place, order, 2, sku=sku(order))
    left = place.cancel_by_buyer(order["order_id"])
    assert (left["state"], states(left)) == (3, [2, 4])
    assert len(place.effects) == 1
    with pytest.raises(Refused):
        place.cancel_by_buyer(order["order_id"])


def test_shipping_quirks_change_states_and_carriers() -> None:
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


def test_returned_order_is_a_copy() -> None:
    place = market()
    order = new_order(place)
    order["orderlines"][0]["state"] = order["state"] = 99
    assert place.order(order["order_id"])["state"] == 1
    assert states(place.order(order["order_id"])) == [1]
