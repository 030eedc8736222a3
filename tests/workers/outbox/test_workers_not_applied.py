"""Writes that were answered with 200 and not applied: found by a reading, and reported with both values."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import of_marketplace, order_of, take_in, work, work_through
from planning import plan_accept, plan_identifiers, plan_ship
from refund_case import Case, job

from bmtui.channel.answers import Answer
from bmtui.channel.client import BackMarket
from bmtui.channel.requests import WriteRequest
from bmtui.desk.core import needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers
from bmtui.errors import RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Order, OrderLine, Unit

pytestmark = pytest.mark.usefixtures("no_rest")

IMEI, SERIAL = "490154203237518", "C02XK1ABCDEF"
PLANS = {
    "accept": (1, plan_accept, "Paid"),
    "ship": (2, plan_ship, "Accepted"),
    "identifiers": (2, lambda desk, order: plan_identifiers(desk, order, IMEI), "nothing"),
}


def taken_in(desk: Desk, server: SandboxServer, *line_states: int, phones: bool = True) -> Order:
    raw = of_marketplace(server, *line_states, phones=phones)
    take_in(desk, raw)
    return order_of(raw["order_id"])


def applied(server: SandboxServer, order: Order) -> list[dict[str, Any]]:
    return [effect for effect in server.marketplace.effects if effect["order_id"] == order.order_id]


@pytest.mark.parametrize("kind", PLANS)
def test_write_answered_with_200_that_does_not_show_is_not_applied_and_says_both_sides(
    shop: Desk, marketplace: SandboxServer, kind: str
) -> None:
    state, plan, shown = PLANS[kind]
    order = taken_in(shop, marketplace, state)
    before = needs_attention.count(shop)
    marketplace.faults.rules = [Rule("no-effect")]
    job_id = plan(shop, order)
    work_through(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.attempts, effect.answer_status) == ("not_applied", 1, 200)
    assert "Sent: " in effect.error
    assert shown in effect.error
    view = jobs.show(shop, job_id)
    assert (view.status, view.error_kind, view.failed) == ("failed", "NotApplied", 1)
    # A person finds it, and can let it be sent again.
    assert (needs_attention.count(shop), [row.effect_id for row in outbox.listing(shop)]) == (before + 1, [effect.id])
    marketplace.faults.rules = []
    jobs.retry(shop, job_id)
    work_through(shop)
    assert (Effect.get_by_id(effect.id).state, len(applied(marketplace, order))) == ("confirmed", 1)
    assert needs_attention.count(shop) == before


@pytest.mark.parametrize("kind", PLANS)
def test_write_that_shows_late_is_confirmed_and_not_sent_again(
    shop: Desk, marketplace: SandboxServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, plan, _ = PLANS[kind]
    order = taken_in(shop, marketplace, state)
    (old,) = marketplace.marketplace.all_orders([order.order_id])
    send, read, stale = BackMarket.send, BackMarket.order, [False]

    async def answered_old(self: BackMarket, request: WriteRequest, **when: Any) -> Answer:
        answer = await send(self, request, **when)
        stale[0] = True
        return Answer(answer.status, {})

    async def read_old(self: BackMarket, order_id: int) -> Any:
        if stale[0]:
            stale[0] = False
            return old
        return await read(self, order_id)

    monkeypatch.setattr(BackMarket, "send", answered_old)
    monkeypatch.setattr(BackMarket, "order", read_old)
    job_id = plan(shop, order)
    work_through(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.attempts, len(applied(marketplace, order))) == ("confirmed", 1, 1)


def test_answer_about_another_order_is_no_proof(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 1)
    (other,) = marketplace.marketplace.all_orders([order.order_id])
    other = {**other, "order_id": 1, "orderlines": [{**line, "state": 2} for line in other["orderlines"]]}

    async def answered(self: BackMarket, request: WriteRequest, **_: Any) -> Answer:
        return Answer(200, other)

    monkeypatch.setattr(BackMarket, "send", answered)
    job_id = plan_accept(shop, order)
    work_through(shop)
    assert Effect.get(Effect.job == job_id).state == "not_applied"


def test_full_refund_that_was_not_applied_frees_its_amount(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace)
    marketplace.faults.rules = [Rule("no-effect")]
    issued = case.issue()
    assert case.refunded == case.price
    work_through(shop)
    assert (job(case, issued).status, case.states, case.refunded, case.channel_state) == ("failed", ["failed"], 0, 3)
    (waiting,) = outbox.listing(shop)
    assert (waiting.state, waiting.state_label) == ("not_applied", "Not applied")
    with pytest.raises(RuleRefused, match="refundable again"):
        outbox.settle_by_person(shop, waiting.effect_id, happened=True)
    outbox.settle_by_person(shop, waiting.effect_id, happened=False)
    assert (outbox.listing(shop), case.refunded) == ((), 0)


def test_answered_refund_of_a_line_that_shows_something_else_goes_to_a_person_and_stays_counted(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(shop, marketplace)
    (raw,) = marketplace.marketplace.all_orders([case.order_id])
    gone = {**raw, "orderlines": [{**line, "state": 2} for line in raw["orderlines"]]}
    answered: list[bool] = []

    async def answer(self: BackMarket, request: WriteRequest, **_: Any) -> Answer:
        answered.append(True)
        return Answer(200, {})

    async def read(self: BackMarket, order_id: int) -> Any:
        return gone if answered else raw

    monkeypatch.setattr(BackMarket, "send", answer)
    monkeypatch.setattr(BackMarket, "order", read)
    case.issue()
    work_through(shop)
    assert ([row.state for row in outbox.listing(shop)], case.states) == (["needs_person"], ["unknown"])
    assert case.refunded == case.price


def test_partial_refund_is_confirmed_by_its_text_alone(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace)
    case.issue(700)
    work(shop)
    assert (case.states, case.refunded) == (["confirmed"], 700)


@pytest.fixture
def ignored(shop: Desk, marketplace: SandboxServer) -> Order:
    """Shipped order whose IMEI Back Market ignored without an error, as for a product that is no phone."""
    order = taken_in(shop, marketplace, 2, phones=False)
    plan_ship(shop, order)
    work_through(shop)
    marketplace.faults.rules = [Rule("no-effect", method="PATCH")]
    identifiers.identify(
        shop,
        order.order_id,
        [identifiers.given(OrderLine.get(OrderLine.order == order).line_id, IMEI)],
        accept_doubts=True,
    )
    work_through(shop)
    assert Unit.get().state == "not_applied"
    marketplace.faults.rules = []
    return order


def test_ignored_imei_offers_the_serial_number_which_is_registered_alone(
    shop: Desk, marketplace: SandboxServer, ignored: Order
) -> None:
    (waiting,) = outbox.listing(shop)
    line_id = OrderLine.get(OrderLine.order == ignored).line_id
    assert f"bmtui orders identify {ignored.order_id} --identifier {line_id}=serial:" in waiting.error
    assert overview.show(shop, ignored.order_id).lines[0].imei == ""
    identifiers.identify(shop, ignored.order_id, [identifiers.given(line_id, f"serial:{SERIAL}")])
    work_through(shop)
    _, sent = applied(marketplace, ignored)
    assert (sent["body"], Unit.get().state) == ({"serial_number": SERIAL}, "confirmed")
    assert (outbox.listing(shop), overview.show(shop, ignored.order_id).lines[0].serial_number) == ((), SERIAL)


def test_ignored_imei_that_a_person_settles_is_kept_here(shop: Desk, ignored: Order) -> None:
    (waiting,) = outbox.listing(shop)
    outbox.settle_by_person(shop, waiting.effect_id, happened=False)
    assert (Unit.get().state, overview.show(shop, ignored.order_id).lines[0].imei) == ("kept", IMEI)
    assert outbox.listing(shop) == ()


def test_answer_to_an_earlier_attempt_says_nothing_of_the_next_one(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 1)
    marketplace.faults.rules = [Rule("no-effect")]
    job_id = plan_accept(shop, order)
    work_through(shop)
    assert (Effect.get().state, Effect.get().answer_status) == ("not_applied", 200)
    marketplace.faults.rules = [Rule("drop", method="POST", count=1)]
    jobs.retry(shop, job_id)
    # It is not known whether the second attempt was carried out; it leaves no trace, so that it is sent again.
    work_through(shop)
    assert (Effect.get().state, Effect.get().attempts, len(applied(marketplace, order))) == ("confirmed", 3, 1)
