"""Buyers whom Back Market erased: never called Mr Deleted; stored data is kept or removed as the company is set."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import order_of, raw_line, raw_order, take_in
from invoice_shop import ADDRESS, document_of, open_shop, sold

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import address_lines
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.operations import privacy
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Inbox, Note

LATER: dict[str, Any] = {"date_modification": "2026-11-05T10:00:00+00:00"}
KNOWN = ADDRESS | {"email": "m@mail.example", "phone": "+33 1"}
SNAKE = dict.fromkeys(
    ("company", "first_name", "last_name", "street", "street2", "postal_code", "city", "phone", "email"), "Deleted"
) | {"country": "FR"}
CAMEL = dict.fromkeys(("firstName", "lastName", "street", "postalCode", "city", "phoneNumber"), "Deleted") | {
    "country": "FR"
}
NO_PHONE = SNAKE | {"phone": None, "company": ""}


def erased(order_id: int = 1, address: Any = SNAKE, line_state: int = 3, **more: Any) -> dict[str, Any]:
    lines = [raw_line(order_id, line_state)]
    return raw_order(order_id, lines, shipping_address=address, billing_address=address, **more)


def known(order_id: int = 1, line_state: int = 3, **more: Any) -> dict[str, Any]:
    return erased(order_id, KNOWN, line_state, **more)


def found(desk: Desk, query: str) -> list[int]:
    return [row.order_id for row in search.page(desk, query).rows]


def buyer(order_id: int = 1) -> tuple[Any, ...]:
    row = order_of(order_id)
    return row.customer_name, row.customer_email, row.customer_phone, row.postal_code, row.ship_to, row.bill_to


@pytest.mark.parametrize("address", [SNAKE, CAMEL, NO_PHONE], ids=["snake_case", "camelCase", "without a phone"])
def test_order_of_an_erased_buyer_has_no_name_and_says_erased(offline: Desk, address: Any) -> None:
    take_in(offline, erased(1, address))
    assert buyer() == ("(erased by Back Market)", "", "", "", {"country": "FR"}, {"country": "FR"})
    assert found(offline, "Deleted") == found(offline, "name:deleted") == found(offline, "mail:deleted") == []
    view = overview.show(offline, 1)
    assert (view.erased_by_channel, view.buyer_erased) == (True, "Erased by Back Market.")
    assert address_lines(view.ship_to) == address_lines(view.bill_to) == ("FR",)


def test_buyer_whose_name_is_deleted_does_not_count_as_erased(offline: Desk) -> None:
    take_in(offline, erased(1, KNOWN | {"first_name": "Deleted", "last_name": "Deleted"}))
    assert buyer()[0] == "Deleted Deleted"
    assert found(offline, "name:deleted") == [1]
    assert not overview.show(offline, 1).erased_by_channel


def test_invoice_of_an_erased_buyer_never_stored_here_is_refused(offline: Desk) -> None:
    shop = open_shop(offline, sold(1, shipping_address=SNAKE, billing_address=SNAKE))
    with pytest.raises(RuleRefused, match="Back Market erased the buyer of order 1"):
        invoicing.make(shop, 1)


def test_erased_buyer_stays_stored_if_the_company_keeps_the_data(offline: Desk) -> None:
    shop = open_shop(offline, sold(1, shipping_address=KNOWN, billing_address=KNOWN))
    before, text = buyer(), order_of(1).search_text
    take_in(shop, sold(1, shipping_address=SNAKE, billing_address=SNAKE, **LATER))
    assert (buyer(), order_of(1).search_text) == (before, text)
    assert found(shop, "dupont") == [1]
    assert document_of(invoicing.make(shop, 1).number).buyer.name == "Marie Dupont"
    view = overview.show(shop, 1)
    assert view.buyer_erased == "Erased by Back Market; the data in bmtui stays until the retention rule removes it."
    assert [row.summary for row in Audit.select().where(Audit.action == "order.buyer_erased")] == [
        "Back Market erased the buyer."
    ]


def test_erased_buyer_is_removed_with_all_texts_if_the_company_erases(offline: Desk) -> None:
    companies.change(offline, None, {"erased_buyers": "erase"})
    take_in(offline, known())
    orders.add_note(offline, 1, "Marie called.")
    take_in(offline, erased(1, **LATER))
    assert buyer() == ("(erased by Back Market)", "", "", "", {"country": "FR"}, {"country": "FR"})
    assert (order_of(1).anonymised_at is not None, Note.get().text) == (True, "(erased)")
    assert "Deleted" not in Inbox.get().payload
    assert overview.show(offline, 1).buyer_erased == "Erased by Back Market."


def test_erased_buyer_of_an_open_order_when_the_company_erases_stays_until_it_has_ended(offline: Desk) -> None:
    companies.change(offline, None, {"erased_buyers": "erase"})
    take_in(offline, known(1, 2, state=3))
    take_in(offline, erased(1, SNAKE, 2, state=3, **LATER))
    assert buyer()[0] == "Marie Dupont"
    take_in(offline, erased(1, SNAKE, 3, date_modification="2026-11-06T10:00:00+00:00"))
    assert buyer()[0] == "(erased by Back Market)"


def test_erased_buyers_when_the_company_changes_its_mind_go_with_the_next_download(offline: Desk) -> None:
    take_in(offline, known(), known(2))
    take_in(offline, erased(1, **LATER))
    companies.change(offline, None, {"erased_buyers": "erase"})
    take_in(offline)
    assert (buyer(1)[0], buyer(2)[0]) == ("(erased by Back Market)", "Marie Dupont")


def test_erased_buyer_whose_address_is_sent_again_is_stored_again(offline: Desk) -> None:
    take_in(offline, erased())
    take_in(offline, known(1, **LATER))
    assert buyer()[0] == "Marie Dupont"
    assert found(offline, "dupont") == [1]
    assert overview.show(offline, 1).buyer_erased == ""


def test_buyer_removed_here_before_the_channel_erased_them_leaves_no_word_to_search_for(offline: Desk) -> None:
    take_in(offline, known(1))
    privacy.erase(offline, "m@mail.example")
    text = order_of(1).search_text
    take_in(offline, erased(1, **LATER))
    assert (order_of(1).erased_by_channel, order_of(1).search_text) == (True, text)
    assert found(offline, "erased") == []
