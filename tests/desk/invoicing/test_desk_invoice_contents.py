"""Contents of a document: whose name, which lines, words and marks stand on it, from the order and the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers import eur, order_of, raw_line, take_in
from invoice_shop import ADDRESS, document_of, sold
from PIL import Image

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import contents
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.invoices.model import Document
from bmtui.store.models import Audit, Invoice, InvoiceAsset, InvoiceRefund, Order, OrderLine, Payment

NAMELESS = {name: value for name, value in ADDRESS.items() if "name" not in name}


def made(desk: Desk, order_id: int = 1) -> Document:
    document: Document = document_of(invoicing.make(desk, order_id).number)
    return document


def change(order_id: int = 1, **columns: Any) -> None:
    Order.update(**columns).where(Order.order_id == order_id).execute()


def setting(desk: Desk, market: str = "", **values: str) -> None:
    invoice_settings.change(desk, None, market, values)


@pytest.mark.parametrize(("shipped", "day"), [(datetime(2026, 11, 20, 23, 30, tzinfo=UTC), 21), (None, 16)])
def test_supply_is_on_the_day_of_shipping_else_of_the_last_change(
    shop: Desk, shipped: datetime | None, day: int
) -> None:
    change(shipped_at=shipped, updated_at=datetime(2026, 11, 15, 23, 30, tzinfo=UTC))
    assert made(shop).supplied == f"2026-11-{day}"


@pytest.mark.parametrize(
    ("columns", "name", "first_line"),
    [
        ({"customer_name": "Léa Petit"}, "Marie Dupont", "12 rue de l'Essai"),
        ({"bill_to": {"first_name": "Jean"}}, "Marie Dupont", "12 rue de l'Essai"),
        ({"bill_to": ADDRESS | {"first_name": "Jean"}}, "Jean Dupont", "12 rue de l'Essai"),
        ({"bill_to": NAMELESS, "customer_name": "Léa Petit"}, "Léa Petit", "12 rue de l'Essai"),
        ({"bill_to": ADDRESS | {"company": "Achats SA"}}, "Achats SA", "Marie Dupont"),
        ({"bill_to": NAMELESS | {"company": "Achats SA"}, "customer_name": ""}, "Achats SA", "12 rue de l'Essai"),
        ({"paper_name": "Lea Petit"}, "Lea Petit", "12 rue de l'Essai"),
        ({"bill_to": ADDRESS | {"company": "Achats SA"}, "paper_name": "Lea Petit"}, "Achats SA", "Lea Petit"),
    ],
)
def test_buyer_is_the_person_or_company_of_the_bill_else_of_the_parcel(
    shop: Desk, columns: dict[str, Any], name: str, first_line: str
) -> None:
    change(**columns)
    buyer = made(shop).buyer
    assert (buyer.name, buyer.address[0], buyer.address[-1]) == (name, first_line, "FR")


@pytest.mark.parametrize("name", ["(erased)", "(erased by Back Market)"])
def test_word_for_an_erased_name_is_nobodys_name(shop: Desk, name: str) -> None:
    change(bill_to=NAMELESS, ship_to=NAMELESS, customer_name=name)
    with pytest.raises(RuleRefused, match="has no buyer's name; an invoice needs the whole address"):
        invoicing.make(shop, 1)


def test_all_that_is_missing_of_a_buyer_is_named(shop: Desk) -> None:
    change(bill_to={}, ship_to={"country": "FR"}, customer_name="")
    with pytest.raises(RuleRefused, match="has no buyer's name and no street and no town"):
        invoicing.make(shop, 1)


def test_identity_number_of_the_buyer_stands_only_where_the_market_needs_it(shop: Desk) -> None:
    known = ADDRESS | {"customer_id_number": "12345678Z"}
    take_in(shop, sold(4, country_code="es-es"))
    for order_id in (1, 4):
        change(order_id, bill_to=known)
    assert [made(shop, order_id).buyer.id_number for order_id in (1, 4)] == ["", "12345678Z"]


def test_seller_without_a_vat_id_may_sell_where_the_market_owes_the_tax(shop: Desk) -> None:
    take_in(shop, *(sold(number, country_code="en-us", currency="USD") for number in (4, 5)))
    setting(shop, vat_id="")
    assert made(shop, 5).seller.vat_id == ""
    setting(shop, seller_name="", seller_address="")
    with pytest.raises(RuleRefused, match="en-us need seller_name, seller_address") as refused:
        invoicing.make(shop, 4)
    assert (refused.value.field, "seller_name=…" in refused.value.advice) == ("seller_name", True)


def test_only_a_regular_invoice_in_japan_needs_the_registration_number(shop: Desk) -> None:
    take_in(shop, sold(4, country_code="ja-jp", currency="JPY", shipping_price="500"))
    setting(shop, "ja-jp", vat_mode="margin")
    assert made(shop, 4).seller.vat_id == "FR11123456782"
    setting(shop, vat_mode="regular")
    assert made(shop).seller.vat_id == "FR11123456782"


def test_line_is_named_by_its_title_else_its_sku_else_its_number(shop: Desk) -> None:
    take_in(
        shop,
        sold(
            4,
            raw_line(41, 3, "10.00", "PHN", product="Phone", imei="356789012345678", condition=11),
            raw_line(42, 3, "10.00", "ACC", product="", serial_number="C02XK1ABCDEF", quantity=2),
            raw_line(43, 3, "10.00", "", product=""),
        ),
    )
    OrderLine.update(quantity=0).where(OrderLine.line_id == 43).execute()
    lines = made(shop, 4).lines[:3]
    assert [(line.text, line.quantity, line.condition, line.imei, line.serial_number) for line in lines] == [
        ("Phone", 1, "good", "356789012345678", ""),
        ("ACC", 2, "", "", "C02XK1ABCDEF"),
        ("43", 1, "", "", ""),
    ]


def test_order_without_shipping_charges_has_no_line_of_them(shop: Desk) -> None:
    take_in(shop, sold(4, shipping_price="0.00"), sold(5, shipping_price="0.01"))
    assert [len(made(shop, order_id).lines) for order_id in (4, 5)] == [1, 2]


def test_shipping_of_several_goods_of_one_kind_is_one_line_and_shares_of_nothing_are_none(shop: Desk) -> None:
    setting(shop, vat_mode="mixed", sku_rules="acc*=regular")
    lines = [raw_line(40 + place, 3, price, sku) for place, (price, sku) in enumerate(
        [("10.00", "PHN"), ("20.00", "TAB"), ("0.01", "ACC")])]  # fmt: skip
    take_in(shop, sold(4, *lines))
    assert [(line.ref, line.quantity, line.gross) for line in made(shop, 4).lines[3:]] == [
        ("shipping:margin:0", 1, 500)
    ]


def test_shipping_is_shared_by_the_price_of_each_kind_to_the_cent(shop: Desk) -> None:
    setting(shop, vat_mode="mixed", sku_rules="acc*=regular")
    take_in(
        shop, sold(4, raw_line(41, 3, "0.01", "PHN"), raw_line(42, 3, "0.01", "ACC"), raw_line(43, 3, "0.02", "ACC"))
    )
    assert [(line.ref, line.gross) for line in made(shop, 4).lines[3:]] == [
        ("shipping:margin:0", 125),
        ("shipping:regular:20", 375),
    ]


def test_payments_are_named_as_back_market_names_them_or_in_our_words(shop: Desk) -> None:
    refunds.issue(shop, 1, RefundRequest("issue_refund", amount=eur("1"), method="wire", reference="R\u200b1"))
    refunds.issue(shop, 2, RefundRequest("issue_refund", amount=eur("2")))
    paid, back = made(shop).payments
    assert (paid.kind, paid.method, paid.date, paid.amount) == ("received", "CARD", "2026-11-01", 105_00)
    assert (back.kind, back.method, back.date, back.amount, back.reference) == (
        "refund",
        "Wire",
        "2026-11-24",
        100,
        "R1",
    )
    Payment.update(method="").where(Payment.order == order_of(3)).execute()
    assert [payment.method for payment in made(shop, 3).payments] == ["–"]


def test_logo_of_the_settings_is_drawn_and_no_other(shop: Desk, tmp_path: Path) -> None:
    assert invoicing.draft_invoice(shop, 1).assets.logo == b""
    for color in ("red", "blue"):
        path = tmp_path / f"{color}.png"
        Image.new("RGB", (30, 10), color).save(path)
        setting(shop, logo=str(path))
        draft = invoicing.draft_invoice(shop, 1)
        assert draft.assets.logo == path.read_bytes()
    assert InvoiceAsset.select().count() == 2
    invoice = invoicing.make(shop, 1)
    assert contents.assets_of(document_of(invoice.number)).logo == path.read_bytes()


@pytest.mark.parametrize(
    ("settings", "style", "qr", "pdf_a", "factur_x"),
    [
        ({"preference": "standard"}, "standard", False, False, ""),
        ({"preference": "channel_specific"}, "channel_specific", False, False, ""),
        ({"qr": "true"}, "channel_specific", True, False, ""),
        ({"pdf_a": "true"}, "channel_specific", False, True, ""),
        ({"factur_x": "basic", "vat_mode": "regular"}, "channel_specific", False, True, "basic"),
        ({"factur_x": "off", "pdf_a": "false", "qr": "false"}, "channel_specific", False, False, ""),
    ],
)
def test_settings_decide_how_a_document_looks(
    shop: Desk, settings: dict[str, str], style: str, qr: bool, pdf_a: bool, factur_x: str
) -> None:
    setting(shop, footer="Merci.", **settings)
    document = made(shop)
    assert (document.style, document.with_qr, document.pdf_a, document.factur_x) == (style, qr, pdf_a, factur_x)
    assert (document.footer, document.tracking) == ("Merci.", "Colissimo XX123")


def test_invoice_without_factur_x_has_no_remark_about_it(shop: Desk) -> None:
    setting(shop, vat_mode="marketplace")
    assert invoicing.make(shop, 1).remark == ""


def test_credit_note_says_the_reasons_of_its_refunds_once_each_and_briefly(shop: Desk) -> None:
    invoicing.make(shop, 3)
    for amount, said in (("1", "Scratched 🎁"), ("2", "Late"), ("3", "Late"), ("4", "")):
        refunds.issue(shop, 3, RefundRequest("issue_refund", {31: eur(amount)}, note=said, method="wire"))
    note = invoicing.credit(shop, 3)
    assert note is not None
    document = document_of(note.number)
    assert document.reason == "Scratched; Late"
    assert note.remark == "Emoji are left out of Scratched 🎁."
    assert [(payment.kind, payment.method, payment.amount) for payment in document.payments] == [
        ("refund", "Wire", amount) for amount in (100, 200, 300, 400)
    ]
    refunds.issue(shop, 3, RefundRequest("issue_refund", {31: eur("5")}, note="x" * 500))
    long = invoicing.credit(shop, 3)
    assert long is not None
    assert document_of(long.number).reason == "x" * 200


def test_credit_note_of_a_whole_line_keeps_its_pieces_and_of_a_part_is_one_reduction(shop: Desk) -> None:
    take_in(shop, sold(4, raw_line(41, 3, "20.00", "ACC", quantity=2, product="Cable"), raw_line(42, 3, "9.00", "B")))
    invoicing.make(shop, 4)
    refunds.issue(shop, 4, RefundRequest("issue_refund", {41: None}))
    whole = invoicing.credit(shop, 4)
    refunds.issue(shop, 4, RefundRequest("issue_refund", {42: eur("8.99")}, shipping=eur("5.00")))
    part = invoicing.credit(shop, 4)
    assert whole is not None
    assert part is not None
    assert [(line.text, line.quantity, line.gross) for line in document_of(whole.number).lines] == [("Cable", 2, 2000)]
    assert [(line.text, line.quantity, line.gross) for line in document_of(part.number).lines] == [
        ("Réduction de prix: B", 1, 899),
        ("Frais de port", 1, 500),
    ]
    refunds.issue(shop, 4, RefundRequest("issue_refund"))
    rest = invoicing.credit(shop, 4)
    assert rest is not None
    # What is left of the invoice is one cent of the second line.
    assert [(line.ref, line.gross) for line in document_of(rest.number).lines] == [("42", 1)]


def test_credit_notes_of_two_orders_name_each_its_own_invoice(shop: Desk) -> None:
    first, second = invoicing.make(shop, 1), invoicing.make(shop, 2)
    for order_id, amount in ((2, "7"), (1, "3")):
        refunds.issue(shop, order_id, RefundRequest("issue_refund", amount=eur(amount)))
    notes = [invoicing.credit(shop, order_id) for order_id in (1, 2)]
    assert [(note.corrects, note.gross) for note in notes if note] == [
        (first.number, eur("3")),
        (second.number, eur("7")),
    ]
    told = [entry.summary for entry in Audit.select().where(Audit.action == "credit_note.made").order_by(Audit.id)]
    assert told[0].startswith(f"Credit note FR-CN-2026-00001 of 3.00 EUR for invoice {first.number}.")
    invoiced = Audit.select().where(Audit.action == "invoice.made").order_by(Audit.id).first()
    assert invoiced.summary == "Invoice FR-2026-00001 of 105.00 EUR."
    # The first credit note of an order says nothing of what is left of another's invoice.
    refunds.issue(shop, 2, RefundRequest("issue_refund"))
    rest = invoicing.credit(shop, 2)
    assert rest is not None
    assert rest.gross == eur("98")
    assert InvoiceRefund.select().count() == 3


def test_refund_that_comes_while_its_credit_note_is_drawn_takes_no_number(shop: Desk) -> None:
    invoicing.make(shop, 3)
    refunds.issue(shop, 3, RefundRequest("issue_refund", {31: eur("1")}))
    found = invoicing.draft_credit(shop, 3)
    assert found is not None
    setting(shop, footer="Merci.")
    assert invoicing.number_credit(shop, 3, *found) is None
    found = invoicing.draft_credit(shop, 3)
    assert found is not None
    refunds.issue(shop, 3, RefundRequest("issue_refund", {31: eur("2")}))
    assert invoicing.number_credit(shop, 3, *found) is None
    assert Invoice.select().where(Invoice.kind == "credit_note").count() == 0


def test_refunds_of_nothing_that_was_invoiced_take_no_number_by_another_draft(shop: Desk) -> None:
    take_in(shop, sold(7, raw_line(73, 3, "60.00", "C"), raw_line(72, 5, "40.00", "B")))
    invoicing.make(shop, 7)
    invoicing.make(shop, 3)
    refunds.issue(shop, 3, RefundRequest("issue_refund", {31: eur("1")}))
    nothing, found = invoicing.draft_credit(shop, 7), invoicing.draft_credit(shop, 3)
    assert nothing is not None
    assert found is not None
    assert nothing[0] is None
    assert invoicing.number_credit(shop, 7, found[0], nothing[1]) is None


def test_document_is_sealed_once_by_whoever_draws_it_first(shop: Desk) -> None:
    one, two = (invoicing.number_invoice(shop, number, invoicing.draft_invoice(shop, number)) for number in (1, 2))
    assert one is not None
    assert two is not None
    drawn = invoicing.draw(invoicing.draft_of(one))
    first = invoicing.seal(shop, one, drawn)
    again = invoicing.seal(shop, one, replace(drawn, pdf=b"other"))
    assert first == again
    row, other = Invoice.get_by_id(one.id), Invoice.get_by_id(two.id)
    assert (row.pdf_size, len(row.pdf_hash), row.pdf) == (len(drawn.pdf), 64, None)
    assert other.pdf_hash == ""


def test_preview_names_the_next_number_of_its_series_alone(shop: Desk) -> None:
    take_in(shop, sold(4, country_code="de-de"))
    invoicing.make(shop, 1)
    invoicing.make(shop, 2)
    assert [invoicing.preview(shop, order_id).number for order_id in (3, 4)] == ["FR-2026-00003", "DE-2026-00001"]
    invoice_settings.change(shop, None, "", {"series_invoice": "{year}{month}{country}{number}"})
    assert invoicing.preview(shop, 3).number.startswith("202611FR")
