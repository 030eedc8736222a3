"""Ship-by clocks: the time by which an order must be shipped, and counts of late, soon and today (order-desk §9).

The channel's `expected_dispatch_date` counts. Without it, an order that was paid before the cut-off of a business day
has until the cut-off of the next one; these targets are the seller's own, and a company's settings change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bmtui.desk.companies import policies
from bmtui.desk.core import business_hours
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow, Page
from bmtui.store.models import Company
from bmtui.store.search import Search
from bmtui.words import CLOCK_RUNS

CAP = 1_000
"""Highest count in the header; larger counts are shown as more."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of orders whose clock runs: `late` are past it, `soon` within the company's hours, `today` due today.

    `today` includes late ones of today. Each is at most `CAP` + 1, which means more.
    """

    late: int
    soon: int
    today: int

    @property
    def sentence(self) -> str:
        """Counts in a few words: ``3 late, 2 soon, 7 today``."""
        return ", ".join(f"{shown(number)} {name}" for name, number in self.pairs)

    @property
    def pairs(self) -> tuple[tuple[str, int], ...]:
        return (("late", self.late), ("soon", self.soon), ("today", self.today))


def shown(number: int) -> str:
    """Return a count for a person; a count above the cap is marked as more."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


def ship_by(company: Company, market: str, channel_status: str, paid_at: datetime | None) -> datetime | None:
    """Return the ship-by time in UTC of an order without the channel's own date; None if no clock runs for it."""
    if paid_at is None or channel_status not in CLOCK_RUNS:
        return None
    cutoff = policies.time_of_day(company.ship_cutoff, "cut-off")
    calendar = business_hours.of_market(market)
    local = paid_at.astimezone(calendar.zone)
    day = local.date()
    if not calendar.is_business_day(day) or local.time() >= cutoff:
        day = calendar.next_business_day(day)
    return datetime.combine(calendar.next_business_day(day), cutoff, calendar.zone).astimezone(UTC)


def counts(desk: Desk) -> Counts:
    """Count the late, soon and today orders of the company in view, or of all."""
    late, soon, today = (search.prepared(desk, f"shipby:{word}").count(CAP) for word in ("overdue", "soon", "today"))
    return Counts(late, soon, today)


def late(desk: Desk, company_id: int) -> int:
    """Count the late orders of a company."""
    return Search("shipby:overdue", desk.now(), UTC, company_id).count(cap=None)


def next_due(desk: Desk) -> OrderRow | None:
    """Return the most urgent order that is not late, soon or of today; None if there is none."""
    return next(iter(queue(desk, word="later", limit=1).rows), None)


def queue(desk: Desk, *, word: str = "due", offset: int = 0, limit: int = 50) -> Page:
    """Return the orders to ship, the most urgent first; `word` is one of ``overdue soon today later due``."""
    return search.page(desk, f"shipby:{word}", sort="shipby", descending=False, offset=offset, limit=limit)
