"""Import of orders from another system: shown first, stored all or nothing; a second import changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import columns, import_undo, orders_import
from bmtui.desk.moving_in.plans import ImportPlan, results
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import identifiers
from bmtui.desk.tags import tags
from bmtui.errors import ConfigError, NotRead, RuleRefused
from bmtui.store.models import Effect, Import, Note, Refund, Return, Unit

HEADING = (
    "OrderSourceOrderID;SC Order;Order Status;Order Note;Note Author;Note Date;Tags;Refunded Amount;Refunded On;Shelf"
)
ROW = "1;9001;On Hold;Calls again;Ann;2026-11-02;vip,gift;20,00;2026-11-03;A12"
SHELF = {"field.shelf": "Shelf"}
IMEI, SERIAL = "356938035643809", "C8QH61ZGN72P"


@pytest.fixture
def three(offline: Desk) -> Desk:
    """Desk with two orders to ship, and a shipped order of two lines."""
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 2)], state=3) for number in (1, 2)))
    take_in(offline, raw_order(3, [raw_line(30, 3, sku="PHN"), raw_line(31, 3, sku="TAB")]))
    return offline


def written(folder: Path, *rows: str, name: str = "orders.csv", heading: str = HEADING) -> str:
    file = folder / name
    file.write_text("\n".join((heading, *rows)), encoding="utf-8-sig")
    return str(file)


def stored(desk: Desk, path: str, mapping: dict[str, str] | None = None) -> ImportPlan:
    planned = orders_import.plan(desk, path, mapping or {})
    assert planned.errors == ()
    orders_import.save(desk, path, planned)
    return planned


def test_imported_row_with_all_columns_filled_is_stored_and_searchable(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    planned = orders_import.plan(three, path, SHELF)
    assert (planned.errors, planned.ignored, planned.new_fields) == ((), (), ("reference", "shelf"))
    assert orders_import.save(three, path, planned) == 1
    view = overview.show(three, 1)
    assert (view.row.status, view.row.tags, view.row.fields) == (
        "on_hold",
        ("gift", "vip"),
        {"reference": "9001", "shelf": "A12"},
    )
    assert [(note.text, note.author, note.made_by) for note in view.notes] == [("Calls again", "Ann", three.actor)]
    assert view.notes[0].at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    (refund,) = view.refunds
    assert (str(refund.amount), refund.operation, refund.date, refund.state) == (
        "20.00 EUR",
        "issue_refund",
        "2026-11-03",
        "recorded",
    )
    assert refunds.options(three, 1).refundable.decimal == "85.00"
    assert [row.order_id for row in search.page(three, "field.reference:9001").rows] == [1]
    assert Effect.select().count() == 0


def test_a_file_when_imported_twice_changes_nothing_the_second_time(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW, ROW)
    stored(three, path, SHELF)
    version = order_of(1).version
    again = orders_import.plan(three, path, SHELF)
    assert [row.changes for row in again.rows] == [(), ()]
    assert orders_import.save(three, path, again) == 0
    assert (order_of(1).version, Note.select().count(), Refund.select().count(), Import.select().count()) == (
        *(version, 1, 1),
        1,
    )


def test_contradicting_rows_of_an_order_are_named(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW, ROW.replace("On Hold", "Void").replace("A12", "B7"))
    (error,) = orders_import.plan(three, path, SHELF).errors
    assert (error.row, error.column) == (3, "status")
    assert "An earlier row has 'on_hold'" in error.message


RETURNS = "Channel Order ID;RMA Number;RMA Status;SKU;Qty To Return;Return Reason;Customer Comment;Qty Received"


def test_import_of_rmas_brings_open_ones_with_items_and_leaves_out_closed_ones(three: Desk, tmp_path: Path) -> None:
    rows = ("3;77;Open;PHN;1;Defective;No sound;1", "3;77;Open;TAB;1;damaged;;", "3;70;Closed;PHN;1;Other;;")
    path = written(tmp_path, *rows, name="rmas.csv", heading=RETURNS)
    planned = stored(three, path)
    assert planned.rows[2].remarks == ("the RMA is closed: only open RMAs are imported",)
    (row,) = returns.of_order(three, 3)
    view = returns.show(three, row.rma_id)
    assert [(item.sku, item.reason, item.received_quantity) for item in view.items] == [
        ("PHN", "Defective", 1),
        ("TAB", "Damaged", 0),
    ]
    assert "RMA 77 of the other system" in view.description
    assert stored(three, path).changing == ()
    assert Return.select().count() == 1


SERIALS = "Channel Order ID;SKU;Serial Number"


def test_imported_serial_numbers_count_as_duplicates_and_are_never_sent(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, f"3;PHN;{IMEI}", f"3;TAB;{SERIAL}", name="serials.csv", heading=SERIALS)
    stored(three, path)
    assert [(unit.imei, unit.serial_number, unit.state) for unit in Unit.select().order_by(Unit.id)] == [
        (IMEI, "", "kept"),
        ("", SERIAL, "kept"),
    ]
    assert Effect.select().count() == 0
    order = order_of(1)
    (problem,) = identifiers.problems(order, orders.lines_of(order), [identifiers.given(10, IMEI)])
    assert problem.sentence == f"The IMEI {IMEI} is on order 3 already (Shipped)."
    assert stored(three, path).changing == ()
    twice = orders_import.plan(three, written(tmp_path, f"3;TAB;{IMEI}", name="s.csv", heading=SERIALS), {})
    (error,) = twice.errors
    assert (error.row, error.message.startswith(f"The IMEI {IMEI} is on line 30 of this order")) == (2, True)


def test_import_that_names_an_unknown_order_stops_and_reports_it(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW, "4;;;;;;;;;")
    planned = orders_import.plan(three, path, SHELF)
    assert (planned.missing_orders, planned.errors) == ((4,), ())
    with pytest.raises(RuleRefused, match="1 order is not in bmtui"):
        orders_import.save(three, path, planned)
    assert Note.select().count() == 0


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x;;;;;;;;;", "order_id"),
        ("2;;Sleeping;;;;;;;", "status"),
        ("2;;;Note;;2026-02-31;;;;", "note_date"),
        ("2;;;;;;a b;;;", "tags"),
        ("2;;;;;;;20,00;2999-01-02;", "refund_date"),
        ("2;;;;;;;1.000;;", "refund_amount"),
        ("2;;;;;;;999,00;;", "refund_amount"),
    ],
)
def test_orders_import_with_a_wrong_row_names_it_and_stores_nothing(
    three: Desk, tmp_path: Path, row: str, column: str
) -> None:
    path = written(tmp_path, ROW, row)
    planned = orders_import.plan(three, path, {})
    assert [(error.row, error.column) for error in planned.errors] == [(3, column)]
    # The value that came, and then advice.
    value = max(row.split(";")[1:] or [row], key=len).replace("999,00", "999.00")
    assert (value or row[0]) in str(planned.errors[0]) or column in ("note_date", "refund_amount")
    with pytest.raises(RuleRefused, match="nothing was stored"):
        orders_import.save(three, path, planned)
    assert order_of(1).status == "in_process"
    assert Note.select().count() == 0


def test_rows_of_other_channels_and_companies_are_named_or_left_out(three: Desk, tmp_path: Path) -> None:
    heading = "Company,Channel,Tags,Channel Order ID"
    rows = ("Shop,BackMarket_EU,vip,1", "Shop,Amazon,vip,2", "Other Ltd,Back Market,vip,2")
    path = written(tmp_path, *rows, heading=heading)
    at = replace(three, company="Shop")
    planned = orders_import.plan(at, path, {})
    assert [str(error) for error in planned.errors] == [
        "Row 3, column channel: The row is of the channel 'Amazon', not of Back Market. Leave such rows out with "
        "--skip-others.",
        "Row 4, column company: The row is of the company 'Other Ltd', not of Shop. Leave such rows out with "
        "--skip-others, or add --source-company 'Other Ltd' if it is the same.",
    ]
    left = orders_import.plan(at, path, {}, skip_others=True)
    assert (left.errors, [one.row for one in left.skipped]) == ((), [3, 4])
    assert orders_import.save(at, path, left) == 1
    assert [(one.row, one.result) for one in results(left)] == [(2, "changed"), (3, "left_out"), (4, "left_out")]
    named = orders_import.plan(at, path, {}, source_companies=["Other Ltd"], skip_others=True)
    assert [row.row for row in named.rows] == [4]


DATES = "Order Note;Note Date;Channel Order ID"


def test_dates_in_three_styles_are_read_once_the_file_shows_which_they_are(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "a;11/03/2026 2:14 PM;1", "b;11/25/2026;1", "c;2026-11-04;1", heading=DATES)
    stored(three, path)
    said = {note.text: note.at.isoformat() for note in overview.show(three, 1).notes}
    assert said == {
        "a": "2026-11-03T13:14:00+00:00",
        "b": "2026-11-24T23:00:00+00:00",
        "c": "2026-11-03T23:00:00+00:00",
    }
    unsure = written(tmp_path, "a;03.11.2026;2", heading=DATES, name="unsure.csv")
    (error,) = orders_import.plan(three, unsure, {}).errors
    assert "two ways" in error.message
    assert orders_import.plan(three, unsure, {}, date_order="dmy").errors == ()
    both = written(tmp_path, "a;25/11/2026;2", "b;11/25/2026;2", heading=DATES, name="both.csv")
    with pytest.raises(NotRead, match="has the day first"):
        orders_import.plan(three, both, {})


def test_amounts_in_two_styles_are_read_as_they_are_meant(three: Desk, tmp_path: Path) -> None:
    heading = "Channel Order ID;Refunded Amount;Refund Transaction ID"
    path = written(tmp_path, "1;10.50;a", "2;10,50 €;b", "3;1.050,00;c", heading=heading)
    planned = orders_import.plan(three, path, {})
    assert [row.refund.amount and row.refund.amount.decimal for row in planned.rows if row.refund] == ["10.50", "10.50"]
    # What two rows return together must fit, too.
    assert [error.row for error in planned.errors] == [4]
    path = written(tmp_path, "1;60;a", "1;60;b", heading=heading)
    (error,) = orders_import.plan(three, path, {}).errors
    assert (error.row, "45.00" in error.message) == (3, True)


def test_a_mapping_when_it_names_no_column_is_refused(three: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a column of an import"):
        orders_import.plan(three, written(tmp_path, ROW), {"colour": "Shelf"})
    with pytest.raises(NotRead, match="has no column order_id"):
        orders_import.plan(three, written(tmp_path, ROW), {"order_id": "Number"})


def test_mapping_written_for_a_file_shows_known_and_possible_columns(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "1;x;y;z", heading="Channel Order ID;Notes Author;Order Notes;Bin Location")
    text = columns.mapping_text(path)
    assert 'order_id = "Channel Order ID"' in text.splitlines()
    assert '# note_author = "Notes Author"' in text.splitlines()
    assert '# "field.bin_location" = "Bin Location"' in text.splitlines()
    file = tmp_path / "map.toml"
    file.write_text(text.replace("# note", "note").replace('# "field', '"field'))
    mapping = columns.read_mapping(str(file))
    assert mapping["field.bin_location"] == "Bin Location"
    planned = orders_import.plan(three, path, mapping)
    assert planned.ignored == ()
    file.write_text("order_id = 4")
    with pytest.raises(ConfigError, match="names no heading"):
        columns.read_mapping(str(file))


def test_order_id_of_the_other_system_beside_back_markets_is_the_reference(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "9001;1;moved", heading="Order ID;Order Source Order ID;Tags")
    assert columns.mapping_text(path).splitlines()[1:] == [
        'order_id = "Order Source Order ID"',
        'reference = "Order ID"',
        'tags = "Tags"',
    ]
    mappings: tuple[dict[str, str], ...] = ({}, {"order_id": "Order Source Order ID"})
    for mapping in mappings:
        (row,) = orders_import.plan(three, path, mapping).rows
        assert (row.order_id, row.tags, row.fields) == (1, ("moved",), (("reference", "9001"),))
    path = written(tmp_path, "9001;1;X7", name="two.csv", heading="Order ID;Channel Order ID;Reference")
    (row,) = orders_import.plan(three, path, {}).rows
    assert sorted(row.fields) == [("other_order_id", "9001"), ("reference", "X7")]


def test_rma_of_an_export_keeps_the_number_that_it_had_first(three: Desk, tmp_path: Path) -> None:
    told = "RMA 77 of the other system. Broken"
    path = written(tmp_path, f"3;RMA-1;Open;PHN;1;Defective;{told};", name="rmas.csv", heading=RETURNS)
    (row,) = orders_import.plan(three, path, {}).rows
    assert row.rma is not None
    assert row.rma.request.description == told


def test_import_taken_back_leaves_no_data(three: Desk, tmp_path: Path) -> None:
    tags.add_field(three, "shelf")
    tags.set_fields(three, 1, {"shelf": "B1"})
    stored(three, written(tmp_path, ROW), SHELF)
    made = import_undo.undo(three)
    assert made.view.file == "orders.csv"
    view = overview.show(three, 1)
    assert (view.row.status, view.row.tags, view.row.fields, view.notes) == ("in_process", (), {"shelf": "B1"}, ())
    assert [refund.state for refund in view.refunds] == ["withdrawn"]
    assert refunds.options(three, 1).refundable.decimal == "105.00"
    with pytest.raises(RuleRefused, match="was undone by"):
        import_undo.undo(three, made.view.import_id)
    # What was taken back can be brought in again.
    assert stored(three, written(tmp_path, ROW), SHELF).changing != ()


def test_import_taken_back_frees_its_rmas_and_serial_numbers(three: Desk, tmp_path: Path) -> None:
    stored(three, written(tmp_path, f"3;PHN;{IMEI}", name="serials.csv", heading=SERIALS))
    path = written(tmp_path, "3;77;Open;PHN;1;Defective;;", name="rmas.csv", heading=RETURNS)
    stored(three, path)
    import_undo.undo(three)
    import_undo.undo(three)
    assert [row.status for row in returns.of_order(three, 3)] == ["closed"]
    assert [unit.state for unit in Unit.select()] == ["withdrawn"]
    order = order_of(1)
    assert identifiers.problems(order, orders.lines_of(order), [identifiers.given(10, IMEI)]) == ()
    stored(three, path)
    assert [row.status for row in returns.of_order(three, 3)] == ["closed", "open"]


def test_import_with_later_changes_cannot_be_taken_back_and_names_them(three: Desk, tmp_path: Path) -> None:
    stored(three, written(tmp_path, ROW), SHELF)
    tags.tag(three, 1, remove=["vip"])
    planned = import_undo.plan(three)
    assert [(one.order_id, one.file_row) for one in planned.obstacles] == [(1, 2)]
    with pytest.raises(RuleRefused, match="the tag vip was removed"):
        import_undo.undo(three)
    assert order_of(1).status == "on_hold"


def test_import_whose_refund_was_processed_cannot_be_taken_back(three: Desk, tmp_path: Path) -> None:
    stored(three, written(tmp_path, ROW), SHELF)
    refund = Refund.get()
    from bmtui.desk.refunds import void

    void.void(three, 1, refund.id, "It was none")
    with pytest.raises(RuleRefused, match="is Withdrawn"):
        import_undo.undo(three)


def test_orders_import_needs_an_admin_without_limits(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    permissions.set_rights(three, str(three.uid), role="admin", per_refund={"EUR": "5"})
    (error,) = orders_import.plan(three, path, SHELF).errors
    assert "above your limit" in error.message
    permissions.set_rights(three, str(three.uid), per_refund={"EUR": "none"})
    permissions.set_rights(three, "60001", role="admin")
    permissions.set_rights(three, str(three.uid), role="operator")
    planned = orders_import.plan(three, path, SHELF)
    with pytest.raises(RuleRefused, match="Only an admin"):
        orders_import.save(three, path, planned)


def test_orders_import_stops_whole_if_an_order_changed_meanwhile(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "2;;;;;;vip;;;", ROW)
    planned = orders_import.plan(three, path, SHELF)
    refunds.issue(three, 1, RefundRequest(operation="issue_refund"))
    with pytest.raises(RuleRefused, match="Row 3, order 1"):
        orders_import.save(three, path, planned)
    assert overview.show(three, 2).row.tags == ()
    assert Import.select().count() == 0
