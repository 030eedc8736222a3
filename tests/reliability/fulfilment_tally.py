"""Results of a simulated day of orders, and helpers for its devices and cancellations."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bmtui.sandbox.errors import Refused
from bmtui.sandbox.marketplace import Marketplace
from bmtui.values import check_digits


@dataclass
class Tally:
    """Results of a day; the lists name orders or lines. `stopped` counts orders cancelled before they were packed."""

    orders: int = 0
    accepted: int = 0
    packed: int = 0
    stopped: int = 0
    cancelled: int = 0
    identified: int = 0
    kills: int = 0
    asked: int = 0
    scans: int = 0
    events: int = 0
    seconds: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[int] = field(default_factory=list)
    parcels: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unexplained: list[int] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.wrong or self.parcels or self.missing or self.doubled or self.unexplained)

    def report(self, by: str) -> str:
        """Return the counts in one line, then a line for each list that must be empty; `by` is the way of packing."""
        lines = [
            f"{self.orders:,} paid, {self.accepted:,} accepted, {self.packed:,} packed by {by}, "
            f"{self.cancelled:,} cancelled meanwhile, {self.stopped:,} of them before they were packed, "
            f"{self.identified:,} identifiers registered, {self.events:,} live events, "
            f"{self.kills:,} workers killed, {self.asked:,} asked a person, {self.seconds:.0f} s; {dict(self.states)}"
        ]
        for name in ("wrong", "parcels", "missing", "doubled", "unexplained"):
            found = getattr(self, name)
            lines.append(f"{name}: {len(found)} {found[:20] or ''}".rstrip())
        return "\n".join(lines)


def imei_of(number: int) -> str:
    """Return an IMEI with its check digit, another for each number."""
    body = f"35{number:012d}"
    return next(body + digit for digit in "0123456789" if check_digits.is_luhn(body + digit))


def end_order(market: Marketplace, order: dict[str, Any]) -> None:
    """Cancel the lines of an order that are not shipped, as the buyer or the Back Office do."""
    for line in order["orderlines"]:
        body = {"order_id": order["order_id"], "new_state": {1: 4, 2: 5}.get(line["state"]), "sku": line["listing"]}
        # The lines of one SKU end together, and a parcel may have been faster.
        with contextlib.suppress(Refused):
            if body["new_state"]:
                market.update(order["order_id"], body)
