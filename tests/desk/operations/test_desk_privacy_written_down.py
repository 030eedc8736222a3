"""Texts that people and carriers typed: never in the audit, and removed everywhere for a shipped parcel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpers import dump, order_of, raw_line, raw_order, take_in, work
from shipment_case import single

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, Effect, JobLog
from bmtui.words import EffectState

TYPED = "zephyrquux"
PARCEL, BACK, REPLACEMENT = "1Z999AA10123456784", "BACK7788990011", "AGAIN5544332211"
BAD_IMEI = "356938035643800"
"""IMEI with a wrong check digit, so that it needs a reason."""


def in_audit(*words: str) -> set[str]:
    rows = "\n".join(f"{row.summary} {row.before} {row.after} {row.facts}" for row in Audit.select())
    return {word for word in words if word in rows}


def test_tracking_number_of_a_parcel_that_left_is_nowhere_after_its_buyer_is_erased(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    order = single(marketplace)
    shipping.ship(stocked, order["order_id"], ShipRequest(tracking=PARCEL, carrier="ups", accept_doubts=True))
    work(stocked)
    assert Effect.get(Effect.kind == "ship").state == EffectState.CONFIRMED
    assert JobLog.select().where(JobLog.message.contains(PARCEL)).exists()
    assert in_audit(PARCEL) == set()
    erased = privacy.erase(stocked, order_of(order["order_id"]).customer_email)
    assert order["order_id"] in erased.orders
    assert [name for name, rows in dump(stocked).items() if PARCEL in str(rows)] == []


def test_parcel_that_was_refused_is_not_described_in_the_audit(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 2)], state=3))
    line = given(11, BAD_IMEI)
    shipped = shipping.ship(
        offline, 1, ShipRequest(tracking=PARCEL, carrier="ups", identifiers=(line,), override=f"{TYPED} said so")
    )
    (effect,) = effects.of_job(shipped.job_id or 0)
    with offline.store.transaction():
        effects.settle(offline, effect, EffectState.REJECTED, error=f"{TYPED} {PARCEL} is not known", answer=TYPED)
    shipping.mark_notified(offline, shipped.shipment_id, f"{TYPED} told us")
    assert outbox.show(offline, effect.id).error.startswith(TYPED)
    actions = {row.action for row in Audit.select()}
    assert {"order.shipped", "ship.rejected", "identifier.overridden", "shipment.notified"} <= actions
    assert in_audit(TYPED, PARCEL) == set()


def test_texts_typed_for_a_return_are_not_in_the_audit(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    rma = returns.create(offline, 1, ReturnRequest([WantedItem(11)], "Defective", f"{TYPED} dropped it")).row.rma_id
    return_actions.track(offline, rma, tracking=BACK, carrier="UPS", url=f"https://carrier.example/{BACK}")
    return_actions.receive(offline, rma, note=f"{TYPED} wrote a letter")
    return_actions.add_note(offline, rma, f"{TYPED} phoned")
    letter = tmp_path / f"{TYPED}.png"
    letter.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return_actions.attach(offline, rma, str(letter))
    return_actions.approve(offline, rma, "approved")
    return_actions.resolve(offline, rma, "replace", note=f"{TYPED} wants another", tracking=REPLACEMENT)
    actions = {row.action for row in Audit.select()}
    assert {"return.tracking", "return.document", "return.resolved", "return.note", "return.received"} <= actions
    assert in_audit(TYPED, BACK, REPLACEMENT) == set()


def test_texts_typed_for_a_refund_or_its_rejection_are_not_in_the_audit(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    admin = replace(offline, now=lambda: now + timedelta(seconds=1))
    permissions.set_rights(admin, "60001", role="operator", per_refund={"EUR": "5"})
    operator = replace(admin, uid=60001, actor="ann(60001)")
    request = RefundRequest("issue_refund", note=f"{TYPED} is angry", reference=TYPED)
    asked = refunds.issue(operator, 1, request)
    approvals.reject(admin, asked.approval_id or 0, f"{TYPED} was paid before")
    assert {"refund.asked", "refund.rejected"} <= {row.action for row in Audit.select()}
    assert in_audit(TYPED) == set()
