"""A short kill loop, longer with BMTUI_EVERY_MISHAP=1; the long one is a command of its own (`kill_loop.py`)."""

from __future__ import annotations

import postgres_server
import pytest
from kill_loop import Loop, installation, run
from thoroughness import share

from bmtui.store.models import Effect

EFFECTS, KILLS = share(50, 100), share(10, 20)


def test_killed_workers_double_and_lose_nothing() -> None:
    tally = run(effects=EFFECTS, kills=KILLS)
    assert (tally.doubled, tally.lost, tally.open) == ([], [], [])
    assert tally.effects == EFFECTS
    assert tally.kills >= share(3, 10)


def test_outages_make_no_effect_given_up() -> None:
    tally = run(effects=50, kills=5, outages=5, outage_s=(0.5, 1.0))
    assert (tally.doubled, tally.lost, tally.open, tally.given_up) == ([], [], [], [])
    # A step that is done before it is looked at again has none.
    assert tally.outages >= 1


def test_killed_workers_double_and_lose_nothing_on_postgresql(no_postgres: str) -> None:
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.database() as url:
        tally = run(effects=EFFECTS, kills=KILLS, store=url)
    assert (tally.doubled, tally.lost, tally.open) == ([], [], [])
    assert tally.kills >= share(3, 10)


def test_a_doubled_and_a_lost_effect_would_be_found() -> None:
    with installation("", 2, seed=3) as (desk, server):
        server.faults.rules = []
        loop = Loop(desk, server, workers=1, seed=3)
        tally = loop.run(effects=10, kills=0)
        assert tally.good
        applied = server.marketplace.state.effects
        applied.append(applied[0])
        Effect.update(state="rejected").where(Effect.kind == "ship").execute()
        loop._compare(tally)
        assert tally.doubled == [applied[0]["order_id"]]
        assert len(tally.lost) == 2
