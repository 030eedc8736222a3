"""Options of a sandbox."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bmtui.sandbox.faults import parse_rule
from bmtui.sandbox.limits import settle_limits
from bmtui.sandbox.quirks import settle

_MOST_ORDERS = 100_000
_MOST_LIVE = 6_000


@dataclass(frozen=True)
class SandboxOptions:
    """Options with which the practice marketplace starts. Raises ValueError, in a sentence, for an impossible value.

    `port` 0 takes a free one. `token` None makes one from the seed. `quirks` are names and values of `QUIRKS`, `faults`
    are `NAME` or `NAME:PROBABILITY` of `FAULTS`. With `now` (aware) the clock stands there and moves by one second with
    each accepted write; without it, time is real. More than `rate_limit` requests in `rate_window_s` seconds block for
    as long (API §2). `limits` are names and numbers of `limits.LIMITS`: the after-sales calls by minute and by day, in
    the marketplace's time. `live` is how many events of the marketplace's life happen by themselves in a minute.
    `days` is how far back the orders go.
    """

    host: str = "127.0.0.1"
    port: int = 0
    orders: int = 200
    seed: int = 1
    token: str | None = None
    quirks: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[str] = ()
    now: datetime | None = None
    rate_limit: int = 200
    rate_window_s: float = 10.0
    limits: Mapping[str, int] = field(default_factory=dict)
    live: float = 0
    days: int = 90

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("The host must not be empty.")
        if not 0 <= self.port <= 65_535:
            raise ValueError(f"The port is from 0 to 65535, not {self.port}.")
        if not 0 <= self.orders <= _MOST_ORDERS:
            raise ValueError(f"The number of orders is from 0 to {_MOST_ORDERS}, not {self.orders}.")
        if self.token is not None and not (self.token.isascii() and self.token.isprintable() and self.token.split()):
            raise ValueError("The token must be printable ASCII text, and not empty.")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("The time to stand at must have a time zone.")
        if self.rate_limit < 1:
            raise ValueError(f"The rate limit is at least 1 request, not {self.rate_limit}.")
        if not (math.isfinite(self.rate_window_s) and self.rate_window_s > 0):
            raise ValueError(f"The rate window is more than 0 seconds, not {self.rate_window_s}.")
        if not 0 <= self.live <= _MOST_LIVE:
            raise ValueError(f"The rate of events is from 0 to {_MOST_LIVE} a minute, not {self.live}.")
        if not 5 <= self.days <= 3_650:
            raise ValueError(f"The orders go back from 5 to 3650 days, not {self.days}.")
        settle(self.quirks)
        settle_limits(self.limits)
        for text in self.faults:
            parse_rule(text)

    @property
    def secret(self) -> str:
        """The token that callers must send: the given one, or the seed's own."""
        return self.token or hashlib.sha256(f"sandbox {self.seed}".encode()).hexdigest()[:32]
