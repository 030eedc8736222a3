"""Shipments: recorded here, uploaded as the company is set, and retried, changed or voided when that fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from helpers import (
    kill_worker,
    let_time_pass,
    line_of,
    of_marketplace,
    order_of,
    raw_line,
    raw_order,
    take_in,
    work,
    work_through,
)

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies, policies, sending_pauses
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
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Effect, Shipment

IMEI, OTHER_IMEI = "356938035643809", "490154203237518"
PARCEL = ShipRequest(tracking="1Z 999AA1 0123456784", carrier="ups", accept_doubts=True)
"""Parcel whose packer confirmed that no identifier is missing."""


def effects(server: SandboxServer, order_id: int) -> list[str]:
    return [effect["kind"] for effect in server.marketplace.effects if effect["order_id"] == order_id]


def single(server: SandboxServer) -> dict[str, Any]:
    """An accepted order of one line and one piece."""
    for order in server.marketplace.all_orders():
        lines = order["orderlines"]
        if [line["state"] for line in lines] == [2] and lines[0]["quantity"] == 1 and not order["tracking_number"]:
            return order
    raise AssertionError("the marketplace has no such order")


def test_a_parcel_is_shipped_here_at_once_and_confirmed_later(stocked: Desk, marketplace: SandboxServer) -> None:
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


def test_a_buyers_cancellation_wins_over_a_recorded_parcel(stocked: Desk, marketplace: SandboxServer) -> None:
    order = single(marketplace)
    order_id, line_id = order["order_id"], order["orderlines"][0]["id"]
    shipped = shipping.ship(stocked, order_id, replace(PARCEL, identifiers=(given(line_id, IMEI),)))
    # As the Back Office can, after acceptance.
    marketplace.marketplace.update(
        order_id, {"order_id": order_id, "new_state": 5, "sku": order["orderlines"][0]["listing"]}
    )
    work(stocked)
    assert "ship" not in effects(marketplace, order_id)
    assert "identifiers" not in effects(marketplace, order_id)
    (failed,) = shipping.listing(stocked, failed=True)
    assert (failed.shipment_id, failed.state) == (shipped.shipment_id, "failed")
    assert "something else happened there meanwhile" in failed.error
    row = order_of(order_id)
    assert (row.status, row.shipping_status) == ("cancelled", "unshipped")
    with pytest.raises(RuleRefused, match="Cancelled here"):
        shipping.plan(stocked, order_id, PARCEL)


def test_the_toggle_holds_a_recorded_parcel_and_lets_it_go(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = single(marketplace)["order_id"]
    shipped = shipping.ship(stocked, order_id, PARCEL)
    # Turned off after it was queued: what counts is the moment of sending.
    companies.change(stocked, None, {"allow_fulfillment_upload": "false"})
    work_some(stocked)
    assert effects(marketplace, order_id) == []
    (waiting,) = shipping.listing(stocked)
    assert waiting.waits == "Allow Fulfillment Upload is off for Shop: it waits until that is turned on."
    job = jobs.show(stocked, shipped.job_id or 0)
    assert (job.status, job.error) == ("submitted", waiting.waits)
    companies.change(stocked, None, {"allow_fulfillment_upload": "true"})
    work(stocked)
    assert effects(marketplace, order_id) == ["ship"]
    assert shipping.listing(stocked) == ()


def test_without_the_imei_toggle_no_identifier_leaves(stocked: Desk, marketplace: SandboxServer) -> None:
    companies.change(stocked, None, {"enable_imei_update": "false"})
    order = single(marketplace)
    order_id, line_id = order["order_id"], order["orderlines"][0]["id"]
    shipping.ship(stocked, order_id, replace(PARCEL, identifiers=(given(line_id, IMEI),)))
    work_some(stocked)
    assert effects(marketplace, order_id) == ["ship"]
    assert IMEI not in str(marketplace.marketplace.effects)
    waits = outbox.listing(stocked)[0]
    assert (waits.kind, waits.state) == ("identifiers", "planned")
    companies.change(stocked, None, {"enable_imei_update": "true"})
    work(stocked)
    assert effects(marketplace, order_id) == ["ship", "identifiers"]


def test_an_identifier_that_is_refused_is_a_failed_upload_until_somebody_settles_it(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    order = single(marketplace)
    order_id, line_id = order["order_id"], order["orderlines"][0]["id"]
    companies.change(stocked, None, {"enable_imei_update": "false"})
    shipped = shipping.ship(stocked, order_id, replace(PARCEL, identifiers=(given(line_id, IMEI),)))
    assert shipped.plan.waits.startswith("Enable IMEI# Update On Orders is off")
    work_some(stocked)
    (waiting,) = shipping.listing(stocked)
    assert (waiting.state, waiting.identifiers) == ("confirmed", "queued")
    assert waiting.waits.startswith("Enable IMEI# Update On Orders is off")
    assert shipping.listing(stocked, failed=True) == ()
    with pytest.raises(RuleRefused, match="is Queued; only a failed upload"):
        shipping.retry(stocked, shipped.shipment_id)
    # Somebody registers another one in the Back Office.
    marketplace.marketplace.register_identifiers(line_id, {"imei": OTHER_IMEI})
    companies.change(stocked, None, {"enable_imei_update": "true"})
    work_some(stocked)
    (failed,) = shipping.listing(stocked, failed=True)
    assert (failed.shipment_id, failed.state, failed.identifiers) == (shipped.shipment_id, "confirmed", "failed")
    assert failed.error.startswith(f"{IMEI}: ")
    assert shipping.retry(stocked, shipped.shipment_id).identifiers == "queued"
    work_some(stocked)
    assert len(shipping.listing(stocked, failed=True)) == 1
    settled = shipping.dismiss(stocked, shipped.shipment_id, "the other one is right")
    assert (settled.state, settled.identifiers) == ("confirmed", "")
    assert shipping.listing(stocked) == ()
    assert (order_of(order_id).status, order_of(order_id).shipping_status) == ("completed", "fully_shipped")
    with pytest.raises(RuleRefused, match="is Confirmed; only a failed one"):
        shipping.mark_notified(stocked, shipped.shipment_id)


def test_what_the_settings_delay_is_said_with_its_time(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = single(marketplace)["order_id"]
    companies.change(stocked, None, {"upload_wait_hours": "30"})
    told = shipping.plan(stocked, order_id, PARCEL).waits
    assert told.startswith("It leaves on 2")
    assert told.endswith("as the settings of Shop say.")
    shipping.ship(stocked, order_id, PARCEL)
    assert shipping.listing(stocked)[0].waits.startswith("It leaves on 2")
    sending_pauses.pause(stocked, "stock-taking")
    assert shipping.listing(stocked)[0].waits.startswith("Sending is paused")


def work_some(desk: Desk) -> None:
    for _ in range(3):
        work(desk)
        let_time_pass(desk)


def test_a_part_is_recorded_and_the_rest_is_uploaded(stocked: Desk, marketplace: SandboxServer) -> None:
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


def test_what_cannot_be_shipped_says_why(offline: Desk) -> None:
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
        (1, "waits for the buyer's payment"),
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
        (replace(PARCEL, url="356938035643809"), "'356938035643809' is no tracking URL"),
        (replace(PARCEL, url="https://ups"), "is no tracking URL"),
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


def test_a_number_in_doubt_is_said_and_a_carrier_comes_of_the_method(offline: Desk) -> None:
    companies.change(offline, None, {"carriers": "Express Plus=UPS; Letter=PostNL"})
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3, shipper="Express plus"))
    made = shipping.plan(offline, 1, ShipRequest("1Z99"))
    assert (made.carrier, made.warnings[0]) == ("UPS", "1Z99 does not look like a tracking number of UPS.")
    assert shipping.plan(offline, 1, ShipRequest("3SABCD1234567890", "letter")).carrier == "PostNL"
    assert shipping.options(offline, 1).carrier == "UPS"


def test_a_number_on_the_parcel_of_another_buyer_is_in_doubt_and_of_the_same_buyer_said(offline: Desk) -> None:
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


def test_an_undone_parcel_leaves_the_order_as_it_was(stocked: Desk, marketplace: SandboxServer) -> None:
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


def test_retry_mark_notified_and_dismiss(stocked: Desk, marketplace: SandboxServer) -> None:
    ids: list[tuple[int, int]] = []
    for order in marketplace.marketplace.all_orders():
        lines = order["orderlines"]
        if [line["state"] for line in lines] == [2] and lines[0]["quantity"] == 1 and len(ids) < 3:
            ids.append((order["order_id"], lines[0]["id"]))
    marketplace.faults.rules = [Rule("no-effect", method="POST")]
    made = [
        shipping.ship(stocked, order_id, replace(PARCEL, identifiers=(given(line_id, imei),)))
        for (order_id, line_id), imei in zip(ids, (IMEI, "490154203237518", "353270040000004"), strict=True)
    ]
    with pytest.raises(RuleRefused, match="Withdraw it first"):
        shipping.dismiss(stocked, made[0].shipment_id)
    work_through(stocked)
    failed = shipping.listing(stocked, failed=True)
    assert [view.state for view in failed] == ["failed"] * 3
    assert "did not do it" in failed[0].error
    # It is shipped here all the same, and only not confirmed.
    assert order_of(ids[0][0]).shipping_status == "fully_shipped"
    marketplace.faults.rules = []
    retried, marked, dismissed = (one.shipment_id for one in made)
    shipping.retry(stocked, retried)
    assert shipping.mark_notified(stocked, marked, "typed it into the Back Office").state == "notified"
    assert shipping.dismiss(stocked, dismissed, "fell off the table").state == "dismissed"
    assert order_of(ids[1][0]).channel_notified
    work(stocked)
    kinds = [effects(marketplace, order_id) for order_id, _ in ids]
    assert kinds == [["ship", "identifiers"], ["identifiers"], []]
    assert shipping.listing(stocked) == ()
    row = order_of(ids[2][0])
    assert (row.status, row.shipping_status) == ("in_process", "unshipped")
    with pytest.raises(RuleRefused, match="only a failed upload"):
        shipping.retry(stocked, retried)


def test_a_worker_that_dies_after_the_bytes_left_ships_once(
    stocked: Desk, marketplace: SandboxServer, no_rest: None
) -> None:
    order_id = single(marketplace)["order_id"]
    shipping.ship(stocked, order_id, PARCEL)
    kill_worker(
        stocked,
        """
