"""Invoices of another system: recorded, named by credit notes, and their series continued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import work
from invoice_shop import open_shop_of_three

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files, issue, search
from bmtui.desk.moving_in import change_over, documents_import, orders_import
from bmtui.desk.operations import numbers
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import ConfigError, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Invoice, InvoiceSeries, Job
from bmtui.words import JobType

HEADING = "Invoice Number,Type,Channel Order ID,Invoice Date,Total,PDF File"
SERIES = "Shop/FR/invoice/2026"


@pytest.fixture
def three(offline: Desk) -> Desk:
    """A shop with three shipped orders of 105.00, 105.00 and 325.00 EUR."""
    return open_shop_of_three(offline)


def written(folder: Path, *rows: str, heading: str = HEADING) -> str:
    file = folder / "invoices.csv"
    file.write_text("\n".join((heading, *rows)))
    return str(file)


def recorded(desk: Desk, path: str, **more: str) -> int:
    planned = documents_import.plan(desk, path, {}, **more)
    assert planned.errors == ()
    return documents_import.save(desk, path, planned)


def series_of(desk: Desk) -> dict[str, numbers.SeriesView]:
    return {view.name: view for view in numbers.listing(desk)}


def test_imported_invoice_keeps_number_date_and_pdf_and_is_imported_once(three: Desk, tmp_path: Path) -> None:
    (tmp_path / "one.pdf").write_bytes(b"%PDF-1.4 of the other system")
    path = written(tmp_path, "SC-9001,Invoice,1,2026-11-21,105.00,one.pdf")
    assert recorded(three, path, pdf_folder=str(tmp_path)) == 1
    (view,) = search.listing(three, order_id=1)
    assert (view.number, view.issued, view.gross.decimal, view.preference) == (
        *("SC-9001", "2026-11-21", "105.00"),
        "elsewhere",
    )
    assert files.pdf(three, "SC-9001") == b"%PDF-1.4 of the other system"
    assert files.verify(three).findings == ()
    assert recorded(three, path, pdf_folder=str(tmp_path)) == 0
    with pytest.raises(RuleRefused, match="has invoice SC-9001"):
        issue.make(three, 1)


def test_a_credit_note_when_made_here_names_the_invoice_that_was_made_elsewhere(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, "SC-9001,Invoice,1,2026-11-21,105.00,"))
    refunds.issue(three, 1, RefundRequest(operation="issue_refund", amount=Money.parse("20.00", "EUR")))
    made = issue.credit(three, 1)
    assert made is not None
    assert (made.corrects, made.gross.decimal) == ("SC-9001", "20.00")
    with pytest.raises(RuleRefused, match="its PDF was not imported"):
        files.pdf(three, "SC-9001")


def test_imported_numbers_of_our_pattern_move_the_series_on_and_gaps_are_reported(three: Desk, tmp_path: Path) -> None:
    pattern = numbers_pattern(three)
    path = written(tmp_path, f"{pattern(41)},Invoice,1,21/11/2026,105.00,", f"{pattern(43)},,2,2026-11-21,105.00,")
    planned = documents_import.plan(three, path, {})
    assert [row.series for row in planned.rows] == ["FR/invoice/2026", "FR/invoice/2026"]
    assert planned.gaps == (
        "FR/invoice/2026: 1 number is not in the file: 42.",
        "FR/invoice/2026 goes on with 44.",
    )
    documents_import.save(three, path, planned)
    assert issue.make(three, 3).number == pattern(44)
    assert files.verify(three).findings == ()


def test_an_older_number_that_is_imported_later_leaves_the_series_where_it_is(three: Desk, tmp_path: Path) -> None:
    pattern = numbers_pattern(three)
    recorded(three, written(tmp_path, f"{pattern(43)},Invoice,1,2026-11-21,105.00,"))
    recorded(three, written(tmp_path, f"{pattern(41)},Invoice,2,2026-11-20,105.00,"))
    series = InvoiceSeries.get()
    assert (series.last_number, series.first_number, series.last_issued) == (43, 44, "2026-11-21")
    assert issue.make(three, 3).number == pattern(44)
    assert files.verify(three).findings == ()


def test_numbers_that_fit_no_series_are_counted_with_an_example(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "SC-1,Invoice,1,2026-11-21,105.00,", "SC-2,Invoice,2,2026-11-21,105.00,")
    assert documents_import.plan(three, path, {}).gaps == (
        "2 numbers move no series, such as SC-1: the pattern of the series is {country}-{year}-{number:05}. "
        "'bmtui numbers begin SERIES NEXT' sets how it goes on.",
    )


def test_document_in_another_currency_than_its_order_is_refused(three: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "1,SC-1,2026-11-21,105.00,gbp", heading="order_id,number,issued,gross,currency")
    (error,) = documents_import.plan(three, path, {}).errors
    assert (error.column, "GBP" in error.message, "EUR" in error.message) == ("currency", True, True)


def numbers_pattern(desk: Desk) -> Callable[[int], str]:
    """Return a function that prints a number of the series, such as 7, as invoices show it."""
    sample = issue.preview(desk, 3).number
    assert sample.endswith("00001")
    return lambda number: f"{sample[:-5]}{number:05}"


def test_imported_credit_note_covers_its_refund_so_that_none_is_made_here(three: Desk, tmp_path: Path) -> None:
    file = tmp_path / "refunds.csv"
    file.write_text("Channel Order ID,Refunded Amount\n1,20.00\n")
    planned = orders_import.plan(three, str(file), {})
    orders_import.save(three, str(file), planned)
    rows = ("CN-1,Credit Note,1,2026-11-22,20.00,", "SC-9001,Invoice,1,2026-11-21,105.00,")
    assert recorded(three, written(tmp_path, *rows)) == 2
    assert issue.credit(three, 1) is None
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()
    assert [(row.number, row.corrects.number) for row in Invoice.select().where(Invoice.kind == "credit_note")] == [
        ("CN-1", "SC-9001")
    ]


def test_two_credit_notes_of_a_file_are_of_two_refunds(three: Desk, tmp_path: Path) -> None:
    file = tmp_path / "refunds.csv"
    file.write_text("Channel Order ID,Refunded Amount\n1,20.00\n")
    orders_import.save(three, str(file), orders_import.plan(three, str(file), {}))
    rows = ["SC-9001,Invoice,1,2026-11-21,105.00,", *(f"CN-{n},Credit Note,1,2026-11-22,20.00," for n in (1, 2))]
    (error,) = documents_import.plan(three, written(tmp_path, *rows), {}).errors
    assert (error.row, "no refund of 20.00 EUR without a credit note" in error.message) == (4, True)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("SC-1,Invoice,1,2026-11-21,99.00,", "gross", "105.00 EUR here"),
        ("SC-1,Letter,1,2026-11-21,105.00,", "kind", "is not a kind of document"),
        ("SC-1,Invoice,1,2026-02-31,105.00,", "issued", "2026-02-31"),
        ("SC-1,Invoice,1,2999-01-01,105.00,", "issued", "Its date 2999-01-01 is in the future. Today is 2"),
        ("SC-1,Credit Note,1,2026-11-21,10.00,", "gross", "no refund of 10.00 EUR"),
        (",Invoice,1,2026-11-21,105.00,", "number", "missing"),
        ("SC-1,Invoice,1,2026-11-21,105.00,../x.pdf", "pdf", "--pdf-folder"),
        ("SC-1,Invoice,9,2026-11-21,105.00,", "", "There is no order 9"),
        ("SC-0,Invoice,2,2026-11-21,105.00,", "number", "in the file twice"),
    ],
)
def test_documents_import_with_a_wrong_row_names_it_and_records_nothing(
    three: Desk, tmp_path: Path, row: str, column: str, said: str
) -> None:
    path = written(tmp_path, "SC-0,Invoice,3,2026-11-21,325.00,", row)
    planned = documents_import.plan(three, path, {})
    (error,) = planned.errors
    assert (error.row, error.column, said in str(error)) == (3, column, True)
    with pytest.raises(RuleRefused, match="nothing was stored"):
        documents_import.save(three, path, planned)
    assert Invoice.select().count() == 0


def test_imported_files_that_are_no_pdf_or_outside_the_folder_are_refused(three: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"%PDF")
    (folder / "text.pdf").write_bytes(b"none")
    for name, said in (("../secret.pdf", "is not in"), ("text.pdf", "is not a PDF"), ("gone.pdf", "cannot be read")):
        path = written(tmp_path, f"SC-1,Invoice,1,2026-11-21,105.00,{name}")
        (error,) = documents_import.plan(three, path, {}, pdf_folder=str(folder)).errors
        assert said in str(error)
    with pytest.raises(ConfigError, match="has no column number"):
        documents_import.plan(three, written(tmp_path, "1", heading="Channel Order ID"), {})


def test_start_of_a_series_can_be_set_only_before_its_first_number(three: Desk) -> None:
    assert series_of(three)[SERIES].can_begin
    made = numbers.beginning(three, SERIES, 501)
    assert made.doubts == ()
    view = numbers.begin(three, SERIES, 501)
    assert (view.last_number, view.begun) == (500, True)
    # Until the first is made it can be corrected.
    numbers.begin(three, SERIES, 601)
    assert issue.make(three, 1).number == made.printed.replace("501", "601")
    assert files.verify(three).findings == ()
    with pytest.raises(RuleRefused, match="it has numbers already"):
        numbers.begin(three, SERIES, 700)


def test_series_start_at_a_used_number_is_refused_and_after_a_gap_in_doubt(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, f"{numbers_pattern(three)(41)},Invoice,1,2026-11-21,105.00,"))
    with pytest.raises(RuleRefused, match="41 was used elsewhere"):
        numbers.begin(three, SERIES, 41)
    with pytest.raises(RuleRefused, match="8 numbers between 41 and 50 would be missing"):
        numbers.begin(three, SERIES, 50)
    assert InvoiceSeries.get().last_number == 41
    numbers.begin(three, SERIES, 50, accept_doubts=True)
    assert series_of(three)[SERIES].last_number == 49


def test_remaining_series_are_started_together(three: Desk) -> None:
    numbers.begin(three, SERIES, 501)
    assert {view.name for view in numbers.unbegun(three)} == {"Shop/FR/credit_note/2026"}
    (view,) = numbers.begin_all(three, 1)
    assert (view.last_number, view.begun) == (0, True)
    assert numbers.unbegun(three) == ()


def test_start_of_a_series_is_set_only_by_an_admin(three: Desk) -> None:
    from bmtui.desk.core import permissions

    permissions.set_rights(three, "60001", role="operator")
    with pytest.raises(RuleRefused, match=r"Only an admin|may only look"):
        numbers.begin(replace(three, uid=60001), SERIES, 5)


def test_shadow_numbers_no_document_and_its_end_makes_the_due_ones(three: Desk, tmp_path: Path) -> None:
    recorded(three, written(tmp_path, "SC-9001,Invoice,1,2026-11-21,105.00,"))
    shadow.begin(three)
    refunds.issue(three, 1, RefundRequest(operation="issue_refund", amount=Money.parse("20.00", "EUR")))
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()
    with pytest.raises(RuleRefused, match="the other system numbers"):
        issue.make(three, 2)
    with pytest.raises(RuleRefused, match="the other system numbers"):
        issue.credit(three, 1)
    assert change_over.plan(three).credit_notes == 1
    change_over.leave(three)
    work(three)
    assert [row.kind for row in Invoice.select().order_by(Invoice.id)] == ["invoice", "credit_note"]
