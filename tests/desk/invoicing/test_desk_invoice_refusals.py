"""Invoices that cannot be made: the reason is said, and no number is used up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import dump, eur, raw_line, take_in
from invoice_shop import ADDRESS, document_of, sold

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import InvoiceSeries, Order, OrderLine


def unpaid(desk: Desk) -> None:
    Order.update(received=0, payment_status="no_payment").where(Order.order_id == 1).execute()


def unshipped(desk: Desk) -> None:
    OrderLine.update(state=2).where(OrderLine.line_id == 11).execute()


def partly_shipped(desk: Desk) -> None:
    OrderLine.update(price=6_000).where(OrderLine.line_id == 11).execute()
    line = OrderLine.get(OrderLine.line_id == 11)
    copied = {name: value for name, value in line.__data__.items() if name != "id"}
    OrderLine.create(**{**copied, "line_id": 12, "state": 2, "price": 4_000})


def erased_by_back_market(desk: Desk) -> None:
    Order.update(bill_to={}, ship_to={}, erased_by_channel=True).where(Order.order_id == 1).execute()


def in_shadow(desk: Desk) -> None:
    shadow.begin(desk)


def negative(desk: Desk) -> None:
    OrderLine.update(price=-10_000).where(OrderLine.line_id == 11).execute()
    Order.update(goods=-10_000).where(Order.order_id == 1).execute()


def wrong_sum(desk: Desk) -> None:
    OrderLine.update(price=80_199).where(OrderLine.line_id == 11).execute()


def no_street(desk: Desk) -> None:
    Order.update(bill_to={}, ship_to={"first_name": "Marie", "city": "Paris"}).where(Order.order_id == 1).execute()


def no_name(desk: Desk) -> None:
    nameless = {name: value for name, value in ADDRESS.items() if "name" not in name}
    Order.update(bill_to=nameless, ship_to=nameless, customer_name="").where(Order.order_id == 1).execute()


def no_seller(desk: Desk) -> None:
    invoice_settings.change(desk, None, "", {"seller_address": ""})


def no_vat_id(desk: Desk) -> None:
    invoice_settings.change(desk, None, "", {"vat_id": ""})


def no_glyph(desk: Desk) -> None:
    Order.update(bill_to=ADDRESS | {"first_name": "ก"}).where(Order.order_id == 1).execute()


def reverse_charge(desk: Desk) -> None:
    invoice_settings.change(desk, None, "", {"vat_mode": "reverse_charge"})


def no_plugin(desk: Desk) -> None:
    invoice_settings.change(desk, None, "", {"preference": "plugin", "plugin": "nobody"})


def already(desk: Desk) -> None:
    invoicing.make(desk, 1)


def sum_below_the_price(desk: Desk) -> None:
    Order.update(goods=Order.goods + 1).execute()


BAD = [
    (unpaid, "is not paid"),
    (unshipped, "has shipped"),
    (partly_shipped, "A part of order 1 has not shipped yet."),
    (erased_by_back_market, "Back Market erased the buyer of order 1"),
    (in_shadow, "is in shadow: the other system numbers its documents."),
    (negative, "needs a total above zero"),
    (sum_below_the_price, "add up to 100.00 EUR, but Back Market says that its price is 100.01 EUR"),
    (wrong_sum, "add up to 801.99 EUR, but Back Market says that its price is 100.00 EUR. Its lines: 11 (PHN) 801.99"),
    (no_street, "no buyer's street"),
    (no_name, "no buyer's name"),
    (no_seller, "need seller_address"),
    (no_vat_id, "need vat_id"),
    (no_glyph, "U+0E01"),
    (reverse_charge, "buyer's VAT id"),
    (no_plugin, "no invoice plugin 'nobody'"),
    (already, "has invoice FR-2026-00001"),
]


@pytest.mark.parametrize(("spoil", "said"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_invoice_that_cannot_be_made_says_why_and_uses_no_number(shop: Desk, spoil: Any, said: str) -> None:
    spoil(shop)
    before = dump(shop)
    with pytest.raises(RuleRefused) as caught:
        invoicing.make(shop, 1)
    assert said in str(caught.value)
    assert caught.value.advice or spoil is negative
    assert dump(shop) == before


def test_invoice_of_a_cent_and_with_a_line_of_nothing_is_made(shop: Desk) -> None:
    take_in(shop, sold(4, raw_line(41, 3, "0.01", "PHN"), raw_line(42, 3, "0.00", "ACC"), shipping_price="0.00"))
    made = invoicing.make(shop, 4)
    assert (made.gross, [line.gross for line in document_of(made.number).lines]) == (eur("0.01"), [1, 0])


def test_line_without_a_title_is_named_by_its_sku_and_counts_its_pieces(shop: Desk) -> None:
    take_in(shop, sold(4, raw_line(41, 3, "10.00", "PHN", product=""), raw_line(42, 3, "20.00", "ACC", quantity=2)))
    lines = document_of(invoicing.make(shop, 4).number).lines
    assert [(line.text, line.quantity) for line in lines[:2]] == [("PHN", 1), ("ACC", 2)]


def test_buyer_that_back_market_erased_gets_an_invoice_while_the_address_is_kept(shop: Desk) -> None:
    Order.update(erased_by_channel=True).where(Order.order_id == 1).execute()
    assert document_of(invoicing.make(shop, 1).number).buyer.name == "Marie Dupont"


def test_a_template_with_an_unknown_placeholder_uses_up_no_number(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docx import Document as WordFile

    from bmtui.invoices import word

    monkeypatch.setattr(word, "available", lambda: None)
    file = WordFile()
    file.add_paragraph("{{ nmber }}")
    path = tmp_path / "invoice.docx"
    file.save(str(path))
    invoice_settings.change(shop, None, "", {"preference": "word_to_pdf", "word_template": str(path)})
    with pytest.raises(RuleRefused, match="unknown placeholder: nmber"):
        invoicing.make(shop, 1)
    assert not InvoiceSeries.select().exists()


def test_invoice_of_an_unknown_order_is_not_found(shop: Desk) -> None:
    with pytest.raises(NotFound):
        invoicing.make(shop, 404)


def test_read_only_desk_makes_no_invoice(shop: Desk) -> None:
    looking = replace(shop, read_only=True)
    for act in (invoicing.make, invoicing.credit):
        with pytest.raises(RuleRefused, match="read-only"):
            act(looking, 1)
    with pytest.raises(RuleRefused, match="read-only"):
        invoice_settings.change(looking, None, "", {"footer": "x"})
    assert invoicing.preview(looking, 1).number == "FR-2026-00001"


def test_invoice_preview_takes_no_number_and_has_the_text_of_the_invoice(shop: Desk) -> None:
    before = dump(shop)
    seen = invoicing.preview(shop, 1)
    assert dump(shop) == before
    made = invoicing.make(shop, 1)
    assert (seen.number, seen.total) == (made.number, made.gross)
    assert any(made.number in line for line in seen.lines)
    assert invoicing.preview(shop, 2).number == "FR-2026-00002"
