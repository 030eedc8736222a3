"""Proofs by a reading: no weaker sign confirms an effect, or sends it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from helpers import of_marketplace, order_of, raw_line, raw_order, take_in, work, work_through
from planning import plan_accept, plan_identifiers, plan_ship
from refund_case import Case

from bmtui.channel import requests, transport
from bmtui.channel.answers import Answer
from bmtui.channel.client import BackMarket
from bmtui.channel.reading import read_order
from bmtui.channel.requests import WriteRequest
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.queue import jobs, limits, outages
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.multipart import Part
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Effect, Order, OrderLine
from bmtui.words import EffectKind, EffectState
from bmtui.workers import company_channel
from bmtui.workers.company_channel import open_access
from bmtui.workers.outbox import send_effects, verify_effects
from bmtui.workers.outbox.verify_effects import Verdict

pytestmark = pytest.mark.usefixtures("no_rest")

IMEI, OTHER_IMEI, SERIAL = "490154203237518", "356938035643809", "C02XK1ABCDEF"


def taken_in(desk: Desk, server: SandboxServer, *line_states: int) -> Order:
    raw = of_marketplace(server, *line_states)
    take_in(desk, raw)
    return order_of(raw["order_id"])


def of_order(server: SandboxServer, order: Order) -> list[dict[str, Any]]:
    """Return the writes to the order that the marketplace carried out."""
    return [effect for effect in server.marketplace.effects if effect["order_id"] == order.order_id]


def newest() -> Effect:
    return Effect.select().order_by(Effect.id.desc()).get()


def unknown(desk: Desk, job_id: int) -> Effect:
    """Mark the effect of the job as sent once and never answered; return it."""
    effect = Effect.get(Effect.job == job_id)
    with desk.store.transaction():
        effects.mark_sending(desk, effect)
        effects.settle(desk, effect, EffectState.UNKNOWN, error="No answer.")
    return effect


@pytest.mark.parametrize(
    ("before", "after"),
    [(EffectState.SENDING, "needs_person"), (EffectState.UNKNOWN, "needs_person"), (EffectState.PLANNED, "rejected")],
)
def test_job_given_up_leaves_possibly_sent_effects_to_a_person(
    shop: Desk, marketplace: SandboxServer, before: EffectState, after: str
) -> None:
    plan_accept(shop, taken_in(shop, marketplace, 1))
    claim = jobs.claim(shop.store, "w1")
    assert claim is not None
    with shop.store.transaction():
        if before != EffectState.PLANNED:
            effects.mark_sending(shop, newest())
        if before == EffectState.UNKNOWN:
            effects.settle(shop, newest(), EffectState.UNKNOWN)
        send_effects.abandon(shop, claim, "Five workers died.")
    assert newest().state == after


def test_refused_partial_refund_of_a_line_that_shows_refunded_is_refused(
    shop: Desk, marketplace: SandboxServer
) -> None:
    case = Case(shop, marketplace)
    case.issue(100)
    # Somebody refunds the whole line in the Back Office.
    marketplace.marketplace.refund({"orderline_pk": case.line_id, "refund_type": 6})
    work(shop)
    assert case.channel_state == 6
    assert len(case.applied) == 1
    effect = newest()
    assert (effect.state, "Already so" in effect.answer) == ("rejected", False)
    assert case.states[0] == "failed"


def plan_ship_lines(desk: Desk, order: Order) -> int:
    """Plan a parcel with all lines of the order."""
    company, lines = Company.get(), [line.line_id for line in OrderLine.select().where(OrderLine.order == order)]
    with desk.store.transaction():
        job_id = effects.open_job(desk, EffectKind.SHIP, company, order)
        effects.plan(
            desk,
            EffectKind.SHIP,
            company,
            order,
            requests.ship(order.order_id, "TRACK-1"),
            target=effects.line_target(company.id, lines[0]),
            about="Shipment",
            expected=effects.lines_expected(lines, 2, 3),
            job_id=job_id,
        )
    return job_id


@pytest.mark.parametrize("refunded_first", [False, True])
def test_shipment_of_two_lines_is_done_when_all_lines_show_it(
    shop: Desk, marketplace: SandboxServer, refunded_first: bool
) -> None:
    order = taken_in(shop, marketplace, 2, 2)
    plan_ship_lines(shop, order)
    line = OrderLine.get(OrderLine.order == order)
    if refunded_first:
        marketplace.marketplace.refund({"orderline_pk": line.line_id, "refund_type": 5})
    body = dict(requests.ship(order.order_id, "TRACK-1").body)
    marketplace.marketplace.update(order.order_id, body)
    work(shop)
    assert newest().state == ("rejected" if refunded_first else "confirmed")


def test_imei_that_is_registered_otherwise_beside_an_empty_serial_number_is_not_sent_again(
    shop: Desk, marketplace: SandboxServer
) -> None:
    order = taken_in(shop, marketplace, 2)
    for plan in (plan_ship, lambda desk, order: plan_identifiers(desk, order, OTHER_IMEI)):
        plan(shop, order)
        work(shop)
    job_id = plan_identifiers(shop, order, IMEI)
    line = OrderLine.get(OrderLine.order == order)
    both = requests.identifiers(line.line_id, imei=IMEI, serial_number=SERIAL)
    Effect.update(body=dict(both.body)).where(Effect.job == job_id).execute()
    effect = unknown(shop, job_id)
    work_through(shop)
    settled = Effect.get_by_id(effect.id)
    assert (settled.state, settled.attempts) == ("needs_person", 1)
    assert "cannot be changed any more" in settled.error


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ("1Z999AA10123456784", Verdict.DONE),
        ("1z999aa1 0123 456784", Verdict.DONE),
        ("1Z999AA10123456785", Verdict.OVERTAKEN),
        ("", Verdict.OVERTAKEN),
    ],
)
def test_shipment_is_done_when_its_tracking_number_shows_however_it_is_printed(
    offline: Desk, shown: str, verdict: Verdict
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 2)], state=3))
    plan_ship(offline, order_of(1), "1Z999AA10123456784")
    there = read_order(raw_order(1, [raw_line(11, 3)], tracking_number=shown))
    assert verify_effects._lines(Effect.get(), there).verdict is verdict


@pytest.mark.parametrize(
    ("imei", "serial", "verdict"),
    [
        (IMEI, SERIAL, Verdict.DONE),
        (IMEI, "", Verdict.ABSENT),
        ("", SERIAL, Verdict.ABSENT),
        ("", "", Verdict.ABSENT),
        (IMEI, "C02XK1ABCDEG", Verdict.OVERTAKEN),
        (OTHER_IMEI, SERIAL, Verdict.OVERTAKEN),
    ],
)
def test_registration_of_two_identifiers_is_done_when_both_show(
    offline: Desk, imei: str, serial: str, verdict: Verdict
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    plan_identifiers(offline, order_of(1), IMEI)
    Effect.update(body={"imei": IMEI, "serial_number": SERIAL}).execute()
    shown = read_order(raw_order(1, [raw_line(11, 3, imei=imei, serial_number=serial)]))
    assert verify_effects._identifiers(Effect.get(), shown).verdict is verdict


@pytest.mark.parametrize(
    ("known", "verdict"),
    [("none", Verdict.DONE), ("older", Verdict.DONE), ("the same", Verdict.ABSENT), ("newer", Verdict.ABSENT)],
)
async def test_invoice_date_proves_an_upload_only_when_it_is_newer_than_the_one_known_before(
    shop: Desk, marketplace: SandboxServer, known: str, verdict: Verdict
) -> None:
    order = await shop.store.write(taken_in, shop, marketplace, 3)
    marketplace.marketplace.invoice(order.order_id, [Part("invoice", "invoice.pdf", "application/pdf", b"%PDF-1.7\n")])
    (raw,) = marketplace.marketplace.all_orders([order.order_id])
    shown = read_order(raw).invoice_provided_at
    assert shown is not None
    steps = {"older": -1, "the same": 0, "newer": 1}
    before = (shown + timedelta(hours=steps[known])).isoformat() if known in steps else None

    def plan() -> Effect:
        job_id = plan_accept(shop, order)
        Effect.update(kind=EffectKind.INVOICE, expected={"before": before}).where(Effect.job == job_id).execute()
        return newest()

    effect = await shop.store.write(plan)
    async with open_access(shop, order.company_id) as access:
        assert (await verify_effects.look(access, effect)).verdict is verdict


def test_process_that_stands_still_while_the_marker_is_committed_does_not_send(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 1)
    plan_accept(shop, order)
    stood_still_s, running_s, mark = [0.0], transport.running_s, effects.mark_sending

    def clock() -> float:
        return running_s() + stood_still_s[0]

    def slowly(*args: Any) -> int:
        sends = mark(*args)
        # The first time, this process stands still for a minute before the commit is through.
        stood_still_s[0] = stood_still_s[0] or 60.0
        return sends

    for module in (transport, send_effects):
        monkeypatch.setattr(module, "running_s", clock)
    monkeypatch.setattr(effects, "mark_sending", slowly)
    work(shop)
    assert (newest().state, newest().attempts, len(of_order(marketplace, order))) == ("confirmed", 1, 1)


def test_write_whose_turn_is_over_before_it_leaves_waits_unsent_and_counts_no_attempt(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    job_id = plan_identifiers(shop, order, IMEI)
    stood_still_s, mark = [0.0], effects.mark_sending

    def slowly(desk: Desk, effect: Effect) -> int:
        # While the marker is committed, the turn ends and Back Market asks everybody to stay away.
        stood_still_s[0] = limits.USED_WITHIN_S + 0.5
        limits.hold(desk.store, marketplace.url, 3600, "Too fast.")
        return mark(desk, effect)

    monkeypatch.setattr(company_channel, "running_s", lambda: transport.running_s() + stood_still_s[0])
    with monkeypatch.context() as patched:
        patched.setattr(effects, "mark_sending", slowly)
        work(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.attempts, effect.sending_at) == ("planned", 0, None)
    assert "asked us to slow down" in effect.error
    assert of_order(marketplace, order) == []
    work_through(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.attempts, len(of_order(marketplace, order))) == ("confirmed", 1, 1)


def test_answered_write_that_cannot_be_read_is_unknown_until_it_is_read_and_not_sent_again(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    job_id = plan_identifiers(shop, order, IMEI)
    send = BackMarket.send

    async def answered_without_the_order(self: BackMarket, request: WriteRequest, **when: Any) -> Answer:
        return Answer((await send(self, request, **when)).status, {})

    monkeypatch.setattr(BackMarket, "send", answered_without_the_order)
    # The next attempt is not at once.
    monkeypatch.setattr(outages, "BASE_S", 3600.0)
    marketplace.faults.rules = [Rule("error-500", method="GET", path="/ws/orders/")]
    work(shop)
    marketplace.faults.rules = []
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.answer_status) == ("unknown", 200)
    assert effect.error.startswith("It was answered with 200, and could not be read: ")
    work_through(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.attempts, len(of_order(marketplace, order))) == ("confirmed", 1, 1)


def test_identifier_of_a_line_that_is_listed_no_more_is_not_sent_again(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    effect = unknown(shop, plan_identifiers(shop, order, IMEI))
    (raw,) = marketplace.marketplace.all_orders([order.order_id])

    async def without_its_lines(self: BackMarket, order_id: int) -> Any:
        return {**raw, "orderlines": [{**line, "id": line["id"] + 1} for line in raw["orderlines"]]}

    monkeypatch.setattr(BackMarket, "order", without_its_lines)
    work_through(shop)
    settled = Effect.get_by_id(effect.id)
    assert (settled.state, settled.attempts) == ("needs_person", 1)
    assert "does not list the line any more" in settled.error
    assert of_order(marketplace, order) == []
