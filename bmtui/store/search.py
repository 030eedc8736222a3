"""A typed query as SQL, and the pages of its result."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from operator import and_, or_
from typing import Any

from peewee import SQL, Expression, NodeList, Value

from bmtui.money import UNUSUAL_EXPONENTS
from bmtui.store import models
from bmtui.store.models import Company, Effect, Invoice, Note, Order, OrderLine, Return, to_micros
from bmtui.store.query import AMOUNT_KEYS, CLOCKS, DATE_KEYS, WORD_KEYS, Term, parse, span, words_meant
from bmtui.words import CLOCK_RUNS, CLOCK_STOPPED, EffectState, OrderStatus, ShippingStatus

SORTS = {
    "created": Order.created_at,
    "updated": Order.updated_at,
    "shipby": Order.ship_by,
    "total": Order.total,
    "refundable": Order.received - Order.refunded,
    "name": Order.customer_name,
    "id": Order.order_id,
    "status": Order.status,
    "channel": Order.channel_status,
    "market": Order.market,
}

COUNT_CAP = 1_000
"""Counting stops here: an exact count of a million costs more than anybody reads from it (performance, Search)."""


class Search:
    """One query, ready to be counted and paged.

    Args:
        text: the typed query; '' is every order that is not Void.
        now: for presets such as ``last7``; zone: whose days are meant.
        company_id: only this company's orders; None for all.

    Raises:
        bmtui.store.query.QueryError: the query cannot be read.
    """

    def __init__(self, text: str, now: datetime, zone: tzinfo, company_id: int | None = None) -> None:
        terms = parse(text)
        conditions = [_condition(term, now, zone) for term in terms]
        # A filter that only excludes some status does not ask for the void ones.
        if not any(term.key == "status" and not term.negated for term in terms):
            conditions.append(Order.status != OrderStatus.VOID)
        if company_id is not None:
            conditions.append(Order.company == company_id)
        self._where = _joined(and_, conditions or [Value(True)])

    def page(self, sort: str, descending: bool, offset: int, limit: int) -> list[Order]:
        """`limit` orders from `offset` on, in a total order (the row breaks ties)."""
        key = SORTS[sort]
        order = (key.desc(nulls="LAST"), Order.id.desc()) if descending else (key.asc(nulls="LAST"), Order.id)
        query = Order.select().join(Company).where(self._where).order_by(*order)
        return list(query.limit(limit).offset(offset))

    def count(self, cap: int | None = COUNT_CAP) -> int:
        """How many match; with a `cap`, at most cap + 1, which means "more than cap"."""
        query = Order.select(Order.id).join(Company).where(self._where)
        return int(query.limit(cap + 1).count() if cap is not None else query.count())


def _condition(term: Term, now: datetime, zone: tzinfo) -> Any:
    if term.key == "id":
        condition: Any = Order.order_id.in_([_order_id(term, value) for value in term.values])
    else:
        condition = _joined(or_, [_one(term, value, now, zone) for value in term.values])
    return ~condition if term.negated else condition


def _joined(operator: Callable[[Any, Any], Any], parts: Sequence[Any]) -> Any:
    """`parts` under one operator, as a balanced tree: a chain of hundreds is too deep for SQLite and for Python."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return operator(_joined(operator, parts[:middle]), _joined(operator, parts[middle:]))


