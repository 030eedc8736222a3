"""SQL of the terms of a typed query: a condition on the orders `o`, or a text to look for.

What differs between the databases is behind `dialect`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from bmtui.errors import NotRead, ValueRefused
from bmtui.money import UNUSUAL_EXPONENTS
from bmtui.store import models
from bmtui.store.dialect import Clause, Needle, pattern
from bmtui.store.models import to_micros
from bmtui.store.query import (
    AMOUNT_KEYS,
    ANY,
    CLOCKS,
    DATE_KEYS,
    FIELD,
    WORD_KEYS,
    Term,
    likeliest,
    quoted,
    span,
    words_meant,
)
from bmtui.text import folded
from bmtui.values import amount, whole_number
from bmtui.words import CLOCK_RUNS, CLOCK_STOPPED, UPLOAD_VOID, EffectState, ShippingStatus


def condition_of(term: Term, now: datetime, zone: tzinfo, me: str = "") -> Clause:
    """Return the condition of `term`; `now` and `zone` say which days are meant, and `me` which account asks.

    Raises:
        bmtui.store.query.QueryError: its value cannot be read.
    """
    if term.key == "id":
        condition = _among("o.order_id", [_order_id(term, value) for value in term.values])
    elif term.key == ANY:
        condition = models.database.holds_any([_some_words(term, value) for value in term.values])
    else:
        condition = joined("OR", [_one(term, value, now, zone, me) for value in term.values])
    return Clause(f"NOT ({condition.sql})", condition.values) if term.negated else condition


def joined(operator: str, parts: Sequence[Clause]) -> Clause:
    """Join `parts` by one operator, as a balanced tree: a chain of hundreds is too deep for SQLite."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(operator, parts[:middle]), joined(operator, parts[middle:])
    return Clause(f"({left.sql} {operator} {right.sql})", left.values + right.values)


def _among(sql: str, values: Sequence[Any]) -> Clause:
    return Clause(f"{sql} IN ({', '.join('?' for _ in values)})", tuple(values))


def _order_id(term: Term, value: str) -> int:
    try:
        return whole_number.read(value, field="id", wanted="order id", low=0)
    except (NotRead, ValueRefused) as error:
        raise term.error(f"{quoted(value)} is not an order id.", "An order id is a number.") from error


def _one(term: Term, value: str, now: datetime, zone: tzinfo, me: str) -> Clause:
    key = term.key
    if not key:
        needle = needle_of(term, value)
        assert needle is not None  # a bare word is always one
        held: Clause = models.database.holds(needle)
        return held
    if key == "has":
        return joined("OR", [_HAS[word] for word in words_meant(term, value)])
    if key in WORD_KEYS:
        if key == "channel" and re.fullmatch(r"unknown_-?\d+", value):
            return Clause("o.channel_status = ?", (value,))
        return _among(f"o.{_WORD_COLUMNS[key]}", words_meant(term, value))
    if key == "shipby" and value.lower() in CLOCKS:
        return _clock(term, value.lower(), now, zone)
    if key in DATE_KEYS:
        return _within(DATE_KEYS[key], *span(term, value, now, zone))
    if key in AMOUNT_KEYS:
        return _amount(term, value)
    if key in _LINE_COLUMNS:
        column = _LINE_COLUMNS[key]
        found = _like(column, value, key)
        # Said once more, because the index knows only of lines that have one.
        filled = f" AND {column} <> ''" if key in ("imei", "serial") else ""
        if needle_of(term, value) is not None:
            # Few are left to look at once the text index has spoken.
            sql = f"EXISTS (SELECT 1 FROM order_lines WHERE order_ref = o.id AND {found.sql}{filled})"  # noqa: S608
        else:
            sql = f"o.id IN (SELECT order_ref FROM order_lines WHERE {found.sql}{filled})"  # noqa: S608
        return _or_here(key, value, Clause(sql, found.values))
    if key in _SAID or key.startswith(FIELD):
        return _said_here(term, value)
    if key == "assignee":
        return _assigned(value, me)
    if key == "company":
        found = _like("name", value, key)
        return Clause(f"o.company_id IN (SELECT id FROM companies WHERE {found.sql})", found.values)  # noqa: S608
    return _or_here(key, value, _like(_TEXT_COLUMNS[key], value, key))


