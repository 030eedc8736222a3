"""Short simulated day for each way of packing, and for a living marketplace; `fulfilment_day.py` runs a long one."""

from __future__ import annotations

import postgres_server
import pytest
from fulfilment_day import run
from lost_state import LostDay


@pytest.mark.parametrize(("by", "orders", "live"), [("station", 8, 200), ("file", 20, 0), ("commands", 5, 0)])
def test_simulated_day_loses_no_order_and_ships_none_in_vain(by: str, orders: int, live: float) -> None:
    tally = run(orders, by, kills=10, seed=7, live=live, history=40)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed + tally.stopped == tally.accepted > 0
    assert tally.identified > 0
    assert (tally.events > 0) == (live > 0)


def no_loss_doubles(store: str) -> None:
    LostDay.losses = 0
    tally = run(8, "station", seed=7, store=store, history=40, kind=LostDay)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed == tally.accepted > 4
    assert LostDay.losses == 2


def test_day_whose_store_is_put_back_twice_doubles_nothing() -> None:
    no_loss_doubles("")


def test_day_whose_database_is_put_back_twice_doubles_nothing(no_postgres: str) -> None:
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.database() as url:
        no_loss_doubles(url)
