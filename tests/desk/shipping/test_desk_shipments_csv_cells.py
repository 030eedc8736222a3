"""Result file of shipments: a spreadsheet runs no cell of it as a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import shipments_csv
from bmtui.desk.shipping.shipments_csv import ResultFile, RowResult


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_result_cell_that_begins_like_a_formula_is_quoted(offline: Desk, tmp_path: Path, first: str) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3))
    file, result = tmp_path / "parcels.csv", tmp_path / "parcels.result.csv"
    file.write_text('order;tracking;carrier\n1;1Z999AA10123456784;"ups"\n', encoding="utf-8")
    (row,) = shipments_csv.preview(offline, file).rows
    row = replace(row, cells={**row.cells, "carrier": f"{first}SUM(A1)"})
    with ResultFile(result, [row]) as written:
        written.add(row, RowResult(row.number, row.order_id, "refused", f"{first}HYPERLINK(1)"))
    _, cells = csv.reader(io.StringIO(result.read_bytes().decode(), newline=""))
    assert {f"'{first}SUM(A1)", f"'{first}HYPERLINK(1)", "1Z999AA10123456784"} <= set(cells)
