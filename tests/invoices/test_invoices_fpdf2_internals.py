"""Private parts of fpdf2 that `fpdf2_internals` uses: present and unchanged; a failure names the part."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from documents import text_of
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.fonts import SubsetMap, TTFFont
from fpdf.output import OutputProducer, PDFFont
from fpdf.syntax import PDFObject

import bmtui.invoices
from bmtui.invoices import fonts
from bmtui.invoices.fpdf2_internals import SharedFontProducer, put, width_of

METHODS = (
    (FPDF, "_preload_bidirectional_text", "self text markdown"),
    (FPDF, "_out", "self s"),
    (FPDF, "_set_font_for_page", "self font font_size_pt wrap_in_text_object"),
    (FPDF, "_preload_font_styles", "self text markdown _initial_emphasis"),
    (BidiParagraph, "get_reordered_characters", "self"),
    (OutputProducer, "_add_fonts", "self image_objects_per_index gfxstate_objs_per_name pattern_objs_per_name"),
    (OutputProducer, "_add_pdf_obj", "self pdf_obj trace_label"),
    (SubsetMap, "pick", "self unicode"),
    (TTFFont, "encode_text", "self text"),
    (TTFFont, "escape_text", "self text"),
    (TTFFont, "get_text_width", "self text font_size_pt text_shaping_params"),
)
ATTRIBUTES = (
    (FPDF, "fonts", dict),
    (FPDF, "current_font_is_set_on_page", bool),
    (FPDF, "_fallback_font_ids", list),
    (OutputProducer, "fpdf", FPDF),
    (OutputProducer, "pdf_objs", list),
    (OutputProducer, "obj_id", int),
    (TTFFont, "i", int),
    (TTFFont, "fontkey", str),
    (TTFFont, "cmap", dict),
    (TTFFont, "subset", SubsetMap),
)


@pytest.fixture
def font() -> Iterator[TTFFont]:
    made = TTFFont(FPDF(), fonts.font_file("B"), "x", "B")
    yield made
    made.ttfont.close()


@pytest.mark.parametrize(("kind", "name", "parameters"), METHODS)
def test_fpdf2_methods_have_the_expected_parameters(kind: type, name: str, parameters: str) -> None:
    assert hasattr(kind, name), f"fpdf2 has no {kind.__name__}.{name} any more"
    assert list(inspect.signature(getattr(kind, name)).parameters) == parameters.split()


@pytest.mark.parametrize(("kind", "name", "holds"), ATTRIBUTES)
def test_fpdf2_attributes_exist_with_the_expected_type(font: TTFFont, kind: type, name: str, holds: type) -> None:
    document = FPDF()
    (owner,) = (one for one in (document, OutputProducer(document), font, font.subset) if type(one) is kind)
    assert hasattr(owner, name), f"fpdf2 has no {kind.__name__}.{name} any more"
    assert isinstance(getattr(owner, name), holds)


def test_fpdf2_font_knows_its_style(font: TTFFont) -> None:
    assert font.emphasis.style == "B"


def test_fonts_are_written_as_objects_with_the_font_itself_first(font: TTFFont) -> None:
    document = FPDF()
    document.fonts["x"] = font
    font.subset.pick(ord("a"))
    producer = OutputProducer(document)
    written = producer._add_fonts({}, {}, {})
    assert list(written) == [font.i]
    objects = [one for one in producer.pdf_objs if isinstance(one, PDFObject)]
    assert len(objects) > 4
    assert objects[0] is written[font.i]
    assert isinstance(objects[0], PDFFont)


@pytest.mark.parametrize(
    "texts", [["Grüße (a) \\\\", "two words", "Ελλάδα"], ["Иван", "x"], ["שלום", "a"], ["田中", "Ọ̀ṣun"]]
)
def test_put_line_has_the_bytes_of_a_cell(texts: list[str]) -> None:
    def written(own: bool) -> tuple[bytes, list[float]]:
        pdf = FPDF()
        pdf.set_compression(False)
        pdf.c_margin = 0.7
        pdf.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
        fonts.add_to(pdf, texts)
        widths = []
        for colour in (0, 90):
            pdf.add_page()
            pdf.set_text_color(colour)
            for place, text in enumerate(texts * 2):
                pdf.set_font(fonts.FAMILY, "B" if place % 3 else "", 8 + place % 2)
                widths.append(width_of(pdf, text) if own else pdf.get_string_width(text))
                for right in (False, True):
                    if own:
                        put(pdf, 20, 10 + place, 80, 4, text, right=right)
                    else:
                        if pdf._fallback_font_ids:
                            pdf.current_font_is_set_on_page = False
                        pdf.set_xy(20, 10 + place)
                        pdf.cell(80, 4, text, align="R" if right else "L")
        return bytes(pdf.output(output_producer_class=SharedFontProducer)), widths

    assert written(own=True) == written(own=False)


def test_put_line_names_its_font_after_a_fallback_font() -> None:
    pdf = FPDF()
    pdf.set_compression(False)
    fonts.add_to(pdf, ["田中", "a"])
    pdf.add_page()
    pdf.set_font(fonts.FAMILY, size=12)
    for place, text in enumerate(("田中", "a", "田中", "a")):
        put(pdf, 10, 10 * place, 80, 4, text)
    pages = bytes(pdf.output(output_producer_class=SharedFontProducer))
    assert text_of(pages).split() == ["田中", "a", "田中", "a"]


def test_producer_writes_a_document_that_is_read_back() -> None:
    pdf = FPDF()
    fonts.add_to(pdf, ["Grüße"])
    pdf.add_page()
    pdf.set_font(fonts.FAMILY, size=12)
    pdf.cell(text="Grüße")
    assert text_of(bytes(pdf.output(output_producer_class=SharedFontProducer))) == "Grüße"


def test_no_other_module_uses_a_private_name_of_fpdf2() -> None:
    folder = Path(bmtui.invoices.__file__).parent
    private = {
        f"{path.name}: {node.attr}"
        for path in sorted(folder.rglob("*.py"))
        if "fpdf" in (source := path.read_text(encoding="utf-8")) and path.name != "fpdf2_internals.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and re.match(r"_[^_]|current_font_is", node.attr)
        if not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    assert private == set()
