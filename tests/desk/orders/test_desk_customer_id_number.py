"""Buyer's tax or identity number: searched, exported, printed where the law wants it, removed with the other data."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import order_of, raw_line, raw_order, take_in
from invoice_shop import ADDRESS, document_of, open_shop, sold

from bmtui.cli import documents
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.operations import privacy
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.invoices import content, wording
from bmtui.store import migrations
from bmtui.store.models import Inbox

NUMBER = "12345678Z"
SPANIARD = ADDRESS | {"country": "ES", "customer_id_number": NUMBER, "email": "m@mail.example"}


def spanish(order_id: int, **more: Any) -> dict[str, Any]:
    return sold(order_id, **{"country_code": "es-es", "billing_address": SPANIARD} | more)


def found(desk: Desk, query: str) -> list[int]:
    return [row.order_id for row in search.page(desk, query).rows]


@pytest.mark.parametrize("where", ["billing_address", "shipping_address"])
def test_id_number_in_either_address_is_searched_and_exported(offline: Desk, where: str) -> None:
    take_in(offline, raw_order(1, [raw_line(1)], **{where: SPANIARD}), raw_order(2, [raw_line(2)]))
    assert found(offline, NUMBER) == [1]
    assert overview.show(offline, 1).row.customer_id_number == NUMBER
    numbers = {
        row.order_id: documents.flat(documents.to_json(row))["customer_id_number"] for row in search.page(offline).rows
    }
    assert numbers == {1: NUMBER, 2: ""}


def test_invoice_of_spain_prints_the_id_number_and_that_of_france_does_not(offline: Desk) -> None:
    shop = open_shop(offline, spanish(1), spanish(2, country_code="fr-fr"))
    spain, france = (document_of(invoicing.make(shop, order_id).number) for order_id in (1, 2))
    words = wording.words_of(shop.settings.config, "es", "es-es")
    assert f"NIF/NIE {NUMBER}" in content.content_of(spain, words).buyer
    assert NUMBER not in str(france)


def test_invoice_of_spain_without_an_id_number_is_made(offline: Desk) -> None:
    shop = open_shop(offline, spanish(1, billing_address=ADDRESS | {"country": "ES"}))
    document = document_of(invoicing.make(shop, 1).number)
    words = wording.words_of(shop.settings.config, "es", "es-es")
    assert document.buyer.id_number == ""
    assert not any("NIF/NIE" in line for line in content.content_of(document, words).buyer)


def test_invoice_frozen_before_id_numbers_existed_is_still_drawn(offline: Desk) -> None:
    shop = open_shop(offline, sold(1))
    document = document_of(invoicing.make(shop, 1).number)
    words = dict(wording.words_of(shop.settings.config, "fr", "fr-fr"))
    del words["buyer_id"]
    assert content.content_of(document, words).buyer[0] == "Marie Dupont"


def test_erased_buyer_is_not_found_by_the_id_number(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1)], shipping_address=SPANIARD, billing_address=SPANIARD))
    privacy.erase(offline, "m@mail.example")
    assert found(offline, NUMBER) == []
    assert NUMBER not in f"{order_of(1).__data__} {Inbox.get().payload}"


def test_order_of_an_earlier_schema_with_an_id_number_is_read_again(offline: Desk) -> None:
    """Run the migration on orders that were stored before the number could be searched."""
    raws = [
        raw_order(1, [raw_line(1)], billing_address=SPANIARD),
        raw_order(2, [raw_line(2)], billing_address=SPANIARD | {"customer_id_number": ""}),
        raw_order(3, [raw_line(3)], shipping_address={"first_name": "Deleted", "country": "FR"}),
    ]
    take_in(offline, *raws)
    steps = dict(migrations.steps(offline.store.database.kind))
    again = next(statement for statement in steps[12] if statement.startswith("UPDATE inbox"))
    with offline.store.transaction():
        offline.store.database.execute_sql(offline.store.database.portable(again))
    assert {row.order_id for row in Inbox.select().where(Inbox.state == "waiting")} == {1, 3}
