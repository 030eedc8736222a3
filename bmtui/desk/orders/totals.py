"""Totals of the orders of a query, by currency: amounts of different currencies are never added up."""

from __future__ import annotations

from dataclasses import dataclass

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.money import Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a currency."""

    currency: str
    orders: int
    total: Money
    received: Money
    refunded: Money
    fee: Money
    net: Money


def of(desk: Desk, query: str = "") -> tuple[Totals, ...]:
    """Return the sums of all orders that match, by currency.

    Raises:
        QueryError: the query cannot be read.
    """
    return tuple(
        Totals(currency, int(orders), *(Money(int(amount), currency) for amount in amounts))
        for currency, orders, *amounts in search.sums(desk, query)
    )
