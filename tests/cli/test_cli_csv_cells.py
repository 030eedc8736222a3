"""No cell of a list as CSV is run as a formula by a spreadsheet."""

from __future__ import annotations

from argparse import Namespace

import pytest

from bmtui.cli import output


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_begins_like_a_formula_is_quoted(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"order_id": 1, "note": f"{first}SUM(A1)", "refundable": -5, "plain": f"1{first}"}
    output.emit_list(Namespace(json=False, csv=True), [row], {}, "Nothing.")
    written = capsys.readouterr().out
    assert written == f"order_id,note,refundable,plain\n1,'{first}SUM(A1),-5,1{first}\n"
