"""Export for another system: imported into a store with the same orders, it brings everything back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import COMPANY, add_company, raw_line, raw_order, take_in
from invoice_shop import open_shop, sold

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.cancellation import internal
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.moving_in import documents_import, export, orders_import
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import void
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.desk.tags import tags
from bmtui.errors import RuleRefused
from bmtui.money import Money

SHIPPED = raw_line(31, 3, "100.00", "PHN", product="Phone"), raw_line(32, 3, "20.00", "ACC", product="Cable")
ORDERS = (sold(1), sold(3, *SHIPPED), sold(2, raw_line(21, 2, "100.00", "PHN"), state=3, date_shipping=None))
FILES = ("orders.csv", "notes.csv", "refunds.csv", "serial_numbers.csv", "returns.csv")


@pytest.fixture
def used(offline: Desk) -> Desk:
    """Desk with something of every kind that is exported."""
    open_shop(offline, *ORDERS)
    tags.add_field(offline, "shelf")
    tags.set_fields(offline, 2, {"shelf": "=A12"})
    tags.tag(offline, 2, add=["vip"])
    internal.cancel_internally(offline, 2, "on_hold", "Wrong address;\n'asked' the buyer")
    orders.add_note(offline, 1, "-5 °C, keep warm")
    refunds.issue(offline, 3, RefundRequest("issue_refund", amount=Money.parse("12.50", "EUR"), reference="R1"))
    returns.create(offline, 3, ReturnRequest((WantedItem(32, 1, "Defective"),), description="Broken"))
    issue.make(offline, 1)
    return offline


@contextmanager
def another_store(folder: Path) -> Iterator[Desk]:
    """Another store, with the same orders and nothing else."""
    folder.mkdir()
    opened = open_desk(settings.load(str(folder), environ={}))
    add_company(opened)
    open_shop(opened, *ORDERS)
    yield opened
    opened.store.close()


def state(desk: Desk) -> list[object]:
    """Return all values of the orders 1 to 3 that a person can add, to compare two stores."""
    found: list[object] = []
    for order_id in (1, 2, 3):
        view = overview.show(desk, order_id)
        row = view.row
        found.append((row.status, row.tags, row.fields, row.refunded, row.assignee))
        found.append([(note.text, note.author or note.made_by, note.at) for note in view.notes])
        found.append([(str(refund.amount), refund.reference, refund.date) for refund in view.refunds])
        found.append([(one.rma_id, one.status, one.reasons) for one in view.returns])
        found.append([(one.number, one.issued, one.gross) for one in view.invoices])
    return found


def test_export_imported_into_another_store_brings_everything_back(used: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    written = {Path(one.path).name: one.rows for one in export.write(used, str(folder))}
    assert written == {
        **{"orders.csv": 3, "notes.csv": 2, "refunds.csv": 1, "serial_numbers.csv": 1, "returns.csv": 1},
        **{"invoices.csv": 1, "people.csv": 0},
    }
    before = state(used)
    # In the same store nothing changes.
    for name in FILES:
        planned = orders_import.plan(used, str(folder / name), {})
        assert (name, planned.errors, planned.changing, planned.ignored) == (name, (), (), ())
    documents = documents_import.plan(used, str(folder / "invoices.csv"), {}, pdf_folder=str(folder / "pdf"))
    assert (documents.errors, documents.new, documents.ignored) == ((), (), ())
    used.store.close()
    with another_store(tmp_path / "other") as empty:
        for name in FILES:
            planned = orders_import.plan(empty, str(folder / name), {})
            assert (name, planned.errors, planned.missing) == (name, (), ())
            orders_import.save(empty, str(folder / name), planned)
        documents = documents_import.plan(empty, str(folder / "invoices.csv"), {}, pdf_folder=str(folder / "pdf"))
        assert documents.errors == ()
        documents_import.save(empty, str(folder / "invoices.csv"), documents)
        after = state(empty)
    assert [one for one in before if one not in after] == []
    assert len(before) == len(after)


def test_export_needs_an_empty_folder_and_its_files_are_private(used: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export.write(used, str(folder))
    assert {(folder / name).stat().st_mode & 0o777 for name in FILES} == {0o600}
    with pytest.raises(RuleRefused, match="is not empty"):
        export.write(used, str(folder))


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_export_leaves_out_voided_refunds_and_devices_of_withdrawn_parcels(used: Desk, tmp_path: Path) -> None:
    (issued,) = overview.show(used, 3).refunds
    void.void(used, 3, issued.refund_id, "It was none.")
    internal.bring_back(used, 2, "in_process")
    parcel = ShipRequest(
        tracking="1Z999AA10123456784", carrier="ups", identifiers=(given(21, "356938035643809"),), accept_doubts=True
    )
    shipping.ship(used, 2, parcel)
    outbox.withdraw(used, outbox.listing(used)[0].effect_id)
    export.write(used, str(tmp_path / "out"))
    assert rows_of(tmp_path / "out", "refunds.csv") == []
    assert [row["order_id"] for row in rows_of(tmp_path / "out", "serial_numbers.csv")] == ["1"]


def test_rejected_rma_is_exported_as_such_and_not_brought_in(used: Desk, tmp_path: Path) -> None:
    (row,) = returns.of_order(used, 3)
    return_actions.approve(used, row.rma_id, "rejected")
    export.write(used, str(tmp_path / "out"))
    assert [row["rma_status"] for row in rows_of(tmp_path / "out", "returns.csv")] == ["Rejected"]
    (planned,) = orders_import.plan(used, str(tmp_path / "out" / "returns.csv"), {}).rows
    assert (planned.rma, planned.remarks) == (None, ("the RMA is rejected: only open RMAs are imported",))


def test_orders_of_the_same_number_of_two_companies_are_all_exported(
    used: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_company(used, "Other")
    take_in(used.of_company("Other"), *(raw_order(number, [raw_line(number)]) for number in (1, 2, 3)))
    for chunk in (1, 2):
        monkeypatch.setattr(export, "CHUNK", chunk)
        folder = tmp_path / str(chunk)
        export.write(used, str(folder))
        found = [(row["order_id"], row["company"]) for row in rows_of(folder, "orders.csv")]
        assert found == [(str(number), company) for number in (1, 2, 3) for company in (COMPANY, "Other")]
