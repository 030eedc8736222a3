"""A person's own: what they may take back, decide and refund, and what is assigned to them, whatever another did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import desk_functions
import pytest
from command_in_process import undone
from full_company import BEN_UID, CASH, of_ben
from helpers import eur, order_of
from installation import number

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.tags import tags
from bmtui.store.models import Approval, Effect, Operator
from bmtui.words import EffectState

WANTED = 100_000
"""Minor units of the whole limit of a day: what is left of it is told."""


def mine(desk: Desk) -> list[Any]:
    """Return what a person is told about themselves, and take back all that they can."""
    found: list[Any] = [
        permissions.why_no_refund(desk),
        *(permissions.above_limit(desk, order_of(number(index)), WANTED) for index in (2, 14)),
        *(permissions.needs_approval(desk, order_of(number(index)), WANTED) for index in (2, 14)),
        outbox.planned_since(desk, 0),
        desk_functions.answer(desk, search.count, "assignee:me"),
        [(one.approval_id, one.is_own) for one in approvals.listing(desk, everything=True) if one.is_own],
    ]
    planned = list(Effect.select().where(Effect.state == EffectState.PLANNED).order_by(Effect.id))
    taken = outbox.take_back_jobs(desk, [effect.job_id for effect in planned])
    return [*found, taken, [one.id for one in planned if _state(one) == EffectState.WITHDRAWN]]


def _state(effect: Effect) -> str:
    return str(Effect.get_by_id(effect.id).state)


def approve(desk: Desk) -> object:
    waiting = Approval.get((Approval.state == "awaiting_approval") & (Approval.made_uid == BEN_UID))
    return approvals.approve(desk, waiting.id)


BY_THE_OTHER: Mapping[str, Callable[[Desk], object]] = {
    "refund": lambda desk: refunds.issue(desk, number(14), replace(CASH, lines={_line(14): eur("100.00")})),
    "refund on Back Market": lambda desk: refunds.issue(desk, number(34), RefundRequest()),
    "approval": approve,
    "shipment": lambda desk: shipping.ship(
        desk, number(9), shipping.ShipRequest("1Z999AA10123456784", "UPS", accept_doubts=True)
    ),
    "assignment to themselves": lambda desk: tags.assign(desk, number(3), "me"),
    "note": lambda desk: orders.add_note(desk, number(3), "Hello"),
}
"""Actions of the other person."""


def _line(index: int) -> int:
    return int(orders.lines_of(order_of(number(index)))[0].line_id)


@pytest.fixture(scope="module")
def two(filled: Any) -> tuple[Desk, Desk]:
    """Desks of Anna and Ben, each of whom may refund 1000.00 EUR a day and has a write that waits."""
    anna: Desk = filled.desk
    ben = of_ben(anna)
    permissions.set_rights(anna, "1000", role="admin", per_day={"EUR": "1000"})
    permissions.set_rights(anna, str(BEN_UID), role="admin", per_refund={"EUR": "none"}, per_day={"EUR": "1000"})
    Operator.update(account="anna").where(Operator.uid == 1000).execute()
    Operator.update(account="ben").where(Operator.uid == BEN_UID).execute()
    shipping.ship(ben, number(21), shipping.ShipRequest("1Z999AA10123456784", "UPS", accept_doubts=True))
    return anna, ben


# Nobody approves what they asked for, and it is Ben who asked.
@pytest.mark.parametrize(
    ("act", "who"),
    [(act, who) for act in BY_THE_OTHER for who in ("anna", "ben") if (act, who) != ("approval", "anna")],
)
def test_what_is_a_persons_own_does_not_change_when_another_acts(two: Any, act: str, who: str) -> None:
    person, other = two if who == "anna" else two[::-1]
    before: list[Any] = []
    after: list[Any] = []
    with undone(person):
        before += mine(person)
    with undone(person):
        BY_THE_OTHER[act](other)
        after += mine(person)
    assert before[-2] > 0
    assert after == before


@pytest.mark.parametrize("act", ["refund", "shipment", "assignment to themselves"])
def test_what_is_a_persons_own_changes_when_they_act(two: Any, act: str) -> None:
    ben = two[1]
    found: list[list[Any]] = []
    with undone(ben):
        found.append(mine(ben))
    with undone(ben):
        BY_THE_OTHER[act](ben)
        found.append(mine(ben))
    assert found[0] != found[1]
