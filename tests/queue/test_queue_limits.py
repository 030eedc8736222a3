"""Rate limit that all processes share, computed on a simulated clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from helpers import python
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bmtui.desk.core.context import Desk
from bmtui.queue import limits, outages
from bmtui.store.models import DailyBudget, RateLimit

WINDOW_NS = 10_000_000_000
DOCUMENTED = 200
"""Requests in 10 s that Back Market allows; more block the account for 10 s (API §2)."""
MARGIN = 5
"""Requests in 10 s that the limit leaves unused, because requests leave evenly and arrive unevenly."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Function that sets the time, in ns."""

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


def test_requests_at_full_speed_stay_below_the_documented_limit(desk: Desk, clock: Callable[[int], None]) -> None:
    now, sent = 10**18, []
    with desk.store.transaction():
        for _ in range(700):
            clock(now)
            now += round(limits.reserve(desk.store, "x") * 1e9)
            sent.append(now)
    assert most_in_a_window(sent) <= DOCUMENTED - MARGIN
    # And it is no slower than it has to be.
    assert (sent[-1] - sent[0]) / 1e9 < 700 / 17


def test_burst_of_requests_is_allowed_again_after_a_pause(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    assert [limits.reserve(desk.store, "x") for _ in range(limits.BURST)] == [0.0] * limits.BURST
    assert limits.reserve(desk.store, "x") > 0
    assert limits.reserve(desk.store, "y") == 0.0
    clock(10**18 + 60 * 10**9)
    assert [limits.reserve(desk.store, "x") for _ in range(limits.BURST)] == [0.0] * limits.BURST


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400_000_000)), min_size=150, max_size=400))
def test_callers_who_share_the_limit_stay_below_it_together(
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


def test_rate_limit_penalty_holds_all_callers_and_is_followed_by_no_burst(
    desk: Desk, clock: Callable[[int], None]
) -> None:
    clock(10**18)
    limits.hold(desk.store, "x", 10, "Too fast.")
    assert limits.reserve(desk.store, "x") == pytest.approx(10)
    assert limits.reserve(desk.store, "x") > 10
    limits.hold(desk.store, "x", 2, "Too fast.")
    assert limits.reserve(desk.store, "x") > 10
    clock(10**18 + 11 * 10**9)
    waits = [limits.reserve(desk.store, "x") for _ in range(limits.BURST)]
    assert sum(wait > 0 for wait in waits) >= limits.BURST - limits.PER_SECOND - 3
    assert waits[-1] >= 0


def test_polling_leaves_the_spare_and_reserves_nothing_when_refused(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    polled = [limits.reserve(desk.store, "x", polling=True) for _ in range(limits.BURST)]
    assert polled[: limits.BURST - limits.SPARE] == [0.0] * (limits.BURST - limits.SPARE)
    refused = polled[limits.BURST - limits.SPARE :]
    # Asked again and again, the answer stays: no place in the line was taken.
    assert len(set(refused)) == 1
    assert refused[0] < 0
    # Somebody who clicks now does not wait.
    assert [limits.reserve(desk.store, "x") for _ in range(limits.SPARE)] == [0.0] * limits.SPARE
    assert limits.reserve(desk.store, "x") > 0


def test_polling_that_waits_as_told_gets_its_turn(desk: Desk, clock: Callable[[int], None]) -> None:
    now = 10**18
    for _ in range(200):
        clock(now)
        wait = limits.reserve(desk.store, "x", polling=True)
        now += round(abs(wait) * 1e9)
        if wait < 0:
            clock(now)
            assert limits.reserve(desk.store, "x", polling=True) == 0.0


@pytest.mark.slow
def test_polling_and_clicks_together_stay_below_the_limit(desk: Desk, clock: Callable[[int], None]) -> None:
    sent: list[int] = []
    now, clicked_at = 10**18, 10**18
    with desk.store.transaction():
        while len(sent) < 600:
            clock(now)
            if limits.reserve(desk.store, "x", polling=True) >= 0:
                sent.append(now)
            if clicked_at <= now:
                clicked_at = now + round(limits.reserve(desk.store, "x") * 1e9) + 10**8
                sent.append(clicked_at - 10**8)
            now += 10**7
    assert most_in_a_window(sent) <= DOCUMENTED - MARGIN


def test_request_that_would_wait_too_long_reserves_no_turn(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    limits.hold(desk.store, "x", 10, "Too fast.")
    assert [limits.reserve(desk.store, "x", longest_s=3) for _ in range(100)] == [pytest.approx(-10)] * 100
    clock(10**18 + 10 * 10**9)
    assert limits.reserve(desk.store, "x", longest_s=3) == 0.0


def test_rate_limit_hold_has_an_end_and_a_reason_and_is_not_shortened(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    assert limits.held("x") is None
    limits.hold(desk.store, "x", 60, "The firewall.")
    limits.hold(desk.store, "x", 10, "Too fast.")
    limits.reserve(desk.store, "x")
    held = limits.held("x")
    assert held is not None
    assert (held.until.timestamp(), held.reason) == (10**9 + 60, "The firewall.")
    assert limits.held("y") is None
    clock(10**18 + 59 * 10**9)
    limits.hold(desk.store, "x", 10, "Too fast.")
    held = limits.held("x")
    assert held is not None
    assert (held.until.timestamp(), held.reason) == (10**9 + 69, "Too fast.")
    clock(10**18 + 69 * 10**9)
    assert limits.held("x") is None
    assert limits.reserve(desk.store, "x") == 0.0


@pytest.mark.parametrize("step_s", [-86_400, 86_400])
def test_changed_clock_does_not_block_requests(desk: Desk, clock: Callable[[int], None], step_s: int) -> None:
    clock(10**18)
    for _ in range(limits.BURST + 5):
        limits.reserve(desk.store, "x")
    clock(10**18 + step_s * 10**9)
    assert abs(limits.reserve(desk.store, "x")) < 1
    assert abs(limits.reserve(desk.store, "x", polling=True)) < 1


def test_a_days_budget_is_shared_and_ends_with_the_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [datetime(2026, 11, 30, 23, 59, 58, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment[0]

    monkeypatch.setattr(limits, "datetime", Clock)
    assert [limits.spend(desk.store, "x", 3) for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert limits.spend(desk.store, "y", 3) == 0.0
    # What was refused is not counted.
    assert DailyBudget.get(DailyBudget.name == "x").spent == 3
    moment[0] += timedelta(seconds=2)
    assert [limits.spend(desk.store, "x", 3) for _ in range(4)] == [0.0, 0.0, 0.0, 86_400.0]
    # A clock that is set back finds what that day has cost.
    moment[0] -= timedelta(seconds=1)
    assert limits.spend(desk.store, "x", 3) == 1.0


SPENDER = """
import sys
from bmtui.queue import limits, outages
from bmtui.store import open_store
store = open_store(sys.argv[1])
print(sum(limits.spend(store, "x", 100) == 0 for _ in range(40)))
store.close()
"""


@pytest.mark.slow
def test_processes_cannot_spend_more_than_the_budget_together(desk: Desk) -> None:
    spenders = [python(SPENDER, desk.settings.store_url) for _ in range(4)]
    spent = 0
    for spender in spenders:
        out, errors = spender.communicate()
        assert (spender.returncode, errors) == (0, "")
        spent += int(out)
    # Unless midnight passed in between.
    assert spent == sum(min(row.spent, 100) for row in DailyBudget.select())
    assert spent >= 100


@pytest.mark.parametrize(("a_minute", "at_once"), [(1, 1), (2, 1), (30, 1), (75, 3)])
def test_calls_at_a_pace_stay_below_it_in_any_minute(
    desk: Desk, clock: Callable[[int], None], a_minute: int, at_once: int
) -> None:
    now, made = 10**18, []
    for _ in range(3 * a_minute + 1):
        clock(now)
        now += round(limits.pace(desk.store, "x", a_minute, 120) * 1e9)
        made.append(now)
    assert made[at_once - 1] == 10**18 < made[at_once]
    for first in made:
        assert sum(first <= at < first + 60 * 10**9 for at in made) <= a_minute
    # And it is no slower than it has to be.
    assert made[-1] - made[0] <= 60 * 10**9 * 3 * a_minute / max(a_minute - at_once, 1)


def test_a_call_that_would_wait_too_long_for_its_pace_reserves_no_turn(
    desk: Desk, clock: Callable[[int], None]
) -> None:
    clock(10**18)
    assert limits.pace(desk.store, "x", 2, 60) == 0
    assert [limits.pace(desk.store, "x", 2, 59) for _ in range(2)] == [-60, -60]
    assert limits.pace(desk.store, "x", 2, 60) == 60
    # The clock was set back by a day: nobody waits for it.
    clock(10**18 - 86_400 * 10**9)
    assert limits.pace(desk.store, "x", 2, 59) == 0


def test_a_request_that_waits_exactly_as_long_as_it_may_has_its_turn(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    for _ in range(limits.BURST):
        limits.reserve(desk.store, "x")
    wait_s = -limits.reserve(desk.store, "x", longest_s=0.01)
    assert wait_s > 0.01
    assert limits.reserve(desk.store, "x", longest_s=wait_s) == wait_s
    assert limits.reserve(desk.store, "x", longest_s=wait_s) < 0


def test_an_outage_lasts_since_its_first_failed_call(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    outages.begin(desk.store, "x", "No route.")
    clock(10**18 + 60 * 10**9)
    outages.begin(desk.store, "x", "No route.")
    began = datetime.fromtimestamp(10**9, UTC)
    assert outages.since("x") == began
    # The clock was set back: it began no later than now.
    clock(10**18 - 60 * 10**9)
    outages.begin(desk.store, "x", "No route.")
    assert outages.since("x") == began - timedelta(seconds=60)
    outages.end(desk.store, "x")
    assert outages.since("x") is None


def test_a_hold_of_an_older_release_which_does_not_say_when_it_was_made_is_kept(
    desk: Desk, clock: Callable[[int], None]
) -> None:
    clock(10**18)
    limits.hold(desk.store, "x", 10, "Too fast.")
    assert RateLimit.delete().where(RateLimit.name != "x").execute() == 1
    held = limits.held("x")
    assert held is not None
    assert held.reason == "Too fast."


def test_outage_is_known_since_its_first_failure_until_its_end(desk: Desk, clock: Callable[[int], None]) -> None:
    for passed_s in (0, 60, 600):
        clock(10**18 + passed_s * 10**9)
        outages.begin(desk.store, "x", "No network.")
        since = outages.since("x")
        assert since is not None
        assert since.timestamp() == 10**9
    assert outages.since("y") is None
    outages.end(desk.store, "x")
    assert outages.since("x") is None


def test_channel_is_asked_again_no_later_than_after_the_time_that_it_was_away(
    desk: Desk, clock: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    for passed_s, pause_s in ((0, 1), (100, 100), (1000, 300)):
        clock(10**18 + passed_s * 10**9)
        outages.begin(desk.store, "x", "No network.")
        assert outages.ask(desk.store, "x") == pause_s


def test_six_requests_leave_at_once_and_then_eighteen_a_second(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    waits = [limits.reserve(desk.store, "x") for _ in range(8)]
    assert waits == [0.0] * 6 + [pytest.approx(1 / 18, abs=1e-5), pytest.approx(2 / 18, abs=1e-5)]
    # Of the burst, polling takes the first alone.
    assert limits.reserve(desk.store, "y", polling=True) == 0.0
    assert limits.reserve(desk.store, "y", polling=True) == pytest.approx(-1 / 18, abs=1e-5)


def test_channel_that_asks_for_a_week_is_asked_again_after_a_day(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    limits.hold(desk.store, "x", 7 * 86_400, "Stay away.")
    held = limits.held("x")
    assert held is not None
    assert held.until.timestamp() == 10**9 + 86_400


def test_short_hold_gives_no_turn_before_those_that_were_reserved(desk: Desk, clock: Callable[[int], None]) -> None:
    clock(10**18)
    last = [limits.reserve(desk.store, "x") for _ in range(45)][-1]
    assert last > 2
    limits.hold(desk.store, "x", 1, "Too fast.")
    assert limits.reserve(desk.store, "x") == pytest.approx(last + 1 / 18, abs=1e-5)
    # One that lasts longer than all of them ends with no burst.
    limits.hold(desk.store, "x", 60, "Stay away.")
    assert [limits.reserve(desk.store, "x") for _ in range(2)] == [
        pytest.approx(60, abs=1e-5),
        pytest.approx(60 + 1 / 18, abs=1e-5),
    ]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_day_of_a_budget_is_that_of_utc_whatever_the_zone_of_the_machine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    # It is never the same day in both zones.
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.now(UTC).date().isoformat()
        assert limits.spend(desk.store, "refunds", 1) == 0
        assert DailyBudget.get().day in (before, datetime.now(UTC).date().isoformat())
        assert 0 < limits.spend(desk.store, "refunds", 1) <= 86_400
    finally:
        monkeypatch.undo()
        time.tzset()
