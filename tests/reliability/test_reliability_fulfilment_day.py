"""Short simulated day for each way of packing, and for a living marketplace; `fulfilment_day.py` runs a long one."""

from __future__ import annotations

import postgres_server
import pytest
from fulfilment_day import run
from lost_state import LostDay
from thoroughness import share

ORDERS = share(5, 8)
SHORT = [("station", share(5, 8), 200), ("file", share(10, 20), 0), ("commands", share(3, 5), 0)]


@pytest.mark.parametrize(("by", "orders", "live"), SHORT)
def test_simulated_day_loses_no_order_and_ships_none_in_vain(by: str, orders: int, live: float) -> None:
    tally = run(orders, by, kills=share(5, 10), seed=7, live=live, history=40)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed + tally.stopped == tally.accepted > 0
    assert tally.identified > 0
    assert (tally.events > 0) == (live > 0)


def no_loss_doubles(store: str) -> None:
    LostDay.losses = 0
    tally = run(ORDERS, "station", seed=7, store=store, history=40, kind=LostDay)
    assert (tally.wrong, tally.parcels, tally.missing, tally.doubled, tally.unexplained) == ([], [], [], [], [])
    assert tally.packed == tally.accepted > ORDERS // 2
    assert LostDay.losses == 2


def test_day_whose_store_is_put_back_twice_doubles_nothing() -> None:
    no_loss_doubles("")


def test_day_whose_database_is_put_back_twice_doubles_nothing(no_postgres: str) -> None:
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.database() as url:
        no_loss_doubles(url)
