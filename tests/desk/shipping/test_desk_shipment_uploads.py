"""Uploads of shipments: sent as the company is set, and retried, settled or dismissed when they fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from helpers import kill_worker, let_time_pass, line_of, order_of, work, work_through
from shipment_case import IMEI, PARCEL, effects, single, work_some

from bmtui.desk.companies import companies, policies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.errors import RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company

OTHER_IMEI = "490154203237518"
PARIS = ZoneInfo("Europe/Paris")


def test_buyers_cancellation_stops_the_upload_of_a_recorded_parcel(stocked: Desk, marketplace: SandboxServer) -> None:
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
    assert "the order changed on Back Market meanwhile" in failed.error
    row = order_of(order_id)
    assert (row.status, row.shipping_status) == ("cancelled", "unshipped")
    with pytest.raises(RuleRefused, match="Cancelled here"):
        shipping.plan(stocked, order_id, PARCEL)


def test_upload_setting_holds_a_recorded_parcel_until_it_is_turned_on(
    stocked: Desk, marketplace: SandboxServer
) -> None:
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


def test_identifiers_are_not_sent_while_the_imei_setting_is_off(stocked: Desk, marketplace: SandboxServer) -> None:
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


def test_refused_identifier_is_a_failed_upload_until_a_person_settles_it(
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
    with pytest.raises(RuleRefused, match="is Confirmed, not failed"):
        shipping.mark_notified(stocked, shipped.shipment_id)


def test_upload_delayed_by_the_settings_shows_its_time(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = single(marketplace)["order_id"]
    companies.change(stocked, None, {"upload_wait_hours": "30"})
    told = shipping.plan(stocked, order_id, PARCEL).waits
    assert told.startswith("It is sent on 2")
    assert told.endswith("as the settings of Shop say.")
    shipping.ship(stocked, order_id, PARCEL)
    assert shipping.listing(stocked)[0].waits.startswith("It is sent on 2")
    sending_pauses.pause(stocked, "stock-taking")
    assert shipping.listing(stocked)[0].waits.startswith("Sending is paused")


def test_failed_uploads_are_retried_marked_as_notified_or_dismissed(stocked: Desk, marketplace: SandboxServer) -> None:
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


def test_worker_killed_after_sending_ships_once(stocked: Desk, marketplace: SandboxServer, no_rest: None) -> None:
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
def test_upload_settings_give_the_time_of_an_upload(
    offline: Desk, settings: dict[str, str], at: str, leaves: str
) -> None:
    companies.change(offline, None, settings)
    begin = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    until = policies.uploads_from(Company.get(), begin, PARIS)
    assert until == datetime.fromisoformat(leaves).replace(tzinfo=PARIS)
    assert until.tzinfo == UTC


def test_delayed_upload_waits_until_its_time(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = single(marketplace)["order_id"]
    companies.change(stocked, None, {"upload_wait_hours": "2"})
    shipping.ship(stocked, order_id, PARCEL)
    work_some(stocked)
    assert effects(marketplace, order_id) == []
    later = replace(stocked, now=lambda: datetime.now(UTC) + timedelta(hours=2, minutes=1))
    let_time_pass(stocked)
    work(later)
    assert effects(marketplace, order_id) == ["ship"]


@pytest.mark.parametrize("how", ["retried", "dismissed"])
def test_ignored_identifier_of_a_confirmed_parcel_is_sent_again_or_dismissed(
    stocked: Desk, marketplace: SandboxServer, how: str
) -> None:
    order = single(marketplace)
    given_ = (given(order["orderlines"][0]["id"], IMEI),)
    marketplace.faults.rules = [Rule("no-effect", method="PATCH")]
    shipped = shipping.ship(stocked, order["order_id"], replace(PARCEL, identifiers=given_))
    work_through(stocked)
    (ignored,) = shipping.listing(stocked, failed=True)
    assert (ignored.state, ignored.identifiers) == ("confirmed", "not_applied")
    marketplace.faults.rules = []
    if how == "retried":
        assert shipping.retry(stocked, shipped.shipment_id).identifiers == "queued"
        work_through(stocked)
        assert line_of(order["orderlines"][0]["id"]).imei == IMEI
    else:
        assert shipping.dismiss(stocked, shipped.shipment_id, "no phone").identifiers == ""
    assert shipping.listing(stocked) == ()
