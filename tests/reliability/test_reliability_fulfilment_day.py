"""A short day by each way; the long one is a command of its own (`fulfilment_day.py`)."""

from __future__ import annotations

import pytest
from fulfilment_day import run


@pytest.mark.parametrize(("by", "orders"), [("station", 25), ("file", 25), ("commands", 5)])
def test_nothing_is_wrong_lost_or_shipped_in_vain(by: str, orders: int) -> None:
    tally = run(orders, by, kills=10, seed=7)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed == tally.accepted > 0
    assert tally.identified > 0
