"""Companies that are disabled or removed, and a second company on the same account."""

from __future__ import annotations

import asyncio

import pytest
from helpers import add_company, eur, raw_line, raw_order, take_in, token_of

from bmtui.desk.companies import channel_access, companies, credentials
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.operations import company_removal
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search, ship_by
from bmtui.desk.overview import order as overview
from bmtui.errors import RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, CareFolder, Company, Order

ADDRESS = {"first_name": "Marie", "last_name": "Quuxeley", "street": "1", "city": "X", "country": "FR"}


@pytest.fixture
def shop(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(1, [raw_line(10, 3)], shipping_address=ADDRESS),
        raw_order(2, [raw_line(20, 2)], state=3, shipping_address=ADDRESS),
    )
    orders.add_note(offline, 1, "Marie called.")
    return offline


def found(desk: Desk, query: str) -> set[int]:
    return {row.order_id for row in search.page(desk, query).rows}


def test_the_same_account_is_not_added_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    add_company(desk, "Shop", token="one")
    with pytest.raises(RuleRefused, match="Shop has this account already"):
        add_company(desk, "Other", token="one", url="http://127.0.0.1:9/")
    add_company(desk, "Elsewhere", token="one", url="http://127.0.0.1:10")
    add_company(desk, "Other", token="two")
    with pytest.raises(RuleRefused, match="Shop has this account already"):
        companies.change(desk, "Other", {"token": "one"})
    with pytest.raises(RuleRefused, match="Shop has this account already"):
        companies.change(desk, "Elsewhere", {"url": "http://127.0.0.1:9"})
    monkeypatch.setenv("TOKEN", "one")
    with pytest.raises(RuleRefused, match="Shop has this account already"):
        companies.change(desk, "Other", {"token_env": "TOKEN"})
    assert "one" not in {row.account for row in Company.select()}


def test_token_that_now_belongs_to_another_company_is_not_used(
    desk: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_company(desk, "Shop", token=marketplace.token, url=marketplace.url)
    monkeypatch.setenv("TOKEN", "two")
    companies.add(desk, "Other", platform="eu", contact="o@shop.example", token_env="TOKEN", url=marketplace.url)
    monkeypatch.setenv("TOKEN", marketplace.token)
    with pytest.raises(RuleRefused, match="Shop has this account already"):
        asyncio.run(channel_access.probe(desk, "Other"))
    companies.change(desk, "Shop", {"enabled": "false"})
    assert asyncio.run(channel_access.probe(desk, "Other")).sentence


def test_disabled_company_is_left_out_of_lists_and_counters(shop: Desk) -> None:
    name = Company.get().name
    add_company(shop, "Other", time_zone="Asia/Tokyo")
    assert found(shop, "") == {1, 2}
    before = ship_by.counts(shop)
    assert before.late
    companies.change(shop, name, {"enabled": "false"})
    assert found(shop, "") == found(shop, "quuxeley") == set()
    assert search.count(shop, "") == (0, False)
    assert ship_by.counts(shop).late == 0
    assert invoice_search.waiting_count(shop) == 0
    # Whoever asks for it sees it.
    assert found(shop, f'company:"{name}"') == found(shop.of_company(name), "") == {1, 2}
    assert found(shop, "id:1") == {1}
    assert overview.show(shop, 1).row.order_id == 1
    assert shop.company_row().name == "Other"
    assert str(shop.zone()) == "Asia/Tokyo"


def test_company_is_removed_only_once_all_its_effects_are_settled(shop: Desk) -> None:
    name = Company.get().name
    company_id = Company.get().id
    planned = company_removal.plan(shop, name, erase=False)
    assert planned.unsettled == ("1 order has to be accepted or shipped ('orders due')",)
    with pytest.raises(RuleRefused, match="not finished: 1 order has to be accepted or shipped"):
        company_removal.remove(shop, name, erase=False)
    assert Company.get().removed_at is None
    Order.update(status="cancelled").where(Order.order_id == 2).execute()
    removed = company_removal.remove(shop, name, erase=False)
    assert (removed.orders, removed.erased) == (2, 0)
    assert companies.listing(shop) == ()
    assert [view.name for view in companies.listing(shop, removed=True)] == [name]
    assert not (shop.settings.credentials / f"company-{company_id}.token").exists()
    assert credentials.kept(shop.settings) == 0
    view = overview.show(shop, 1)
    assert (view.row.customer_name, view.row.total) == ("Marie Quuxeley", eur("105.00"))
    with pytest.raises(RuleRefused, match="was removed on"):
        companies.change(shop, name, {"enabled": "true"})
    with pytest.raises(RuleRefused, match="already"):
        company_removal.remove(shop, name, erase=False)
    # The account may come back under another name.
    add_company(shop, "Again", token=token_of(name))


def test_history_is_erased_with_the_company_where_asked(shop: Desk) -> None:
    name = Company.get().name
    Order.update(status="cancelled").where(Order.order_id == 2).execute()
    removed = company_removal.remove(shop, name, erase=True)
    assert (removed.orders, removed.erased) == (2, 2)
    view = overview.show(shop, 1)
    assert "Quuxeley" not in str(view)
    assert "called" not in str(view)
    assert view.row.total == eur("105.00")
    assert "Quuxeley" not in "".join(row.summary for row in Audit.select())


def test_folders_of_buyers_without_an_order_are_erased_with_the_company(shop: Desk) -> None:
    now = shop.now()
    for folder_id, order_id in ((7, 1), (8, None)):
        CareFolder.create(
            company=Company.get(), folder_id=folder_id, state=9, market="fr-fr", order_id=order_id, sku="SKU",
            customer="Quuxeley", issue="broken", modified_at=now, listed="x", payload={"messages": ["Quuxeley"]},
            fetched_at=now,
        )  # fmt: skip
    Order.update(status="cancelled").where(Order.order_id == 2).execute()
    company_removal.remove(shop, Company.get().name, erase=True)
    assert {(row.customer, str(row.payload)) for row in CareFolder.select()} == {("(erased)", "{}")}
