"""Evidence pack as a PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from fpdf import FPDF
from pypdf import PdfReader

from bmtui.invoices import report

MADE = datetime(2026, 11, 1, tzinfo=UTC)


def test_long_report_texts_are_broken_and_not_cut() -> None:
    digest = "0123456789abcdef" * 20
    pdf = report.render("Evidence", [("Timeline", [("hash", digest), ("two", "first\n\nthird"), ("", "")])], MADE)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert digest in text.replace("\n", "")
    assert "first" in text
    assert "third" in text


def test_names_from_right_to_left_stand_in_the_order_in_which_they_are_read() -> None:
    name, address, long = "Marie محمد 12", "דירה 3 Rue", "محمد علي بن " * 20
    rows = [("Customer", name), ("Street", address), ("Note", long)]
    pages = PdfReader(BytesIO(report.render("Evidence", [("Order", rows)], MADE))).pages
    lines = [line.strip() for page in pages for line in page.extract_text().split("\n")]
    # From left to right, as it stands on the page.
    assert "Customer Marie 12 محمد" in lines
    assert "Street Rue 3 דירה" in lines
    text = "\n".join(lines)
    assert text.count("علي") == 20
    assert "\ufffd" not in text
    # It goes on in more lines, and none of them leaves the page.
    assert sum("علي" in line for line in lines) >= 3


def test_report_lines_are_measured_once_per_character(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a pack of thousands of lines in seconds: no line is measured again for each of its characters."""
    asked: list[str] = []
    whole = FPDF.get_string_width

    def counted(self: FPDF, text: str, *more: object, **options: object) -> float:
        asked.append(text)
        return whole(self, text, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(FPDF, "get_string_width", counted)
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", "", 8)
    lines = report._broken_anywhere(pdf, "abc" * 2000, 100)
    assert "".join(lines) == "abc" * 2000
    assert sorted(asked) == ["a", "b", "c"]
    assert all(whole(pdf, line) <= 100 for line in lines)
