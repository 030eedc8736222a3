"""The typed query: ``status:onhold,problem market:fr-fr created:last7 sku:PHN* "marie dupont"``.

Different filters combine with AND, several values of one with OR; a bare word or phrase looks into ids, names, mails,
SKUs, IMEIs and tracking numbers; a minus in front excludes (order-desk §7). Several lines, such as a pasted column of a
spreadsheet, are alternatives, as ``any:`` has them. This module reads the text; `search` turns it into SQL.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bmtui.errors import ConfigError, NotRead
from bmtui.text import plain
from bmtui.values import cleaning
from bmtui.values.date import read_days
from bmtui.words import ChannelStatus, OrderStatus, PaymentStatus, ShippingStatus

DATE_KEYS = {
    "created": "created_at",
    "updated": "updated_at",
    "paid": "paid_at",
    "shipby": "ship_by",
    "shipped": "shipped_at",
}
AMOUNT_KEYS = ("total", "refunded", "refundable", "fee", "net")
TEXT_KEYS = {
    "sku": "the SKU of a line",
    "product": "the title of a line's product",
    "imei": "an IMEI",
    "serial": "a serial number",
    "tracking": "the tracking number",
    "name": "the customer's name",
    "mail": "the customer's mail address",
    "phone": "the customer's phone number",
    "postcode": "the postal code",
    "company": "the company here",
    "market": "the market, such as fr-fr",
    "country": "the country, such as FR",
    "currency": "the currency, such as EUR",
    "carrier": "the carrier",
    "tag": "a tag of the order",
    "assignee": "the account that the order is assigned to, or `me`, `nobody`, `anybody`",
    "note": "a part of the text of a note",
}
WORD_KEYS = {
    "status": tuple(OrderStatus),
    "shipping": tuple(ShippingStatus),
    "payment": tuple(PaymentStatus),
    "channel": tuple(ChannelStatus),
    "has": ("refund", "rma", "invoice", "note", "tracking", "imei", "error", "marked", "tag"),
}
FIELD = "field."
"""Beginning of a filter for a named field of orders: ``field.shelf:A12``."""
ANY = "any"
"""Filter whose values are words or numbers; an order matches when bare words would find one of them."""
KEYS = ("id", ANY, *WORD_KEYS, *TEXT_KEYS, *DATE_KEYS, *AMOUNT_KEYS)
PRESETS = (
    "today",
    "yesterday",
    "thisweek",
    "lastweek",
    "monthtodate",
    "lastmonth",
    "last24h",
    "older24h",
    "last3",
    "last7",
    "last14",
    "last31",
    "last60",
    "last90",
    "next3",
    "next7",
    "overdue",
)

CLOCKS = ("overdue", "soon", "today", "later", "due")
"""Values of ``shipby:`` for orders that still have to leave; ``due`` is late, soon or today."""

LONGEST = 40_000
"""Longest query in characters; room for a pasted column of a thousand tracking numbers."""
MOST_VALUES = 1_000
SAID = 30
"""Longest part of an unreadable query, in characters, that an error repeats."""

_TOKEN = re.compile(r'(?P<minus>-)?(?:(?P<key>[A-Za-z]+|(?i:field)\.[A-Za-z0-9_]+):)?(?P<value>(?:"[^"]*"?|[^\s"])*)')
_NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_FILTERS = tuple(f"{key}:" for key in KEYS)
_LIKE_CODE = re.compile(rf"({'|'.join(KEYS)})(=+|[<>]=?)(.*)", re.IGNORECASE | re.DOTALL)
_JOINING = {
    "OR": "For values of one filter write status:onhold,problem; for words any:anna,berta.",
    "AND": "Leave it out: filters and words must all hold anyway.",
    "NOT": "Write a minus in front of what is left out: -status:cancelled.",
}
_SIGNS = {"|": "OR", "||": "OR", "&": "AND", "&&": "AND"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class QueryError(ConfigError):
    """A query that cannot be read; `position` and `length` (in characters) point at the offending part.

    `brief` is a shorter advice for narrow places.
    """

    title = "The query cannot be read"

    def __init__(self, message: str, advice: str, position: int, length: int, brief: str = "") -> None:
        super().__init__(message, advice)
        self.position = position
        self.length = length
        self.brief = brief or advice


@dataclass(frozen=True, slots=True)
class Term:
    """Filter of a query: `key` is one of `KEYS`, names a field, or is '' for a bare word; `values` are alternatives."""

    key: str
    values: tuple[str, ...]
    negated: bool
    position: int
    length: int

    def error(self, message: str, advice: str, brief: str = "") -> QueryError:
        return QueryError(message, advice, self.position, self.length, brief)


_ALL = "'bmtui help query' has them all."


def quoted(text: str) -> str:
    """Return unreadable text in quotes for a message, shortened to its beginning: the error has its position, too."""
    return f"'{text}'" if len(text) <= SAID else f"'{text[: SAID - 1]}…'"


def likeliest(word: str, known: Sequence[str], ending: str = "") -> str:
    """Return a "did you mean" question with the most similar of the `known` words; '' where none is similar."""
    close = difflib.get_close_matches(word.lower(), known, n=1)
    return f"Did you mean '{close[0]}{ending}'?" if close else ""


def parse(text: str) -> tuple[Term, ...]:
    """Split `text` into filters; of several lines each is an alternative.

    Raises:
        QueryError: an unknown filter, an open quotation mark, an empty value, or too much; with the position.
    """
    if len(text) > LONGEST:
        advice = f"{LONGEST:,} is the most; ask in several steps."
        raise QueryError(f"The query has {len(text):,} characters.", advice, LONGEST, len(text) - LONGEST)
    whole, text = text, listed(text)
    terms: list[Term] = []
    count = 0
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        assert match is not None  # every part of the pattern is optional
        length = max(match.end() - at, 1)
        # The error of a list is about the whole list.
        place, shown = (at, length) if text is whole else (0, len(whole))
        if match["value"].count('"') % 2:
            raise QueryError("A quotation mark is open.", 'Close it with ".', place, shown)
        key = (match["key"] or "").lower()
        if key and key not in KEYS and not key.startswith(FIELD):
            likely = likeliest(key, KEYS, ":")
            advice = likely or f"Filters: {', '.join(KEYS)}."
            raise QueryError(f"There is no filter {quoted(f'{key}:')}.", advice, place, shown, likely or _ALL)
        # A comma in an amount parts no values, unless they are quoted.
        split = bool(key) and (key not in AMOUNT_KEYS or '"' in match["value"])
        values = tuple(value for value in _alternatives(match["value"], split=split) if value)
        term = Term(key, values, bool(match["minus"]), place, shown)
        if not key:
            _must_be_words(term, match["value"])
        if not values:
            raise term.error(f"{quoted(plain(match[0] or text[at]))} has no value.", "Write a value, or remove it.")
        count += len(values) if key != "id" else 1
        if count > MOST_VALUES:
            raise term.error(f"The query has more than {MOST_VALUES:,} values.", "Ask in several steps.")
        terms.append(term)
        at += length
    return tuple(terms)


def listed(text: str) -> str:
    """Return `text` on one line: several lines, as a spreadsheet copies a column, become an ``any:`` filter."""
    lines = [plain(line).translate(_NO_WIDTH).replace('"', "").strip() for line in text.splitlines()]
    cells = [cleaning.whole(line) for line in dict.fromkeys(lines) if line]
    if sum(map(bool, lines)) < 2 or any(line.lstrip("-").lower().startswith(_FILTERS) for line in lines):
        return text
    return f"{ANY}:" + ",".join(f'"{cell}"' if re.search(r"[\s,]", cell) else cell for cell in cells)


def _must_be_words(term: Term, value: str) -> None:
    """Check that a value is not the syntax of another program. Raises QueryError."""
    word = _SIGNS.get(value, value)
    if word in _JOINING:
        raise term.error(f"'{value}' joins nothing here.", f"{_JOINING[word]} To look for the word, quote it.")
    if match := _LIKE_CODE.fullmatch(value):
        compared = "" if "=" in match[2] and match[2][0] == "=" else match[2]
        meant = f"{match[1].lower()}:{compared}{match[3] or '…'}"
        raise term.error(f"Filters are written with a colon, not as {quoted(value)}.", f"Write {meant}.")


def _alternatives(value: str, *, split: bool) -> list[str]:
    parts = re.findall(r'(?:"[^"]*"|[^,"])+', value) if split else [value]
    # What is stored is plain text too, so that nothing is lost by leaving out what it cannot hold.
    return [plain(part.replace('"', "")).translate(_NO_WIDTH).strip() for part in parts]


def words_meant(term: Term, value: str) -> list[str]:
    """Return the stored words that `value` names: case, spaces and underscores do not matter, a beginning is enough.

    Raises:
        QueryError: it names none.
    """
    wanted = re.sub(r"[\s_-]", "", value.lower())
    known = WORD_KEYS[term.key]
    exact = [str(word) for word in known if word.replace("_", "") == wanted]
    found = exact or [str(word) for word in known if word.replace("_", "").startswith(wanted)]
    if not found or not wanted:
        likely = likeliest(value, known)
        advice = f"{likely} Values: {', '.join(known)}.".strip()
        raise term.error(f"{quoted(value)} is no value of '{term.key}:'.", advice, f"{likely} {_ALL}".strip())
    return found


def span(term: Term, value: str, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return the times from (inclusive) and to (exclusive) of `value`: a preset, a day, ``A..B``, ``>A``, ``<=A``…

    Days are those of `zone`; the result is in UTC.

    Raises:
        QueryError: not a date.
    """
    today = now.astimezone(zone).date()
    preset = _preset(value.lower(), today, now, zone)
    if preset is not None:
        return preset
    if ".." in value:
        first, _, last = value.partition("..")
        begin = _midnight(_days(term, first, today)[0], zone) if first else None
        return begin, _midnight(_days(term, last, today)[1], zone) if last else None
    match = re.fullmatch(r"(>=|<=|>|<)?(.*)", value)
    assert match is not None
    begin, end = (_midnight(day, zone) for day in _days(term, match[2], today))
    return {None: (begin, end), ">": (end, None), ">=": (begin, None), "<": (None, begin), "<=": (None, end)}[match[1]]


