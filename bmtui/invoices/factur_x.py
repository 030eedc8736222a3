"""Factur-X / ZUGFeRD: the invoice as XML (UN/CEFACT Cross Industry Invoice), for the profiles basic and en16931.

The `factur-x` library (extra `facturx`) checks what is made here against the standard's XSD before it is embedded. Its
business rules are looked at before, by `why_not`: a document that would break one is made without XML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from importlib.util import find_spec
from types import MappingProxyType
from xml.etree import ElementTree

from bmtui.errors import ConfigError, RuleRefused
from bmtui.invoices.model import Document, Group, Kind, Line, Party, Scheme
from bmtui.money import Money
from bmtui.values import tax_id

PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
        "en16931": "urn:cen.eu:en16931:2017",
    }
)
_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_TYPES = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}
# UNCL 5305 category, VATEX code and its text, by scheme.
_CATEGORIES: dict[str, tuple[str, str, str]] = {
    Scheme.REGULAR: ("S", "", ""),
    Scheme.MARGIN: ("E", "VATEX-EU-F", "Second-hand goods"),
    Scheme.REVERSE_CHARGE: ("AE", "VATEX-EU-AE", "Reverse charge"),
    Scheme.MARKETPLACE: ("O", "VATEX-EU-O", "Not subject to VAT: collected by the marketplace"),
}


def check_available() -> None:
    """Check that the extra is installed. Raises ConfigError."""
    if find_spec("facturx") is None:
        raise ConfigError("Factur-X needs one more library.", "Run: pip install 'bmtui[facturx]', or set factur_x=off.")


def why_not(document: Document) -> str:
    """Return the EN 16931 business rule that the XML would break, as a sentence with its name; '' when none."""
    seller, buyer, schemes = document.seller, document.buyer, set(document.schemes)
    outside = Scheme.MARKETPLACE in schemes
    known = tax_id.countries().keys()
    countries = [party.country or document.country for party in (seller, buyer)]
    strange = next((country for country in countries if country not in known), None)
    numbers = [party.vat_id for party in (seller, buyer) if party.vat_id]
    foreign = next((number for number in numbers if number[:2] not in {*known, "EL", "XI"}), "")
    rules = (
        (outside and len(schemes) > 1, "BR-O-11: what is outside VAT stands on a document of its own"),
        (outside and bool(numbers), "BR-O-02: a document outside VAT names no VAT id, and this one has one"),
        (not outside and not seller.vat_id, "BR-S-02, BR-E-02: the seller has no VAT id"),
        (not (seller.vat_id or seller.registration), "BR-CO-26: the seller has neither VAT id nor registration"),
        (Scheme.REVERSE_CHARGE in schemes and not buyer.vat_id, "BR-AE-02: the buyer has no VAT id"),
        (any(_is_zero(line) for line in document.lines), "BR-S-05: a regular line has the rate 0"),
        (bool(foreign), f"BR-CO-09: '{foreign}' does not begin with the letters of a country"),
        (strange is not None, f"BR-CL-14: '{strange}' is not a country"),
        (not all(line.text.strip() for line in document.lines), "BR-25: a line has no name"),
    )
    return next((f"{rule}." for broken, rule in rules if broken), "")


def _is_zero(line: Line) -> bool:
    return line.scheme == Scheme.REGULAR and Decimal(line.rate) <= 0


def made(document: Document) -> bytes:
    """Return the XML of `document`, valid against its XSD.

    Raises:
        RuleRefused: it would not be; says where. ConfigError: the library is not installed.
    """
    check_available()
    xml = build(document)
    from facturx import xml_check_xsd

    try:
        xml_check_xsd(xml, flavor="factur-x", level=document.factur_x)
    except Exception as error:
        # Any exception of the library: its text names element and line.
        raise RuleRefused(
            f"The Factur-X XML of order {document.order_id} would not be valid: {str(error)[:300]}",
            "Set factur_x=off for this market, or correct what it names.",
        ) from error
    return xml


def build(document: Document) -> bytes:
    """Return the XML, unchecked."""
    for prefix, uri in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.Element(_tag("rsm:CrossIndustryInvoice"))
    context = _add(root, "rsm:ExchangedDocumentContext", "ram:GuidelineSpecifiedDocumentContextParameter")
    _text(context, "ram:ID", PROFILES[document.factur_x])
    head = _add(root, "rsm:ExchangedDocument")
    _text(head, "ram:ID", document.number)
    _text(head, "ram:TypeCode", _TYPES[Kind(document.kind)])
    _date(_add(head, "ram:IssueDateTime"), document.issued)
    if document.footer:
        _text(_add(head, "ram:IncludedNote"), "ram:Content", document.footer)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(document.lines, start=1):
        _line(trade, document, number, line)
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _party(_add(agreement, "ram:SellerTradeParty"), document.seller, document.country)
    _party(_add(agreement, "ram:BuyerTradeParty"), document.buyer, document.country)
    _text(_add(agreement, "ram:BuyerOrderReferencedDocument"), "ram:IssuerAssignedID", str(document.order_id))
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    _date(_add(delivery, "ram:ActualDeliverySupplyChainEvent", "ram:OccurrenceDateTime"), document.supplied)
    _settlement(_add(trade, "ram:ApplicableHeaderTradeSettlement"), document)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _line(trade: ElementTree.Element, document: Document, number: int, line: Line) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _text(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
    product = _add(item, "ram:SpecifiedTradeProduct")
    if line.sku and document.factur_x == "en16931":
        _text(product, "ram:SellerAssignedID", line.sku)
    _text(product, "ram:Name", line.text)
    identifiers = " ".join(
        f"{name} {value}" for name, value in (("IMEI", line.imei), ("SN", line.serial_number)) if value
    )
    if identifiers and document.factur_x == "en16931":
        _text(product, "ram:Description", identifiers)
    price = _add(item, "ram:SpecifiedLineTradeAgreement", "ram:NetPriceProductTradePrice")
    each = Decimal(Money(line.net, document.currency).decimal) / line.quantity
    _text(price, "ram:ChargeAmount", f"{each.quantize(Decimal('0.0001'), ROUND_HALF_UP):f}")
    quantity = _add(item, "ram:SpecifiedLineTradeDelivery", "ram:BilledQuantity")
    quantity.set("unitCode", "C62")
    quantity.text = str(line.quantity)
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _text(tax, "ram:TypeCode", "VAT")
    _text(tax, "ram:CategoryCode", _CATEGORIES[line.scheme][0])
    if line.scheme != Scheme.MARKETPLACE:
        _text(tax, "ram:RateApplicablePercent", line.rate)
    total = _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _text(total, "ram:LineTotalAmount", _amount(document, line.net))


def _settlement(settlement: ElementTree.Element, document: Document) -> None:
    _text(settlement, "ram:InvoiceCurrencyCode", document.currency)
    for group in document.groups:
        _tax(settlement, document, group)
    _text(_add(settlement, "ram:SpecifiedTradePaymentTerms"), "ram:Description", "Paid through Back Market")
    total = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _text(total, "ram:LineTotalAmount", _amount(document, document.net))
    _text(total, "ram:TaxBasisTotalAmount", _amount(document, document.net))
    tax = _text(total, "ram:TaxTotalAmount", _amount(document, document.tax))
    tax.set("currencyID", document.currency)
    _text(total, "ram:GrandTotalAmount", _amount(document, document.gross))
    _text(total, "ram:TotalPrepaidAmount", _amount(document, document.gross))
    _text(total, "ram:DuePayableAmount", _amount(document, 0))
    if document.corrects:
        reference = _add(settlement, "ram:InvoiceReferencedDocument")
        _text(reference, "ram:IssuerAssignedID", document.corrects[0])


def _tax(settlement: ElementTree.Element, document: Document, group: Group) -> None:
    category, code, reason = _CATEGORIES[group.scheme]
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _text(tax, "ram:CalculatedAmount", _amount(document, group.tax))
    _text(tax, "ram:TypeCode", "VAT")
    if reason:
        _text(tax, "ram:ExemptionReason", reason)
    _text(tax, "ram:BasisAmount", _amount(document, group.net))
    _text(tax, "ram:CategoryCode", category)
    if code:
        _text(tax, "ram:ExemptionReasonCode", code)
    if group.scheme != Scheme.MARKETPLACE:
        _text(tax, "ram:RateApplicablePercent", group.rate)


def _party(element: ElementTree.Element, party: Party, country: str) -> None:
    _text(element, "ram:Name", party.name)
    if party.registration:
        _text(_add(element, "ram:SpecifiedLegalOrganization"), "ram:ID", party.registration)
    address = _add(element, "ram:PostalTradeAddress")
    for name, line in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), _three(party.address), strict=False):
        _text(address, name, line)
    _text(address, "ram:CountryID", party.country or country)
    if party.vat_id:
        number = _text(_add(element, "ram:SpecifiedTaxRegistration"), "ram:ID", party.vat_id)
        number.set("schemeID", "VA")


def _three(lines: Sequence[str]) -> list[str]:
    """Return at most three lines: the rest is joined in the last."""
    return [*lines[:2], ", ".join(lines[2:])] if len(lines) > 3 else list(lines)


def _amount(document: Document, minor: int) -> str:
    return Money(minor, document.currency).decimal


def _date(element: ElementTree.Element, iso: str) -> None:
    day = _text(element, "udt:DateTimeString", iso.replace("-", ""))
    day.set("format", "102")


def _add(parent: ElementTree.Element, *names: str) -> ElementTree.Element:
    for name in names:
        parent = ElementTree.SubElement(parent, _tag(name))
    return parent


def _text(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = _add(parent, name)
    element.text = text
    return element


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"
