"""Effects of every kind: order read first where it matters, marked as sending, sent once, proved by a reading."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import of_marketplace, order_of, take_in, work
from planning import plan_accept, plan_identifiers, plan_ship

from bmtui.channel.transport import running_s
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Order
from bmtui.workers.outbox import channel_evidence, send_effects

pytestmark = pytest.mark.usefixtures("no_rest")

LOST = ["drop-after", "error-500-after", "truncated"]
ABSENT = ["drop", "error-500", "html-502", "html-200"]
IMEI = "490154203237518"


def taken_in(desk: Desk, server: SandboxServer, *line_states: int) -> Order:
    raw = of_marketplace(server, *line_states)
    take_in(desk, raw)
    return order_of(raw["order_id"])


def applied(server: SandboxServer, order: Order) -> list[dict[str, Any]]:
    return [effect for effect in server.marketplace.effects if effect["order_id"] == order.order_id]


def channel_states(server: SandboxServer, order: Order) -> list[int]:
    (raw,) = server.marketplace.all_orders([order.order_id])
    return [line["state"] for line in raw["orderlines"]]


def states() -> list[str]:
    return [effect.state for effect in Effect.select().order_by(Effect.id)]


@pytest.mark.parametrize("fault", [None, *LOST, *ABSENT])
def test_an_order_is_accepted_shipped_and_identified_once_whatever_happens_on_the_way(
    shop: Desk, marketplace: SandboxServer, fault: str | None
) -> None:
    order = taken_in(shop, marketplace, 1)
    for plan in (plan_accept, plan_ship, lambda desk, order: plan_identifiers(desk, order, IMEI)):
        if fault:
            marketplace.faults.rules = [
                Rule(fault, method="POST", count=1, path="/ws/orders/"),
                Rule(fault, method="PATCH", count=1),
            ]
        job_id = plan(shop, order)
        work(shop)
        assert jobs.show(shop, job_id).status == "completed", jobs.show(shop, job_id).error
    assert states() == ["confirmed"] * 3
    assert [effect["kind"] for effect in applied(marketplace, order)] == ["accept", "ship", "identifiers"]
    view = overview.show(shop, order.order_id)
    assert (view.row.channel_status, view.row.channel_notified, view.lines[0].imei) == ("shipped", True, IMEI)


def test_a_buyers_cancellation_wins_over_our_acceptance(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 1)
    job_id = plan_accept(shop, order)
    marketplace.marketplace.cancel_by_buyer(order.order_id)
    work(shop)
    assert (states(), applied(marketplace, order)) == (["rejected"], [])
    assert "Cancelled" in jobs.show(shop, job_id).error
    assert overview.show(shop, order.order_id).row.channel_status == "cancelled"


def test_effect_that_is_true_already_is_confirmed_and_not_sent(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 1)
    plan_accept(shop, order)
    work(shop)
    # Another desk does not know it yet.
    plan_accept(shop, order)
    work(shop)
    assert (states(), len(applied(marketplace, order))) == (["confirmed", "confirmed"], 1)
    assert "nothing sent" in Effect.select().order_by(Effect.id.desc()).first().answer


def test_a_shipment_with_another_tracking_number_is_not_taken_for_ours(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 2)
    plan_ship(shop, order, "THEIRS-1")
    work(shop)
    plan_ship(shop, order, "OURS-1")
    work(shop)
    assert states() == ["confirmed", "rejected"]
    assert "THEIRS-1" in Effect.select().order_by(Effect.id.desc()).first().error


def test_different_imei_on_the_channel_is_reported(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 2)
    plan_ship(shop, order)
    work(shop)
    plan_identifiers(shop, order, IMEI)
    work(shop)
    plan_identifiers(shop, order, "356938035643809")
    work(shop)
    assert states() == ["confirmed", "confirmed", "rejected"]
    assert Effect.select().order_by(Effect.id.desc()).first().error


def test_refusal_of_a_single_request_does_not_count_as_a_refused_token(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bmtui.channel.client import BackMarket
    from bmtui.errors import Unauthorised

    order = taken_in(shop, marketplace, 2)

    async def forbidden(self: BackMarket, request: object, **_: object) -> None:
        raise Unauthorised("Back Market refused the token (403): not allowed.")

    monkeypatch.setattr(BackMarket, "send", forbidden)
    job_id = plan_ship(shop, order)
    work(shop)
    assert (states(), sending_pauses.standing(shop)) == (["rejected"], ())
    assert "not allowed" in jobs.show(shop, job_id).error


def test_effects_wait_while_sending_is_paused(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 1)
    sending_pauses.pause(shop, "audit")
    job_id = plan_accept(shop, order)
    work(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, states(), applied(marketplace, order)) == ("submitted", ["planned"], [])
    assert "audit" in view.error
    sending_pauses.resume(shop)
    work(shop)
    assert (states(), len(applied(marketplace, order))) == (["confirmed"], 1)


def test_attempt_that_stood_still_before_sending_does_not_send(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 1)
    job_id = plan_accept(shop, order)
    moments = iter([running_s() - 60])
    monkeypatch.setattr(send_effects, "running_s", lambda: next(moments, None) or running_s())
    work(shop)
    assert (states(), len(applied(marketplace, order))) == (["confirmed"], 1)
    sendings = [row for row in jobs.logs(shop, job_id) if row.message.startswith("Sending")]
    # What did not leave is no attempt.
    assert (Effect.get().attempts, len(sendings)) == (1, 2)
    assert jobs.show(shop, job_id).status == "completed"


async def test_a_person_who_must_settle_sees_what_the_channel_shows_now(shop: Desk, marketplace: SandboxServer) -> None:
    order = await shop.store.write(taken_in, shop, marketplace, 1)
    await shop.store.write(plan_accept, shop, order)
    (view,) = await shop.read(outbox.listing)
    assert "Paid" in await channel_evidence.now(shop, view.effect_id)
