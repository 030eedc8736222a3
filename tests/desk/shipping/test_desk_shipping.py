"""Shipments: plans, refusals and doubts, parcels recorded here, and parcels taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from helpers import line_of, of_marketplace, order_of, raw_line, raw_order, take_in, work
from shipment_case import IMEI, PARCEL, effects, single

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import EditConflict, RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Shipment


def test_parcel_is_recorded_at_once_and_confirmed_by_the_channel_later(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    order = single(marketplace)
    order_id, line_id = order["order_id"], order["orderlines"][0]["id"]
    shipped = shipping.ship(stocked, order_id, replace(PARCEL, identifiers=(given(line_id, IMEI),)))
    row = overview.show(stocked, order_id)
    assert (row.row.status, row.row.shipping_status, row.row.channel_notified) == ("completed", "fully_shipped", False)
    assert (row.shipments[0].state, row.lines[0].imei) == ("queued", IMEI)
    for query in ("1Z999AA10123456784", IMEI, "tracking:1Z999*", f"imei:{IMEI}"):
        assert [found.order_id for found in search.page(stocked, query).rows] == [order_id]
    assert effects(marketplace, order_id) == []
    work(stocked)
    ship, identify = (effect for effect in marketplace.marketplace.effects if effect["order_id"] == order_id)
    assert (ship["kind"], ship["body"]["tracking_number"], ship["body"]["shipper"]) == (
        "ship",
        "1Z999AA10123456784",
        "UPS",
    )
    assert ship["body"]["tracking_url"] == "https://www.ups.com/track?tracknum=1Z999AA10123456784"
    # Apart from the tracking number, and after it.
    assert "imei" not in ship["body"]
    assert (identify["kind"], identify["body"]) == ("identifiers", {"imei": IMEI})
    row = overview.show(stocked, order_id)
    assert (row.row.channel_status, row.row.channel_notified, row.row.status) == ("shipped", True, "completed")
    assert [shipment.state for shipment in row.shipments] == ["confirmed"]
    assert [unit.state for unit in row.lines[0].units] == ["confirmed"]
    assert line_of(line_id).imei == IMEI
    child = jobs.children(stocked, shipped.job_id or 0)[0]
    assert (child.type, child.status) == ("serial_number_upload", "completed")


def test_part_of_an_order_is_recorded_and_uploaded_with_the_rest(stocked: Desk, marketplace: SandboxServer) -> None:
    order = of_marketplace(marketplace, 2, 2)
    order_id, (first, second) = order["order_id"], [line["id"] for line in order["orderlines"]]
    part = shipping.ship(stocked, order_id, replace(PARCEL, lines={first: None}))
    assert part.job_id is None
    row = order_of(order_id)
    assert (row.status, row.shipping_status) == ("in_process", "partially_shipped")
    with pytest.raises(RuleRefused, match="is shipped already"):
        shipping.ship(stocked, order_id, replace(PARCEL, lines={first: 1}))
    with pytest.raises(RuleRefused, match=f"has no line {first + 999}"):
        shipping.ship(stocked, order_id, replace(PARCEL, lines={first + 999: 1}))
    work(stocked)
    assert effects(marketplace, order_id) == []
    whole = shipping.ship(stocked, order_id, ShipRequest("3SABCD1234567890", "PostNL", accept_doubts=True))
    assert whole.plan.lines == (
        (second, next(line["quantity"] for line in order["orderlines"] if line["id"] == second)),
    )
    work(stocked)
    assert effects(marketplace, order_id) == ["ship"]
    states = [(shipment.whole, shipment.state) for shipment in overview.show(stocked, order_id).shipments]
    assert states == [(False, "kept"), (True, "confirmed")]
    assert order_of(order_id).status == "completed"


def test_order_or_parcel_that_cannot_be_shipped_is_refused_with_the_reason(offline: Desk) -> None:
    take_in(
        offline,
        raw_order(1, [raw_line(10, 8)], state=10),
        raw_order(2, [raw_line(20, 1)], state=1),
        raw_order(3, [raw_line(30, 3)]),
        raw_order(4, [raw_line(40, 2)], state=3),
        raw_order(5, [raw_line(50, 4)]),
        raw_order(6, [raw_line(60, 2)], state=3),
    )
    internal_cancel.cancel_internally(offline, 4, "on_hold", "asking")
    for order_id, why in (
        (1, "is not paid"),
        (2, "accept it first"),
        (3, "is shipped already"),
        (4, "is On Hold here"),
        (5, "is cancelled on Back Market"),
    ):
        with pytest.raises(RuleRefused, match=why):
            shipping.ship(offline, order_id, PARCEL)
    for request, why in (
        (ShipRequest(carrier="UPS"), "needs a tracking number"),
        (ShipRequest("123"), "needs a carrier"),
        (replace(PARCEL, carrier="PostNL"), "is a tracking number of UPS, not of PostNL"),
        (replace(PARCEL, date="2026-13-01"), "is not a time"),
        (replace(PARCEL, url="356938035643809"), "'356938035643809' is not a tracking URL"),
        (replace(PARCEL, url="https://ups"), "is not a tracking URL"),
        (replace(PARCEL, date="2020-01-01"), "before the order"),
        (replace(PARCEL, date="2999-01-01"), "in the future"),
        (replace(PARCEL, tracking="9A" * 100 + "9", carrier="Pigeon"), "at most 200 characters"),
    ):
        with pytest.raises(Exception, match=why):
            shipping.ship(offline, 6, request)
    version = overview.show(offline, 6).version
    orders.order_row(offline, 6)
    with pytest.raises(EditConflict):
        shipping.ship(offline, 6, PARCEL, version + 1)
    assert not Shipment.select().exists()
    assert not Effect.select().exists()


def test_tracking_number_in_doubt_is_reported_and_the_carrier_follows_the_method(offline: Desk) -> None:
    companies.change(offline, None, {"carriers": "Express Plus=UPS; Letter=PostNL"})
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3, shipper="Express plus"))
    made = shipping.plan(offline, 1, ShipRequest("1Z99"))
    assert (made.carrier, made.warnings[0]) == ("UPS", "1Z99 does not look like a tracking number of UPS.")
    assert shipping.plan(offline, 1, ShipRequest("3SABCD1234567890", "letter")).carrier == "PostNL"
    assert shipping.options(offline, 1).carrier == "UPS"


def test_tracking_number_of_another_buyers_parcel_is_in_doubt(offline: Desk) -> None:
    def order(number: int, buyer: str) -> dict[str, Any]:
        address = {"first_name": buyer, "last_name": "Dupont", "country": "FR", "email": f"{buyer}@mail.example"}
        return raw_order(number, [raw_line(number * 10, 2)], state=3, shipper="UPS", shipping_address=address)

    take_in(offline, order(1, "marie"), order(2, "paul"), order(3, "marie"))
    shipping.ship(offline, 1, PARCEL)
    said = "1Z999AA10123456784 is on the parcel of order 1 already"
    other = shipping.plan(offline, 2, PARCEL)
    assert f"{said}, which goes to another buyer." in other.doubts
    with pytest.raises(RuleRefused, match="which goes to another buyer"):
        shipping.ship(offline, 2, replace(PARCEL, accept_doubts=False))
    assert [row.order.order_id for row in Shipment.select()] == [1]
    same = shipping.plan(offline, 3, PARCEL)
    assert f"{said}." in same.warnings
    assert not [doubt for doubt in same.doubts if said in doubt]
    # A shipment that is void counts no more.
    Shipment.update(state="dismissed").execute()
    assert not [text for text in shipping.plan(offline, 2, PARCEL).warnings if said in text]


@pytest.mark.parametrize(("last_name", "mail"), [("Durand", "shared@mail.example"), ("Dupont", "other@mail.example")])
def test_parcel_goes_to_the_same_buyer_when_name_and_address_are_the_same(
    offline: Desk, last_name: str, mail: str
) -> None:
    buyers = {1: ("Dupont", "shared@mail.example"), 2: (last_name, mail)}
    for number, (name, email) in buyers.items():
        address = {"first_name": "Marie", "last_name": name, "country": "FR", "email": email}
        lines = [raw_line(number * 10, 2)]
        take_in(offline, raw_order(number, lines, state=3, shipper="UPS", shipping_address=address))
    shipping.ship(offline, 1, PARCEL)
    assert "which goes to another buyer" in " ".join(shipping.plan(offline, 2, PARCEL).doubts)


def test_withdrawn_parcel_leaves_the_order_unshipped(stocked: Desk, marketplace: SandboxServer) -> None:
    order = single(marketplace)
    order_id, line_id = order["order_id"], order["orderlines"][0]["id"]
    request = replace(PARCEL, identifiers=(given(line_id, IMEI),))
    patient = replace(stocked, undo=True)
    shipping.ship(patient, order_id, request)
    work(stocked)
    assert effects(marketplace, order_id) == []
    outbox.withdraw(stocked, outbox.listing(stocked)[0].effect_id)
    row = overview.show(stocked, order_id)
    assert (row.row.status, row.row.shipping_status) == ("in_process", "unshipped")
    assert (row.shipments[0].state, row.lines[0].units) == ("withdrawn", ())
    shipping.ship(stocked, order_id, request)
    work(stocked)
    assert effects(marketplace, order_id) == ["ship", "identifiers"]


def test_backship_order_uses_the_tracking_number_of_the_channel(stocked: Desk, marketplace: SandboxServer) -> None:
    order = next(
        order
        for order in marketplace.marketplace.all_orders()
        if order["is_backship"] and {line["state"] for line in order["orderlines"]} == {2}
    )
    made = shipping.plan(stocked, order["order_id"], ShipRequest())
    assert (made.tracking_number, made.tracking_url) == (order["tracking_number"], order["tracking_url"])
    assert all("is shipped without" in warning for warning in made.warnings)


def test_ship_date_of_today_is_now_when_it_is_tomorrow_already_in_the_company_zone(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3))
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    desk = replace(offline, now=lambda: now)
    assert shipping.plan(desk, 1, replace(PARCEL, date="2026-11-24")).shipped_at == now
    # The time of another day is not known.
    noon = datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert shipping.plan(desk, 1, replace(PARCEL, date="2026-11-23")).shipped_at == noon
