"""Rate limits and daily budgets for all processes of an installation: rows in the store (reliability §2)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bmtui.store.connection import Store
from bmtui.store.models import DailyBudget, RateLimit, from_micros
from bmtui.store.plain_sql import fetch, run

PER_SECOND = 18
BURST = 6
USED_WITHIN_S = 0.5
"""18 a second with a burst of 6, each used within half a second, is at most 195 requests in any 10 s; documented are
200 (API §2), and some arrive late. A day's work counts on the rate, a click on the spare of the burst."""
LONGEST_HOLD_S = 86_400
"""Longest hold in seconds: a channel that asks for a longer one is tried again after a day."""
SPARE = 5
"""Part of the burst that polling leaves unused, so that a person's action never waits behind a download."""

_INTERVAL_US = 1_000_000 // PER_SECOND
_FURTHEST_US = 60_000_000
"""Furthest time in µs that can be reserved ahead, but for a hold: a later one means that the clock was set back."""
_SLACK_US = 30_000_000
"""Tolerance in µs for clocks of hosts that share a store; a hold made later than that is from another clock."""


@dataclass(frozen=True, slots=True)
class Held:
    """Hold: no process sends until that time, for that reason."""

    until: datetime
    reason: str


def reserve(store: Store, name: str, *, polling: bool = False, longest_s: float = math.inf) -> float:
    """Reserve the next request under the limit `name`; returns how many seconds to wait before sending it.

    The generic cell rate algorithm: the row holds the theoretical arrival of the next request. Polling reserves nothing
    while the burst is down to its spare: it is told how long to wait before it asks again, as a negative number. So is
    everybody for whom the wait would be longer than `longest_s`.
    """
    with store.transaction():
        now = now_us()
        # By SQL: asked before each request.
        found = fetch("SELECT theoretical_arrival, held_until FROM rate_limits WHERE name = ?", (name,))
        arrival, held_until = now, now
        if found:
            arrival, held_until = max(found[0][0], now), max(_held_until(name, found[0][1], now), now)
        if arrival > held_until + _FURTHEST_US:
            arrival = held_until
        wait = arrival - (BURST - 1) * _INTERVAL_US - now
        early = wait + SPARE * _INTERVAL_US
        if polling and early > 0:
            return -early / 1e6
        if wait > longest_s * 1e6:
            return -wait / 1e6
        _put(name, arrival + _INTERVAL_US)
    return max(0.0, wait / 1e6)


def pace(store: Store, name: str, a_minute: int, longest_s: float) -> float:
    """Reserve the next of `a_minute` calls in any minute; returns the seconds to wait before it is made.

    When the wait would be longer than `longest_s` nothing is reserved, and it is told as a negative number.
    """
    # A call that may go at once counts against the minute, too.
    burst = max(a_minute // 25, 1)
    interval_us = 60_000_000 // max(a_minute - burst, 1)
    with store.transaction():
        now = now_us()
        row = RateLimit.get_or_none(RateLimit.name == name)
        arrival = max(row.theoretical_arrival if row else now, now)
        if arrival > now + _FURTHEST_US:
            arrival = now
        wait_s = (arrival - (burst - 1) * interval_us - now) / 1e6
        if wait_s > longest_s:
            return -wait_s
        _put(name, arrival + interval_us)
    return max(0.0, wait_s)


def hold(store: Store, name: str, seconds: float, reason: str) -> None:
    """Hold every process for `seconds`: the channel said that we were too fast, or that it does not trust us.

    At most for `LONGEST_HOLD_S`, after which it is asked again. A row of its own says when the hold was made.
    """
    with store.transaction():
        now = now_us()
        until = now + int(min(seconds, LONGEST_HOLD_S) * 1e6)
        row = RateLimit.get_or_none(RateLimit.name == name)
        if row is None or until > _held_until(name, row.held_until, now):
            arrival = until + (BURST - 1) * _INTERVAL_US
            _put(name, max(arrival, row.theoretical_arrival if row else arrival), until, reason)
            _put(_made(name), now)


def held(name: str) -> Held | None:
    """Return the end and the reason of the present hold, or None."""
    row, now = RateLimit.get_or_none(RateLimit.name == name), now_us()
    held_until = _held_until(name, row.held_until, now) if row is not None else 0
    return Held(from_micros(held_until), row.reason) if row is not None and held_until > now else None


def _held_until(name: str, stored: int, now: int) -> int:
    """The end of the hold; one that was made later than now was made before the clock was set back, and is over."""
    if not now < stored <= now + LONGEST_HOLD_S * 1_000_000:
        return 0
    made = RateLimit.get_or_none(RateLimit.name == _made(name))
    return 0 if made is not None and made.theoretical_arrival > now + _SLACK_US else stored


def _made(name: str) -> str:
    return f"held since {name}"


def spend(store: Store, name: str, limit: int) -> float:
    """Count one use of today's budget; returns 0, or the seconds that are left of the day when it is used up.

    The day is UTC's: the channel does not say when its day begins (API §2).
    """
    now = datetime.now(UTC)
    day = now.date().isoformat()
    with store.transaction():
        row = DailyBudget.get_or_none((DailyBudget.name == name) & (DailyBudget.day == day))
        if row is not None and row.spent >= limit:
            tomorrow = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
            return (tomorrow - now).total_seconds()
        DailyBudget.insert(name=name, day=day, spent=1).on_conflict(
            conflict_target=[DailyBudget.name, DailyBudget.day], update={DailyBudget.spent: DailyBudget.spent + 1}
        ).execute()
    return 0.0


def _put(name: str, arrival: int, held_until: int | None = None, reason: str = "") -> None:
    put = "theoretical_arrival = excluded.theoretical_arrival"
    if held_until is not None:
        put += ", held_until = excluded.held_until, reason = excluded.reason"
    run(
        "INSERT INTO rate_limits (name, theoretical_arrival, held_until, reason) VALUES (?, ?, ?, ?) "  # noqa: S608 - names
        f"ON CONFLICT (name) DO UPDATE SET {put}",
        (name, arrival, held_until or 0, reason),
    )


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    # The wall clock, because processes share it; a clock that steps back at worst makes them wait that long once.
    return time.time_ns() // 1000
