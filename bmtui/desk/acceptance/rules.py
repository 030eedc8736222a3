"""What a company accepts by itself: a rule over market, value, SKUs and stock flags, and its test on stored orders.

    market:fr-fr,de-de value:<=800 sku:PHN*,TAB* -sku:*-FAIR stock:in

All terms must hold. `sku` and `stock` must hold for every line of the order: one accepted line makes a promise for the
whole order. `value` is the order's total in its own currency. `stock:in` asks for SKUs that are flagged as in stock;
`stock:known` only for none that is flagged as out of stock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError
from bmtui.money import Money
from bmtui.store.models import Company, Order, OrderLine, StockFlag
from bmtui.text import plain

_VALUE = re.compile(r"(>=|<=|>|<)?(\d{1,12}(?:\.\d{1,3})?)(?:\.\.(\d{1,12}(?:\.\d{1,3})?))?")
_STOCK = ("in", "known")
_ADVICE = "Write it like: market:fr-fr,de-de value:<=800 sku:PHN* stock:in."


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at. `stock` is by SKU: whether it is flagged as in stock; one without a flag is not in it."""

    market: str
    total: Money
    skus: tuple[str, ...]
    stock: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `why_not` says in a few words what does not fit, or None."""

    text: str
    why_not: Callable[[Facts], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """All of its terms must hold; one without terms takes nothing."""

    terms: tuple[Term, ...]

    def why_not(self, facts: Facts) -> str | None:
        """Why the rule does not take an order, or None."""
        if not self.terms:
            return "There is no rule."
        return next((why for term in self.terms if (why := term.why_not(facts))), None)


@dataclass(frozen=True, slots=True)
class BackTest:
    """What a rule would have done with the latest `total` paid orders; `refused` are orders with the reason each."""

    rule: str
    total: int
    accepted: int
    refused: tuple[tuple[int, str], ...]

    @property
    def sentence(self) -> str:
        return f"It would have accepted {self.accepted:,} of the last {self.total:,} orders."


def parse(text: str) -> Rule:
    """The rule that `text` says.

    Raises:
        ConfigError: a term that cannot be read.
    """
    return Rule(tuple(_term(part) for part in plain(text).split()))


def back_test(desk: Desk, company: str | None = None, text: str | None = None, *, last: int = 1000) -> BackTest:
    """Try a rule, by default the company's own, on its `last` paid orders.

    Raises:
        NotFound, RuleRefused: which company. ConfigError: no rule, or one that cannot be read.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        text = row.acceptance_rule if text is None else text
        rule = parse(text)
        if not rule.terms:
            raise ConfigError(f"{row.name} has no acceptance rule.", _ADVICE)
        paid = (Order.company == row) & (Order.received > 0)
        rows = list(Order.select().where(paid).order_by(Order.created_at.desc(), Order.id.desc()).limit(last))
        verdicts = [(order.order_id, rule.why_not(facts)) for order, facts in facts_of(rows)]
        refused = tuple((order_id, why) for order_id, why in verdicts if why)
        return BackTest(text, len(rows), len(rows) - len(refused), refused)


def facts_of(orders: Sequence[Order]) -> Iterable[tuple[Order, Facts]]:
    """What a rule needs to know of each order, all of one company, read by few statements."""
    skus: dict[int, list[str]] = {order.id: [] for order in orders}
    for begin in range(0, len(orders), 500):
        some = [order.id for order in orders[begin : begin + 500]]
        for line in OrderLine.select(OrderLine.order, OrderLine.sku).where(OrderLine.order.in_(some)):
            skus[line.order_ref].append(line.sku)
    flags = {}
    if orders:
        flags = {
            flag.sku: flag.in_stock for flag in StockFlag.select().where(StockFlag.company == orders[0].company_id)
        }
    for order in orders:
        yield order, Facts(order.market, Money(order.total, order.currency), tuple(skus[order.id]), flags)


