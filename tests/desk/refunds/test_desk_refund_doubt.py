"""Requests in doubt after a restore, and what a person is told where nothing of an order is left to refund."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import add_company, check_money, dump, eur, line_of, order_of
from refund_counter import settle

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Approval, Audit, Effect, Refund
from bmtui.words import EffectState

ADMIN, ANN, BEN, CLEO = 60000, 60001, 60002, 60003
DOUBT = "It may have been approved and sent."


@pytest.fixture
def people(counter: Desk) -> tuple[Desk, Desk, Desk]:
    """Three operators: 10.00 at once, without a limit, and one who may only look."""
    counter = replace(counter, uid=ADMIN)
    permissions.set_rights(counter, str(ADMIN), role="admin")
    permissions.set_rights(counter, str(ANN), role="operator", per_refund={"EUR": "10"})
    permissions.set_rights(counter, str(BEN), role="operator")
    permissions.set_rights(counter, str(CLEO), role="viewer")
    named = ((ANN, "ann"), (BEN, "ben"), (CLEO, "cleo"))
    ann, ben, cleo = (replace(counter, uid=uid, actor=f"{name}({uid})") for uid, name in named)
    return ann, ben, cleo


def asked(desk: Desk, order_id: int, request: RefundRequest | None = None) -> int:
    issued = refunds.issue(desk, order_id, request or RefundRequest())
    assert issued.approval_id is not None
    Approval.update(doubt=DOUBT).where(Approval.id == issued.approval_id).execute()
    return issued.approval_id


def test_a_request_in_doubt_is_settled_by_a_second_person_before_it_is_approved(
    people: tuple[Desk, Desk, Desk],
) -> None:
    ann, ben, cleo = people
    approval = asked(ann, 1)
    admin = replace(ann, uid=ADMIN)
    before = dump(ann)
    for desk, happened, says in (
        (ann, True, "above the limit of ann.* Another account must confirm"),
        (cleo, True, "may only look"),
        (cleo, False, "may only look"),
        (replace(ben, read_only=True), True, "read-only"),
        (replace(ben, read_only=True), False, "read-only"),
    ):
        with pytest.raises(RuleRefused, match=says):
            approvals.settle(desk, approval, happened=happened)
    with pytest.raises(RuleRefused, match=DOUBT) as refused:
        approvals.approve(ben, approval)
    assert f"settle it: 'bmtui approvals settle {approval}" in refused.value.advice
    assert dump(ann) == before
    permissions.set_rights(admin, str(ANN), role="operator", per_refund={"EUR": "500"})
    with pytest.raises(RuleRefused, match=r"You asked for it yourself\. Another account must confirm"):
        approvals.settle(ann, approval, happened=True)
    assert approvals.show(ben, approval).doubt == DOUBT
    assert approvals.settle(ann, approval, happened=False).doubt == ""
    told = Audit.select().order_by(Audit.id.desc()).get().summary
    assert told == f"ann({ANN}) says that the request of ann({ANN}) was not carried out before the restore."
    with pytest.raises(RuleRefused, match="is not in doubt"):
        approvals.settle(ben, approval, happened=True)
    assert approvals.approve(ben, approval).state == "approved"
    assert Effect.select().count() == 1
    check_money()


def test_a_request_that_was_carried_out_before_the_restore_sends_nothing(people: tuple[Desk, Desk, Desk]) -> None:
    ann, ben, _ = people
    sent, paid = asked(ann, 1), asked(ann, 4, RefundRequest("issue_refund", method="cash"))
    for approval in (sent, paid):
        view = approvals.settle(ben, approval, happened=True)
        assert (view.state, view.decided_by, view.reason) == (
            "approved",
            f"ben({BEN})",
            "Carried out before the restore.",
        )
    states = {row.approval_id: (row.state, row.authorised_uid) for row in Refund.select()}
    assert states == {sent: ("confirmed", BEN), paid: ("recorded", BEN)}
    told = Audit.select().order_by(Audit.id.desc()).get().summary
    assert told == f"ben({BEN}) says that the request of ann({ANN}) was carried out before the restore."
    assert Effect.select().count() == 0
    with pytest.raises(RuleRefused, match="is approved already"):
        approvals.settle(ben, sent, happened=True)
    check_money()


def test_requests_are_listed_by_company_and_the_audit_says_who_ended_them(people: tuple[Desk, Desk, Desk]) -> None:
    ann, ben, _ = people
    add_company(replace(ann, uid=ADMIN), "Other")
    own, theirs = asked(ann, 1), asked(ann, 2)
    assert [view.approval_id for view in approvals.listing(ben.of_company("Shop"))] == [theirs, own]
    assert approvals.listing(ben.of_company("Other")) == ()
    assert (approvals.show(ann, own).is_own, approvals.show(ben, own).is_own) == (True, False)
    approvals.reject(ann, own, "typed wrongly")
    approvals.reject(ben, theirs, "too much")
    told = [entry.summary for entry in Audit.select().order_by(Audit.id.desc()).limit(2)]
    assert told == [f"Rejected the request of ann({ANN}).", "Withdrew the request."]
    assert approvals.listing(ben) == ()
    assert [view.state for view in approvals.listing(ben, everything=True)] == ["rejected", "withdrawn"]


def test_order_whose_shipping_follows_by_itself_says_so_when_nothing_is_left_to_refund(counter: Desk) -> None:
    issued = refunds.issue(counter, 2, RefundRequest())
    with pytest.raises(RuleRefused, match=r"80.00 EUR is under way .*, and 5.00 EUR of shipping charges follow: wait"):
        refunds.plan(counter, 2, RefundRequest())
    settle(counter, issued, EffectState.CONFIRMED)
    assert refunds.options(counter, 2).why_not == (
        "Back Market returns the rest of order 2; nothing is refundable any more."
    )
    assert order_of(2).refunded == 8000


def test_accepted_line_of_which_a_part_was_refunded_cannot_be_refunded_over_the_channel(counter: Desk) -> None:
    refunds.issue(counter, 2, RefundRequest("issue_refund", lines={21: eur("10.00")}))
    can, why = refund_plan.channel_can(order_of(2), line_of(21))
    assert (can, why.partition(", ")[2]) == ("", "and a part of it was refunded already.")
    # Without an operation it is recorded: Back Market can refund no line of it.
    made = refunds.issue(counter, 2, RefundRequest(lines={21: eur("20.00")}))
    assert (made.plan.operation, made.plan.requests, made.job_id) == ("issue_refund", (), None)
    assert line_of(21).refunded == 3000
    check_money()


def test_requests_of_a_plan_are_those_that_are_sent(counter: Desk) -> None:
    made = refunds.issue(counter, 4, RefundRequest())
    sent = outbox.of_job(counter, made.job_id or 0)
    assert [(one.method, one.path, one.body) for one in made.plan.requests] == [
        (view.method, view.path, view.body) for view in sent
    ]
    assert len(sent) == 3


def test_amount_of_all_that_the_lines_have_left_is_spread_over_them(counter: Desk) -> None:
    made = refunds.plan(counter, 4, RefundRequest(amount=eur("60.00")))
    assert [(item.line_id, item.amount) for item in made.items] == [
        (41, eur("30.00")),
        (42, eur("20.00")),
        (43, eur("10.00")),
    ]
    with pytest.raises(RuleRefused, match="refunds per line, and this order has several"):
        refunds.plan(counter, 4, RefundRequest(amount=eur("59.99")))


def test_what_is_left_of_each_line_is_refunded_over_the_channel(counter: Desk) -> None:
    refunds.issue(counter, 4, RefundRequest("issue_refund", lines={41: eur("12.00")}))
    for amount in (None, eur("48.00")):
        made = refunds.plan(counter, 4, RefundRequest("refund_on_back_market", amount=amount))
        assert [item.amount for item in made.items] == [eur("18.00"), eur("20.00"), eur("10.00")]


def test_fully_refunded_order_names_its_refunds_the_latest_first(counter: Desk) -> None:
    for amount, day in (("20.00", "2026-11-20"), ("85.00", "2026-11-22")):
        refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur(amount), date=day))
    told = "85.00 EUR on 2026-11-22 (refund #2), 20.00 EUR on 2026-11-20 (refund #1)"
    with pytest.raises(RuleRefused) as refused:
        refunds.plan(counter, 1, RefundRequest())
    assert refused.value.message == f"Order 1 is fully refunded: {told}. Nothing is refundable any more."
    assert refund_plan.refunded(order_of(2)) == ""
