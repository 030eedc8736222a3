"""PDFs of invoices: the same bytes for ever, changes detected, written by rule, no other file overwritten."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from helpers import dump, raw_line, take_in
from invoice_shop import ADDRESS, open_shop, sold
from peewee import IntegrityError
from pypdf import PdfReader

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.invoices.plugins import PluginFailed
from bmtui.store.models import Audit, Invoice, InvoiceAsset, InvoiceSeries

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """Two invoices, and a credit note for the first."""
    open_shop(
        offline,
        sold(1, raw_line(11, 3, "120.00", "ACC"), raw_line(12, 3, "50.00", "PHN")),
        sold(2, billing_address=ADDRESS | {"first_name": "=SUM(A1)"}),
        vat_mode="mixed",
        sku_rules="ACC*=regular",
    )
    desk = replace(offline, now=lambda: NOW)
    invoicing.make(desk, 1)
    invoicing.make(desk, 2)
    refunds.issue(desk, 1, RefundRequest(operation="issue_refund"))
    assert invoicing.credit(desk, 1) is not None
    return desk


def forge(desk: Desk, **columns: object) -> None:
    """Change the second invoice as an owner of the database's file could."""
    for name in ("invoices_never_change", "invoices_sealed_once"):
        of_table = " ON invoices" if desk.store.database.kind == "postgres" else ""
        desk.store.database.execute_sql(f"DROP TRIGGER IF EXISTS {name}{of_table}")
    Invoice.update(**columns).where(Invoice.number == SECOND).execute()


INVOICE, SECOND, CREDIT = "FR-2026-00001", "FR-2026-00002", "FR-CN-2026-00001"


def test_a_pdf_is_drawn_again_to_the_same_bytes(shop: Desk) -> None:
    first = invoice_files.pdf(shop, INVOICE)
    assert first == invoice_files.pdf(shop, "1")
    row = Invoice.get(Invoice.number == INVOICE)
    assert (row.pdf, row.pdf_size) == (None, len(first))
    assert invoice_files.verify(shop) == invoice_files.Verified(3, ())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"document_hash": "0" * 64}, "contents were changed"),
        ({"pdf_hash": "0" * 64}, "hash differs"),
        ({"pdf_hash": "0" * 64, "made_with": "bmtui 0.0.1, fpdf2 1.0"}, "made with bmtui 0.0.1"),
        ({"pdf_hash": ""}, "not drawn yet"),
    ],
)
def test_invoice_verify_finds_changed_files(shop: Desk, spoil: dict[str, str], said: str) -> None:
    forge(shop, **spoil)
    found = invoice_files.verify(shop)
    assert [(finding.number, said in finding.problem) for finding in found.findings] == [(SECOND, True)]
    assert invoice_files.verify(shop, [INVOICE]).findings == ()
    if "hash" in spoil and spoil["pdf_hash"]:
        with pytest.raises(RuleRefused, match="verify"):
            invoice_files.pdf(shop, SECOND)


def test_verify_finds_changed_contents_and_lost_words(shop: Desk) -> None:
    row = Invoice.get(Invoice.number == SECOND)
    forge(shop, document=row.document | {"order_id": 7})
    assert "contents were changed" in invoice_files.verify(shop).findings[0].problem
    forge(shop, document=row.document | {"words": "lost"})
    assert "cannot be drawn again" in invoice_files.verify(shop).findings[0].problem


@pytest.mark.every_case
@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.delete().execute(),
        lambda: Invoice.update(number="X").execute(),
        lambda: Invoice.update(document={}).execute(),
        lambda: Invoice.update(pdf_hash="").execute(),
        lambda: InvoiceAsset.delete().execute(),
        lambda: InvoiceAsset.update(content="{}").execute(),
    ],
    ids=["delete", "number", "document", "hash", "asset-delete", "asset-change"],
)
def test_database_refuses_changes_of_numbered_invoices(shop: Desk, change: Callable[[], object]) -> None:
    before = dump(shop)
    with pytest.raises(IntegrityError):
        change()
    assert dump(shop) == before


def test_invoice_verify_finds_gaps_in_numbers(shop: Desk) -> None:
    InvoiceSeries.update(last_number=5).where(InvoiceSeries.kind == "invoice").execute()
    found = invoice_files.verify(shop).findings
    assert found == (invoice_files.Finding("FR invoice 2026", "3 numbers are missing, the first is 3."),)
    InvoiceSeries.update(last_number=1).where(InvoiceSeries.kind == "invoice").execute()
    assert "beyond the series" in invoice_files.verify(shop).findings[0].problem


def test_numbered_invoice_without_a_pdf_is_drawn_when_it_is_needed(shop: Desk) -> None:
    before = invoice_files.pdf(shop, SECOND)
    forge(shop, pdf_hash="", pdf_size=0)
    assert invoice_files.pdf(replace(shop, read_only=True), SECOND) == before
    assert Invoice.get(Invoice.number == SECOND).pdf_hash == ""
    assert invoice_files.pdf(shop, SECOND) == before
    assert invoice_files.verify(shop).findings == ()


