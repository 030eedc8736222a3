"""Acceptance rule of a company: terms over market, value, SKUs and stock flags.

    market:fr-fr,de-de value:<=800 sku:PHN*,TAB* -sku:*-FAIR stock:in

All terms must hold. `sku` and `stock` must hold for every line of the order: one accepted line makes a promise for the
whole order. `value` is the order's total in its own currency. `stock:in` asks for SKUs that are flagged as in stock;
`stock:known` only for none that is flagged as out of stock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from bmtui.errors import ConfigError, NotRead, ValueRefused
from bmtui.money import Money
from bmtui.text import plain
from bmtui.values import amount

_VALUE = re.compile(r"(>=|<=|>|<)?(.+?)(?:\.\.(.+))?")

_STOCK = ("in", "known")

EXAMPLE = "market:fr-fr,de-de value:<=800 sku:PHN* stock:in"
ADVICE = f"Write it like: {EXAMPLE}."


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of an order that a rule checks. `stock`: the stock flag of each SKU that has one; True means in stock."""

    market: str
    total: Money
    skus: tuple[str, ...]
    stock: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Term:
    """Condition of a rule; `why_not` returns in a few words the value that does not fit, or None."""

    text: str
    why_not: Callable[[Facts], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Terms that must all hold; a rule without terms takes no order."""

    terms: tuple[Term, ...]

    def why_not(self, facts: Facts) -> str | None:
        """Return the reason why the rule does not take an order, or None."""
        if not self.terms:
            return "There is no rule."
        return next((why for term in self.terms if (why := term.why_not(facts))), None)


def parse(text: str) -> Rule:
    """Parse the text of a rule.

    Raises:
        ConfigError: a term that cannot be read.
    """
    return Rule(tuple(_term(part) for part in plain(text).split()))


def _term(part: str) -> Term:
    negated = part.startswith("-")
    key, colon, value = part.removeprefix("-").partition(":")
    # A comma in an amount parts no values.
    values = [piece for piece in ([value] if key == "value" else value.split(",")) if piece]
    if not colon or key not in _TERMS or not values:
        raise ConfigError(f"'{part[:60]}' is no term of an acceptance rule.", ADVICE)
    why_not = _TERMS[key](values)
    if negated:
        if key != "sku":
            raise ConfigError(f"'{part[:60]}': only sku can be excluded with a minus.", ADVICE)
        return Term(part, _no_sku(values))
    return Term(part, why_not)


def _market(values: list[str]) -> Callable[[Facts], str | None]:
    wanted = {value.lower() for value in values}
    return lambda facts: None if facts.market.lower() in wanted else f"market {facts.market}"


def _value(values: list[str]) -> Callable[[Facts], str | None]:
    match = _VALUE.fullmatch(values[0]) if len(values) == 1 else None
    if match is None or (match[1] and match[3]):
        raise ConfigError(f"'{','.join(values)[:60]}' is no value.", "Write value:<=800, value:>20 or value:20..800.")
    try:
        sign, first = match[1], amount.read_number(match[2], field="acceptance_rule")
        last = amount.read_number(match[3], field="acceptance_rule") if match[3] else first
    except (NotRead, ValueRefused) as error:
        raise ConfigError(f"'{error.came}' is no value of a rule: it is {error.understood}.", error.advice) from error

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
