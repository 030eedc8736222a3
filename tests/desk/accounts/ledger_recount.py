"""The sums of a year, counted anew by plain SQL that shares nothing with the desk."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from bmtui.desk.core.context import Desk

YEAR = ("2025-12-01", "2026-11-30")


def _rows(desk: Desk, sql: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = desk.store.database.execute_sql(sql).fetchall()
    return found


def takings(desk: Desk) -> dict[str, tuple[int, int, int, int]]:
    """Return the count, received and refunded amounts and fees of paid orders, by currency, in minor units."""
    sql = """
        SELECT currency, count(*), sum(received), sum(refunded), sum(COALESCE(fee_charged, fee, 0)) FROM orders
        WHERE received > 0 AND status <> 'void' GROUP BY currency
    """
    return {row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4])) for row in _rows(desk, sql)}


def should_be_billed(desk: Desk) -> dict[tuple[str, str], int]:
    """Return the amounts that Back Market should bill for the stored orders, by currency and kind, in minor units."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    paid = "FROM order_lines l JOIN orders o ON o.id = l.order_ref WHERE o.paid_at IS NOT NULL"
    for currency, price, shipping, fee in _rows(
        desk, f"SELECT o.currency, sum(l.price), sum(l.shipping), sum(COALESCE(l.fee, 0)) {paid} GROUP BY 1"
    ):
        found[currency, "sale"] += int(price)
        found[currency, "shipping"] += int(shipping)
        found[currency, "commission"] -= int(fee)
    ended = f"SELECT o.currency, sum(COALESCE(l.fee, 0)) {paid} AND l.state IN (4, 5, 6) GROUP BY 1"
    for currency, fee in _rows(desk, ended):
        found[currency, "commission"] += int(fee)
    sql = """
        SELECT o.currency, sum(r.amount) FROM refunds r JOIN orders o ON o.id = r.order_ref
        WHERE r.operation = 'refund_on_back_market' AND r.state = 'confirmed' GROUP BY 1
    """
    for currency, amount in _rows(desk, sql):
        found[currency, "refund"] -= int(amount)
    return {key: amount for key, amount in found.items() if amount}


def of_csv(text: str) -> dict[tuple[str, str], int]:
    """Return the sums of the rows of a billing statement, by currency and designation, in minor units."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for line in text.splitlines()[1:]:
        *_, designation, amount, currency = line.split(",")
        kind = {"shipping refund": "refund"}.get(designation, designation)
        found[currency, kind] += int(Decimal(amount) * (1 if currency == "JPY" else 100))
    return {key: amount for key, amount in found.items() if amount}
