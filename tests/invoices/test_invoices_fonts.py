"""Fonts: a document is refused rather than printed with a character that no font has."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from documents import assets, document, squeezed, text_of
from fpdf import FPDF
from fpdf.output import OutputProducer
from pypdf import PdfReader
from shared_fonts import closed, known, unpacked

from bmtui.errors import RuleRefused
from bmtui.invoices import fonts, rendering, report
from bmtui.invoices.fpdf2_internals import SharedFont, SharedFontProducer

NAMES = (
    "Åsa Ångström-Öberg",
    "Αικατερίνη Ξανθοπούλου",
    "Ľubomír Ďurčanský",
    "Łukasz Żółć",
    "Ștefan Țuțea",
    "Иван Щукин",
    "Olúwaṣeun Ọ̀ṣun",
    "Nguyễn Thị Ngọc",
    "田中 美咲",
    "サクラ・タロウ",
    "€ № ™ ½ … “quoted” – —",
)


def named(name: str, market: str = "fr-fr") -> bytes:
    made = document(market)
    return rendering.standard(replace(made, buyer=replace(made.buyer, name=name)), assets(market))


@pytest.mark.parametrize(
    ("market", "name"), [*(("fr-fr", name) for name in NAMES), *(("ja-jp", name) for name in NAMES[-4:])]
)
def test_a_buyer_s_name_is_read_back_in_any_script(market: str, name: str) -> None:
    assert squeezed(name) in squeezed(text_of(named(name, market)))


@pytest.mark.parametrize("char", ["🦄", "\U0001f1eb", "က", "\u0e01"])
def test_a_missing_glyph_is_an_error_that_names_it(char: str) -> None:
    with pytest.raises(RuleRefused) as caught:
        named(f"Marie {char} Dupont")
    assert f"U+{ord(char):04X}" in caught.value.message
    assert f"Marie {char} Dupont" in caught.value.message
    assert caught.value.advice


def test_without_the_japanese_font_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_japanese_characters", frozenset)
    with pytest.raises(RuleRefused) as caught:
        fonts.check(["田"])
    assert "bmtui[japanese]" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "said"),
    [("ก", "No font for Thai"), ("가", "No font for Korean"), ("क", "No font for Devanagari"), ("田", "japanese")],
)
def test_the_advice_fits_the_script(monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.setattr(fonts, "_japanese_characters", frozenset)
    with pytest.raises(RuleRefused) as caught:
        fonts.check([text])
    assert said in caught.value.advice
    assert ("japanese" in caught.value.advice) == (said == "japanese")
    assert "paper-name" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        # From left to right, as it stands on the page.
        ("محمد علي", "محمد علي"[::-1]),
        ("שלום", "שלום"[::-1]),
        ("Marie محمد 12", "Marie 12 " + "محمد"[::-1]),
        ("شارع 12 ب", "ب 12 " + "شارع"[::-1]),
        ("דירה 3 Rue", "Rue 3 " + "דירה"[::-1]),
    ],
)
def test_right_to_left_text_is_drawn_in_reading_order(name: str, seen: str) -> None:
    pdf = FPDF()
    fonts.add_to(pdf, [name])
    pdf.add_page()
    pdf.set_font(fonts.FAMILY, size=12)
    placed: list[tuple[float, str]] = []
    width = 0.0
    for fragment in pdf._preload_bidirectional_text(name, False):
        placed.append((width, fragment.string))
        width += fragment.get_width()
    shown = "".join(text[::-1] if fonts.goes_leftwards(text) else text for _, text in sorted(placed))
    assert shown == seen
    assert pdf.get_string_width(name) == pytest.approx(width)
    # Joined letters are narrower than each by itself.
    if "محمد" in name:
        assert pdf.get_string_width("محمد") < sum(map(pdf.get_string_width, "محمد"))
    # Closes the font files.
    pdf.output()


@pytest.mark.parametrize("market", ["fr-fr", "ja-jp"])
def test_a_document_with_a_name_from_right_to_left_is_the_same_again(market: str) -> None:
    pdf = named("محمد علي بن " * 12, market)
    assert pdf == named("محمد علي بن " * 12, market)
    assert "محمد" in text_of(pdf)


def test_without_the_shaping_extra_right_to_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uharfbuzz", None)
    with pytest.raises(RuleRefused, match="cannot be written without") as caught:
        named("محمد")
    assert "bmtui[shaping]" in caught.value.advice
    report_text = text_of(
        report.render("Evidence", [("Note", [("text", "Léa محمد")])], datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert "Léa ����" in report_text


def test_everyday_documents_share_one_embedded_subset() -> None:
    def embedded(pdf: bytes) -> list[bytes]:
        resources: Any = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]
        found = resources["/Font"].values()
        descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in found]
        return [descriptor.get_object()["/FontFile2"].get_object().get_data() for descriptor in descriptors]

    german, greek = embedded(named("Jürgen")), embedded(named("Ξένια", "el-gr"))
    assert len(german) == 2
    assert german == greek
    assert embedded(named("Иван")) != german


@pytest.mark.parametrize("style", ["", "B"])
def test_shared_font_file_is_what_fpdf2_makes_today(style: str) -> None:
    kept = json.loads(fonts.shared_file(style).read_bytes())
    # Written as JSON has it: a tuple is a list.
    made = json.loads(json.dumps(known(fonts.font_file(style), style)))
    assert unpacked(kept["objects"]) == unpacked(made["objects"])
    assert kept | {"objects": 0} == made | {"objects": 0}


def test_document_with_shared_fonts_has_the_bytes_that_fpdf2_writes() -> None:
    def written(add: Callable[[FPDF, str], None], producer: type[OutputProducer]) -> bytes:
        pdf = FPDF()
        pdf.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
        for style in ("", "B"):
            add(pdf, style)
        for style, text in (("", "Grüße (a) \\ Ελλάδα €"), ("B", "Žluť ™")):
            pdf.add_page()
            pdf.set_font("x", style, 12)
            pdf.cell(text=text)
            pdf.multi_cell(20, text="two words")
        return bytes(pdf.output(output_producer_class=producer))

    def add_shared(pdf: FPDF, style: str) -> None:
        SharedFont(json.loads(fonts.shared_file(style).read_bytes())).add_to(pdf, "x")

    def add_parsed(pdf: FPDF, style: str) -> None:
        font = closed(fonts.font_file(style), style, fonts.EVERYDAY)
        font.i, font.fontkey = len(pdf.fonts) + 1, f"x{style}"
        pdf.fonts[font.fontkey] = font

    assert written(add_shared, SharedFontProducer) == written(add_parsed, OutputProducer)


def test_shared_font_draws_the_same_text_as_an_own_font() -> None:
    shared = SharedFont(known(fonts.font_file(), characters=map(ord, "Grüße, Ελλάδα €")))

    widths: list[float] = []

    def written(own: bool) -> str:
        pdf = FPDF()
        if own:
            pdf.add_font("x", "", fonts.font_file())
        else:
            shared.add_to(pdf, "x")
        pdf.add_page()
        pdf.set_font("x", size=12)
        widths.append(pdf.get_string_width("Grüße"))
        pdf.cell(text="Grüße, Ελλάδα €")
        return text_of(bytes(pdf.output(output_producer_class=SharedFontProducer)))

    assert written(own=False) == written(own=True) == "Grüße, Ελλάδα €"
    assert widths[0] == widths[1]


def test_shared_font_refuses_characters_that_it_does_not_embed() -> None:
    shared = SharedFont(known(fonts.font_file(), characters=map(ord, "abc")))
    pdf = FPDF()
    shared.add_to(pdf, "x")
    pdf.add_page()
    pdf.set_font("x", size=12)
    with pytest.raises(KeyError, match="shared subset"):
        pdf.cell(text="abcd")


def test_a_document_can_have_shared_fonts_and_others() -> None:
    shared = SharedFont(known(fonts.font_file(), characters=map(ord, "abc")))
    pdf = FPDF()
    pdf.add_font("own", "", fonts.font_file("B"))
    shared.add_to(pdf, "x")
    pdf.add_page()
    for family, text in (("x", "abc"), ("helvetica", "core"), ("own", "Žluť")):
        pdf.set_font(family, size=12)
        pdf.cell(text=text, new_x="LMARGIN", new_y="NEXT")
    assert text_of(bytes(pdf.output(output_producer_class=SharedFontProducer))) == "abc core Žluť"
