"""A short day by each way, and one of a living marketplace; the long one is a command of its own."""

from __future__ import annotations

import pytest
from fulfilment_day import run


@pytest.mark.parametrize(("by", "orders", "live"), [("station", 8, 200), ("file", 20, 0), ("commands", 5, 0)])
def test_nothing_is_wrong_lost_or_shipped_in_vain(by: str, orders: int, live: float) -> None:
    tally = run(orders, by, kills=10, seed=7, live=live, history=40)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed + tally.stopped == tally.accepted > 0
    assert tally.identified > 0
    assert (tally.events > 0) == (live > 0)
