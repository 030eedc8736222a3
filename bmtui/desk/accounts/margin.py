"""Margin scheme: taxable margin and tax of each piece, from stored invoices, credit notes and purchase costs.

margin = what the buyer paid for the piece − what it cost; the tax is inside it: margin × rate / (100 + rate), rounded
half up to the minor unit. A piece that was credited in full has neither price nor cost. Under the method per_piece a
negative margin counts as 0, piece by piece; under global the margins of a period are added up, and what is below zero
is carried into the next. What was declared is stored: later credit notes and costs are corrections of a later period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bmtui.desk.accounts import periods, settings
from bmtui.desk.accounts.margin_pieces import Entry, declared_before, entries_of, stored
from bmtui.desk.accounts.periods import Period
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.invoices import vat
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Company, MarginEntry, TaxPeriod
from bmtui.text import how_many

ROUNDING = "The tax of each piece is rounded half up to the minor unit."
ROUNDING_GLOBAL = "The tax is rounded half up to the minor unit once for each currency of the period."


@dataclass(frozen=True, slots=True)
class MarginPiece:
    """Piece in the return of a period. A `correction` changes what an earlier period declared.

    `cost` None is unknown: the tax is then of the whole price. `margin` is the taxable one.
    """

    invoice: str
    invoiced: str
    order_id: int
    sku: str
    device: str
    price: Money
    cost: Money | None
    margin: Money
    tax: Money
    rate: str
    correction: bool


@dataclass(frozen=True, slots=True)
class MarginTotal:
    """Sums of a currency. `carried_in` and `carried_out` are losses to be set off: 0 or below."""

    currency: str
    pieces: int
    corrections: int
    without_cost: int
    price: Money
    cost: Money
    margin: Money
    tax: Money
    carried_in: Money
    carried_out: Money


@dataclass(frozen=True, slots=True)
class MarginReport:
    """Margin tax of a period; a `declared` one is stored and never changes."""

    company: str
    period: str
    method: str
    rate: str
    rounding: str
    declared: bool
    totals: tuple[MarginTotal, ...]
    pieces: tuple[MarginPiece, ...]

    @property
    def without_cost(self) -> int:
        return sum(total.without_cost for total in self.totals)


def report(desk: Desk, period: Period, company: str | None = None) -> MarginReport:
    """Return the margin tax of a period: as it was declared, or as it would be declared now.

    Raises:
        RuleRefused: the rate is not known.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        closed = TaxPeriod.get_or_none((TaxPeriod.company == row) & (TaxPeriod.period == period.name))
        return _report(row, period, closed)


def declare(desk: Desk, period: Period, company: str | None = None) -> MarginReport:
    """Store the margin tax of a period as declared, in one transaction; later changes are corrections.

    Raises:
        RuleRefused: it is not over, or it or a later one was declared; pieces without a cost are in it; or only an
            admin may.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = desk.company_row(company)
        today = desk.now().astimezone(desk.zone(row.name)).date()
        if period.last >= today:
            raise RuleRefused(
                f"{period.name} is not over.", f"It can be declared from {period.last + timedelta(1)} on."
            )
        for other in TaxPeriod.select().where(TaxPeriod.company == row):
            if periods.read(other.period, today).end >= period.begin:
                raise RuleRefused(
                    f"{other.period} was declared already.", "Later changes are corrections of the next period."
                )
        found = _report(row, period, None)
        if found.without_cost:
            raise RuleRefused(
                f"{period.name}: {how_many(found.without_cost, 'piece has', 'pieces have')} no purchase cost; "
                "nothing was stored.",
                "Import them: 'bmtui money costs FILE'. 'bmtui money costs --missing' lists them.",
            )
        entries, rate = entries_of(row, period), settings.margin_rate(row)
        closed = TaxPeriod.create(
            company=row,
            period=period.name,
            method=found.method,
            carried={total.currency: total.carried_out.minor for total in found.totals},
            made_at=desk.now(),
            made_by=desk.actor,
        )
        values = [
            {
                "period": closed.id,
                "company": row.id,
                "invoice": entry.key[0],
                "ref": entry.key[1],
                "piece": entry.key[2],
                "currency": entry.line.currency,
                "rate": str(rate),
                "price": entry.value.price,
                "cost": entry.value.cost,
                "margin": entry.value.margin,
                "tax": entry.value.tax,
                "correction": entry.correction,
            }
            for entry in entries
        ]
        bulk.insert(MarginEntry, values)
        taxes = ", ".join(str(total.tax) for total in found.totals) or "nothing"
        audit.record(
            desk,
            "margin.declared",
            f"Margin tax of {period.name} was declared: {taxes}.",
            company_id=row.id,
            after={"period": period.name, "pieces": len(values)},
        )
        return _report(row, period, closed)


def _report(company: Company, period: Period, closed: TaxPeriod | None) -> MarginReport:
    if closed is not None:
        entries, method = stored(closed), closed.method
        rate = str(next((row.rate for row in MarginEntry.select().where(MarginEntry.period == closed).limit(1)), ""))
    else:
        entries, method = entries_of(company, period), settings.effective(company.id)["margin_method"]
        rate = str(settings.margin_rate(company)) if entries else ""
    totals = _totals(company, period, entries, method, rate)
    pieces = tuple(
        MarginPiece(
            invoice=entry.line.number,
            invoiced=entry.line.invoiced,
            order_id=entry.line.order_id,
            sku=entry.line.sku or entry.line.ref.partition(":")[0],
            device=entry.line.imei or entry.line.serial_number,
            price=Money(entry.value.price, entry.line.currency),
            cost=None if entry.value.cost is None else Money(entry.value.cost, entry.line.currency),
            margin=Money(entry.value.margin, entry.line.currency),
            tax=Money(entry.value.tax, entry.line.currency),
            rate=rate,
            correction=entry.correction,
        )
        for entry in entries
    )
    rounding = ROUNDING if method == settings.PER_PIECE else ROUNDING_GLOBAL
    return MarginReport(company.name, period.name, method, rate, rounding, closed is not None, totals, pieces)


def _totals(
    company: Company, period: Period, entries: Iterable[Entry], method: str, rate: str
) -> tuple[MarginTotal, ...]:
    by_currency: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_currency[entry.line.currency].append(entry)
    carried = _carried(company, period) if method == settings.GLOBAL else {}
    found = []
    for currency in sorted(by_currency.keys() | {code for code, minor in carried.items() if minor}):
        mine = by_currency[currency]
        before = carried.get(currency, 0)
        margin, tax = (sum(getattr(entry.value, name) for entry in mine) for name in ("margin", "tax"))
        left = 0
        if method == settings.GLOBAL:
            whole = margin + before
            left = min(whole, 0)
            tax = vat.included_tax(max(whole, 0), Decimal(rate or 0))
        found.append(
            MarginTotal(
                currency=currency,
                pieces=sum(not entry.correction for entry in mine),
                corrections=sum(entry.correction for entry in mine),
                without_cost=sum(entry.value.cost is None for entry in mine),
                price=Money(sum(entry.value.price for entry in mine), currency),
                cost=Money(sum(entry.value.cost or 0 for entry in mine), currency),
                margin=Money(margin, currency),
                tax=Money(tax, currency),
                carried_in=Money(before, currency),
                carried_out=Money(left, currency),
            )
        )
    return tuple(found)


def _carried(company: Company, period: Period) -> Mapping[str, int]:
    """Return the losses, by currency, that the last declared period before this one carries over."""
    earlier = declared_before(company, period)
    return dict(earlier[-1].carried) if earlier else {}