def _preset(name: str, today: date, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None] | None:
    def days(first: date, count: int) -> tuple[datetime, datetime]:
        return _midnight(first, zone), _midnight(first + timedelta(days=count), zone)

    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    if match := re.fullmatch(r"last(3|7|14|31|60|90)", name):
        return days(today - timedelta(days=int(match[1]) - 1), int(match[1]))
    if match := re.fullmatch(r"next(3|7)", name):
        return now, _midnight(today + timedelta(days=int(match[1])), zone)
    previous = (month - timedelta(days=1)).replace(day=1)
    spans: dict[str, tuple[datetime | None, datetime | None]] = {
        "today": days(today, 1),
        "yesterday": days(today - timedelta(days=1), 1),
        "thisweek": days(monday, 7),
        "lastweek": days(monday - timedelta(days=7), 7),
        "monthtodate": (_midnight(month, zone), None),
        "lastmonth": (_midnight(previous, zone), _midnight(month, zone)),
        "last24h": (now - timedelta(hours=24), None),
        "older24h": (None, now - timedelta(hours=24)),
        "overdue": (None, now),
    }
    return spans.get(name)


def _days(term: Term, text: str, today: date) -> tuple[date, date]:
    """Return the first day of `text`, and the day after its last."""
    try:
        days = read_days(text, today)
    except NotRead as error:
        likely, written = likeliest(text, PRESETS), "Write 2026-11-23, 2026-11, A..B, >A, or"
        if error.understood not in ("not a date", "empty"):
            likely = error.advice
        advice = f"{likely} {written} one of: {', '.join(PRESETS)}.".strip()
        brief = f"{likely} {_ALL}" if likely else f"{written} a word such as last7. {_ALL}"
        raise term.error(f"{quoted(text)} is {error.understood}.", advice, brief) from None
    # The last days of the calendar leave no room for the day after.
    last = date(9999, 12, 30)
    return min(days.first, last), min(days.last, last) + timedelta(days=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), UTC)
