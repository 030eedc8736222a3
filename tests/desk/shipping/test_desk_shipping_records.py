"""Records of parcels and devices: settled ones, retries, the audit, and the rows of a file of shipments."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import order_of

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers, shipments_csv
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Effect, Job, Shipment, Unit

IMEI, OTHER, SERIAL, LABEL = "356938035643809", "490154203237518", "C02XK1ABCDEF", "1Z999AA10123456784"
PARCEL = ShipRequest(LABEL, "UPS", accept_doubts=True)


@pytest.mark.parametrize("number", [IMEI, SERIAL])
def test_settled_device_is_named_in_the_audit_with_the_words_of_the_person(stock: Desk, number: str) -> None:
    done = shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, number),)))
    with pytest.raises(RuleRefused, match=r"is Queued, not failed: it cannot be settled") as refused:
        shipping.dismiss(stock, done.shipment_id)
    assert refused.value.advice.startswith("Withdraw it first")
    Shipment.update(state="confirmed").execute()
    Unit.update(state="failed", error="Refused.").execute()
    shipping.mark_notified(stock, done.shipment_id, " typed in the Back Office ")
    assert (Unit.get().state, Unit.get().error) == ("notified", f"Refused. {stock.actor}: typed in the Back Office")
    told = Audit.get(Audit.action == "shipment.notified").summary
    assert told.startswith(f"Shipment {done.shipment_id}, {number}: ")


def test_failed_parcel_is_sent_again_and_one_that_did_not_fail_is_not(stock: Desk) -> None:
    done = shipping.ship(stock, 1, PARCEL)
    with pytest.raises(RuleRefused, match="only a failed upload is sent again"):
        shipping.retry(stock, done.shipment_id)
    Shipment.update(state="failed").execute()
    Effect.update(state="rejected").execute()
    Job.update(status="failed").where(Job.id == done.job_id).execute()
    shipping.retry(stock, done.shipment_id)
    assert (Effect.get().state, Job.get_by_id(done.job_id).status) == ("planned", "submitted")


def test_parcel_and_registered_devices_are_in_the_audit(stock: Desk) -> None:
    done = shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, IMEI),)))
    identifiers.identify(stock, 2, [given(20, OTHER)])
    shipped = Audit.get(Audit.action == "order.shipped")
    assert (shipped.order_ref, shipped.company_id) == (order_of(1).id, order_of(1).company_id)
    assert shipped.after == {
        "shipment": done.shipment_id,
        "carrier": "UPS",
        "identifiers": [[10, "imei", IMEI]],
        "job": done.job_id,
    }
    named = Audit.get(Audit.action == "order.identified")
    assert (named.order_ref, named.summary) == (order_of(2).id, f"It registers IMEI {OTHER}.")
    assert named.after == {"identifiers": [[20, "imei", OTHER]]}


def test_parcel_against_the_policy_is_in_the_audit_and_its_reason_in_a_note(stock: Desk) -> None:
    companies.change(stock, None, {"identifier_policy": "PHN=imei"})
    done = shipping.ship(stock, 1, replace(PARCEL, missing_override="no battery"))
    (told,) = Audit.select().where(Audit.action == "identifier.overridden")
    assert told.summary.startswith(f"Shipment {done.shipment_id} was sent against the policy. ")
    assert (told.order_ref, told.after) == (order_of(1).id, {"shipment": done.shipment_id})
    (note,) = overview.show(stock, 1).notes
    assert note.text == "Shipped without its identifier: no battery"


# Files


@pytest.mark.parametrize("writable", [True, False])
def test_result_file_is_beside_its_file_where_that_folder_is_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    beside, otherwise = tmp_path / "beside", tmp_path / "otherwise"
    for folder in (beside, otherwise):
        folder.mkdir()
    # Rights of a folder stop no administrator, who may run the tests.
    monkeypatch.setattr(os, "access", lambda place, mode: writable or place != beside)
    expected = (beside if writable else otherwise) / "parcels.result.csv"
    assert shipments_csv.result_path(beside / "parcels.csv", otherwise) == expected


def test_rows_are_named_up_to_five() -> None:
    assert shipments_csv._named(range(1, 6)) == "1, 2, 3, 4, 5"
    assert shipments_csv._named(range(1, 8)) == "1, 2, 3, 4, 5 and 2 more"


def test_row_of_a_part_is_recorded_and_that_of_the_rest_shipped(stock: Desk, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(f"order,tracking,carrier\n1,{LABEL},UPS\n", encoding="utf-8")
    (row,) = shipments_csv.preview(stock, file).rows
    assert (row.good, row.wrong, row.problem) == (True, "", "")
    assert row.warnings == ("1 × PHN is shipped without an IMEI or serial number.",)
    assert row.sentence == f"Ship order 1 (all of it) with UPS {LABEL}."
    part = replace(row, order_id=2, request=replace(row.request, lines={20: 1}))
    results = [shipments_csv.ship_row(stock, one, accept_doubts=True) for one in (part, row)]
    assert [(result.result, result.job_id is None) for result in results] == [("recorded", True), ("shipped", False)]
    assert shipments_csv.followed(stock, results[0]) is results[0]
    assert shipments_csv.followed(stock, results[1]).detail == results[1].detail != ""
    Job.update(status="failed", error="No network.").where(Job.id == results[1].job_id).execute()
    after = shipments_csv.followed(stock, results[1])
    assert (after.result, after.detail) == ("failed", "No network.")
    Job.update(status="completed", error="").where(Job.id == results[1].job_id).execute()
    assert shipments_csv.followed(stock, results[1]).result == "confirmed"
    assert replace(row, problem="No.", field="imei").wrong == "imei: No."
    assert replace(row, problem="No.").wrong == "No."
    assert replace(row, field="imei").wrong == ""


@pytest.mark.parametrize(
    ("cells", "field", "said"),
    [
        ("2,UPS," + LABEL + ",20=,", "identifiers", "'20=' is not LINE=VALUE."),
        ("2,UPS," + LABEL + ",20,", "identifiers", "'20' is not LINE=VALUE."),
        ("2,UPS," + LABEL + ",," + IMEI, "imei", "The order has 2 lines."),
        # Of two wrong cells the device is named: it can be corrected least.
        ("1,UPS,,,356938035643800", "imei", "356938035643800"),
        ("1,UPS," + LABEL + ",77=" + IMEI + ",", "identifiers", "Order 1 has no line 77"),
    ],
)
def test_wrong_device_of_a_row_is_told_with_its_column(
    stock: Desk, tmp_path: Path, cells: str, field: str, said: str
) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(f"order,carrier,tracking,identifiers,imei\n{cells}\n", encoding="utf-8")
    (row,) = shipments_csv.preview(stock, file).rows
    assert (row.field, said in row.problem) == (field, True), row.problem


def test_row_that_contradicts_another_keeps_that_problem_whatever_else_is_wrong(stock: Desk, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(f"order,tracking,carrier\n1,,UPS\n1,{LABEL},UPS\n99,{LABEL},UPS\n", encoding="utf-8")
    found = shipments_csv.preview(stock, file)
    assert [(row.field, row.problem.partition(":")[0], row.sentence) for row in found.rows[:2]] == [
        ("order", "Rows 2, 3 have different values for order 1", "")
    ] * 2
    assert found.rows[2].problem.startswith("There is no order 99")
    assert (found.good, found.doubts) == (0, ())