def _or_here(key: str, value: str, there: Clause) -> Clause:
    """Add to `there` what was entered here for a shipment or unit: it counts before the channel knows of it."""
    if key not in _HERE:
        return there
    table, column = _HERE[key]
    said = _like(column, value, key)
    void = ", ".join(f"'{state}'" for state in UPLOAD_VOID)
    sql = f"SELECT order_ref FROM {table} WHERE {said.sql} AND {column} <> '' AND state NOT IN ({void})"  # noqa: S608
    return Clause(f"({there.sql} OR o.id IN ({sql}))", there.values + said.values)


_SAID = {"tag": ("order_tags", "tag"), "note": ("notes", "text")}


def _said_here(term: Term, value: str) -> Clause:
    """Return the condition of a tag, note or named field, which people here attach to an order."""
    if term.key.startswith(FIELD):
        name = term.key.removeprefix(FIELD)
        known = sorted(row[0] for row in models.database.execute_sql("SELECT name FROM field_names").fetchall())
        if name not in known:
            likely = likeliest(name, known)
            there = f"Fields: {', '.join(known)}." if known else "'bmtui orders field --add NAME' makes one."
            raise term.error(f"There is no field {quoted(name)}.", likely or there)
        found = _like("value", value, "field")
        sql = f"o.id IN (SELECT order_ref FROM order_fields WHERE name = ? AND {found.sql})"  # noqa: S608
        return Clause(sql, (name, *found.values))
    table, column = _SAID[term.key]
    found = _like(column, value.lower() if term.key == "tag" else value, term.key)
    return Clause(f"o.id IN (SELECT order_ref FROM {table} WHERE {found.sql})", found.values)  # noqa: S608


def _assigned(value: str, me: str) -> Clause:
    """Return the condition of an assignee: ``nobody``, ``anybody``, ``me`` (the account that asks), or a name."""
    if value in ("nobody", "anybody"):
        return Clause(f"o.assignee {'=' if value == 'nobody' else '<>'} ''")
    found = Clause("o.assignee = ?", (me,)) if value == "me" else _like("o.assignee", value, "assignee")
    return Clause(f"({found.sql} AND o.assignee <> '')", found.values)


_HERE = {"imei": ("units", "imei"), "serial": ("units", "serial_number"), "tracking": ("shipments", "tracking_number")}
_WORD_COLUMNS = {
    "status": "status",
    "shipping": "shipping_status",
    "payment": "payment_status",
    "channel": "channel_status",
}
_LINE_COLUMNS = {"sku": "sku", "product": "product", "imei": "imei", "serial": "serial_number"}
_TEXT_COLUMNS = {
    "tracking": "o.tracking_number",
    "name": "o.customer_name",
    "mail": "o.customer_email",
    "phone": "o.customer_phone",
    "postcode": "o.postal_code",
    "market": "o.market",
    "country": "o.country",
    "currency": "o.currency",
    "carrier": "o.carrier",
}
# For these a part is enough without a star: nobody types a whole product title.
_PART_KEYS = ("product", "name", "note")
# Codes are compared to the letter, which an index can answer.
_EXACT_KEYS = ("imei", "serial", "sku", "tag")
# Values of these are in the order's text as well, whose index finds parts.
_INDEXED_KEYS = ("sku", "imei", "serial", "tracking", "name", "mail", "phone")
_HAS = {
    "refund": Clause("o.refunded > 0"),
    "tracking": Clause("o.tracking_number <> ''"),
    "imei": Clause("o.id IN (SELECT order_ref FROM order_lines WHERE imei <> '')"),
    "invoice": Clause("(o.invoice_provided_at IS NOT NULL OR o.id IN (SELECT order_ref FROM invoices))"),
    "rma": Clause("o.id IN (SELECT order_ref FROM returns)"),
    "note": Clause("o.id IN (SELECT order_ref FROM notes)"),
    "marked": Clause("o.marked <> '[]'"),
    "tag": Clause("o.id IN (SELECT order_ref FROM order_tags)"),
    "error": Clause(
        "o.id IN (SELECT order_ref FROM effects WHERE state IN (?, ?, ?, ?))",
        tuple(
            str(state)
            for state in (
                EffectState.REJECTED,
                EffectState.NOT_APPLIED,
                EffectState.UNKNOWN,
                EffectState.NEEDS_PERSON,
            )
        ),
    ),
}


