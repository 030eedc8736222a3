"""RMAs from a file: previewed, then stored as shown, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import dump, raw_line, raw_order, take_in
from return_counter import ORDER, PAIR, PHONE, UNSENT

from bmtui.desk.core.context import Desk
from bmtui.desk.returns import csv_import as return_import
from bmtui.desk.returns import rma as returns
from bmtui.errors import ConfigError, RuleRefused


def csv(tmp_path: Path, text: str) -> str:
    path = tmp_path / "returns.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_returns_file_is_previewed_then_stored_as_shown(shipped: Desk, tmp_path: Path) -> None:
    take_in(shipped, raw_order(5002, [raw_line(11, sku="TAB")]))
    head = "Order_ID;SKU;Quantity;Reason;Description"
    text = f"{head}\n{ORDER};PHN;1;defective;dead\n{ORDER};CHG;2;Damaged;\n5002;;;Other;\n"
    before = dump(shipped)
    seen = return_import.preview(shipped, csv(tmp_path, text))
    assert dump(shipped) == before
    assert (seen.rows, seen.errors) == (3, ())
    planned = [(plan.order_id, [(item.sku, item.quantity, item.reason) for item in plan.items]) for plan in seen.plans]
    assert planned == [(ORDER, [("PHN", 1, "Defective"), ("CHG", 2, "Damaged")]), (5002, [("TAB", 1, "Other")])]
    ids = return_import.save(shipped, seen)
    assert [returns.show(shipped, rma).row.order_id for rma in ids] == [ORDER, 5002]
    with pytest.raises(RuleRefused):
        return_import.save(shipped, seen)


def test_returns_file_with_wrong_rows_names_them_and_stores_nothing(shipped: Desk, tmp_path: Path) -> None:
    text = "\n".join(
        [
            "order_id,line_id,sku,quantity,reason",
            f"{ORDER},{PHONE},,1,Defective",
            "9999,,,1,Other",
            f"{ORDER},77,,1,Other",
            f"{ORDER},,NOPE,1,Other",
            f"{ORDER},{PAIR},,two,Other",
            f"{ORDER},,,1,Other",
            f"{ORDER},{PAIR},,2,",
            "",
        ]
    )
    seen = return_import.preview(shipped, csv(tmp_path, text))
    where = [(error.row, error.column) for error in seen.errors]
    assert where == [(3, "order_id"), (4, "line_id"), (5, "sku"), (6, "quantity"), (7, "line_id"), (8, "reason")]
    before = dump(shipped)
    with pytest.raises(RuleRefused, match="6 rows cannot be imported"):
        return_import.save(shipped, seen)
    assert dump(shipped) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [(f"{PAIR},3,Other", "quantity"), (f"{PAIR},1,Bored", "reason"), (f"{UNSENT},1,Other", "line_id")],
)
def test_returns_row_against_the_rules_is_named(shipped: Desk, tmp_path: Path, row: str, column: str) -> None:
    text = f"order_id,line_id,quantity,reason\n{ORDER},{PHONE},1,Other\n{ORDER},{row}\n"
    (error,) = return_import.preview(shipped, csv(tmp_path, text)).errors
    assert (error.row, error.column) == (3, column)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "no column order_id"),
        (b"order_id,order_id,reason\n1,2,3\n", "order_id twice"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"order_id,reason\n1,2,3\n", "more cells"),
        (b"", "is empty"),
        (b"order_id,reason,colour\n1,Other,red\n", "unknown columns: colour"),
    ],
)
def test_returns_file_that_cannot_be_read_is_refused(shipped: Desk, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        return_import.preview(shipped, str(path))
    with pytest.raises(ConfigError, match="there is no such file"):
        return_import.preview(shipped, str(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_file_of_a_spreadsheet_in_its_own_encoding_is_read(shipped: Desk, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"sep=;\r\norder_id;line_id;reason\r\n{ORDER}.0;{PHONE};Other\r\n\r\n".encode(encoding))
    seen = return_import.preview(shipped, str(path))
    assert (seen.rows, seen.errors) == (1, ())
