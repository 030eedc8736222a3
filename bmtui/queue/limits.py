"""One rate limit for all processes of an installation: a row in the store (reliability §2)."""

from __future__ import annotations

import time

from bmtui.store.connection import Store
from bmtui.store.models import RateLimit

PER_SECOND = 18
BURST = 15
"""18 a second with a burst of 15 is at most 195 requests in any 10 s; documented are 200 (API §2); some arrive late."""

_INTERVAL_US = 1_000_000 // PER_SECOND


def reserve(store: Store, name: str) -> float:
    """Reserve the next request under the limit `name`; returns how many seconds to wait before sending it.

    The generic cell rate algorithm: the row holds the theoretical arrival time of the next request.
    """
    now = _now_us()
    with store.transaction():
        row = RateLimit.get_or_none(RateLimit.name == name)
        arrival = max(row.theoretical_arrival if row else now, now)
        _put(name, arrival + _INTERVAL_US)
    return max(0.0, (arrival - (BURST - 1) * _INTERVAL_US - now) / 1e6)


def hold(store: Store, name: str, seconds: float) -> None:
    """Hold every process for `seconds`: the channel said that we were too fast."""
    with store.transaction():
        until = _now_us() + int(seconds * 1e6) + (BURST - 1) * _INTERVAL_US
        row = RateLimit.get_or_none(RateLimit.name == name)
        _put(name, max(until, row.theoretical_arrival if row else until))


def _put(name: str, arrival: int) -> None:
    RateLimit.insert(name=name, theoretical_arrival=arrival).on_conflict(
        conflict_target=[RateLimit.name], update={RateLimit.theoretical_arrival: arrival}
    ).execute()


def _now_us() -> int:
    # The wall clock, because processes share it; a clock that steps back at worst makes them wait that long once.
    return time.time_ns() // 1000
