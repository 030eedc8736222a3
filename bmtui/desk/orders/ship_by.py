"""Ship-by clocks: when an order has to leave, and how many are late, soon and today (order-desk §9).

The channel's `expected_dispatch_date` counts. Where it says none, an order that was paid before the cut-off of a
business day has until the cut-off of the next one; these are your targets, and a company's settings change them.
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
"""More than so many are not counted for the header."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders whose clock runs: `late` are past it, `soon` within the company's hours, `today` of this day, late or not.

    Each is at most `CAP` + 1, which means more.
    """

    late: int
    soon: int
    today: int

    @property
    def sentence(self) -> str:
        """The three in a few words: ``3 late, 2 soon, 7 today``."""
        return ", ".join(f"{shown(number)} {name}" for name, number in self.pairs)

    @property
    def pairs(self) -> tuple[tuple[str, int], ...]:
        return (("late", self.late), ("soon", self.soon), ("today", self.today))


def shown(number: int) -> str:
    """A count as a person reads it; one above the cap is said to be more."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


def ship_by(company: Company, market: str, channel_status: str, paid_at: datetime | None) -> datetime | None:
    """When an order has to leave of which the channel says no date, in UTC; None when no clock runs for it."""
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
    """How many orders of the company in view, or of all, are late, soon and today."""
    late, soon, today = (search.prepared(desk, f"shipby:{word}").count(CAP) for word in ("overdue", "soon", "today"))
    return Counts(late, soon, today)


def late(desk: Desk, company_id: int) -> int:
    """Count the orders of a company that should have been shipped by now."""
    return Search("shipby:overdue", desk.now(), UTC, company_id).count(cap=None)


def next_due(desk: Desk) -> OrderRow | None:
    """Return the order that has to leave next of those that are not late, soon or of today; None: there is none."""
    return next(iter(queue(desk, word="later", limit=1).rows), None)


def queue(desk: Desk, *, word: str = "due", offset: int = 0, limit: int = 50) -> Page:
    """What has to leave, the most urgent first; `word` is one of ``overdue soon today later due``."""
    return search.page(desk, f"shipby:{word}", sort="shipby", descending=False, offset=offset, limit=limit)