def _like(column: str, value: str, key: str) -> Clause:
    """Compare a column with a pattern: `*` stands for anything; without it the whole value must match, in any case."""
    if key in _PART_KEYS and "*" not in value:
        value = f"*{value}*"
    if "*" not in value and key in _EXACT_KEYS:
        return Clause(f"{column} = ?", (value,))
    database = models.database
    meant = pattern(value.split("*")).removeprefix("%").removesuffix("%")
    like = f"{database.like} ? ESCAPE '\\'"
    if key not in _PART_KEYS:
        return Clause(f"{column} {like}", (meant,))
    meant = folded(meant)
    # Only what has other characters than ASCII's has to be folded first, which takes its time.
    other = f"{column} {database.not_ascii} AND search_fold({column}) {like}"
    return Clause(f"({column} {like} OR ({other}))", (meant, meant))


def _within(column: str, begin: datetime | None, end: datetime | None) -> Clause:
    # A missing date is in no span, also when the filter is negated: SQL's NULL would drop the row there.
    values: list[int] = []
    sql = f"o.{column} IS NOT NULL"
    if begin:
        sql += f" AND o.{column} >= ?"
        values.append(to_micros(begin))
    if end:
        sql += f" AND o.{column} < ?"
        values.append(to_micros(end))
    return Clause(f"({sql})", tuple(values))


def _clock(term: Term, word: str, now: datetime, zone: tzinfo) -> Clause:
    """Return the condition of ``shipby:``: orders still to ship, by their time. Each company sets what is soon."""
    at = to_micros(now)
    longest = at + _LONGEST_SOON // timedelta(microseconds=1)
    begin, end = (to_micros(moment) if moment else at for moment in span(term, "today", now, zone))
    # The hours are those of the row's company; the bound in front of it lets the index do the work.
    soon = f"o.ship_by < ? + {_HOUR} * (SELECT soon_hours FROM companies WHERE id = o.company_id)"  # noqa: S608
    when = {
        "overdue": Clause("o.ship_by < ?", (at,)),
        "soon": Clause(f"o.ship_by BETWEEN ? AND ? AND {soon}", (at, longest, at)),
        "today": Clause("o.ship_by >= ? AND o.ship_by < ?", (begin, end)),
        "later": Clause(f"o.ship_by >= ? AND NOT {soon}", (end, at)),
        "due": Clause(f"o.ship_by < ? AND (o.ship_by < ? OR {soon})", (longest, end, at)),
    }[word]
    return joined(
        "AND",
        [
            _among("o.channel_status", [str(status) for status in CLOCK_RUNS]),
            Clause(
                "NOT " + (stopped := _among("o.status", [str(status) for status in CLOCK_STOPPED])).sql, stopped.values
            ),
            Clause("o.shipping_status <> ?", (str(ShippingStatus.FULLY_SHIPPED),)),
            Clause("o.ship_by IS NOT NULL"),
            when,
        ],
    )