def test_invoice_files_are_written_by_rule_and_overwrite_nothing(shop: Desk, tmp_path: Path) -> None:
    (saved,) = invoice_files.save(shop, [INVOICE], tmp_path)
    assert saved.path == tmp_path / "Shop/2026/11/FR-2026-00001_1.pdf"
    assert saved.path.read_bytes() == invoice_files.pdf(shop, INVOICE)
    assert saved.path.stat().st_mode & 0o777 == 0o600
    assert [again.written for again in invoice_files.save(shop, [INVOICE], tmp_path)] == [False]
    saved.path.write_bytes(b"something else")
    with pytest.raises(RuleRefused, match="was not changed"):
        list(invoice_files.save(shop, [INVOICE], tmp_path))
    assert saved.path.read_bytes() == b"something else"
    saved.path.unlink()
    saved.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuleRefused, match="was not changed"):
        list(invoice_files.save(shop, [INVOICE], tmp_path))
    assert not (tmp_path / "elsewhere").exists()
    assert [path.name for path in saved.path.parent.iterdir()] == [saved.path.name]
    invoice_settings.change(shop, None, "", {"file_pattern": "{kind}-{number}"})
    (other,) = invoice_files.save(shop, [CREDIT], tmp_path)
    assert other.path == tmp_path / f"credit_note-{CREDIT}.pdf"
    with pytest.raises(NotFound):
        list(invoice_files.save(shop, ["no such"], tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        list(invoice_files.save(shop, [INVOICE], tmp_path / "file"))


def test_several_invoices_are_merged_into_one_file(shop: Desk, tmp_path: Path) -> None:
    path = tmp_path / "all.pdf"
    assert invoice_files.merge(shop, [INVOICE, CREDIT, SECOND], path) == 3
    pages = [page.extract_text() for page in PdfReader(path).pages]
    assert [number in page for number, page in zip((INVOICE, CREDIT, SECOND), pages, strict=True)] == [True] * 3
    single = len(invoice_files.pdf(shop, INVOICE))
    assert path.stat().st_size < 2 * single
    with pytest.raises(RuleRefused, match="exists already"):
        invoice_files.merge(shop, [INVOICE], path)
    with pytest.raises(ConfigError, match="No invoice was named"):
        invoice_files.merge(shop, [], tmp_path / "none.pdf")


def test_prints_are_counted_once_they_went_out(shop: Desk, tmp_path: Path) -> None:
    before = dump(shop)
    for command in (["false"], ["/nonexistent/lp"]):
        with pytest.raises((RuleRefused, ConfigError)):
            invoice_files.print_out(shop, [INVOICE], command)
    assert dump(shop) == before
    out = tmp_path / "out.pdf"
    assert invoice_files.print_out(shop, [INVOICE, SECOND], ["dd", f"of={out}"]) == 2
    assert len(PdfReader(BytesIO(out.read_bytes())).pages) == 2
    invoice_files.print_out(shop, [INVOICE], ["dd", f"of={out}"])
    first, second = Invoice.get(Invoice.number == INVOICE), Invoice.get(Invoice.number == SECOND)
    assert (first.printed, first.printed_at, second.printed) == (2, NOW, 1)
    assert Audit.select().where(Audit.action == "invoice.printed").count() == 3


def test_a_month_is_exported_with_a_ledger_of_rates_and_schemes(shop: Desk, tmp_path: Path) -> None:
    *files, ledger = invoice_files.export(shop, "2026-11", tmp_path)
    assert [file.number for file in files] == [INVOICE, SECOND, CREDIT]
    assert ledger.path == tmp_path / "2026-11-ledger.csv"
    rows = list(csv.DictReader(StringIO(ledger.path.read_text())))
    assert [(row["number"], row["scheme"], row["rate"], row["net"], row["tax"], row["gross"]) for row in rows] == [
        (INVOICE, "regular", "20", "102.94", "20.59", "123.53"),
        (INVOICE, "margin", "0", "51.47", "0.00", "51.47"),
        (SECOND, "margin", "0", "105.00", "0.00", "105.00"),
        (CREDIT, "regular", "20", "-102.94", "-20.59", "-123.53"),
        (CREDIT, "margin", "0", "-51.47", "0.00", "-51.47"),
    ]
    assert rows[2]["buyer"].startswith("'=SUM")
    assert rows[3]["corrects"] == INVOICE
    assert all(len(row["pdf_sha256"]) == 64 for row in rows)
    assert [file.written for file in invoice_files.export(shop, "2026-11", tmp_path)] == [False] * 4
    take_in(shop, sold(5))
    invoicing.make(shop, 5)
    assert [file.written for file in invoice_files.export(shop, "2026-11", tmp_path)][-1]
    assert len(list(csv.DictReader(StringIO(ledger.path.read_text())))) == 6


def test_month_without_invoices_has_an_empty_ledger(shop: Desk, tmp_path: Path) -> None:
    (ledger,) = invoice_files.export(shop, "2026-10", tmp_path)
    assert ledger.path.read_text().count("\n") == 1


def test_pdf_of_a_plugin_is_kept_and_not_made_again(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bmtui.invoices import plugins

    counted = iter(range(100))
    monkeypatch.setattr(plugins, "render", lambda *args: b"%PDF-" + str(next(counted)).encode())
    invoice_settings.change(shop, None, "", {"preference": "plugin", "plugin": "acme"})
    take_in(shop, sold(5))
    made = invoicing.make(shop, 5)
    assert invoice_files.pdf(shop, made.number) == invoice_files.pdf(shop, made.number)
    assert made.preference == "plugin"

    def raising(*args: object) -> bytes:
        raise PluginFailed("The invoice plugin 'acme' raised.")

    monkeypatch.setattr(plugins, "render", raising)
    assert invoice_files.verify(shop).findings == ()
    take_in(shop, sold(6))
    before = dump(shop)
    with pytest.raises(PluginFailed, match="acme"):
        invoicing.make(shop, 6)
    assert dump(shop) == before


def test_standard_invoice_made_without_libreoffice_says_why(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "invoice.docx"
    template.write_bytes(b"any")
    invoice_settings.change(shop, None, "", {"preference": "word_to_pdf", "word_template": str(template)})
    monkeypatch.setenv("PATH", str(tmp_path))
    take_in(shop, sold(5))
    made = invoicing.make(shop, 5)
    assert made.preference == "standard"
    assert "LibreOffice" in made.remark
    assert invoice_files.verify(shop).findings == ()