from bmtui.workers.outbox import send_effects
async def stand(job, desk, effect, state, **more):
    here()
send_effects._settle = stand
""",
    )
    assert effects(marketplace, order_id) == ["ship"]
    work_through(stocked)
    assert effects(marketplace, order_id) == ["ship"]
    assert overview.show(stocked, order_id).shipments[0].state == "confirmed"


def test_backship_brings_its_tracking_number(stocked: Desk, marketplace: SandboxServer) -> None:
    order = next(
        order
        for order in marketplace.marketplace.all_orders()
        if order["is_backship"] and {line["state"] for line in order["orderlines"]} == {2}
    )
    made = shipping.plan(stocked, order["order_id"], ShipRequest())
    assert (made.tracking_number, made.tracking_url) == (order["tracking_number"], order["tracking_url"])
    assert all("leaves without" in warning for warning in made.warnings)


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("settings", "at", "leaves"),
    [
        ({}, "2026-11-24T09:00", "2026-11-24T09:00"),
        ({"upload_not_before": "18:00"}, "2026-11-24T09:00", "2026-11-24T18:00"),
        ({"upload_not_before": "18:00"}, "2026-11-24T19:00", "2026-11-24T19:00"),
        ({"upload_wait_hours": "3"}, "2026-11-24T09:00", "2026-11-24T12:00"),
        ({"upload_wait_hours": "16", "upload_not_before": "08:00"}, "2026-11-24T12:00", "2026-11-25T08:00"),
        ({"upload_skip_saturday": "true"}, "2026-11-28T09:00", "2026-11-29T00:00"),
        ({"upload_skip_saturday": "true", "upload_skip_sunday": "true"}, "2026-11-28T09:00", "2026-11-30T00:00"),
        (
            {"upload_skip_saturday": "true", "upload_skip_sunday": "true", "upload_not_before": "07:30"},
            "2026-11-28T09:00",
            "2026-11-30T07:30",
        ),
        # Clocks change in that night: three hours are three hours.
        ({"upload_wait_hours": "3"}, "2026-10-25T01:00", "2026-10-25T03:00"),
    ],
)
def test_the_policy_says_when_an_upload_leaves(offline: Desk, settings: dict[str, str], at: str, leaves: str) -> None:
    companies.change(offline, None, settings)
    begin = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    until = policies.uploads_from(Company.get(), begin, PARIS)
    assert until == datetime.fromisoformat(leaves).replace(tzinfo=PARIS)
    assert until.tzinfo == UTC


def test_a_delayed_upload_rests_until_its_time(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = single(marketplace)["order_id"]
    companies.change(stocked, None, {"upload_wait_hours": "2"})
    shipping.ship(stocked, order_id, PARCEL)
    work_some(stocked)
    assert effects(marketplace, order_id) == []
    later = replace(stocked, now=lambda: datetime.now(UTC) + timedelta(hours=2, minutes=1))
    let_time_pass(stocked)
    work(later)
    assert effects(marketplace, order_id) == ["ship"]
