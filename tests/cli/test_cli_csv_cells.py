"""Lists as CSV: a spreadsheet runs no cell of them as a formula."""

from __future__ import annotations

import csv
import io
from argparse import Namespace

import pytest

from bmtui.cli import output


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_begins_like_a_formula_is_quoted(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"order_id": 1, "note": f"{first}SUM(A1)", "refundable": -5, "plain": f"1{first}"}
    output.emit_list(Namespace(json=False, csv=True), [row], {}, "Nothing.")
    # As a spreadsheet reads it: a cell with a return stands between quotes.
    heading, cells = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert heading == ["order_id", "note", "refundable", "plain"]
    assert cells == ["1", f"'{first}SUM(A1)", "-5", f"1{first}"]
