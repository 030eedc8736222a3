"""Acceptance by hand and by rule, against the practice marketplace."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import (
    COMPANY,
    add_company,
    connect,
    download,
    line_of,
    of_marketplace,
    order_of,
    raw_line,
    raw_order,
    take_in,
    work,
)

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.cancellation import on_channel
from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, Effect, Order


def accepts(server: SandboxServer) -> list[tuple[int, list[int]]]:
    return [
        (effect["order_id"], effect["line_ids"]) for effect in server.marketplace.effects if effect["kind"] == "accept"
    ]


def test_accepted_skus_are_sent_once_each_and_the_order_becomes_to_ship(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    order = of_marketplace(marketplace, 1, 1)
    plan = acceptance.plan(stocked, order["order_id"])
    assert [dict(write.body)["sku"] for write in plan.writes] == [line["listing"] for line in order["orderlines"]]
    assert not Effect.select().exists()
    accepted = acceptance.accept(stocked, order["order_id"])
    assert (jobs.show(stocked, accepted.job_id).type, len(outbox.of_job(stocked, accepted.job_id))) == ("acceptance", 2)
    with pytest.raises(RuleRefused, match="on its way"):
        acceptance.accept(stocked, order["order_id"])
    work(stocked)
    assert accepts(marketplace) == [(order["order_id"], [line["id"]]) for line in order["orderlines"]]
    assert order_of(order["order_id"]).channel_status == "to_ship"
    with pytest.raises(RuleRefused, match="it has no line to accept"):
        acceptance.accept(stocked, order["order_id"])


def test_a_buyers_cancellation_before_it_is_sent_wins(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = of_marketplace(marketplace, 1)["order_id"]
    accepted = acceptance.accept(stocked, order_id)
    marketplace.marketplace.cancel_by_buyer(order_id)
    work(stocked)
    assert accepts(marketplace) == []
    job = jobs.show(stocked, accepted.job_id)
    assert job.status == "failed"
    assert "Not sent, because the order changed on Back Market meanwhile" in job.error
    assert "Cancelled" in job.error
    row = order_of(order_id)
    assert (row.channel_status, row.status) == ("cancelled", "cancelled")


def test_order_that_cannot_be_accepted_is_refused_with_the_reason(offline: Desk) -> None:
    take_in(
        offline,
        raw_order(1, [raw_line(10, 8)], state=10),
        raw_order(2, [raw_line(20, 1)], state=1),
        raw_order(3, [raw_line(30, 3)]),
        raw_order(4, [raw_line(40, 1), raw_line(41, 9)], state=1),
    )
    internal_cancel.cancel_internally(offline, 2, "on_hold", "asking")
    for order_id, why in (
        (1, "is not paid"),
        (2, "is On Hold here"),
        (3, "is Shipped"),
        (4, "is not paid"),
    ):
        with pytest.raises(RuleRefused, match=why):
            acceptance.accept(offline, order_id)
    with pytest.raises(NotFound):
        acceptance.accept(offline, 99)
    internal_cancel.bring_back(offline, 2, "in_process")
    companies.change(offline, None, {"enabled": "false"})
    for act in (acceptance.plan, acceptance.accept):
        with pytest.raises(RuleRefused, match="is not enabled"):
            act(offline, 2)
    assert not Effect.select().exists()


def lines(*skus: str, order_id: int) -> list[dict[str, Any]]:
    return [raw_line(order_id * 10 + place, 1, price="60.00", sku=sku) for place, sku in enumerate(skus)]


@pytest.fixture
def stored(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(1, lines("PHN-A", order_id=1), state=1),
        raw_order(2, lines("PHN-A", "TAB-B", order_id=2), state=1),
        raw_order(3, lines("PHN-C", order_id=3), state=1, country_code="de-de"),
        raw_order(4, [raw_line(40, 8)], state=10, date_payment=None),
    )
    return offline


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("market:fr-fr", {1, 2}),
        ("market:FR-FR,de-de", {1, 2, 3}),
        # The total with shipping: 65.00 and 125.00.
        ("value:<=65", {1, 3}),
        ("value:100..200", {2}),
        ("value:>65.00", {2}),
        # Every line must fit, not one of them.
        ("sku:PHN*", {1, 3}),
        ("sku:phn-a,tab*", {1, 2}),
        ("-sku:*-B", {1, 3}),
        ("stock:in", {1}),
        ("stock:known", {1, 2}),
        ("market:fr-fr value:<=65 sku:PHN*", {1}),
    ],
)
def test_a_rule_is_tried_on_stored_orders(stored: Desk, rule: str, taken: set[int]) -> None:
    acceptance_rules.flag(stored, None, ["PHN-A"], in_stock=True)
    acceptance_rules.flag(stored, None, ["PHN-C"], in_stock=False)
    found = acceptance_rules.back_test(stored, None, rule)
    # Order 4 was never paid.
    assert {1, 2, 3} - {order_id for order_id, _ in found.refused} == taken
    assert found.sentence == f"It would have accepted {len(taken)} of the last 3 orders."
    assert all(why for _, why in found.refused)


@pytest.mark.parametrize(
    "rule", ["market", "price:3", "value:cheap", "value:>1..3", "stock:yes", "-market:fr-fr", "sku:"]
)
def test_unreadable_acceptance_rule_is_not_saved(offline: Desk, rule: str) -> None:
    with pytest.raises(ConfigError, match=r"acceptance rule|value|amount|stock flag|only sku"):
        companies.change(offline, None, {"acceptance_rule": rule})


def test_acceptance_rule_accepts_an_order_once_and_logs_it(shop: Desk, marketplace: SandboxServer) -> None:
    download(shop)
    acceptance.submit_due(shop)
    companies.change(shop, None, {"acceptance_rule": "market:fr-fr,de-de"})
    acceptance.submit_due(shop)
    # Off by default.
    assert not Effect.select().exists()
    companies.change(shop, None, {"automatic_acceptance": "true"})
    wanted = {
        row.order_id
        for row in Order.select().where((Order.channel_status == "to_accept") & Order.market.in_(["fr-fr", "de-de"]))
    }
    gone = min(wanted)
    marketplace.marketplace.cancel_by_buyer(gone)
    acceptance.submit_due(shop)
    work(shop)
    assert {order_id for order_id, _ in accepts(marketplace)} == wanted - {gone}
    row = Audit.select().where(Audit.action == "order.accepted").first()
    assert row.actor == f"acceptance rule of {COMPANY}"
    assert "By the rule: market:fr-fr,de-de" in row.summary
    # What was refused is left to a person, and what was accepted is not asked for again.
    count = Effect.select().count()
    acceptance.submit_due(shop)
    assert Effect.select().count() == count


def test_acceptance_rule_does_nothing_while_sending_is_paused(shop: Desk, marketplace: SandboxServer) -> None:
    download(shop)
    companies.change(shop, None, {"automatic_acceptance": "true", "acceptance_rule": "value:>0"})
    sending_pauses.pause(shop, "stocktaking")
    acceptance.submit_due(shop)
    assert not Effect.select().exists()


def test_acceptance_rules_of_two_companies_are_separate(stored: Desk, marketplace: SandboxServer) -> None:
    connect(stored, marketplace, "Other")
    companies.change(stored, "Other", {"acceptance_rule": "value:>0", "automatic_acceptance": "true"})
    acceptance.submit_due(stored)
    assert not Effect.select().exists()
    assert line_of(10).state == 1


def test_stock_flags_of_two_companies_are_separate(stored: Desk) -> None:
    add_company(stored, "Other")

    def refused(rule: str) -> list[int]:
        return [order_id for order_id, _ in acceptance_rules.back_test(stored, COMPANY, rule).refused]

    assert acceptance_rules.flag(stored, "Other", ["PHN-A"], in_stock=False) == 1
    acceptance_rules.flag(stored, "Other", ["PHN-C"], in_stock=True)
    assert (refused("stock:known"), refused("stock:in")) == ([], [3, 2, 1])
    acceptance_rules.flag(stored, COMPANY, ["PHN-A"], in_stock=True)
    assert (refused("stock:known"), refused("stock:in")) == ([], [3, 2])
    assert acceptance_rules.flags(stored, "Other") == (("PHN-A", False), ("PHN-C", True))


def test_order_whose_acceptance_a_person_withdrew_is_left_to_people(stored: Desk) -> None:
    companies.change(stored, None, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    acceptance.submit_due(stored)
    planned = list(Effect.select())
    assert {effect.order_ref for effect in planned} == {order_of(1).id, order_of(2).id}
    for effect in planned:
        outbox.withdraw(stored, effect.id)
    assert acceptance.waiting(stored) == 0
    acceptance.submit_due(stored)
    assert Effect.select().count() == len(planned)


def test_rule_goes_on_after_an_order_that_it_may_not_accept_now(offline: Desk) -> None:
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 1)], state=1) for number in (1, 2)))
    on_channel.send(offline, 1)
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr", "automatic_acceptance": "true"})
    acceptance.submit_due(offline)
    assert [effect.order_ref for effect in Effect.select().where(Effect.kind == "accept")] == [order_of(2).id]
