"""Rules of RMAs about pieces: number still returnable, pieces free again, amount left to refund."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import check_money, eur, line_of, raw_line, raw_order, take_in
from return_counter import ORDER, PAIR, PHONE, make

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import csv_import as return_import
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import WantedItem
from bmtui.errors import RuleRefused
from bmtui.store.models import Return, ReturnItem, ReturnReceipt


def test_receiving_more_than_is_still_missing_is_refused(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PAIR, 2))
    return_actions.receive(shipped, rma, quantity=1)
    with pytest.raises(RuleRefused, match=r"2 pieces .* cannot be received; 1 are missing"):
        return_actions.receive(shipped, rma, quantity=2)
    assert (ReturnItem.get().received, ReturnReceipt.select().count()) == (1, 1)
    return_actions.receive(shipped, rma)
    with pytest.raises(RuleRefused, match="All 2"):
        return_actions.receive(shipped, rma, quantity=1)


def test_rma_of_all_pieces_refunds_the_rest_of_a_line_that_was_partly_refunded(shipped: Desk) -> None:
    refunds.issue(shipped, ORDER, RefundRequest("issue_refund", lines={PAIR: eur("10.00")}))
    rma = make(shipped, WantedItem(PAIR, 2))
    return_refund.refund(shipped, rma, RefundRequest("issue_refund"))
    assert returns.show(shipped, rma).row.refunded == eur("30.01")
    assert line_of(PAIR).refunded == 4001
    check_money()


def test_rejected_item_is_approved_again_only_while_its_pieces_are_free(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PAIR, 2))
    return_actions.approve(shipped, rma, "rejected")
    return_actions.approve(shipped, rma, "approved")
    assert ReturnItem.get().approval == "approved"
    # What is approved already can be approved once more: its pieces are its own.
    return_actions.approve(shipped, rma, "approved")
    return_actions.approve(shipped, rma, "rejected")
    make(shipped, WantedItem(PAIR, 1))
    with pytest.raises(RuleRefused, match="in another RMA meanwhile"):
        return_actions.approve(shipped, rma, "approved")
    assert ReturnItem.get(ReturnItem.rma == rma).approval == "rejected"


def test_import_whose_second_rma_cannot_be_created_stores_none(shipped: Desk, tmp_path: Path) -> None:
    take_in(shipped, raw_order(5002, [raw_line(11, sku="TAB")]))
    file = tmp_path / "returns.csv"
    file.write_text(f"order_id,sku,reason\n5002,TAB,Other\n{ORDER},PHN,Other\n", encoding="utf-8")
    seen = return_import.preview(shipped, str(file))
    assert [plan.order_id for plan in seen.plans] == [5002, ORDER]
    other = make(shipped, WantedItem(PHONE, 1))
    with pytest.raises(RuleRefused, match="in an RMA already"):
        return_import.save(shipped, seen)
    assert [row.id for row in Return.select()] == [other]