def flag(desk: Desk, company: str | None, skus: Sequence[str], *, in_stock: bool) -> int:
    """Flag SKUs as in stock or out of stock; returns how many.

    Raises:
        NotFound, RuleRefused: which company.
    """
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(company)
        for sku in skus:
            facts = {"in_stock": in_stock, "at": desk.now(), "made_by": desk.actor}
            StockFlag.insert(company=row, sku=plain(sku).strip(), **facts).on_conflict(
                conflict_target=[StockFlag.company, StockFlag.sku], update=facts
            ).execute()
        what = "in stock" if in_stock else "out of stock"
        audit.record(desk, "stock.flagged", f"{', '.join(map(plain, skus))}: {what}.", company_id=row.id)
    return len(skus)


def flags(desk: Desk, company: str | None = None) -> tuple[tuple[str, bool], ...]:
    """The SKUs that are flagged, and whether as in stock."""
    row: Company = desk.company_row(company)
    query = StockFlag.select().where(StockFlag.company == row).order_by(StockFlag.sku)
    return tuple((flag.sku, flag.in_stock) for flag in query)


def _term(part: str) -> Term:
    negated = part.startswith("-")
    key, colon, value = part.removeprefix("-").partition(":")
    values = [piece for piece in value.split(",") if piece]
    if not colon or key not in _TERMS or not values:
        raise ConfigError(f"'{part[:60]}' is no term of an acceptance rule.", _ADVICE)
    why_not = _TERMS[key](values)
    if negated:
        if key != "sku":
            raise ConfigError(f"'{part[:60]}': only sku can be excluded with a minus.", _ADVICE)
        return Term(part, _no_sku(values))
    return Term(part, why_not)


def _market(values: list[str]) -> Callable[[Facts], str | None]:
    wanted = {value.lower() for value in values}
    return lambda facts: None if facts.market.lower() in wanted else f"market {facts.market}"


def _value(values: list[str]) -> Callable[[Facts], str | None]:
    match = _VALUE.fullmatch(values[0]) if len(values) == 1 else None
    if match is None or (match[1] and match[3]):
        raise ConfigError(f"'{','.join(values)[:60]}' is no value.", "Write value:<=800, value:>20 or value:20..800.")
    sign, first = match[1], Decimal(match[2])
    last = Decimal(match[3]) if match[3] else first

    def why_not(facts: Facts) -> str | None:
        total = Decimal(facts.total.decimal)
        holds = {
            None: first <= total <= last,
            ">": total > first,
            ">=": total >= first,
            "<": total < first,
            "<=": total <= first,
        }[sign]
        return None if holds else f"value {facts.total}"

    return why_not


def _sku(patterns: list[str]) -> Callable[[Facts], str | None]:
    def why_not(facts: Facts) -> str | None:
        other = next((sku for sku in facts.skus if not _fits(sku, patterns)), None)
        return f"SKU {other}" if other is not None else None if facts.skus else "no lines"

    return why_not


def _no_sku(patterns: list[str]) -> Callable[[Facts], str | None]:
    def why_not(facts: Facts) -> str | None:
        found = next((sku for sku in facts.skus if _fits(sku, patterns)), None)
        return f"SKU {found}" if found is not None else None

    return why_not


def _stock(values: list[str]) -> Callable[[Facts], str | None]:
    if values not in [[word] for word in _STOCK]:
        raise ConfigError(f"'stock:{','.join(values)[:40]}' is no stock flag.", "Write stock:in or stock:known.")
    unknown_is_good = values == ["known"]

    def why_not(facts: Facts) -> str | None:
        out = next((sku for sku in facts.skus if not facts.stock.get(sku, unknown_is_good)), None)
        return f"SKU {out} is not in stock" if out is not None else None

    return why_not


def _fits(sku: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(sku.lower(), pattern.lower()) for pattern in patterns)


_TERMS: Mapping[str, Callable[[list[str]], Callable[[Facts], str | None]]] = {
    "market": _market,
    "value": _value,
    "sku": _sku,
    "stock": _stock,
}
