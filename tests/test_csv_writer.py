"""CSV files: written by a single module, and without cells that a spreadsheet runs."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest

from bmtui.csv_writer import write_csv

PACKAGE = Path(__file__).parents[1] / "bmtui"


def written(*cells: object) -> list[str]:
    out = io.StringIO(newline="")
    write_csv(out, [["name"] * len(cells), cells])
    heading, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert len(heading) == len(row)
    return row


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_text_that_begins_a_formula_is_quoted(begin: str) -> None:
    assert written(f"{begin}cmd|' /C calc'!A0") == [f"'{begin}cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", ["-1+cmd|' /C calc'!A0", "-1\n=1", "--1", "-", "-1.", "-٣", "+1+1", "+33 6=1"])
def test_text_that_only_begins_like_a_number_is_quoted(text: str) -> None:
    assert written(text) == [f"'{text}"]


def test_amounts_and_other_values_stay_as_they_are() -> None:
    assert written("-12.50", "-4500", "+33 6 12 34 56 78", -3, None, "Marie", "a=b", "'x") == [
        "-12.50",
        "-4500",
        "+33 6 12 34 56 78",
        "-3",
        "",
        "Marie",
        "a=b",
        "'x",
    ]


def test_line_break_within_a_cell_begins_no_row() -> None:
    assert written("Marie\r=1", "Marie\n=1", "Marie\r\n=1") == ["Marie\r=1", "Marie\n=1", "Marie\r\n=1"]


def test_rows_end_with_a_line_feed() -> None:
    out = io.StringIO(newline="")
    write_csv(out, [["a", "b"], [1, "x\r"]])
    assert out.getvalue() == 'a,b\n1,"x\r"\n'


def test_lists_and_objects_are_json() -> None:
    assert written(["=1", "é"], {"a": 1}) == ['["=1", "é"]', '{"a": 1}']


@pytest.mark.source
def test_csv_is_written_by_one_module_only() -> None:
    writers = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = {node.attr} if isinstance(node, ast.Attribute) else set()
            if isinstance(node, ast.ImportFrom) and node.module == "csv":
                named = {alias.name for alias in node.names}
            if named & {"DictWriter", "writer"} and (not isinstance(node, ast.Attribute) or _is_csv(node)):
                writers.append(path.relative_to(PACKAGE).as_posix())
    assert writers == ["csv_writer.py"]


def _is_csv(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "csv"
