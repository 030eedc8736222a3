"""Outages of a channel, known to all processes: one process tries again for all (reliability §2).

A row of `rate_limits` of its own: `theoretical_arrival` is since when (0: no outage), `held_until` when to ask again.
"""

from __future__ import annotations

import random
from datetime import datetime

from bmtui.queue import limits
from bmtui.store import event_rows
from bmtui.store.connection import Store
from bmtui.store.models import RateLimit, from_micros

BASE_S = 1.0
CAP_S = 300.0
ASKED_WITHIN_S = 15.0
"""Seconds after which another job may try the channel: the job that tries is done by then, or dead."""


def pause_s(waited_s: float) -> float:
    """Return the seconds to wait after `waited_s` of outage: random (full jitter), and growing with the outage."""
    # Jitter spreads the herd, not the cryptography.
    return random.uniform(0, min(CAP_S, max(BASE_S, waited_s)))  # noqa: S311


def since(channel: str) -> datetime | None:
    """Return the time since when `channel` cannot be reached; None: it can."""
    row = _row(channel)
    return from_micros(row.theoretical_arrival) if row is not None else None


def ask(store: Store, channel: str) -> float:
    """Return the seconds to wait before a call to `channel`: 0 when this worker is to try, more while another does."""
    if _row(channel) is None:
        return 0.0
    with store.transaction():
        row, now = _row(channel), limits.now_us()
        if row is None:
            return 0.0
        # A clock that was set back would keep everybody away.
        wait_us = row.held_until - now
        if 0 < wait_us <= CAP_S * 1e6:
            return wait_us / 1e6
        _put(channel, row.theoretical_arrival, now + int(ASKED_WITHIN_S * 1e6), row.reason)
    return 0.0


def begin(store: Store, channel: str, reason: str) -> None:
    """Note that `channel` cannot be reached, or still cannot."""
    with store.transaction():
        row, now = _row(channel), limits.now_us()
        began = min(row.theoretical_arrival, now) if row is not None else now
        _put(channel, began, now + int(pause_s((now - began) / 1e6) * 1e6), reason)
        if row is None:
            event_rows.append("channel.away", data={"channel": channel})


def end(store: Store, channel: str) -> None:
    """Note that `channel` was reached again."""
    with store.transaction():
        if _row(channel) is not None:
            _put(channel, 0, 0, "")
            event_rows.append("channel.back", data={"channel": channel})


def _row(channel: str) -> RateLimit | None:
    found: RateLimit | None = RateLimit.get_or_none(RateLimit.name == _name(channel))
    return found if found is not None and found.theoretical_arrival else None


def _name(channel: str) -> str:
    return f"unreachable {channel}"


def _put(channel: str, began: int, again: int, reason: str) -> None:
    values = {"theoretical_arrival": began, "held_until": again, "reason": reason}
    RateLimit.insert(name=_name(channel), **values).on_conflict(
        conflict_target=[RateLimit.name], update=values
    ).execute()
