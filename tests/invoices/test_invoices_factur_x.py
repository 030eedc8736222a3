"""Factur-X: the XML is valid against its XSD, says what the page says, and can be taken out of the PDF again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import facturx
import pytest
from documents import assets, document
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from bmtui.errors import ConfigError, RuleRefused
from bmtui.invoices import factur_x, rendering
from bmtui.invoices.model import Document, Kind, Scheme

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def amount(xml: bytes, name: str) -> Decimal:
    return Decimal(ElementTree.fromstring(xml).findtext(f".//{RAM}{name}", ""))


def money(made: Document, minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


@cache
def rules_of(profile: str) -> tuple[Any, Any]:
    """Return the XSLT processor and the business rules of EN 16931 for a profile, from the `factur-x` library."""
    processor = PySaxonProcessor(license=False)
    folder = resources.files("facturx").joinpath("xsd_and_schematron", f"facturx-{profile}")
    (sheet,) = (file for file in folder.iterdir() if file.name.endswith((".xsl", ".xslt")))
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))


def broken(made: Document) -> set[str]:
    """Return the names of the business rules that the XML breaks, such as BR-O-02."""
    processor, rules = rules_of(made.factur_x)
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=factur_x.build(made).decode()))
    texts = ["".join(found.itertext()) for found in ElementTree.fromstring(report).iter(f"{SVRL}failed-assert")]
    return {text.partition("]")[0].strip(" \t\n[") for text in texts}


@pytest.mark.parametrize("profile", factur_x.PROFILES)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("market", ["fr-fr", "de-de", "el-gr", "en-gb", "sv-se", "en-us", "ja-jp"])
def test_factur_x_xml_is_made_only_where_the_business_rules_hold(market: str, kind: str, profile: str) -> None:
    for mode in (*Scheme, "mixed"):
        made = document(market, mode, kind, factur_x=profile)
        assert bool(factur_x.why_not(made)) == bool(broken(made)), (mode, factur_x.why_not(made), broken(made))
        if why := factur_x.why_not(made):
            assert any(rule in why for rule in broken(made)), (why, broken(made))


def odd(change: str) -> Document:
    """Return a document with one unusual property, named by `change`."""
    made = document("fr-fr", "mixed", factur_x="en16931")
    nobody = replace(made.seller, vat_id="", registration="")
    outside = document("fr-fr", Scheme.MARKETPLACE, factur_x="en16931")
    return {
        "three pieces": replace(made, lines=(replace(made.lines[0], quantity=3), made.lines[1])),
        "no registration": replace(made, seller=replace(made.seller, registration="")),
        "no VAT id": replace(made, seller=replace(made.seller, vat_id="")),
        "nobody": replace(made, seller=nobody),
        "outside VAT without a VAT id": replace(outside, seller=replace(made.seller, vat_id="")),
        "outside VAT by nobody": replace(outside, seller=nobody),
        "outside VAT to a buyer with a VAT id": replace(
            outside, seller=replace(made.seller, vat_id=""), buyer=replace(made.buyer, vat_id="FR11123456782")
        ),
        "outside VAT and margin": replace(
            outside,
            seller=replace(made.seller, vat_id=""),
            lines=(outside.lines[0], made.lines[1]),
            groups=(outside.groups[0], made.groups[1]),
        ),
        "reverse charge without a VAT id": replace(
            document("fr-fr", Scheme.REVERSE_CHARGE, factur_x="en16931"), buyer=made.buyer
        ),
        "UK": replace(made, buyer=replace(made.buyer, country="UK")),
        "GB": replace(made, buyer=replace(made.buyer, country="GB")),
        "Greek": replace(made, seller=replace(made.seller, vat_id="EL123456789", country="GR")),
        "number of Japan": replace(made, seller=replace(made.seller, vat_id="T7123456789012")),
        "line without a name": replace(made, lines=(replace(made.lines[0], text=" "), made.lines[1])),
    }[change]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("three pieces", ""),
        ("no registration", ""),
        ("no VAT id", "BR-S-02"),
        ("nobody", "BR-S-02"),
        ("outside VAT without a VAT id", ""),
        ("outside VAT by nobody", "BR-CO-26"),
        ("outside VAT to a buyer with a VAT id", "BR-O-02"),
        ("outside VAT and margin", "BR-O-11"),
        ("reverse charge without a VAT id", "BR-AE-02"),
        ("UK", "BR-CL-14"),
        ("GB", ""),
        ("Greek", ""),
        ("number of Japan", "BR-CO-09"),
        ("line without a name", "BR-25"),
    ],
)
def test_business_rule_that_a_document_would_break_is_named(change: str, rule: str) -> None:
    made = odd(change)
    assert rule in factur_x.why_not(made)
    assert bool(factur_x.why_not(made)) == bool(rule) == bool(broken(made)), broken(made)


@pytest.mark.parametrize("profile", factur_x.PROFILES)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("mode", [*Scheme, "mixed"])
@pytest.mark.parametrize("market", ["fr-fr", "de-de", "el-gr"])
def test_the_xml_is_valid_and_its_totals_add_up(market: str, mode: str, kind: str, profile: str) -> None:
    made = document(market, mode, kind, factur_x=profile, pdf_a=True)
    xml = factur_x.made(made)
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level=profile)
    assert amount(xml, "GrandTotalAmount") == money(made, made.gross)
    assert amount(xml, "TaxBasisTotalAmount") == money(made, made.net)
    assert amount(xml, "TaxTotalAmount") == money(made, made.tax)
    root = ElementTree.fromstring(xml)
    lines = [
        Decimal(item.text or "")
        for item in root.iterfind(f".//{RAM}SpecifiedLineTradeSettlement//{RAM}LineTotalAmount")
    ]
    assert sum(lines) == money(made, made.net)
    types = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}
    assert root.findtext(f".//{RAM}TypeCode") == types[Kind(kind)]
    assert made.number in [item.text for item in root.iter(f"{RAM}ID")]
    if made.corrects:
        assert root.findtext(f".//{RAM}InvoiceReferencedDocument/{RAM}IssuerAssignedID") == made.corrects[0]


def test_the_xml_stands_in_a_pdf_a_3_and_comes_out_again() -> None:
    made = document("de-de", "mixed", factur_x="en16931", pdf_a=True)
    pdf = rendering.standard(made, assets("de-de"))
    name, xml = facturx.get_xml_from_pdf(pdf)
    assert name == "factur-x.xml"
    assert xml == factur_x.made(made)
    root: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    file = root["/AF"][0].get_object()
    assert file["/AFRelationship"] == "/Alternative"
    assert rendering.standard(made, assets("de-de")) == pdf


def test_pdf_a_alone_embeds_no_xml() -> None:
    pdf = rendering.standard(document(pdf_a=True), assets("fr-fr"))
    root: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert "<pdfaid:part>3</pdfaid:part>" in root["/Metadata"].get_data().decode()
    assert "/AF" not in root


def test_invalid_factur_x_xml_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_number(made: Document) -> bytes:
        return build(made).replace(b"<ram:TypeCode>380</ram:TypeCode>", b"")

    build = factur_x.build
    monkeypatch.setattr(factur_x, "build", without_number)
    with pytest.raises(RuleRefused, match="would not be valid"):
        factur_x.made(document("de-de", factur_x="basic"))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factur_x, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        factur_x.made(document(factur_x="basic"))
    assert "bmtui[facturx]" in caught.value.advice
