"""Figures of the accounts: revenue, refunds, fees and net; returns; times to ship and to answer customers.

Each amount counts on the day on which its order was created, in the company's time zone; amounts of different
currencies are never added up.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from operator import add
from statistics import median

from bmtui.desk.accounts import figure_counts, settings
from bmtui.desk.accounts.figure_counts import LINES, ORDERS, Scope, Sums
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import from_micros, to_micros
from bmtui.store.plain_sql import fetch

_MONEY = ("orders", "received", "refunded", "fee", "adjustment", "with_refund", "with_return")
_TIMES = ("shipped", "wait_s", "within_24h", "within_48h", "within_72h")
"""Sums of orders that make `Takings`, and those that make `Speed`."""
_DAY_US = 86_400_000_000
USUAL_DAYS = 30
MOST_DAYS = 3_700
MOST_FOLDERS = 1_000
"""Number of newest folders per company whose first answers are timed."""


@dataclass(frozen=True, slots=True)
class Takings:
    """Sums of the orders of a day, week, month, market or carrier; `key` is its name. Rates are shares of orders."""

    key: str
    currency: str
    orders: int
    revenue: Money
    refunds: Money
    fees: Money
    net: Money
    refund_rate: float
    return_rate: float


@dataclass(frozen=True, slots=True)
class SkuTakings:
    """Sums of the lines of a SKU; rates are shares of its pieces."""

    key: str
    currency: str
    pieces: int
    revenue: Money
    refunds: Money
    fees: Money
    net: Money
    refund_rate: float
    return_rate: float


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Number of pieces of a SKU that came back for a reason."""

    reason: str
    sku: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Comeback:
    """Return of a device, with its order, RMA and reason."""

    order_id: int
    rma_id: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RepeatedDevice:
    """Device that came back twice or more, with its returns, oldest first."""

    imei: str
    sku: str
    times: int
    history: tuple[Comeback, ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """Times from paid to shipped, in hours. `late`: orders shipped later than the setting `late_after_h`."""

    shipped: int
    mean_h: float
    late_after_h: int
    late: int
    late_share: float
    within_24h: int
    within_48h: int
    within_72h: int


@dataclass(frozen=True, slots=True)
class Answers:
    """Hours from a customer's first message to the first answer, in the newest after-sales folders of the period."""

    folders: int
    answered: int
    median_h: float
    within_target: int
    target_h: int


@dataclass(frozen=True, slots=True)
class ReturnClock:
    """Numbers of shipped orders by days since delivery, which is estimated from the days of transit."""

    transit_days: int
    withdrawal_days: int
    return_days: int
    under_way: int
    withdrawal: int
    free_return: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a span of days, both included; lists come with the largest or newest first."""

    company: str
    first: date
    last: date
    as_of: datetime
    totals: tuple[Takings, ...]
    days: tuple[Takings, ...]
    weeks: tuple[Takings, ...]
    months: tuple[Takings, ...]
    markets: tuple[Takings, ...]
    carriers: tuple[Takings, ...]
    skus: tuple[SkuTakings, ...]
    reasons: tuple[ReasonCount, ...]
    devices: tuple[RepeatedDevice, ...]
    speed: Speed
    answers: Answers
    return_clock: ReturnClock


def report(desk: Desk, first: date | None = None, last: date | None = None) -> Figures:
    """Return the figures from `first` to `last`, by default of the last 30 days; due days are counted and stored first.

    Raises:
        RuleRefused: the days are in the wrong order, or too many.
    """
    if figure_counts.may_keep(desk):
        figure_counts.keep_up(desk)
    return read(desk, first, last)


def read(desk: Desk, first: date | None = None, last: date | None = None) -> Figures:
    """Return the figures as `report` does, without storing the sums of days that are due."""
    today = desk.now().astimezone(desk.zone()).date()
    last = last or today
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise RuleRefused(f"{first} to {last} is not a valid range of days.", f"Use at most {MOST_DAYS:,} days.")
    with desk.store.snapshot():
        wanted = figure_counts.scope(desk, first, last)
        sums = Sums(desk, wanted)
        by_day = sums.by(ORDERS, "day", "currency", of=_MONEY)
        by_place = sums.by(ORDERS, "market", "carrier", "currency", of=_MONEY)
        return Figures(
            company=desk.company or "",
            first=first,
            last=last,
            as_of=desk.now(),
            totals=_largest(_takings(by_day, lambda _: "total")),
            days=_takings(by_day, str),
            weeks=_takings(by_day, _week),
            months=_takings(by_day, lambda day: day[:7]),
            markets=_largest(_takings(by_place, lambda market, _: market)),
            carriers=_largest(_takings(by_place, lambda _, carrier: carrier or "none")),
            skus=_skus(sums.by(LINES, "sku", "currency", of=figure_counts.SUMS[LINES])),
            reasons=_reasons(wanted),
            devices=_devices(wanted),
            speed=_speed(wanted, sums.by(ORDERS, of=_TIMES)),
            answers=_answers(wanted),
            return_clock=_return_clock(wanted, desk.now()),
        )


def _week(day: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


def _takings(rows: Mapping[tuple[str, ...], Sequence[int]], name: Callable[..., str]) -> tuple[Takings, ...]:
    """Add up the sums by currency and what `name` makes of the other columns; return them, the last name first."""
    found: dict[tuple[str, str], Sequence[int]] = {}
    for (*columns, currency), values in rows.items():
        place = (name(*columns), currency)
        found[place] = list(map(add, found[place], values)) if place in found else values
    return tuple(
        _taking(key, currency, dict(zip(_MONEY, found[key, currency], strict=True)))
        for key, currency in sorted(found, reverse=True)
    )


def _taking(key: str, currency: str, sums: Mapping[str, int]) -> Takings:
    net = sums["received"] - sums["refunded"] - sums["fee"] - sums["adjustment"]
    return Takings(
        key=key,
        currency=currency,
        orders=sums["orders"],
        revenue=Money(sums["received"], currency),
        refunds=Money(sums["refunded"], currency),
        fees=Money(sums["fee"], currency),
        net=Money(net, currency),
        refund_rate=_share(sums["with_refund"], sums["orders"]),
        return_rate=_share(sums["with_return"], sums["orders"]),
    )


def _largest(rows: tuple[Takings, ...]) -> tuple[Takings, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.orders, row.key, row.currency)))


def _skus(rows: Mapping[tuple[str, ...], Sequence[int]]) -> tuple[SkuTakings, ...]:
    found = []
    for (sku, currency), values in rows.items():
        sums = dict(zip(figure_counts.SUMS[LINES], values, strict=True))
        found.append(
            SkuTakings(
                key=sku,
                currency=currency,
                pieces=sums["pieces"],
                revenue=Money(sums["sold"], currency),
                refunds=Money(sums["refunded"], currency),
                fees=Money(sums["fee"], currency),
                net=Money(sums["sold"] - sums["refunded"] - sums["fee"], currency),
                refund_rate=_share(sums["pieces_refunded"], sums["pieces"]),
                return_rate=_share(sums["pieces_returned"], sums["pieces"]),
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.pieces, row.key, row.currency)))


def _reasons(wanted: Scope) -> tuple[ReasonCount, ...]:
    counts: dict[tuple[str, str], int] = {}
    for company_id, zone in wanted.companies:
        begin, end = _span(wanted, zone)
        # A return is made after its order, by clocks that may differ: older ones need no look at line and order. The
        # plus keeps SQLite from beginning with all orders of the days, few of which have a return.
        rows = fetch(
            "SELECT i.reason, l.sku, sum(i.quantity) FROM returns r JOIN return_items i ON i.return_id = r.id "
            "JOIN order_lines l ON l.id = i.line_ref JOIN orders o ON o.id = l.order_ref WHERE r.made_at >= ? "
            "AND +o.company_id = ? AND +o.created_at >= ? AND +o.created_at < ? GROUP BY i.reason, l.sku",
            (begin - _DAY_US, company_id, begin, end),
        )
        for reason, sku, pieces in rows:
            counts[reason, sku] = counts.get((reason, sku), 0) + int(pieces)
    return tuple(ReasonCount(*key, counts[key]) for key in sorted(counts, key=lambda key: (-counts[key], key)))


_DEVICE = "CASE WHEN p.imei <> '' THEN p.imei ELSE l.imei END"
_RECEIVED = "return_receipts p JOIN return_items i ON i.id = p.item_id JOIN order_lines l ON l.id = i.line_ref"


def _devices(wanted: Scope) -> tuple[RepeatedDevice, ...]:
    """Return the devices of the companies in view with two or more returns, at any time; most returns first."""
    companies = [company_id for company_id, _ in wanted.companies]
    marks = ", ".join("?" for _ in companies) or "NULL"
    # Hardly any comes back twice: the inner queries read only what tells them apart.
    rows = fetch(
        f"SELECT {_DEVICE}, l.sku, o.order_id, i.return_id, p.at, i.reason FROM {_RECEIVED} "  # noqa: S608
        "JOIN returns r ON r.id = i.return_id JOIN orders o ON o.id = r.order_ref WHERE p.id IN (SELECT id FROM ("
        f"WITH came AS MATERIALIZED (SELECT {_DEVICE} AS imei, i.return_id, p.id FROM {_RECEIVED}) "
        "SELECT id FROM came WHERE imei IN "
        "(SELECT imei FROM came WHERE imei <> '' GROUP BY imei HAVING min(return_id) < max(return_id))) AS again) "
        f"AND r.company_id IN ({marks}) ORDER BY p.at, p.id",
        companies,
    )
    history: dict[str, dict[int, Comeback]] = defaultdict(dict)
    skus: dict[str, str] = {}
    for imei, sku, order_id, rma_id, at, reason in rows:
        skus[imei] = sku
        history[imei].setdefault(rma_id, Comeback(order_id, rma_id, from_micros(at), reason))
    # One return may be of a company that is not in view.
    often = sorted((imei for imei in history if len(history[imei]) > 1), key=lambda imei: (-len(history[imei]), imei))
    return tuple(RepeatedDevice(imei, skus[imei], len(history[imei]), tuple(history[imei].values())) for imei in often)


def _speed(wanted: Scope, rows: Mapping[tuple[str, ...], Sequence[int]]) -> Speed:
    sums = dict(zip(_TIMES, rows.get((), [0] * len(_TIMES)), strict=True))
    limit = _setting(wanted, "late_after_h")
    shipped = sums["shipped"]
    late = shipped - sums[f"within_{limit}h"]
    return Speed(
        shipped=shipped,
        mean_h=round(sums["wait_s"] / 3600 / shipped, 1) if shipped else 0.0,
        late_after_h=limit,
        late=late,
        late_share=_share(late, shipped),
        within_24h=sums["within_24h"],
        within_48h=sums["within_48h"],
        within_72h=sums["within_72h"],
    )


def _answers(wanted: Scope) -> Answers:
    from bmtui.channel.care import read_who_wrote_when
    from bmtui.desk.after_sales.folder_store import sent_at

    waits: list[float] = []
    folders = target = 0
    for company_id, zone in wanted.companies:
        begin, end = _span(wanted, zone)
        target = target or int(fetch("SELECT answer_within_h FROM companies WHERE id = ?", (company_id,))[0][0])
        rows = fetch(
            # Sorted without the payloads, which are long.
            "SELECT payload FROM care_folders WHERE id IN (SELECT id FROM care_folders WHERE company_id = ? AND "
            "created_at >= ? AND created_at < ? AND payload <> '{}' AND error = '' ORDER BY created_at DESC LIMIT ?)",
            (company_id, begin, end, MOST_FOLDERS),
        )
        for (payload,) in rows:
            asked = answered = None
            for message in sorted(read_who_wrote_when(json.loads(payload)), key=sent_at):
                if message.initiator == "Client" and asked is None:
                    asked = message.sent_at
                elif message.initiator == "Merchant" and not message.is_informative and asked and answered is None:
                    answered = message.sent_at
            folders += asked is not None
            if asked and answered:
                waits.append((answered - asked).total_seconds() / 3600)
    middle = round(median(waits), 1) if waits else 0.0
    return Answers(folders, len(waits), middle, sum(wait <= target for wait in waits), target)


def _return_clock(wanted: Scope, now: datetime) -> ReturnClock:
    transit, withdrawal, free = (_setting(wanted, key) for key in ("transit_days", "withdrawal_days", "return_days"))
    counts = [0, 0, 0]
    for company_id, _ in wanted.companies:
        delivered, no_withdrawal, over = (
            to_micros(now - timedelta(days=days)) for days in (transit, transit + withdrawal, transit + free)
        )
        # An order is shipped within two months, or not at all: so the index of creation bounds the search.
        oldest = to_micros(now - timedelta(days=transit + free + 60))
        row = fetch(
            "SELECT sum(CASE WHEN shipped_at > ? THEN 1 ELSE 0 END), "
            "sum(CASE WHEN shipped_at <= ? AND shipped_at > ? THEN 1 ELSE 0 END), "
            "sum(CASE WHEN shipped_at <= ? AND shipped_at > ? THEN 1 ELSE 0 END) "
            "FROM orders WHERE +company_id = ? AND created_at > ? AND shipped_at > ?",
            (delivered, delivered, no_withdrawal, no_withdrawal, over, company_id, oldest, over),
        )[0]
        counts = [one + int(more or 0) for one, more in zip(counts, row, strict=True)]
    return ReturnClock(transit, withdrawal, free, *counts)


def _setting(wanted: Scope, key: str) -> int:
    """Return a numeric setting of the first company in view, which stands for all of several companies."""
    if not wanted.companies:
        return int(settings.BY_KEY[key].default)
    return settings.number(wanted.companies[0][0], key)


def _span(wanted: Scope, zone: tzinfo) -> tuple[int, int]:
    """Return the begin of the first day and the end of the last, in microseconds."""
    days = (wanted.first, wanted.last + timedelta(days=1))
    begin, end = (to_micros(datetime.combine(day, time(), zone).astimezone(UTC)) for day in days)
    return begin, end


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