_HOUR = 3_600_000_000
_LONGEST_SOON = timedelta(days=7)


def _amount(term: Term, value: str) -> Clause:
    """Compare amounts in the order's own currency."""
    match = re.fullmatch(r"(>=|<=|>|<)?(.*?)(?:\.\.(.*))?", value)
    assert match is not None
    if match[1] and match[3] is not None:
        raise term.error(f"{quoted(value)} is not an amount.", _AMOUNTS)
    first, last = _number(term, value, match[2]), _number(term, value, match[3]) if match[3] is not None else None
    column = _AMOUNT_COLUMNS.get(term.key, f"o.{term.key}")
    test = f"({column}) BETWEEN ? AND ?" if last is not None else f"({column}) {match[1] or '='} ?"
    amounts = (first,) if last is None else (first, last)
    return joined("OR", [_in_currency(places, test, amounts) for places in _PLACES])


FEE = "COALESCE(o.fee_charged, o.fee)"
"""Commission of Back Market as SQL: as it was charged, else as it is expected; NULL where neither is known."""
NET = "(o.received - o.refunded - COALESCE(o.fee_charged, o.fee, 0) - COALESCE(o.sales_dp_adjustment, 0))"
_AMOUNT_COLUMNS = {"refundable": "o.received - o.refunded", "fee": FEE, "net": NET}
_AMOUNTS = "Write 49.90, >100, <=20 or 10..50."


def _number(term: Term, value: str, text: str) -> Decimal:
    try:
        return amount.read_number(text)
    except (NotRead, ValueRefused) as error:
        understood = "not an amount" if error.understood == "empty" else error.understood
        advice = _AMOUNTS if understood == "not an amount" else error.advice
        raise term.error(f"{quoted(value)} is {understood}.", advice) from None


_PLACES: dict[int, tuple[str, ...]] = {
    2: (),
    **{
        places: tuple(code for code, decimals in UNUSUAL_EXPONENTS.items() if decimals == places)
        for places in sorted(set(UNUSUAL_EXPONENTS.values()))
    },
}
"""Currencies by their number of decimals; 2 has an empty tuple and stands for all others."""


def _in_currency(places: int, test: str, amounts: Sequence[Decimal]) -> Clause:
    """Return the test, with amounts in minor units, for the orders in currencies with this number of decimals."""
    scaled = [amount.scaleb(places) for amount in amounts]
    values = tuple(int(amount) if amount == amount.to_integral_value() else float(amount) for amount in scaled)
    among = _among("o.currency", _PLACES[places] or tuple(UNUSUAL_EXPONENTS))
    return Clause(f"({'' if _PLACES[places] else 'NOT '}{among.sql} AND {test})", among.values + values)


CODE = 5
"""Length from which a word with a digit or @ also matches the middle or end of a code, without ``*``."""


def needle_of(term: Term, value: str) -> Needle | None:
    """Return the text that an order must hold for this term; None when only its own column can tell."""
    value = folded(value)
    starred = "*" in value
    pieces = tuple(piece for piece in value.split("*") if piece)
    if term.key:
        if term.key == "sku" and not starred:
            words = _words(value)
            return Needle(words) if words else None
        by_part = term.key in _INDEXED_KEYS and (starred or term.key in _PART_KEYS)
        return Needle(parts=pieces) if by_part and any(len(piece) >= 3 for piece in pieces) else None
    if starred and pieces:
        return Needle(parts=pieces)
    words = _some_words(term, value)
    is_code = len(value) >= CODE and " " not in value and re.search(r"[\d@]", value)
    return Needle(words, (value,) if is_code else ())


def _some_words(term: Term, value: str) -> tuple[str, ...]:
    words = _words(value)
    if not words:
        raise term.error(
            f"{quoted(value)} has no letters or digits to look for.", "Type a part of an id, name, mail or SKU."
        )
    return words


def _words(value: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", folded(value).replace("_", " ")))
