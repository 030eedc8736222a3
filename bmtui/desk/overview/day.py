"""Numbers of the day: orders due by hour or day, new orders, and today's refunds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from peewee import fn

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.money import Money
from bmtui.store.models import Company, Order, Refund
from bmtui.words import REFUND_NOT_MADE

BANDS = 6
"""Number of bands in `Day.due`; the orders due after them are one more band."""
HOURS = 24
DAYS = 7


@dataclass(frozen=True, slots=True)
class Band:
    """Number of orders to ship in an hour or on a day; `at` is its begin in the company's zone, None for ``late``."""

    label: str
    count: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Numbers of the day: `due` without empty bands; `orders_24h` by hour and `orders_7d` by day, the latest last."""

    due: tuple[Band, ...]
    orders_24h: tuple[int, ...]
    orders_7d: tuple[int, ...]
    refunds: tuple[Money, ...]


def read(desk: Desk) -> Day:
    """Return the numbers of the company in view, or of all."""
    with desk.store.snapshot():
        hours, days = _orders(desk)
        return Day(_due(desk), hours, days, _refunds(desk))


def _due(desk: Desk) -> tuple[Band, ...]:
    zone = desk.list_zone()
    late = search.prepared(desk, "shipby:overdue").count(cap=None)
    by_hour = search.prepared(desk, "shipby:today,later -shipby:overdue").hours("ship_by")
    local = [(hour.astimezone(zone), number) for hour, number in by_hour]
    bands = [Band("late", late)] if late else []
    counts: dict[tuple[date, int | None], int] = defaultdict(int)
    for at, number in local:
        # The first day is split into hours; each later day is a single band.
        counts[at.date(), at.hour if at.date() == local[0][0].date() else None] += number
    named = ""
    for place, ((day, hour), number) in enumerate(counts.items()):
        if place == BANDS:
            bands.append(Band("later", sum(list(counts.values())[place:])))
            break
        begin = datetime.combine(day, time(hour or 0), zone)
        name = "" if f"{day:%a}" == named and hour is not None else f"{day:%a}"
        named = f"{day:%a}"
        bands.append(Band(" ".join(filter(None, (name, "" if hour is None else f"{hour:02}h"))), number, begin))
    return tuple(bands)


def _orders(desk: Desk) -> tuple[tuple[int, ...], tuple[int, ...]]:
    now, zone = desk.now(), desk.list_zone()
    came = search.prepared(desk, f"created:last{DAYS}").hours("created_at")
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    by_hour, by_day = Counter[int](), Counter[int]()
    for hour, number in came:
        by_hour[(this_hour - hour) // timedelta(hours=1)] += number
        by_day[(now.astimezone(zone).date() - hour.astimezone(zone).date()).days] += number
    return (
        tuple(by_hour[back] for back in range(HOURS - 1, -1, -1)),
        tuple(by_day[back] for back in range(DAYS - 1, -1, -1)),
    )


def _refunds(desk: Desk) -> tuple[Money, ...]:
    zone = desk.list_zone()
    midnight = datetime.combine(desk.now().astimezone(zone).date(), time(), zone)
    query: Any = Refund.select(Order.currency, fn.SUM(Refund.amount)).join(Order).join(Company)
    made = (Refund.made_at >= midnight) & Refund.state.not_in(REFUND_NOT_MADE)
    query = query.where(made & (Company.name == desk.company if desk.company else Company.enabled))
    found = query.group_by(Order.currency).order_by(Order.currency).tuples()
    return tuple(Money(int(amount), currency) for currency, amount in found)
