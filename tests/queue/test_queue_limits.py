"""The rate limit that all processes share, by arithmetic on a clock of our own."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bmtui.desk.context import Desk
from bmtui.queue import limits
from bmtui.store.models import RateLimit

WINDOW_NS = 10_000_000_000
DOCUMENTED = 200
"""More than 200 requests in 10 s block for 10 s (API §2)."""
MARGIN = 5
"""Requests leave evenly and arrive unevenly."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the time, in ns."""

    def at(now_ns: int) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: now_ns)

    at(0)
    return at


def most_in_a_window(times_ns: list[int]) -> int:
    times_ns.sort()
    first = most = 0
    for last, at in enumerate(times_ns):
        while times_ns[first] <= at - WINDOW_NS:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_as_fast_as_allowed_stays_below_what_is_documented(desk: Desk, clock: Callable[[int], None]) -> None:
    now, sent = 10**18, []
    with desk.store.transaction():
        for _ in range(700):
            clock(now)
            now += round(limits.reserve(desk.store, "x") * 1e9)
            sent.append(now)
    assert most_in_a_window(sent) <= DOCUMENTED - MARGIN
    # And it is no slower than it has to be.
    assert (sent[-1] - sent[0]) / 1e9 < 700 / 17


def test_a_burst_is_free_and_comes_back_after_a_pause(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    assert [limits.reserve(desk.store, "x") for _ in range(limits.BURST)] == [0.0] * limits.BURST
    assert limits.reserve(desk.store, "x") > 0
    assert limits.reserve(desk.store, "y") == 0.0
    clock(10**18 + 60 * 10**9)
    assert [limits.reserve(desk.store, "x") for _ in range(limits.BURST)] == [0.0] * limits.BURST


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400_000_000)), min_size=150, max_size=400))
def test_callers_who_share_it_stay_below_it_together(
    desk: Desk, clock: Callable[[int], None], steps: list[tuple[int, int]]
) -> None:
    now, free_at, sent = 10**18, [10**18] * 6, []
    with desk.store.transaction():
        RateLimit.delete().execute()
        for caller, pause in steps:
            # Each caller sleeps until its turn before it asks again; the others do not wait for it.
            now = max(now + pause // 20, free_at[caller])
            clock(now)
            free_at[caller] = now + round(limits.reserve(desk.store, "x") * 1e9)
            sent.append(free_at[caller])
    assert most_in_a_window(sent) <= DOCUMENTED - MARGIN


def test_a_penalty_holds_everybody_and_leaves_no_burst_behind_it(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    limits.hold(desk.store, "x", 10)
    assert limits.reserve(desk.store, "x") == pytest.approx(10)
    assert limits.reserve(desk.store, "x") > 10
    limits.hold(desk.store, "x", 2)
    assert limits.reserve(desk.store, "x") > 10
    clock(10**18 + 11 * 10**9)
    waits = [limits.reserve(desk.store, "x") for _ in range(limits.BURST)]
    assert sum(wait > 0 for wait in waits) >= limits.BURST - limits.PER_SECOND - 3
    assert waits[-1] >= 0
