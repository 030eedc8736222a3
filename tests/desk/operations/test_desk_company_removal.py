"""Companies that are disabled or removed, and a second company on the same account."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from helpers import COMPANY, add_company, eur, raw_line, raw_order, take_in, token_of

from bmtui.desk.companies import channel_access, companies, credentials, sending_pauses
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.operations import company_removal
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search, ship_by
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.queue.jobs import write_log
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, CareFolder, Company, Effect, Inbox, Job, JobLog, Order
from bmtui.words import EffectState, JobStatus

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


@pytest.fixture
def two(shop: Desk) -> Desk:
    """Desk with a company that can be removed, and another one that has the same of everything."""
    add_company(shop, "Other")
    take_in(
        shop.of_company("Other"),
        raw_order(1, [raw_line(10, 3)], shipping_address=ADDRESS),
        {"order_id": 2, "state": "nonsense", "customer": "Quuxeley"},
    )
    Order.update(status="cancelled").where(Order.order_id == 2).execute()
    now = shop.now()
    for company in Company.select():
        CareFolder.create(
            company=company, folder_id=7, state=9, market="fr-fr", order_id=None, sku="SKU", customer="Quuxeley",
            issue="broken", modified_at=now, listed="x", payload={"messages": ["Quuxeley"]}, fetched_at=now,
        )  # fmt: skip
        write_log(Job.select().where(Job.company == company).get().id, "Order 1 of Quuxeley cannot be read.")
    return shop


def test_removed_company_takes_nothing_of_another_with_it(two: Desk) -> None:
    sending_pauses.pause(two, "stock count")
    sending_pauses.pause(two.of_company("Other"), "holidays")
    sending_pauses.pause(two.of_company(COMPANY), "moving out")
    permissions.set_rights(two, "60001", role="operator", per_refund={"EUR": "10"})
    ann = replace(two.of_company("Other"), uid=60001, actor="ann(60001)")
    assert refunds.issue(ann, 1, RefundRequest()).approval_id is not None
    permissions.set_rights(two, str(two.uid), role="admin")
    company_removal.remove(two, COMPANY, erase=True)
    assert {pause.reason for pause in sending_pauses.standing(two)} == {"stock count", "holidays"}
    other = Company.get(Company.name == "Other")
    assert [row.customer for row in CareFolder.select().order_by(CareFolder.company)] == ["(erased)", "Quuxeley"]
    raws = {row.company.name: row.payload for row in Inbox.select() if row.order_id == 2}
    assert ["Quuxeley" in raws[name] for name in (COMPANY, "Other")] == [False, True]
    assert {log.job.company_id for log in JobLog.select() if "Quuxeley" in log.message} == {other.id}
    assert overview.show(two.of_company("Other"), 1).row.customer_name == "Marie Quuxeley"


def test_company_with_a_write_that_was_not_applied_is_not_removed(two: Desk) -> None:
    refunds.issue(two.of_company(COMPANY), 1, RefundRequest())
    Effect.update(state=EffectState.NOT_APPLIED).execute()
    Job.update(status=JobStatus.COMPLETED).execute()
    with pytest.raises(RuleRefused, match="1 write waits or has an unknown outcome"):
        company_removal.remove(two, COMPANY, erase=False)
    assert company_removal.plan(two, "Other", erase=False).unsettled == ()


def test_acceptance_rule_of_a_removed_company_is_off(two: Desk) -> None:
    companies.change(two, COMPANY, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    company_removal.remove(two, COMPANY, erase=False)
    assert companies.show(two, COMPANY).automatic_acceptance is False
