"""What another system knows of orders: shown first, stored all or nothing, and twice changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import orders_import
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.errors import ConfigError, NotRead, RuleRefused
from bmtui.store.models import Effect, Note

HEADING = (
    "OrderSourceOrderID;SC Order;Order Status;Order Note;Note Author;Note Date;Tags;Refunded Amount;Refunded On;Shelf"
)
ROW = "1;9001;On Hold;Calls again;Ann;2026-11-02;vip,gift;20,00;2026-11-03;A12"


@pytest.fixture
def two(offline: Desk) -> Desk:
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 2)], state=3) for number in (1, 2)))
    return offline


def written(folder: Path, *rows: str) -> str:
    file = folder / "orders.csv"
    file.write_text("\n".join((HEADING, *rows)), encoding="utf-8-sig")
    return str(file)


def test_a_row_when_all_its_columns_say_something_is_stored_and_can_be_found(two: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    planned = orders_import.plan(two, path, {"field.shelf": "Shelf"})
    assert (planned.errors, planned.ignored, planned.new_fields) == ((), (), ("reference", "shelf"))
    assert orders_import.save(two, path, planned) == 1
    view = overview.show(two, 1)
    assert (view.row.status, view.row.tags, view.row.fields) == (
        "on_hold",
        ("gift", "vip"),
        {"reference": "9001", "shelf": "A12"},
    )
    assert [note.text for note in view.notes] == ["Ann, 2026-11-02: Calls again"]
    (refund,) = view.refunds
    assert (str(refund.amount), refund.operation, refund.date, refund.state) == (
        "20.00 EUR",
        "issue_refund",
        "2026-11-03",
        "recorded",
    )
    assert [row.order_id for row in search.page(two, "field.reference:9001").rows] == [1]
    assert Effect.select().count() == 0


def test_a_file_when_imported_twice_changes_nothing_the_second_time(two: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    orders_import.save(two, path, orders_import.plan(two, path, {"field.shelf": "Shelf"}))
    version = order_of(1).version
    again = orders_import.plan(two, path, {"field.shelf": "Shelf"})
    assert [row.changes for row in again.rows] == [()]
    assert orders_import.save(two, path, again) == 0
    assert (order_of(1).version, Note.select().count()) == (version, 1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("3;;;;;;;;;", ""),
        ("x;;;;;;;;;", "order_id"),
        ("2;;Sleeping;;;;;;;", "status"),
        ("2;;;Note;;2026-02-31;;;;", "note_date"),
        ("2;;;;;;a b;;;", "tag"),
        ("2;;;;;;;1.000;;", "refund_amount"),
        ("2;;;;;;;999,00;;", ""),
    ],
)
def test_a_wrong_row_is_named_and_nothing_of_the_file_is_stored(
    two: Desk, tmp_path: Path, row: str, column: str
) -> None:
    path = written(tmp_path, ROW, row)
    planned = orders_import.plan(two, path, {})
    assert [(error.row, error.column) for error in planned.errors if not column or error.column == column] != []
    assert {error.row for error in planned.errors} == {3}
    with pytest.raises(RuleRefused, match="nothing was stored"):
        orders_import.save(two, path, planned)
    assert order_of(1).status == "in_process"
    assert Note.select().count() == 0


def test_a_mapping_when_it_names_no_column_is_refused(two: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no column of an import"):
        orders_import.plan(two, written(tmp_path, ROW), {"colour": "Shelf"})
    with pytest.raises(NotRead, match="has no column order_id"):
        orders_import.plan(two, written(tmp_path, ROW), {"order_id": "Number"})
