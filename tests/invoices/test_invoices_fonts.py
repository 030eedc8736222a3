"""Every character is written by some font, or the document is refused: a missing glyph is no box."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from documents import assets, document, squeezed, text_of
from fpdf import FPDF
from pypdf import PdfReader

from bmtui.errors import RuleRefused
from bmtui.invoices import fonts, rendering
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


def test_everyday_documents_share_one_embedded_subset() -> None:
    def embedded(pdf: bytes) -> list[bytes]:
        found = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values()
        descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in found]
        return [descriptor.get_object()["/FontFile2"].get_object().get_data() for descriptor in descriptors]

    german, greek = embedded(named("Jürgen")), embedded(named("Ξένια", "el-gr"))
    assert len(german) == 2
    assert german == greek
    assert embedded(named("Иван")) != german


def test_a_shared_font_writes_what_a_font_of_one_s_own_does() -> None:
    shared = SharedFont(fonts.font_file(), "", map(ord, "Grüße, Ελλάδα €"))

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


def test_a_shared_font_refuses_what_it_does_not_embed() -> None:
    shared = SharedFont(fonts.font_file(), "", map(ord, "abc"))
    pdf = FPDF()
    shared.add_to(pdf, "x")
    pdf.add_page()
    pdf.set_font("x", size=12)
    with pytest.raises(KeyError, match="shared subset"):
        pdf.cell(text="abcd")


def test_a_document_can_have_shared_fonts_and_others() -> None:
    shared = SharedFont(fonts.font_file(), "", map(ord, "abc"))
    pdf = FPDF()
    pdf.add_font("own", "", fonts.font_file("B"))
    shared.add_to(pdf, "x")
    pdf.add_page()
    for family, text in (("x", "abc"), ("helvetica", "core"), ("own", "Žluť")):
        pdf.set_font(family, size=12)
        pdf.cell(text=text, new_x="LMARGIN", new_y="NEXT")
    assert text_of(bytes(pdf.output(output_producer_class=SharedFontProducer))) == "abc core Žluť"
