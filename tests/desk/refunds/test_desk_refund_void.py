"""Orders that are not accepted: cancelled rather than refunded; recorded refunds can be voided."""

from __future__ import annotations

import pytest
from helpers import check_money, dump, eur, order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import on_channel as channel_cancel
from bmtui.desk.core import audit, needs_attention, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import void as refund_void
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import Refund


def record(desk: Desk, order_id: int = 3, amount: str = "20") -> int:
    request = RefundRequest("issue_refund", amount=eur(amount), method="cash")
    return refunds.issue(desk, order_id, request).refund_ids[0]


def test_refund_of_an_order_that_is_not_accepted_proposes_its_cancellation(counter: Desk) -> None:
    assert [refunds.options(counter, order_id).cancel_first for order_id in (1, 2, 3, 4)] == [False, False, True, False]
    before = dump(counter)
    with pytest.raises(RuleRefused, match="'bmtui orders cancel-on-channel 3'") as refused:
        refunds.issue(counter, 3, RefundRequest(amount=eur("20")))
    assert refused.value.field == "operation"
    assert dump(counter) == before


def test_review_of_money_paid_elsewhere_says_that_back_market_pays_nothing(counter: Desk) -> None:
    said = "The buyer gets nothing from Back Market"
    assert said in refunds.plan(counter, 3, RefundRequest("issue_refund")).sentence
    assert said not in refunds.plan(counter, 1, RefundRequest("issue_refund")).sentence


def test_voided_refund_is_withdrawn_and_its_amount_is_free(counter: Desk) -> None:
    refund_id = record(counter)
    view = refund_void.void(counter, 3, refund_id, "Nobody paid it.")
    assert (view.state, view.error) == ("withdrawn", "Nobody paid it.")
    assert (order_of(3).refunded, order_of(3).payment_status) == (0, "charged")
    row = audit.listing(counter, order_id=3)[0]
    assert (row.action, row.after["refund"]) == ("refund.voided", refund_id)
    assert "Nobody paid it." in row.summary
    assert channel_cancel.send(counter, 3).job_ids
    check_money()


def test_refund_that_cannot_be_voided_is_refused_and_nothing_changes(counter: Desk) -> None:
    refund_id = record(counter)
    sent = refunds.issue(counter, 1, RefundRequest()).refund_ids[0]
    before = dump(counter)
    for order_id, refund, reason, said in (
        (3, refund_id, " ", "reason is needed"),
        (3, refund_id, "x" * 501, "501 characters"),
        (1, sent, "why", "is Queued, not Recorded"),
    ):
        with pytest.raises(RuleRefused, match=said):
            refund_void.void(counter, order_id, refund, reason)
    with pytest.raises(NotFound, match="Its refunds: 1"):
        refund_void.void(counter, 3, sent, "why")
    with pytest.raises(RuleRefused, match="not Excess"):
        refund_void.settle_excess(counter, 3, refund_id, "why")
    assert dump(counter) == before
    permissions.set_rights(counter, str(counter.uid), role="admin", may_refund=False)
    with pytest.raises(RuleRefused, match="may not initiate refunds"):
        refund_void.void(counter, 3, refund_id, "why")


def cancelled_by_the_channel(desk: Desk) -> None:
    line = raw_line(31, 4, "60.00", "THREE")
    take_in(desk, raw_order(3, [line], state=1, date_modification="2026-11-03T10:00:00+00:00"))


def test_voided_refund_makes_room_for_the_excess_of_the_channel(counter: Desk) -> None:
    refund_id = record(counter)
    before = needs_attention.count(counter)
    cancelled_by_the_channel(counter)
    assert needs_attention.count(counter) == before + 2
    refund_void.void(counter, 3, refund_id, "It was meant as the cancellation.")
    assert needs_attention.count(counter) == before
    counted = [row.amount for row in Refund.select() if row.state == "confirmed"]
    assert (sum(counted), order_of(3).refunded) == (6500, 6500)
    check_money()


def test_excess_settled_by_a_person_leaves_the_list(counter: Desk) -> None:
    record(counter)
    before = needs_attention.count(counter)
    cancelled_by_the_channel(counter)
    for row in list(Refund.select().where(Refund.state == "excess")):
        assert refund_void.settle_excess(counter, 3, row.id, "The buyer paid it back.").state == "excess_settled"
    assert needs_attention.count(counter) == before
    check_money()
