"""Shipments as people read them: requests and sentences of a plan, lists by company, parcels of the channel alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from planning import plan_accept

from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.shipping import packing_locks, request_read, shipments_csv
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import Audit, Company, Effect, Job, Order, Shipment, Unit
from bmtui.words import EffectState

IMEI, OTHER, LABEL = "356938035643809", "490154203237518", "1Z999AA10123456784"
PARCEL = ShipRequest(LABEL, "UPS", accept_doubts=True)


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    """Desk with two orders to ship, the second of two lines, and one that the channel alone shipped."""
    take_in(
        offline,
        raw_order(1, [raw_line(10, 2)], state=3),
        raw_order(2, [raw_line(20, 2), raw_line(21, 2)], state=3),
        raw_order(
            3, [raw_line(30, 3)], shipper="UPS", tracking_number=LABEL, date_shipping="2026-11-02T09:00:00+00:00"
        ),
    )
    return offline


def test_plan_shows_the_shipment_first_and_then_the_registrations_that_follow_it(shelf: Desk) -> None:
    made = shipping.plan(shelf, 1, replace(PARCEL, identifiers=(given(10, IMEI),)))
    assert [write.path for write in made.requests] == ["/ws/orders/1", "/ws/orderlines/10"]
    first, then = made.request_lines
    assert first.startswith("POST /ws/orders/1 {")
    assert LABEL in first
    assert then == f'PATCH /ws/orderlines/10 {{"imei": "{IMEI}"}}  (once the shipment is confirmed)'


def test_part_of_an_order_sends_nothing_and_says_so(shelf: Desk) -> None:
    part = replace(PARCEL, lines={20: None})
    made = shipping.plan(shelf, 2, part)
    assert (made.requests, made.request_lines) == ((), ())
    assert shipping.ship(shelf, 2, part).sentence == (
        "Order 2 is shipped in part here. Nothing is sent before the last part."
    )
    whole = shipping.ship(shelf, 1, PARCEL)
    assert whole.sentence == f"Order 1 is shipped here. Job {whole.job_id} tells Back Market."


def test_order_with_a_write_on_its_way_or_nothing_to_ship_is_not_shipped(shelf: Desk) -> None:
    plan_accept(shelf, order_of(1))
    with pytest.raises(RuleRefused, match="Order 1: Accept SKU is on its way to Back Market"):
        shipping.ship(shelf, 1, PARCEL)
    Order.update(channel_status="refunded").where(Order.order_id == 2).execute()
    with pytest.raises(RuleRefused, match=r"Order 2 is Refunded on Back Market: there is nothing to ship\."):
        shipping.ship(shelf, 2, PARCEL)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ({20: 2}, r"Line 20 \(SKU\) has 1 piece left to ship, not 2"),
        ({20: -1}, "left to ship, not -1"),
        ({20: 1, 99: 1}, "Order 2 has no line 99"),
    ],
)
def test_more_pieces_than_are_left_are_not_shipped(shelf: Desk, lines: dict[int, int], why: str) -> None:
    with pytest.raises(RuleRefused, match=why):
        shipping.plan(shelf, 2, replace(PARCEL, lines=lines))


def test_request_in_which_no_piece_of_any_line_leaves_is_refused() -> None:
    assert request_read.read(Answers({"line-20": ("0",), "line-21": ("all",)})).lines == {21: None}
    assert request_read.read(Answers({"tracking": (LABEL,)})).lines == {}
    with pytest.raises(RuleRefused, match="No line of the order is chosen") as caught:
        request_read.read(Answers({"line-20": ("0",), "line-21": ("0",)}))
    assert caught.value.field == "line-20"


def test_parcel_that_the_channel_alone_knows_is_shown_without_an_id(shelf: Desk) -> None:
    (there,) = shipping.of_order(shelf, order_of(3))
    assert (there.shipment_id, there.carrier, there.tracking_number, there.state) == (None, "UPS", LABEL, "confirmed")
    made = shipping.ship(shelf, 1, PARCEL)
    assert [view.shipment_id for view in shipping.of_order(shelf, order_of(1))] == [made.shipment_id]
    # The channel knows of another number: the parcel of a withdrawn upload, or of the Back Office.
    Order.update(tracking_number="OTHER-1").where(Order.order_id == 1).execute()
    here, there = shipping.of_order(shelf, order_of(1))
    assert (here.shipment_id, there.shipment_id) == (made.shipment_id, None)
    assert (there.tracking_number, there.state) == ("OTHER-1", "")


def test_shipments_of_another_company_are_neither_listed_nor_shown(shelf: Desk) -> None:
    made = shipping.ship(shelf, 1, PARCEL)
    add_company(shelf, "Second")
    first, second = (replace(shelf, company=row.name) for row in Company.select().order_by(Company.id))
    assert [view.shipment_id for view in shipping.listing(first)] == [made.shipment_id]
    assert shipping.listing(second) == ()
    assert shipping.show(first, made.shipment_id).order_id == 1
    for desk, number in ((second, made.shipment_id), (first, made.shipment_id + 1)):
        with pytest.raises(NotFound, match=f"There is no shipment {number}"):
            shipping.show(desk, number)


def test_packers_are_named_once_and_by_company(shelf: Desk) -> None:
    for order_id, name in ((1, "Bob"), (2, "Ann"), (3, "Ann")):
        packing_locks.take(shelf, order_of(order_id), f"holder of {name}", name)
    add_company(shelf, "Second")
    Order.update(company=Company.get(Company.name == "Second")).where(Order.order_id == 1).execute()
    assert packing_locks.packers(shelf) == ("Ann", "Bob")
    assert packing_locks.packers(replace(shelf, company="Second")) == ("Bob",)


def test_order_that_nobody_holds_any_more_is_not_packed_on(shelf: Desk) -> None:
    order = order_of(1)
    packing_locks.take(shelf, order, "a", "Ann")
    packing_locks.must_hold(shelf, order, "a")
    packing_locks.release(order.id, "b")
    packing_locks.must_hold(shelf, order, "a")
    packing_locks.release(order.id, "a")
    with pytest.raises(RuleRefused, match="Order 1 is not held here any more"):
        packing_locks.must_hold(shelf, order, "a")
    assert packing_locks.of_order(shelf, order) is None


def test_result_file_follows_the_uploads_of_its_rows(shelf: Desk, tmp_path: Path) -> None:
    file, told = tmp_path / "parcels.csv", tmp_path / "told.csv"
    file.write_text(f"order,tracking,carrier\n1,{LABEL},UPS\n99,{LABEL},UPS\n", encoding="utf-8")
    found = shipments_csv.preview(shelf, file)
    assert found.good == 1
    assert [doubt[:6] for doubt in found.doubts] == ["Row 2:"] * len(found.doubts)
    results = [shipments_csv.ship_row(shelf, row, accept_doubts=True) for row in found.rows]
    with shipments_csv.ResultFile(told, found.rows) as out:
        for row, result in zip(found.rows, results, strict=True):
            out.add(row, result)
        assert shipments_csv.followed(shelf, results[0]).result == "submitted"
        Job.update(status="completed").where(Job.id == results[0].job_id).execute()
        out.rewrite([shipments_csv.followed(shelf, result) for result in results])
    heading, first, second = told.read_text(encoding="utf-8").splitlines()
    assert heading == "row,order,tracking,carrier,result,detail,job,shipment"
    assert first.startswith(f"2,1,{LABEL},UPS,confirmed,")
    assert first.endswith(f",{results[0].job_id},{results[0].shipment_id}")
    assert second.startswith(f"3,99,{LABEL},UPS,refused,")


def test_reason_that_keeps_a_write_back_is_told_for_its_effect(shelf: Desk) -> None:
    shipping.ship(shelf, 1, PARCEL)
    (waiting,) = outbox.listing(shelf)
    assert outbox.kept_back(shelf, waiting.effect_id) is None
    Company.update(allow_fulfillment_upload=False).execute()
    assert "Allow Fulfillment Upload is off" in (outbox.kept_back(shelf, waiting.effect_id) or "")
    with pytest.raises(NotFound, match="There is no effect"):
        outbox.kept_back(shelf, waiting.effect_id + 1)


def test_write_without_a_row_of_ours_is_settled_alone(shelf: Desk) -> None:
    made = shipping.ship(shelf, 1, PARCEL)
    Effect.update(subject_id=None).execute()
    outbox.withdraw(shelf, Effect.get().id)
    assert Effect.get().state == EffectState.WITHDRAWN
    assert shipping.show(shelf, made.shipment_id).state == "queued"


def test_shipment_waits_for_its_own_upload_alone(shelf: Desk) -> None:
    made = shipping.ship(shelf, 1, PARCEL)
    upload = Effect.get()
    assert shipping.show(shelf, made.shipment_id).not_before == upload.not_before
    # A write of another kind, about a row that has the same number.
    plan_accept(shelf, order_of(2))
    Effect.update(subject_id=made.shipment_id).where(Effect.id != upload.id).execute()
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == upload.id).execute()
    assert shipping.show(shelf, made.shipment_id).not_before is None


def test_dismissed_identifier_is_named_in_the_audit_whichever_kind_it_is(shelf: Desk) -> None:
    made = shipping.ship(shelf, 1, replace(PARCEL, identifiers=(given(10, "C02XK1ABCDEF"),)))
    Shipment.update(state="confirmed").execute()
    Unit.update(state="failed").execute()
    shipping.dismiss(shelf, made.shipment_id, "no phone")
    assert Unit.get().state == "dismissed"
    told = Audit.get(Audit.action == "shipment.dismissed").summary
    assert told == f"Shipment {made.shipment_id}, C02XK1ABCDEF: Dismissed."


def test_ship_date_is_read_when_it_is_given() -> None:
    assert request_read.read(Answers({"date": ("2026-11-23",)})).date == "2026-11-23"
    assert request_read.read(Answers({})).date is None


def test_typed_label_counts_before_that_of_the_channel(shelf: Desk) -> None:
    Order.update(tracking_number="BMS6", carrier="UPS").where(Order.order_id == 1).execute()
    typed = {
        text: shipping.plan(shelf, 1, replace(PARCEL, tracking=text)).tracking_number for text in ("", "bms 6", LABEL)
    }
    assert typed == {"": "BMS6", "bms 6": "BMS6", LABEL: LABEL}


def test_parcel_of_the_channel_is_shown_beside_a_withdrawn_one_with_its_number(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3, shipper="UPS", tracking_number=LABEL))
    shipping.ship(offline, 1, PARCEL)
    outbox.withdraw(offline, outbox.listing(offline)[0].effect_id)
    found = shipping.of_order(offline, order_of(1))
    assert [(view.shipment_id is None, view.tracking_number, view.state) for view in found] == [
        (False, LABEL, "withdrawn"),
        (True, LABEL, ""),
    ]
