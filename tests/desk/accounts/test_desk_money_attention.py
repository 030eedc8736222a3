"""Rows of Today about money: the count, and the worst order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from helpers import raw_line, raw_order, take_in
from statement_counter import bring_in, file, phone, row

from bmtui.desk.accounts import attention
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.money import Money
from bmtui.store.models import Refund


def later(desk: Desk, days: int) -> Desk:
    now = desk.now() + timedelta(days=days)
    return replace(desk, now=lambda: now)


def test_refunds_above_the_received_amount_need_a_person(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, phone(1), phone(2))
    assert attention.refunded_above_received(offline).count == 0
    refunds.issue(offline, 1, RefundRequest("issue_refund"))
    refunds.issue(offline, 2, RefundRequest("issue_refund"))
    Refund.create(
        order=Refund.get().order, part="order", amount=300, operation="refund_on_back_market", method="other",
        date="2026-11-05", reference="", note="", state="excess", made_by="Back Market", made_at=offline.now(),
    )  # fmt: skip
    bring_in(offline, file(tmp_path, [row(2, "refund", "-100.00")]))
    found = attention.refunded_above_received(offline)
    assert (found.count, found.order_id, found.about) == (2, 2, "100.00 EUR too much")


def test_a_whole_refund_without_a_return_needs_a_person_after_some_days(offline: Desk) -> None:
    take_in(offline, phone(1), phone(2), phone(3))
    refunds.issue(offline, 1, RefundRequest("issue_refund"))
    refunds.issue(offline, 2, RefundRequest("issue_refund", amount=Money(500, "EUR")))
    refunds.issue(offline, 3, RefundRequest("issue_refund"))
    returns.create(offline, 3, ReturnRequest(reason="Defective"))
    assert attention.refund_without_return(later(offline, 13)).count == 0
    found = attention.refund_without_return(later(offline, 15))
    assert (found.count, found.order_id) == (1, 1)


def test_received_return_without_a_refund_needs_a_person_after_some_days(offline: Desk) -> None:
    take_in(offline, phone(1), phone(2))
    for number in (1, 2):
        rma = returns.create(offline, number, ReturnRequest(reason="Defective")).row.rma_id
        actions.receive(offline, rma)
    refunds.issue(offline, 2, RefundRequest("issue_refund"))
    assert attention.received_and_not_refunded(later(offline, 2)).count == 0
    found = attention.received_and_not_refunded(later(offline, 4))
    assert (found.count, found.order_id, found.company) == (1, 1, "Shop")


def test_refund_of_an_order_that_never_left_needs_no_return(offline: Desk) -> None:
    take_in(offline, phone(1, 2))
    refunds.issue(offline, 1, RefundRequest("issue_refund"))
    assert attention.refund_without_return(later(offline, 15)).count == 0


def test_order_with_two_received_returns_is_counted_once(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, sku="A"), raw_line(11, sku="B")]))
    for line_id in (10, 11):
        rma = returns.create(offline, 1, ReturnRequest([WantedItem(line_id, 1)], "Defective")).row.rma_id
        actions.receive(offline, rma)
    assert attention.received_and_not_refunded(later(offline, 4)).count == 1
