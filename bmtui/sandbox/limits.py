"""Limits of the after-sales calls: by minute and by UTC day, in the marketplace's time (API §2)."""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bmtui.sandbox.dates import Clock
from bmtui.sandbox.errors import Refused

#: What is limited, and how many calls of it are allowed; API §2, and its OpenAPI description for what is not in there.
LIMITS: Final[Mapping[str, int]] = {
    "care-list-per-minute": 520,
    "care-list-per-day": 4_000,
    "care-detail-per-minute": 600,
    "care-detail-per-day": 40_000,
    "care-message-per-minute": 560,
    "care-message-per-day": 40_000,
    "care-problem-per-minute": 750,
    "care-problem-per-day": 1_000,
    "care-transfer-per-minute": 292,
    "care-transfer-per-day": 500,
    "refund-per-day": 500,
}
_MINUTE: Final = timedelta(minutes=1)


def settle_limits(chosen: Mapping[str, int]) -> dict[str, int]:
    """Return every limit with its number. Raises ValueError for a name that does not exist or a number below 0."""
    for name, number in chosen.items():
        if name not in LIMITS:
            raise ValueError(f"There is no limit named {name!r}; there are {', '.join(LIMITS)}.")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ValueError(f"The limit {name} is a whole number from 0, not {number!r}.")
    return {**LIMITS, **chosen}


class Budgets:
    """Counters of the calls. The caller holds the marketplace's lock."""

    def __init__(self, limits: Mapping[str, int], clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._minute: dict[str, deque[datetime]] = {}
        self._day: Counter[tuple[str, str]] = Counter()

    def spend(self, what: str) -> None:
        """Count one call of `care-list`, `refund` and so on. Raises Refused (429, E008), uncounted, over the limit."""
        now = self._clock.now()
        recent = self._minute.setdefault(what, deque())
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        day = (what, now.date().isoformat())
        if len(recent) >= self._limits.get(f"{what}-per-minute", len(recent) + 1):
            raise Refused("Too many requests", 429, "E008")
        if self._day[day] >= self._limits[f"{what}-per-day"]:
            raise Refused(f"Too many requests today ({what})", 429, "E008")
        recent.append(now)
        self._day[day] += 1
