"""Series of documents that another system made: numbers beside our own and another company's, and beginnings."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import COMPANY, add_company, take_in
from invoice_shop import SELLER, open_shop_of_three, sold

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files, issue
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.moving_in import documents_import, orders_import
from bmtui.desk.operations import numbers
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Invoice, InvoiceSeries

HEADING = "Invoice Number,Type,Channel Order ID,Invoice Date,Total,Tax Amount"


@pytest.fixture
def three(offline: Desk) -> Desk:
    """A shop with three shipped orders of 105.00, 105.00 and 325.00 EUR."""
    return open_shop_of_three(offline)


@pytest.fixture
def twin(three: Desk) -> Desk:
    """The shop beside another company, which has orders of the same numbers."""
    add_company(three, "Other")
    other = three.of_company("Other")
    invoice_settings.change(three, "Other", "", SELLER)
    take_in(other, sold(1), sold(2))
    return three


def written(folder: Path, *rows: str) -> str:
    file = folder / "invoices.csv"
    file.write_text("\n".join((HEADING, *rows)))
    return str(file)


def recorded(desk: Desk, path: str) -> int:
    planned = documents_import.plan(desk, path, {})
    assert planned.errors == ()
    return documents_import.save(desk, path, planned)


def ours(number: int, series: str = "FR") -> str:
    return f"{series}-2026-{number:05}"


def refunded(desk: Desk, folder: Path) -> None:
    """Bring in a refund of 20.00 EUR of order 1, from the other system."""
    file = folder / "refunds.csv"
    file.write_text("Channel Order ID,Refunded Amount\n1,20.00\n")
    orders_import.save(desk, str(file), orders_import.plan(desk, str(file), {}))


def test_number_zero_of_our_pattern_is_no_number_of_the_series(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, f"{ours(0)},Invoice,1,2026-11-21,105.00,"))
    assert issue.make(three, 2).number == ours(1)
    assert files.verify(three).findings == ()


def test_gap_between_our_own_numbers_and_imported_ones_is_reported(three: Desk, tmp_path: Path) -> None:
    assert issue.make(three, 3).number == ours(1)
    recorded(three, written(tmp_path, f"{ours(5)},Invoice,1,2026-11-21,105.00,"))
    assert [finding.problem for finding in files.verify(three).findings] == ["3 numbers are missing, the first is 2."]


def test_gaps_of_a_file_are_measured_from_the_documents_that_are_here(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, f"{ours(43)},Invoice,1,2026-11-21,105.00,"))
    assert documents_import.plan(three, written(tmp_path, f"{ours(41)},Invoice,2,2026-11-21,105.00,"), {}).gaps == (
        "FR/invoice/2026: 1 number is not in the file: 42.",
        "FR/invoice/2026 goes on with 44.",
    )


def test_second_invoice_of_an_order_in_a_file_is_refused(three: Desk, tmp_path: Path) -> None:
    rows = (f"SC-{number},Invoice,1,2026-11-21,105.00," for number in (1, 2))
    (error,) = documents_import.plan(three, written(tmp_path, *rows), {}).errors
    assert (error.row, error.column, "another invoice in this file" in error.message) == (3, "order_id", True)


def test_tax_that_differs_from_the_tax_here_is_refused(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,17.50")
    (error,) = documents_import.plan(three, path, {}).errors
    assert (error.row, error.column, "its tax is 17.50 EUR" in error.message) == (2, "tax", True)


def test_recorded_documents_are_in_the_audit_by_their_kind(three: Desk, tmp_path: Path) -> None:
    refunded(three, tmp_path)
    recorded(three, written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,", "CN-1,Credit Note,1,2026-11-22,20.00,"))
    actions = [row.action for row in Audit.select().where(Audit.action.endswith(".recorded")).order_by(Audit.id)]
    assert actions == ["invoice.recorded", "credit_note.recorded", "invoices.recorded"]


def test_contents_of_a_document_without_a_pdf_are_verified(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,"))
    of_table = " ON invoices" if three.store.database.kind == "postgres" else ""
    for name in ("invoices_never_change", "invoices_sealed_once"):
        three.store.database.execute_sql(f"DROP TRIGGER IF EXISTS {name}{of_table}")
    row = Invoice.get()
    Invoice.update(document={**row.document, "order_id": 2}).where(Invoice.id == row.id).execute()
    assert [finding.number for finding in files.verify(three).findings] == ["SC-1"]


def test_number_of_another_company_may_be_used_by_a_document_elsewhere(twin: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,")
    assert [recorded(twin.of_company(company), path) for company in ("Other", COMPANY)] == [1, 1]
    assert sorted(row.company.name for row in Invoice.select().where(Invoice.number == "SC-1")) == ["Other", COMPANY]


def test_numbers_of_another_company_are_no_gap_of_a_file(twin: Desk, tmp_path: Path) -> None:
    assert issue.make(twin.of_company("Other"), 1).number == ours(1)
    path = written(tmp_path, f"{ours(41)},Invoice,1,2026-11-21,105.00,")
    assert documents_import.plan(twin.of_company(COMPANY), path, {}).gaps == ("FR/invoice/2026 goes on with 42.",)


def test_file_of_two_companies_that_number_alike_is_recorded_series_by_series(three: Desk, tmp_path: Path) -> None:
    add_company(three, "Other")
    invoice_settings.change(three, "Other", "", SELLER)
    take_in(three.of_company("Other"), sold(7), sold(8))
    rows = ((2, 1), (1, 7), (3, 8))
    path = written(tmp_path, *(f"{ours(number)},Invoice,{order},2026-11-21,105.00," for number, order in rows))
    assert documents_import.plan(three, path, {}).gaps == (
        "Other/FR/invoice/2026: 1 number is not in the file: 2.",
        "Other/FR/invoice/2026 goes on with 4.",
        "Shop/FR/invoice/2026 goes on with 3.",
    )
    alike = written(tmp_path, *(f"{ours(1)},Invoice,{order},2026-11-21,105.00," for order in (1, 7)))
    assert recorded(three, alike) == 2
    (error,) = documents_import.plan(three, written(tmp_path, f"{ours(1)},Invoice,2,2026-11-21,105.00,"), {}).errors
    assert "is already used by a document of order 1" in error.message


def test_begun_series_has_no_gap_before_its_first_number(three: Desk) -> None:
    numbers.begin(three, "Shop/FR/invoice/2026", 501)
    assert issue.make(three, 1).number == ours(501)
    assert files.verify(three).findings == ()


def test_all_series_begin_or_none(three: Desk, tmp_path: Path) -> None:
    refunded(three, tmp_path)
    # A credit note elsewhere that has the number of an invoice here.
    recorded(
        three, written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,", f"{ours(7)},Credit Note,1,2026-11-22,20.00,")
    )
    assert [view.kind for view in numbers.unbegun(three)][:2] == ["credit_note", "invoice"]
    with pytest.raises(RuleRefused, match="is already used by another document"):
        numbers.begin_all(three, 7)
    assert InvoiceSeries.select().count() == 0
