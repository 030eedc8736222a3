"""Fields of orders that could not be understood: kept as they came, counted, and searchable."""

from __future__ import annotations

from typing import Any

from helpers import COMPANY, add_company, order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import doctor
from bmtui.desk.orders import marked, search
from bmtui.desk.overview import order as overview
from bmtui.store.models import Job


def spoilt(order_id: int, **more: Any) -> dict[str, Any]:
    return raw_order(
        order_id, [raw_line(order_id, condition="mint"), raw_line(order_id + 100, condition="mint")], **more
    )


def test_marked_fields_of_an_order_show_the_received_values(offline: Desk) -> None:
    take_in(offline, spoilt(1, shipper=["DPD"], shipping_address=[]))
    shown = [str(mark) for mark in overview.show(offline, 1).marked]
    assert sorted(shown) == [
        "orderlines[0].condition: mint",
        "orderlines[1].condition: mint",
        "shipper: a list",
        "shipping_address: a list without anything in it",
    ]


def test_marked_fields_disappear_once_the_channel_sends_valid_values(offline: Desk) -> None:
    take_in(offline, spoilt(1))
    mended = raw_order(1, [raw_line(1), raw_line(101)], date_modification="2026-11-03T10:00:00+00:00")
    assert take_in(offline, mended) == {"updated": 1}
    assert order_of(1).marked == []


def test_marked_fields_of_many_orders_are_counted_by_place(offline: Desk) -> None:
    take_in(offline, spoilt(1), spoilt(2, shipper=["DPD"]), raw_order(3, [raw_line(3)]))
    found = marked.of_desk(offline)
    assert (found.orders, found.fields, found.places) == (2, 5, {"orderlines[].condition": 4, "shipper": 1})
    assert found.sentence == "5 fields of 2 orders were not understood: orderlines[].condition (4), shipper (1)."
    assert [row.order_id for row in search.page(offline, "has:marked", sort="id").rows] == [2, 1]


def test_marked_fields_are_limited_to_the_company_in_view(offline: Desk) -> None:
    take_in(offline, spoilt(1))
    add_company(offline, "Other")
    assert marked.of_desk(offline.of_company(COMPANY)).orders == 1
    assert marked.of_desk(offline.of_company("Other")).sentence == "Every field of the orders was understood."


def test_marked_fields_of_a_job_are_those_of_its_orders(offline: Desk) -> None:
    take_in(offline, spoilt(1))
    take_in(offline, spoilt(2), raw_order(3, [raw_line(3)]))
    last = Job.select().order_by(Job.id.desc()).get().id
    found = marked.of_job(offline, last)
    assert (found.orders, found.fields) == (1, 2)


def test_doctor_counts_marked_fields_without_a_bad_finding(offline: Desk) -> None:
    take_in(offline, spoilt(1))
    finding = next(one for one in doctor._local(offline) if one.topic == "marked fields")
    assert (finding.ok, finding.message.startswith("2 fields of 1 order were not understood")) == (True, True)
