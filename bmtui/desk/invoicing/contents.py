"""Drafts of invoices and credit notes: the contents of the document without its number and date (order-desk §8)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from bmtui.channel.model import CONDITIONS, LineState
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.core.personal_data import ERASED, ERASED_BY_CHANNEL
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.parameters import BUYER_VAT_ID
from bmtui.desk.invoicing.printable import left_out, tidy
from bmtui.desk.invoicing.settings import Effective
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders.order_row import customer_id_number
from bmtui.desk.refunds import ledger
from bmtui.errors import RuleRefused
from bmtui.invoices import factur_x, vat, wording
from bmtui.invoices.markets import Market
from bmtui.invoices.model import (
    Assets,
    Document,
    Kind,
    Line,
    Movement,
    Party,
    Preference,
    Scheme,
    from_json,
)
from bmtui.invoices.rendering import Way
from bmtui.money import Money
from bmtui.store.models import Invoice, InvoiceAsset, Order, OrderLine, Payment, Refund
from bmtui.store.plain_sql import fetch
from bmtui.values import tax_id
from bmtui.words import REFUND_NOT_COUNTED, PaymentStatus, label

SHIPPING = "shipping"
"""`Line.ref` of shipping charges, with the scheme after it where they are divided."""
_INVOICED = (LineState.SHIPPED, LineState.REFUNDED_AFTER_SHIPPING)
_ENDED = (LineState.CANCELLED, LineState.REFUNDED_BEFORE_SHIPPING, LineState.UNPAID)
_JAPAN = re.compile(r"T\d{13}")


@dataclass(frozen=True, slots=True)
class Draft:
    """Document without a number, with its words and logo, and the way to draw it.

    `mark` tells whether order or settings have changed since. `remark` names parts of the order or the settings that
    are left out.
    """

    document: Document
    assets: Assets
    way: Way
    settings: Effective
    order_version: int
    remark: str = ""

    @property
    def mark(self) -> tuple[int, tuple[int, ...]]:
        return self.order_version, self.settings.mark


def invoice_draft(desk: Desk, order: Order, buyer_vat_id: str = "") -> Draft:
    """Return the draft of an order's invoice.

    Raises:
        RuleRefused: it cannot have one now, with the reason. ConfigError: the wording file is wrong.
    """
    settings = invoice_settings.effective(order.company, order.market)
    lines = orders.lines_of(order)
    _may_be_invoiced(order, lines)
    assets = _assets(desk, settings, settings["language"], order.market)
    made = [_line(settings, line) for line in lines if line.state in _INVOICED]
    made += _shipping(assets.words, made, order.shipping)
    taxed = vat.taxed(made, settings["rounding"])
    if sum(line.gross for line in taxed) <= 0 or any(line.gross < 0 for line in taxed):
        total = Money(sum(line.gross for line in taxed), order.currency)
        raise RuleRefused(f"Order {order.order_id} has the total {total}; an invoice needs a total above zero.")
    zone = dates.zone_of(order.company)
    document = Document(
        kind=Kind.INVOICE,
        number="",
        issued="",
        supplied=_day(order.shipped_at or order.updated_at, zone),
        market=order.market,
        language=settings["language"],
        country=settings.market.country,
        currency=order.currency,
        order_id=order.order_id,
        seller=_seller(settings, order.market),
        buyer=_buyer(order, settings.market, buyer_vat_id),
        lines=taxed,
        groups=vat.groups_of(taxed),
        rounding=settings["rounding"],
        payments=tuple(_movements(order)),
        **_common(settings, order),
    )
    if Scheme.REVERSE_CHARGE in document.schemes and not document.buyer.vat_id:
        raise RuleRefused(
            f"Order {order.order_id}: reverse charge needs the buyer's VAT id.", "Give it with --buyer-vat-id."
        )
    foreign = [*order.bill_to.values(), *order.ship_to.values(), order.customer_name, *(line.product for line in lines)]
    return _draft(document, assets, settings, order, left_out(foreign))


def credit_draft(desk: Desk, order: Order, invoice: Invoice, refunds: Sequence[Refund]) -> Draft | None:
    """Return the draft of the credit note for these refunds of an invoiced order; None when none is on the invoice.

    Raises:
        RuleRefused: more would be credited than was invoiced.
    """
    settings = invoice_settings.effective(order.company, order.market)
    original = from_json(invoice.document)
    assets = _assets(desk, settings, original.language, order.market)
    earlier = Invoice.select(Invoice.document).where(Invoice.corrects == invoice)
    before = [line for row in earlier for line in from_json(row.document).lines]
    wanted = _credit_lines(assets.words, original, before, refunds)
    if not wanted:
        return None
    lines = vat.credited(wanted, original.lines, before, original.rounding)
    reasons = dict.fromkeys(tidy(refund.note) for refund in refunds if refund.note)
    document = replace(
        original,
        kind=Kind.CREDIT_NOTE,
        number="",
        issued="",
        lines=lines,
        groups=vat.groups_of(lines),
        payments=tuple(_refunded(refund) for refund in refunds),
        corrects=(original.number, original.issued),
        reason="; ".join(reasons)[:200],
        **_common(settings, order),
    )
    return _draft(document, assets, settings, order, left_out(refund.note for refund in refunds))


def _draft(document: Document, assets: Assets, settings: Effective, order: Order, remark: str) -> Draft:
    """Return the draft; Factur-X that would break a rule of EN 16931 is left out, with a remark."""
    if document.factur_x and (why := factur_x.why_not(document)):
        document = replace(document, factur_x="")
        remark = f"{remark} Made without Factur-X. {why}".strip()
    return Draft(document, assets, settings.way, settings, order.version, remark)


def assets_of(document: Document) -> Assets:
    """Return the words and the logo that a frozen document refers to."""
    wanted = (document.words, document.logo)
    rows = dict(fetch("SELECT digest, content FROM invoice_assets WHERE digest IN (?, ?)", wanted))
    logo = rows.get(document.logo, "")
    return Assets(json.loads(rows[document.words]), base64.b64decode(logo))


def mark_of(order: Order) -> tuple[int, tuple[int, ...]]:
    """Return the mark that a draft of the order would have now."""
    return order.version, invoice_settings.mark_of(order.company, order.market)


def must_not_be_invoiced(order: Order) -> None:
    """Check that the order has no invoice. Raises RuleRefused."""
    earlier = fetch("SELECT number, issued FROM invoices WHERE order_ref = ? AND kind = ?", (order.id, Kind.INVOICE))
    if earlier:
        number, issued = earlier[0]
        raise RuleRefused(
            f"Order {order.order_id} has invoice {number} of {issued} already.",
            "A refund gets a credit note, not a new invoice.",
        )


def _may_be_invoiced(order: Order, lines: Sequence[OrderLine]) -> None:
    must_not_be_invoiced(order)
    if order.payment_status == PaymentStatus.NO_PAYMENT:
        raise RuleRefused(f"Order {order.order_id} is not paid.", "An invoice can be made once the buyer has paid.")
    goods = sum(line.price for line in lines)
    if goods != order.goods:
        named = ", ".join(f"{line.line_id} ({line.sku}) {Money(line.price, order.currency)}" for line in lines)
        raise RuleRefused(
            f"The lines of order {order.order_id} add up to {Money(goods, order.currency)}, but Back Market says that "
            f"its price is {Money(order.goods, order.currency)}. Its lines: {named}.",
            "Ask Back Market which is right; then download the order again.",
        )
    shipped = [line for line in lines if line.state in _INVOICED]
    if not shipped:
        raise RuleRefused(
            f"No line of order {order.order_id} has shipped: its invoice would have no date of supply.",
            "Make the invoice once Back Market shows the order as shipped.",
        )
    if any(line.state not in _INVOICED + _ENDED for line in lines):
        raise RuleRefused(
            f"A part of order {order.order_id} has not shipped yet.",
            "Make the invoice once the rest has shipped or is cancelled.",
        )


def _seller(settings: Effective, market: str) -> Party:
    name = settings.company.name
    wanted = {"seller_name": settings["seller_name"], "seller_address": "|".join(settings.address)}
    if settings.market.needs_vat_id:
        wanted["vat_id"] = settings["vat_id"]
    missing = [key for key, value in wanted.items() if not value]
    if missing:
        raise RuleRefused(
            f"The invoices of {name} in {market or 'this market'} need {', '.join(missing)}.",
            f"Set them: 'bmtui invoices settings --company \"{name}\" {missing[0]}=…'.",
            field=missing[0],
        )
    regular = settings["vat_mode"] == Scheme.REGULAR
    if settings.market.country == "JP" and regular and not _JAPAN.fullmatch(settings["vat_id"]):
        raise RuleRefused(
            f"A qualified invoice in Japan needs a registration number; '{settings['vat_id']}' is not valid.",
            "Set vat_id for the market ja-jp: T and 13 digits.",
        )
    return Party(
        name=tidy(settings["seller_name"]),
        address=tuple(map(tidy, settings.address)),
        country=settings["seller_country"],
        vat_id=settings["vat_id"],
        registration=settings["registration"],
        contact=settings["seller_contact"],
    )


def _buyer(order: Order, market: Market, vat_id: str) -> Party:
    address: Mapping[str, str] = order.bill_to if order.bill_to.get("street") else order.ship_to
    text = {name: tidy(value) for name, value in address.items()}
    known = "" if order.customer_name in (ERASED, ERASED_BY_CHANNEL) else order.customer_name
    person = " ".join(filter(None, (text.get("first_name"), text.get("last_name")))) or tidy(known)
    person = tidy(order.paper_name) or person
    company = text.get("company", "")
    place = " ".join(filter(None, (text.get("postal_code"), text.get("city"), text.get("state"))))
    wanted = {"name": person or company, "street": text.get("street"), "town": place}
    missing = [what for what, value in wanted.items() if not value]
    if missing and order.erased_by_channel:
        raise RuleRefused(
            f"Back Market erased the buyer of order {order.order_id}; an invoice needs the whole address.",
            "Make the invoice outside bmtui if you have the address.",
        )
    if missing:
        raise RuleRefused(
            f"Order {order.order_id} has no buyer's {' and no '.join(missing)}; an invoice needs the whole address.",
            "Ask the buyer, and have it corrected on Back Market; then download the order again.",
        )
    country = tax_id.usual_country(text.get("country", ""))
    lines = [person if company else "", text["street"], text.get("street2", ""), place, country]
    return Party(
        name=company or person,
        address=tuple(filter(None, lines)),
        country=country,
        vat_id=str(tax_id.read(vat_id, country, field=BUYER_VAT_ID.name)) if vat_id.strip() else "",
        id_number=tidy(customer_id_number(order.ship_to, order.bill_to)) if market.needs_buyer_id else "",
    )


def _line(settings: Effective, line: OrderLine) -> Line:
    scheme, rate = settings.scheme_of(line.sku)
    return Line(
        ref=str(line.line_id),
        text=tidy(line.product) or tidy(line.sku) or str(line.line_id),
        quantity=max(line.quantity, 1),
        gross=line.price,
        scheme=scheme,
        rate=rate,
        sku=tidy(line.sku),
        condition=CONDITIONS.get(line.condition or 0, "").lower(),
        imei=tidy(line.imei),
        serial_number=tidy(line.serial_number),
    )


def _shipping(words: Mapping[str, str], lines: Sequence[Line], amount: int) -> list[Line]:
    """Return the lines of shipping charges, with the VAT of the goods; those of several kinds share them by price."""
    if not amount:
        return []
    kinds: dict[tuple[str, str], int] = {}
    for line in lines:
        kinds[line.scheme, line.rate] = kinds.get((line.scheme, line.rate), 0) + line.gross
    parts = vat.shared(amount, list(kinds.values()))
    return [
        Line(
            ref=f"{SHIPPING}:{scheme}:{rate}",
            text=words["shipping"],
            quantity=1,
            gross=part,
            scheme=scheme,
            rate=rate,
        )
        for (scheme, rate), part in zip(kinds, parts, strict=True)
        if part
    ]


def _credit_lines(
    words: Mapping[str, str], invoice: Document, before: Sequence[Line], refunds: Iterable[Refund]
) -> list[Line]:
    left = {line.ref: line.gross for line in invoice.lines}
    for line in before:
        left[line.ref] -= line.gross
    by_ref = {line.ref: line for line in invoice.lines}
    found: list[Line] = []
    for refund in refunds:
        if refund.part == ledger.LINE:
            refs = [str(refund.line.line_id)] if refund.line is not None else []
        elif refund.part == ledger.SHIPPING:
            refs = [ref for ref in by_ref if ref.startswith(SHIPPING)]
        else:
            refs = list(by_ref)
        refs = [ref for ref in refs if ref in by_ref]
        if not refs:
            # Lines that ended before they shipped were never on the invoice.
            continue
        room = sum(left[ref] for ref in refs)
        if refund.amount > room:
            raise RuleRefused(
                f"Refund {refund.id} of {Money(refund.amount, invoice.currency)} is more than the rest of invoice "
                f"{invoice.number}: {Money(room, invoice.currency)}.",
                "Look at the order's refunds, and at its credit notes.",
            )
        for ref, part in zip(refs, vat.shared(refund.amount, [left[ref] for ref in refs]), strict=True):
            if part:
                whole = by_ref[ref]
                partly = part < whole.gross
                text = f"{words['reduction']}: {whole.text}" if partly else whole.text
                found.append(replace(whole, text=text, gross=part, quantity=1 if partly else whole.quantity))
                left[ref] -= part
    return found


def _movements(order: Order) -> Iterable[Movement]:
    """Yield the payments and refunds of the order so far, oldest first."""
    zone = dates.zone_of(order.company)
    states = {row.id: row.state for row in Refund.select().where(Refund.order == order)}
    for payment in Payment.select().where(Payment.order == order).order_by(Payment.at, Payment.id):
        if payment.refund_id is not None and states[payment.refund_id] in REFUND_NOT_COUNTED:
            continue
        yield Movement(
            kind=payment.kind,
            date=_day(payment.at, zone),
            method=tidy(_method(payment.method)),
            amount=payment.amount,
            reference=tidy(payment.reference),
        )


def _refunded(refund: Refund) -> Movement:
    return Movement(
        kind="refund",
        date=refund.date,
        method=tidy(_method(refund.method)),
        amount=refund.amount,
        reference=tidy(refund.reference),
    )


def _method(word: str) -> str:
    """Return a payment method for print: ``CARD`` stays, our own words get their labels."""
    return label(word) if word.islower() else word or "–"


def _day(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).date().isoformat()


def _assets(desk: Desk, settings: Effective, language: str, market: str) -> Assets:
    words = wording.words_of(desk.settings.config, language, market)
    logo = InvoiceAsset.get_or_none(InvoiceAsset.digest == settings["logo"]) if settings["logo"] else None
    return Assets(words, base64.b64decode(logo.content) if logo else b"")


def _common(settings: Effective, order: Order) -> dict[str, Any]:
    profile = "" if settings["factur_x"] == "off" else settings["factur_x"]
    channel = settings["preference"] == Preference.CHANNEL
    return {
        "style": Preference.CHANNEL if channel else Preference.STANDARD,
        "reference": tidy(order.delivery_note_ref),
        "tracking": tidy(" ".join(filter(None, (order.carrier, order.tracking_number)))),
        "footer": tidy(settings["footer"]),
        "with_qr": settings["qr"] == "true",
        "pdf_a": settings["pdf_a"] == "true" or bool(profile),
        "factur_x": profile,
        "logo": settings["logo"],
    }