def _order_id(term: Term, value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise term.error(f"'{value}' is not an order id.", "An order id is a number.")
    return int(value)


def _one(term: Term, value: str, now: datetime, zone: tzinfo) -> Any:
    key = term.key
    if not key:
        return Order.id.in_(models.database.full_text(_words(term, value)))
    if key == "has":
        return _joined(or_, [_has(word) for word in words_meant(term, value)])
    if key in WORD_KEYS:
        if key == "channel" and re.fullmatch(r"unknown_-?\d+", value):
            return Order.channel_status == value
        return getattr(Order, _WORD_COLUMNS[key]).in_(words_meant(term, value))
    if key == "shipby" and value.lower() in CLOCKS:
        return _clock(term, value.lower(), now, zone)
    if key in DATE_KEYS:
        column = getattr(Order, DATE_KEYS[key])
        begin, end = span(term, value, now, zone)
        # A missing date is in no span, also when the filter is negated: SQL's NULL would drop the row there.
        parts = [column.is_null(False)]
        parts += [column >= begin] if begin else []
        parts += [column < end] if end else []
        return _joined(and_, parts)
    if key in AMOUNT_KEYS:
        return _amount(term, value)
    if key in _LINE_COLUMNS:
        lines = OrderLine.select(OrderLine.order).where(_like(_LINE_COLUMNS[key], value, key))
        return Order.id.in_(lines)
    return _like(_TEXT_COLUMNS[key], value, key)


def _clock(term: Term, word: str, now: datetime, zone: tzinfo) -> Any:
    """Orders that are still to ship, by when. What is soon, each company says itself."""
    runs = Order.channel_status.in_(CLOCK_RUNS) & Order.status.not_in(CLOCK_STOPPED)
    runs &= Order.shipping_status != ShippingStatus.FULLY_SHIPPED
    # The hours are those of the row's company; the bound in front of it lets the index do the work.
    soon = to_micros(now) + Company.soon_hours * _HOUR
    begin, end = span(term, "today", now, zone)
    if word == "overdue":
        return runs & (Order.ship_by < now)
    if word == "soon":
        return runs & Order.ship_by.between(now, now + _LONGEST_SOON) & (Order.ship_by < soon)
    if word == "today":
        return runs & (Order.ship_by >= begin) & (Order.ship_by < end)
    if word == "later":
        return runs & (Order.ship_by >= end) & (Order.ship_by >= soon)
    return runs & (Order.ship_by < now + _LONGEST_SOON) & ((Order.ship_by < end) | (Order.ship_by < soon))


_HOUR = 3_600_000_000
_LONGEST_SOON = timedelta(days=7)

_WORD_COLUMNS = {
    "status": "status",
    "shipping": "shipping_status",
    "payment": "payment_status",
    "channel": "channel_status",
}
_LINE_COLUMNS = {
    "sku": OrderLine.sku,
    "product": OrderLine.product,
    "imei": OrderLine.imei,
    "serial": OrderLine.serial_number,
}
_TEXT_COLUMNS = {
    "tracking": Order.tracking_number,
    "name": Order.customer_name,
    "mail": Order.customer_email,
    "phone": Order.customer_phone,
    "postcode": Order.postal_code,
    "company": Company.name,
    "market": Order.market,
    "country": Order.country,
    "currency": Order.currency,
    "carrier": Order.carrier,
}
# Of these a part is enough without a star: nobody types a whole product title.
_PART_KEYS = ("product", "name")
# Codes are compared to the letter, which an index can answer.
_EXACT_KEYS = ("imei", "serial", "sku")


def _like(column: Any, value: str, key: str) -> Any:
    """`*` stands for anything. Without one the whole value is meant, whatever its case."""
    if key in _PART_KEYS and "*" not in value:
        value = f"*{value}*"
    if "*" not in value and key in _EXACT_KEYS:
        return column == value
    pattern = "%".join(re.sub(r"([%_\\])", r"\\\1", part) for part in value.split("*"))
    # peewee's LIKE is SQLite's GLOB; its ILIKE is SQLite's LIKE.
    return Expression(column, "ILIKE", NodeList((Value(pattern, converter=str), SQL("ESCAPE '\\'"))))


def _amount(term: Term, value: str) -> Any:
    """Amounts are compared in the order's own currency."""
    match = re.fullmatch(r"(>=|<=|>|<)?(\d{1,12}(?:\.\d{1,3})?)(?:\.\.(\d{1,12}(?:\.\d{1,3})?))?", value)
    try:
        if match is None or (match[1] and match[3]):
            raise InvalidOperation
        first, last = Decimal(match[2]), Decimal(match[3]) if match[3] else None
    except InvalidOperation:
        raise term.error(f"'{value}' is not an amount.", "Write 49.90, >100, <=20 or 10..50.") from None
    column = Order.received - Order.refunded if term.key == "refundable" else getattr(Order, term.key)
    if last is not None:
        return _joined(or_, [_in_currency(unit) & column.between(unit(first), unit(last)) for unit in _UNITS])
    test = {None: column.__eq__, ">": column.__gt__, ">=": column.__ge__, "<": column.__lt__, "<=": column.__le__}[
        match[1]
    ]
    return _joined(or_, [_in_currency(unit) & test(unit(first)) for unit in _UNITS])


class _Unit:
    """Minor units of the currencies that have `places` decimals."""

    def __init__(self, places: int, currencies: Iterable[str]) -> None:
        self.places = places
        self.currencies = tuple(currencies)

    def __call__(self, amount: Decimal) -> Any:
        scaled = amount.scaleb(self.places)
        # Not as a value of the column: peewee would cut it down to a whole number.
        return Value(int(scaled) if scaled == scaled.to_integral_value() else float(scaled), converter=_as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


_UNITS = (
    _Unit(2, ()),
    *(
        _Unit(places, (code for code, decimals in UNUSUAL_EXPONENTS.items() if decimals == places))
        for places in sorted(set(UNUSUAL_EXPONENTS.values()))
    ),
)


def _in_currency(unit: _Unit) -> Any:
    if unit.currencies:
        return Order.currency.in_(unit.currencies)
    return Order.currency.not_in(list(UNUSUAL_EXPONENTS))


def _has(word: str) -> Any:
    if word == "refund":
        return Order.refunded > 0
    if word == "tracking":
        return Order.tracking_number != ""
    if word == "imei":
        return Order.id.in_(OrderLine.select(OrderLine.order).where(OrderLine.imei != ""))
    if word == "invoice":
        return Order.invoice_provided_at.is_null(False) | Order.id.in_(Invoice.select(Invoice.order))
    if word == "rma":
        return Order.id.in_(Return.select(Return.order))
    if word == "note":
        return Order.id.in_(Note.select(Note.order))
    trouble = (EffectState.REJECTED, EffectState.UNKNOWN, EffectState.NEEDS_PERSON)
    return Order.id.in_(Effect.select(Effect.order).where(Effect.state.in_(trouble)))


def _words(term: Term, value: str) -> list[str]:
    """The words of a phrase, the last of which may be a beginning: ``marie dup`` finds Marie Dupont."""
    # An accent typed as a character of its own would split the word.
    words = re.findall(r"\w+", unicodedata.normalize("NFC", value).replace("_", " "))
    if not words:
        raise term.error(f"'{value}' has no letters or digits to look for.", "Type a part of an id, name, mail or SKU.")
    return words
