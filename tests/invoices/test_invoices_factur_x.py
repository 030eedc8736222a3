"""Factur-X: the XML is valid against its XSD, says what the page says, and can be taken out of the PDF again."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree

import facturx
import pytest
from documents import assets, document
from pypdf import PdfReader

from bmtui.errors import ConfigError, RuleRefused
from bmtui.invoices import factur_x, rendering
from bmtui.invoices.model import Document, Kind, Scheme

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def amount(xml: bytes, name: str) -> Decimal:
    return Decimal(ElementTree.fromstring(xml).findtext(f".//{RAM}{name}"))


def money(made: Document, minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


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
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
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
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert "<pdfaid:part>3</pdfaid:part>" in root["/Metadata"].get_data().decode()
    assert "/AF" not in root


def test_xml_that_would_not_be_valid_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
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
