"""Differences between store and channel: what an older answer may repair."""

from __future__ import annotations

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.channel.reading import read_order
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import reconcile


@pytest.mark.parametrize(
    ("modified", "repairable"),
    [("2026-11-01T10:00:00Z", False), ("2026-11-02T10:00:00Z", True), ("2026-11-03T10:00:00Z", True), (None, True)],
)
def test_difference_is_repaired_by_an_answer_that_is_not_older_than_the_order(
    offline: Desk, modified: str | None, repairable: bool
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    there = raw_order(1, [raw_line(11, 3, sku="SKU")], tracking_number="X1", date_modification=modified)
    (found,) = reconcile.differences(order_of(1), read_order(there))
    assert (found.here, found.there, found.repairable) == ("none", "X1", repairable)
    assert ("compare again later" in found.advice) is not repairable
