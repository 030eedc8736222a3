"""Shipments from a file: every wrong row is named by row and field, the rest goes on."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import shipments_csv
from bmtui.errors import ConfigError
from bmtui.store.models import Effect, Shipment

GOOD, OTHER, THIRD = "356938035643809", "490154203237518", "350000000000006"
UPS = "1Z999AA10123456784"


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    take_in(
        offline,
        *(raw_order(order_id, [raw_line(order_id * 10, 2)], state=3, shipper="UPS") for order_id in range(1, 8)),
        raw_order(8, [raw_line(80, 3)]),
        raw_order(9, [raw_line(90, 2), raw_line(91, 2)], state=3, shipper="UPS"),
    )
    return offline


def test_wrong_rows_of_a_shipments_file_are_named_and_the_rest_is_shipped(shelf: Desk, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(
        "\ufeffOrder;Tracking Number;Carrier;IMEI;identifiers\n"
        f"1;{UPS[:6]} {UPS[6:]};UPS;'{GOOD};\n"
        f"2;{UPS};UPS;{GOOD[:-1]}0;\n"
        f"3;{UPS};Colissimo;;\n"
        f"99;{UPS};UPS;;\n"
        f"8;{UPS};UPS;;\n"
        f"1;{UPS[:6]} {UPS[6:]};UPS;'{GOOD};\n"
        f"4;{UPS};UPS;;imei\n"
        ";;;;\n"
        f"abc;{UPS};UPS;;\n"
        f"5;;UPS;;\n"
        f"9;{UPS};UPS;{THIRD};\n"
        f"6;{UPS};UPS;;60={OTHER}\n"
        f"7;{UPS};UPS;;;too;many\n",
        encoding="utf-8",
    )
    rows = shipments_csv.preview(shelf, file).rows
    assert not Shipment.select().exists()
    expected = {
        3: ("imei", "check digit"),
        4: ("tracking", "of UPS, not of Colissimo"),
        5: ("order", "There is no order 99"),
        6: ("order", "is shipped already"),
        7: ("order", "is in row 2 already"),
        8: ("identifiers", "is not LINE=VALUE"),
        10: ("order", "'abc' is not an order number"),
        11: ("tracking", "needs a tracking number"),
        12: ("imei", "has 2 lines"),
        14: ("row", "more cells"),
    }
    for row in rows:
        if not row.good:
            field, why = expected[row.number]
            assert (row.field, why in row.problem) == (field, True), row
    out = tmp_path / "result.csv"
    with shipments_csv.ResultFile(out, rows) as kept:
        results = []
        for row in rows:
            results.append(shipments_csv.ship_row(shelf, row))
            kept.add(row, results[-1])
            # Whatever happens next, what was shipped can be read there.
            assert len(out.read_text(encoding="utf-8").splitlines()) == len(results) + 1
    assert {one.order_id for one in results if one.result == "shipped"} == {1, 6}
    assert Effect.select().count() == Shipment.select().count() == 2
    assert [overview.show(shelf, order_id).lines[0].imei for order_id in (1, 6)] == [GOOD, OTHER]
    written = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert len(written) == len(rows)
    assert [row["result"] for row in written if row["order"] in ("1", "99")] == ["shipped", "refused", "refused"]
    assert written[1]["detail"].startswith(f"imei: '{GOOD[:-1]}0' is an IMEI whose check digit is wrong")
    with pytest.raises(ConfigError, match="cannot be written"):
        shipments_csv.ResultFile(out, rows)
    assert shipments_csv.result_path(file, tmp_path) == tmp_path / "parcels.result.csv"
    (tmp_path / "parcels.result.csv").touch()
    assert shipments_csv.result_path(file, tmp_path) == tmp_path / "parcels.result-2.csv"


def test_rows_that_contradict_each_other_are_all_wrong(shelf: Desk, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(
        "order,tracking,carrier,imei,Weight,identifiers\n"
        f"1,{UPS},UPS,{GOOD},2,\n"
        f"2,{UPS},UPS,,2,20={GOOD}\n"
        f"3,{UPS},UPS,,2,\n"
        f"3,{UPS[:-1]}5,UPS,,2,\n"
        f"4,{UPS},UPS,{OTHER},2,\n",
        encoding="utf-8",
    )
    found = shipments_csv.preview(shelf, file)
    assert found.good == 1
    assert found.notes == ("Columns that are not used: Weight.",)
    assert [(row.field, row.problem.partition(" is ")[0]) for row in found.rows[:2]] == [
        ("imei", f"The IMEI {GOOD}"),
        ("identifiers", f"The IMEI {GOOD}"),
    ]
    assert all("in the rows 2, 3" in row.problem for row in found.rows[:2])
    assert [(row.field, "Rows 4, 5 say different things" in row.problem) for row in found.rows[2:4]] == [
        ("order", True),
        ("order", True),
    ]


def test_shipments_preview_says_that_uploads_are_kept_back(shelf: Desk, tmp_path: Path) -> None:
    companies.change(shelf, None, {"allow_fulfillment_upload": "false"})
    file = tmp_path / "parcels.csv"
    file.write_text(f"order,tracking,carrier\n1,{UPS},UPS\n2,{UPS},UPS\n", encoding="utf-8")
    rows = shipments_csv.preview(shelf, file).rows
    assert [row.warnings[0] for row in rows] == ["The rows 2, 3 have one tracking number: is it one parcel?"] * 2
    (note,) = shipments_csv.preview(shelf, file).notes
    assert note.startswith("2 uploads: Allow Fulfillment Upload is off")


def test_a_row_that_became_wrong_after_the_preview_stops_no_other(shelf: Desk, tmp_path: Path) -> None:
    file = tmp_path / "parcels.tsv"
    file.write_text(f"carrier\ttracking\torder\nUPS\t{UPS}\t1\nUPS\t{UPS}\t2\n", encoding="utf-8")
    rows = shipments_csv.preview(shelf, file).rows
    take_in(shelf, raw_order(1, [raw_line(10, 5)], date_modification="2026-11-03T10:00:00+00:00"))
    results = [shipments_csv.ship_row(shelf, row, accept_doubts=True) for row in rows]
    assert [one.result for one in results] == ["refused", "shipped"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("tracking,carrier\n1,2\n", "has no column order"),
        ('order,tracking\n1,"open', "no CSV or TSV"),
        ("order\n1\n", "must name"),
        ("order,tracking,Tracking Number\n1,2,3\n", "has the column tracking twice"),
        ("order,tracking\n" + "1,2\n" * 20_001, "more than 20,000 rows"),
    ],
)
def test_unreadable_shipments_file_says_why(shelf: Desk, tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        shipments_csv.preview(shelf, file)
    with pytest.raises(ConfigError, match="cannot be read"):
        shipments_csv.preview(shelf, tmp_path / "none.csv")
