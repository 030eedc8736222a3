"""Contents that the law requires: read back from the PDF for every market, VAT mode and kind of document."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from documents import IMEI, assets, document, line, squeezed, text_of
from pypdf import PdfReader

from bmtui.invoices import drawing, rendering, vat, wording
from bmtui.invoices.content import content_of
from bmtui.invoices.markets import MARKETS
from bmtui.invoices.model import Kind, Preference, Scheme, digest, from_json, to_json
from bmtui.invoices.rendering import Way
from bmtui.invoices.text import lines_of

MODES = (*Scheme, "mixed")
MARGIN = {
    "en": "Margin scheme – second-hand goods",
    "de": "Gebrauchtgegenstände/Sonderregelung",
    "fr": "Régime particulier – Biens d'occasion",
    "es": "Régimen especial de los bienes usados",
    "it": "Regime del margine – beni di occasione",
    "nl": "Bijzondere regeling – gebruikte goederen",
    "pt": "Regime da margem de lucro – Bens em segunda mão",
    "sv": "Vinstmarginalbeskattning för begagnade varor",
    "el": "Καθεστώς περιθωρίου – Μεταχειρισμένα αγαθά",
    "sk": "Úprava zdaňovania prirážky – použitý tovar",
}
"""Note on the margin scheme that the law requires, by language (order-desk §8)."""
TITLES = {"en-us": "Receipt", "ja-jp": "適格請求書", "en-au": "Tax invoice", "de-at": "Rechnung", "fr-be": "Facture"}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("market", MARKETS)
def test_every_legal_item_stands_on_the_page(market: str, mode: str, kind: str) -> None:
    made, has = document(market, mode, kind), assets(market)
    words = has.words
    text = squeezed(text_of(rendering.standard(made, has)))

    def shown(*values: str) -> None:
        for value in values:
            assert squeezed(value) in text, value

    def money(minor: int) -> str:
        return wording.amount(words, minor, made.currency)

    # Kind, number, dates, both parties with their ids, the order.
    shown(words[kind], made.number, wording.day(words, made.issued), wording.day(words, made.supplied))
    for party in (made.seller, made.buyer):
        shown(party.name, *party.address, party.vat_id)
    shown(made.seller.registration, str(made.order_id), words["vat_id"])
    # Nature, quantity, identifiers and amounts of what was sold.
    for item in made.lines:
        shown(item.text, item.imei, item.serial_number, money(item.gross), words["excellent"])
    shown(wording.with_currency(words, made.gross, made.currency), made.reference, made.tracking, market)
    # The scheme's mention, and VAT where it may be shown, nowhere else.
    for scheme in made.schemes:
        if scheme != Scheme.REGULAR:
            shown(words[f"{scheme}_mention"])
    for group in made.groups:
        if group.scheme == Scheme.REGULAR and made.tax:
            rate = wording.rate(words, group.rate)
            shown(words["group_regular"].replace("{rate}", rate), money(group.net), money(group.tax))
            shown(words[f"rounding_{made.rounding}"])
    if made.schemes == (Scheme.MARGIN,):
        assert "%" not in text
        assert squeezed(words["net"]) + squeezed(words["vat"]) not in text
    if kind == Kind.CREDIT_NOTE:
        assert made.corrects is not None
        shown(made.corrects[0], wording.day(words, made.corrects[1]), made.reason, words["total_credit"])


@pytest.mark.parametrize(("language", "mention"), MARGIN.items())
def test_margin_scheme_note_is_that_of_the_reference(language: str, mention: str) -> None:
    market = next(code for code, market in MARKETS.items() if market.language == language)
    made = document(market, Scheme.MARGIN)
    assert squeezed(mention) in squeezed(text_of(rendering.standard(made, assets(market))))


def test_markets_name_their_documents_themselves() -> None:
    for market, title in TITLES.items():
        assert content_of(document(market), assets(market).words).title == title
    text = text_of(rendering.standard(document("en-us"), assets("en-us")))
    assert "Sales tax collected and remitted by the marketplace" in text


def test_a_mixed_document_keeps_its_two_groups_apart() -> None:
    made = document("de-de", "mixed")
    regular, margin = made.groups
    assert (regular.scheme, regular.rate, margin.scheme) == (Scheme.REGULAR, "19", Scheme.MARGIN)
    assert (regular.net, regular.tax) == (28_011, 5_322)
    assert (margin.net, margin.tax) == (33_334, 0)
    text = text_of(rendering.standard(made, assets("de-de")))
    assert "USt. 19 % 280,11 53,22 333,33" in text
    assert "Differenzbesteuerung – – 333,34" in text


def test_standard_invoice_leaves_out_the_texts_of_the_channel() -> None:
    made = document("de-de", style=Preference.STANDARD)
    text = text_of(rendering.standard(made, assets("de-de")))
    assert IMEI in text
    assert str(made.order_id) in text
    assert "Hervorragend" not in text
    assert made.reference not in text
    assert made.tracking not in text


def test_long_table_breaks_over_pages_without_losing_rows() -> None:
    lines = vat.taxed([line(n, 1_000 + n, Scheme.MARGIN, "20") for n in range(1, 61)], vat.PER_LINE)
    made = document("fr-fr", lines=lines, groups=vat.groups_of(lines))
    pdf = rendering.standard(made, assets("fr-fr"))
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} sur {len(pages)}" in page
        assert made.seller.name in page
        if number > 1:
            assert made.number in page
    text = " ".join(pages)
    for item in lines:
        assert item.text in text
        assert item.serial_number in text


def test_endless_word_on_an_invoice_is_broken_and_not_cut() -> None:
    endless = "A" * 300
    made = document("fr-fr", lines=(line(1, 100, Scheme.MARGIN, "0", text=endless),))
    assert endless in squeezed(text_of(rendering.standard(made, assets("fr-fr"))))


def test_name_that_looks_like_a_placeholder_is_printed_as_it_is() -> None:
    made = document("en-gb", kind=Kind.CREDIT_NOTE, reason="{nb} {number} {pages} %s \\n")
    made = replace(made, buyer=replace(made.buyer, name="{nb} {page} {pages}"))
    text = text_of(rendering.standard(made, assets("en-gb")))
    assert "{nb} {page} {pages}" in text
    assert "{nb} {number} {pages} %s \\n" in text


def test_same_document_drawn_again_has_the_same_bytes() -> None:
    made, has = document("el-gr", with_qr=True), assets("el-gr")
    first = rendering.standard(made, has)
    rendering.standard(document("ja-jp"), assets("ja-jp"))
    rare = document("en-gb")
    rendering.standard(replace(rare, buyer=replace(rare.buyer, name="Иван Ṣẹ́gun")), assets("en-gb"))
    assert rendering.standard(made, has) == first
    assert drawing.draw(from_json(to_json(made)), has) == first


def test_a_stored_document_comes_back_as_it_was() -> None:
    import json

    made = document("de-de", "mixed", Kind.CREDIT_NOTE)
    stored = json.loads(json.dumps(to_json(made)))
    assert from_json(stored) == made
    assert digest(stored) == digest(dict(reversed(stored.items())))
    assert digest(stored) != digest(stored | {"number": "another"})
    assert from_json(stored | {"a later release": 1}) == made


def rectangles(reader: PdfReader) -> int:
    """Return the number of filled rectangles on the first page."""
    contents = reader.pages[0].get_contents()
    assert contents is not None
    return contents.get_data().count(b" re f")


def test_logo_and_qr_code_are_pictures_on_the_page() -> None:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (120, 40), "navy").save(out, "PNG")
    plain = rendering.standard(document(), assets("fr-fr"))
    has = replace(assets("fr-fr"), logo=out.getvalue())
    reader = PdfReader(BytesIO(rendering.standard(document(with_qr=True), has)))
    assert len(reader.pages[0].images) == 1
    filled = rectangles(reader)
    assert filled > 100
    assert rectangles(PdfReader(BytesIO(plain))) == 0


@pytest.mark.parametrize("market", MARKETS)
def test_preview_of_an_invoice_has_the_text_of_the_page(market: str) -> None:
    made, has = document(market), assets(market)
    page = squeezed(text_of(rendering.standard(made, has)))
    content = content_of(made, has.words)
    lines = list(lines_of(content))
    preview = squeezed(" ".join(lines))
    for text in content.texts():
        if text not in (content.page, content.footer, ""):
            assert squeezed(text) in preview
            assert squeezed(text) in page


def test_invoice_of_an_unknown_market_is_english_with_only_the_set_texts() -> None:
    made = document("xx-xx")
    assert "Invoice" in text_of(rendering.standard(made, assets("xx-xx")))


def test_invoice_style_says_if_its_pdf_can_be_drawn_again() -> None:
    assert Way(Preference.STANDARD).repeatable
    assert Way(Preference.CHANNEL).repeatable
    assert not Way(Preference.WORD).repeatable
    assert not Way(Preference.PLUGIN).repeatable
