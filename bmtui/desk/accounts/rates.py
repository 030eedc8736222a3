"""Exchange rates of the European Central Bank, from a file that the user gives: units of a currency for one euro."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError, NotRead, RuleRefused
from bmtui.money import Money, exponent
from bmtui.store.models import ExchangeRate
from bmtui.store.plain_sql import fetch
from bmtui.text import first_of, plain
from bmtui.values import amount, table_file
from bmtui.values import date as days

_CODES = (
    *("USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "ISK", "NOK", "TRY", "AUD", "BRL"),
    *("CAD", "CNY", "HKD", "IDR", "ILS", "INR", "KRW", "MXN", "MYR", "NZD", "PHP", "SGD", "THB", "ZAR"),
)
_COLUMNS: Mapping[str, tuple[str, ...]] = {"date": (), "currency": (), "rate": (), **dict.fromkeys(_CODES, ())}
_RATE = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
NEAR = timedelta(days=7)
"""Longest distance to the day whose rate stands for a day without one: the bank publishes on working days."""


@dataclass(frozen=True, slots=True)
class RatesPreview:
    """Exchange rates of a file by day and currency; `changed` of them are here with another value.

    `notes` are sentences about how the file was understood.
    """

    file: str
    rates: Mapping[tuple[str, str], str]
    changed: int
    notes: tuple[str, ...]


def preview(desk: Desk, path: str) -> RatesPreview:
    """Read the rates of a CSV file and store nothing.

    The file has ``date`` and a column for each currency, as the bank's own, or ``date``, ``currency`` and ``rate``.

    Raises:
        RuleRefused: a row is wrong, with all that are; or there are no rates.
    """
    name = plain(Path(path).name)
    table = table_file.read(table_file.content(path), _COLUMNS, name=name, required=("date",))
    found: dict[tuple[str, str], str] = {}
    wrong: list[str] = []
    for row in table.rows:
        try:
            day = days.read_day(row.cells["date"], desk.now().date(), field="date").isoformat()
            pairs = {code: row.cells[code] for code in _CODES if row.cells.get(code)}
            if "currency" in row.cells:
                pairs = {amount.read_currency(row.cells["currency"]): row.cells.get("rate", "")}
            for code, text in pairs.items():
                if text.casefold() not in ("n/a", "-"):
                    found[day, code] = _rate(text, code)
        except BmtuiError as error:
            wrong.append(f"Row {row.number}: {error}")
    if wrong or not found:
        why = first_of(wrong) or "It has no rates."
        raise RuleRefused(
            f"{name} cannot be used; nothing was stored. {why}", "Take eurofxref-hist.csv of the European Central Bank."
        )
    here = {(day, code): rate for day, code, rate in fetch("SELECT day, currency, rate FROM exchange_rates", ())}
    changed = sum(here.get(of, rate) != rate for of, rate in found.items())
    return RatesPreview(name, found, changed, (*table.remarks, *table.preview))


def save(desk: Desk, seen: RatesPreview) -> int:
    """Store the rates of a preview, in place of those of the same days; return their number.

    Raises:
        RuleRefused: only an admin may.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        for (day, code), rate in seen.rates.items():
            ExchangeRate.insert(day=day, currency=code, rate=rate, made_at=desk.now(), made_by=desk.actor).on_conflict(
                conflict_target=[ExchangeRate.day, ExchangeRate.currency],
                preserve=[ExchangeRate.rate, ExchangeRate.made_at, ExchangeRate.made_by],
            ).execute()
        audit.record(desk, "rates.imported", f"{len(seen.rates):,} exchange rates of {seen.file} were stored.")
    return len(seen.rates)


def on(currency: str, day: date, *, after: bool = False) -> Decimal | None:
    """Return units of `currency` for one euro on that day, else on the nearest day before it (`after`: after it)."""
    if currency == "EUR":
        return Decimal(1)
    first, last = (day, day + NEAR) if after else (day - NEAR, day)
    sql = "SELECT rate FROM exchange_rates WHERE currency = ? AND day BETWEEN ? AND ? ORDER BY day"
    order = f"{sql} {'ASC' if after else 'DESC'} LIMIT 1"
    found = fetch(order, (currency, first.isoformat(), last.isoformat()))
    return Decimal(found[0][0]) if found else None


def converted(money: Money, currency: str, day: date, *, after: bool = False) -> Money | None:
    """Convert an amount into another currency, rounded half up; None where a rate is missing."""
    if money.currency == currency:
        return money
    there, here = on(money.currency, day, after=after), on(currency, day, after=after)
    if there is None or here is None:
        return None
    exact = Decimal(money.minor).scaleb(-exponent(money.currency)) / there * here
    return Money(int(exact.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP)), currency)


def _rate(text: str, code: str) -> str:
    value = text.strip()
    if not _RATE.fullmatch(value) or not Decimal(value.replace(",", ".")):
        raise NotRead(code, value[:40], "not a rate", "Write it like 1.0867.")
    return value.replace(",", ".")
