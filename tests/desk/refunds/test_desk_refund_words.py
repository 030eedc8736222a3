"""Words about a refund before and after it: the plan, the dialog, and the requests of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from helpers import eur, order_of, raw_line, raw_order, take_in
from refund_counter import settle

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import plan as refund_plan
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Approval, Audit, Event, Refund
from bmtui.words import EffectState

CASH = "issue_refund"


@pytest.mark.parametrize(
    ("order_id", "request_", "sentence", "recorded"),
    [
        (
            1,
            RefundRequest(amount=eur("40")),
            "Refund on Back Market: 40.00 EUR (ONE 40.00 EUR) will be sent to Back Market. 65.00 EUR stays refundable. "
            "5.00 EUR of it is shipping, which only the Back Office refunds.",
            "Refund 40.00 ONE (EUR), Other, 2026-11-24",
        ),
        (
            1,
            RefundRequest(CASH, method="wire", reference=" R1 "),
            "Issue Refund: 105.00 EUR (Order 105.00 EUR) will be recorded here; nothing is sent. "
            "Nothing stays refundable.",
            "Refund 105.00 Order (EUR), Wire, reference R1, 2026-11-24",
        ),
        (
            1,
            RefundRequest(CASH, {11: eur("1")}, shipping=eur("2"), date="2026-11-20"),
            "Issue Refund: 3.00 EUR (ONE 1.00 EUR, Shipping 2.00 EUR) will be recorded here; nothing is sent. "
            "102.00 EUR stays refundable.",
            "Refund 1.00 ONE + 2.00 Shipping (EUR), Other, 2026-11-20",
        ),
        (
            3,
            RefundRequest(CASH, amount=eur("10")),
            "Issue Refund: 10.00 EUR (Order 10.00 EUR) will be recorded here; nothing is sent. 55.00 EUR stays "
            "refundable. The buyer gets nothing from Back Market, which still expects the order to be accepted and "
            "shipped.",
            "Refund 10.00 Order (EUR), Other, 2026-11-24",
        ),
    ],
)
def test_plan_of_a_refund_says_what_happens_and_what_is_left(
    counter: Desk, order_id: int, request_: RefundRequest, sentence: str, recorded: str
) -> None:
    made = refunds.plan(counter, order_id, request_)
    assert (made.sentence, made.recorded) == (sentence, recorded)
    assert made.refundable_after.minor == order_of(order_id).received - made.total.minor
    full = made.refundable_after.minor == 0
    assert made.payment_status_after == ("fully_refunded" if full else "partially_refunded")


def test_plan_above_the_limit_says_that_it_waits(counter: Desk) -> None:
    permissions.set_rights(counter, "60001", role="operator", per_refund={"EUR": "1"})
    ann = replace(counter, uid=60001, actor="ann(60001)")
    made = refunds.plan(ann, 1, RefundRequest(CASH, amount=eur("2")))
    assert made.sentence == (
        "Issue Refund: 2.00 EUR (Order 2.00 EUR) waits until a second person approves it; nothing is sent or recorded "
        f"as returned before. 103.00 EUR stays refundable. {made.approval}"
    )
    issued = refunds.issue(ann, 1, RefundRequest(CASH, {11: eur("1")}, shipping=eur("2"), note="N"))
    view = approvals.show(counter, issued.approval_id or 0)
    assert (view.what, view.note, view.operation, view.amount) == (
        "ONE 1.00 EUR, Shipping 2.00 EUR",
        "N",
        CASH,
        eur("3"),
    )
    assert (view.doubt, view.is_own, view.refund_ids) == ("", False, (1, 2))
    told = Audit.select().order_by(Audit.id.desc()).first()
    assert (told.action, told.after["approval"]) == ("refund.asked", view.approval_id)
    assert [event.name for event in Event.select() if event.name == "approval.asked"] == ["approval.asked"]


def test_refund_within_the_limits_is_of_the_account_that_issues_it(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest(CASH, amount=eur("2"), note="One\nTwo"))
    refunds.issue(counter, 2, RefundRequest())
    cash, sent = Refund.select().order_by(Refund.id)
    assert (cash.state, cash.note, cash.reason, cash.authorised_uid, cash.approval_id) == (
        "recorded",
        "One\nTwo",
        None,
        counter.uid,
        None,
    )
    assert (sent.state, sent.reason, sent.authorised_uid) == ("queued", 25, counter.uid)
    told = Audit.select().where(Audit.action == "refund.issued").order_by(Audit.id).first()
    assert "approval" not in told.after


def test_dialog_of_a_refund_names_what_each_part_has_left(counter: Desk) -> None:
    refunds.issue(counter, 4, RefundRequest(CASH, {41: eur("12")}))
    options = refunds.options(counter, 4)
    assert [(line.price, line.refunded, line.refundable) for line in options.lines] == [
        (eur("30"), eur("12"), eur("18")),
        (eur("20"), eur("0"), eur("20")),
        (eur("10"), eur("0"), eur("10")),
    ]
    assert (options.received, options.refunded, options.refundable, options.shipping) == tuple(
        map(eur, ("65", "12", "53", "5"))
    )
    assert [(line.channel, line.channel_why_not) for line in options.lines] == [("any", "")] * 3
    assert (options.shipping_on_channel, options.cancel_first, options.why_not) == (
        "only in the Back Office",
        False,
        None,
    )
    refunds.issue(counter, 4, RefundRequest(CASH, amount=eur("50")))
    options = refunds.options(counter, 4)
    # All that is left of the order bounds each part.
    assert ([line.refundable for line in options.lines], options.shipping) == ([eur("3")] * 3, eur("3"))


@pytest.mark.parametrize(
    ("order_id", "shipping", "default", "first"),
    [
        (1, "only in the Back Office", "refund_on_back_market", False),
        (2, "follows automatically", "refund_on_back_market", False),
        (3, "only in the Back Office", CASH, True),
    ],
)
def test_dialog_of_a_refund_says_who_returns_the_shipping_and_what_comes_first(
    counter: Desk, order_id: int, shipping: str, default: str, first: bool
) -> None:
    options = refunds.options(counter, order_id)
    assert (options.shipping_on_channel, options.default_operation, options.cancel_first) == (shipping, default, first)


def test_dialog_without_shipping_left_says_nothing_of_it(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest(CASH, shipping=eur("5")))
    assert refunds.options(counter, 1).shipping_on_channel == ""


def test_dialog_names_why_back_market_refunds_no_line_and_who_may_not_refund(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 1, sku="A"), raw_line(12, 8, sku="B"), raw_line(13, 1, sku="C")]))
    options = refunds.options(offline, 1)
    assert {one.operation: one.why_not for one in options.operations} == {
        "refund_on_back_market": "Back Market can refund no line of this order. A, C: It is not accepted yet: on Back "
        f"Market it can only be accepted or cancelled. B: {options.lines[1].channel_why_not}",
        "issue_refund": None,
        "issue_refund_check": None,
    }
    assert options.lines[1].channel_why_not.startswith("On Back Market it is ")
    permissions.set_rights(offline, "60001", role="viewer")
    viewer = replace(offline, uid=60001, actor="vi(60001)")
    assert refunds.options(viewer, 1).why_not == permissions.why_no_refund(viewer)
    refunds.issue(offline, 1, RefundRequest(CASH))
    assert "is fully refunded" in (refunds.options(viewer, 1).why_not or "")


@pytest.mark.parametrize(("states", "able"), [((3, 1), True), ((1, 3), True), ((1, 1), False), ((1, 8), False)])
def test_default_is_the_channel_where_it_can_refund_one_line_at_least(
    offline: Desk, states: tuple[int, int], able: bool
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, states[0], sku="A"), raw_line(12, states[1], sku="B")]))
    options = refunds.options(offline, 1)
    assert (options.default_operation == "refund_on_back_market", options.cancel_first) == (able, not able)
    if not able:
        with pytest.raises(RuleRefused, match="it can only be cancelled") as refused:
            refunds.plan(offline, 1, RefundRequest())
        assert (refused.value.field, "orders cancel-on-channel 1'" in refused.value.advice) == ("operation", True)


def test_second_try_while_a_refund_of_one_line_is_on_its_way_names_no_other_way(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3, sku="A"), raw_line(12, 6, sku="B")]))
    issued = refunds.issue(offline, 1, RefundRequest(lines={11: eur("10")}))
    with pytest.raises(RuleRefused, match="A refund of order 1 is on its way") as refused:
        refunds.plan(offline, 1, RefundRequest(amount=eur("1")))
    assert refused.value.advice.startswith("Wait until it is settled")
    settle(offline, issued, EffectState.CONFIRMED)
    assert refunds.plan(offline, 1, RefundRequest(amount=eur("1"))).operation == "refund_on_back_market"


def test_more_than_what_is_left_while_money_is_under_way_says_how_to_stop_that(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest(lines={11: eur("60")}))
    with pytest.raises(RuleRefused) as refused:
        refunds.plan(counter, 1, RefundRequest(CASH, amount=eur("46")))
    assert refused.value.message == "46.00 EUR is more than the refundable amount of order 1: 45.00 EUR."
    assert refused.value.advice.startswith("Enter 45.00 or less. 60.00 EUR is under way over Back Market, as a refund")
    assert "shipping" not in refused.value.advice


def test_only_the_latest_refunds_are_named_and_the_others_counted(counter: Desk) -> None:
    for day in range(1, 5):
        refunds.issue(counter, 1, RefundRequest(CASH, amount=eur("1"), date=f"2026-11-{day:02}"))
        told = refund_plan.refunded(order_of(1))
        assert told.count("refund #") == min(day, 3)
        assert told.endswith(" and 1 more") is (day == 4)
    refunds.issue(counter, 2, RefundRequest(CASH, amount=eur("7")))
    assert "7.00" not in refund_plan.refunded(order_of(1))


def test_unknown_line_is_refused_with_the_lines_that_there_are(counter: Desk) -> None:
    with pytest.raises(RuleRefused) as refused:
        refunds.plan(counter, 4, RefundRequest(lines={99: None}))
    assert (refused.value.message, refused.value.advice) == (
        "Order 4 has no line 99.",
        "Its lines: 41 (A), 42 (B), 43 (A).",
    )


def test_decided_requests_are_counted_for_who_decided_and_no_longer_in_doubt(counter: Desk) -> None:
    permissions.set_rights(counter, "60001", role="operator", per_refund={"EUR": "1"})
    ann = replace(counter, uid=60001, actor="ann(60001)")
    first, second = (
        refunds.issue(ann, order_id, RefundRequest(CASH, amount=eur("2"))).approval_id or 0 for order_id in (1, 2)
    )
    approvals.approve(counter, first)
    assert {row.approval_id: (row.state, row.authorised_uid) for row in Refund.select()} == {
        first: ("recorded", counter.uid),
        second: ("awaiting_approval", None),
    }
    one, two = approvals.show(counter, first), approvals.show(counter, second)
    assert (one.state, one.decided_by, one.decided_at, one.reason) == ("approved", counter.actor, counter.now(), "")
    assert (two.state, two.decided_by, two.decided_at) == ("awaiting_approval", "", None)
    Approval.update(doubt="It may have been sent.").execute()
    assert [approvals.show(counter, number).doubt for number in (first, second)] == ["", "It may have been sent."]
    told = Audit.select().where(Audit.action == "refund.approved").get()
    assert told.summary.startswith("Approved the request of ann(60001). Issue Refund: 2.00 EUR")
    assert told.after["approval"] == first
    with pytest.raises(RuleRefused, match=f"Request {first} is approved already; nothing was changed"):
        approvals.settle(counter, first, happened=True)


def test_request_in_doubt_that_did_not_happen_leaves_others_in_doubt(counter: Desk) -> None:
    permissions.set_rights(counter, "60001", role="operator", per_refund={"EUR": "1"})
    ann = replace(counter, uid=60001, actor="ann(60001)")
    asked: list[Any] = [
        refunds.issue(ann, order_id, RefundRequest(CASH, amount=eur("2"))).approval_id for order_id in (1, 2)
    ]
    Approval.update(doubt="It may have been sent.").execute()
    approvals.settle(counter, asked[0], happened=False)
    assert [approvals.show(counter, number).doubt for number in asked] == ["", "It may have been sent."]
    assert [approvals.show(counter, number).state for number in asked] == ["awaiting_approval"] * 2
