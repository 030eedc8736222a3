"""Billing statements of the practice marketplace, with faults if wanted (API §11).

A line is sold, and its commission charged, on the day of the payment. What was cancelled or refunded goes back on the
day of the last change, with its commission. Shipping charges go back with an order that ended before it was shipped.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any, Final, NamedTuple

from bmtui.csv_writer import write_csv
from bmtui.sandbox.orders.catalogue import written

COLUMNS: Final = ("invoice_key", "value_date", "sku", "order_id", "designation", "amount", "currency")
#: Faults by name, and what each does to a statement.
FAULTS: Final = {
    "no-such-order": "a sale of an order that is not the seller's",
    "refund": "a refund that nobody asked for",
    "fee": "a commission that is not the one of the order",
    "twice": "a sale that is paid a second time",
    "adjustment": "a sales_dp_adjustment that did not come with the order",
    "price": "a sale at another price",
}
_ENDED: Final = frozenset({4, 5, 6})


class Row(NamedTuple):
    """Row of a statement; amounts are signed, from the seller's point of view."""

    day: str
    sku: str
    order_id: int
    designation: str
    amount: Decimal
    currency: str

    @property
    def key(self) -> str:
        """Key of the row's statement: one a month and currency."""
        return f"BM-{self.day[:7]}-{self.currency}"


def rows_of(order: Mapping[str, Any], partial: Mapping[int, Sequence[Decimal]]) -> list[Row]:
    """Return the rows of an order as the API shows it; `partial` are refunds of a part, by line."""
    if not order["date_payment"]:
        return []
    paid, changed = order["date_payment"][:10], order["date_modification"][:10]
    order_id, currency = order["order_id"], order["currency"]
    found: list[Row] = []

    def add(day: str, sku: str, designation: str, amount: Decimal) -> None:
        if amount:
            found.append(Row(day, sku, order_id, designation, amount, currency))

    for line in order["orderlines"]:
        sku, price, fee = line["listing"], Decimal(line["price"]), Decimal(line["orderline_fee"])
        add(paid, sku, "sale", price)
        add(paid, sku, "shipping", Decimal(line["shipping_price"]))
        add(paid, sku, "commission", -fee)
        parts = list(partial.get(line["id"], ()))
        if line["state"] in _ENDED:
            parts.append(price - sum(parts, Decimal(0)))
            add(changed, sku, "commission", fee)
        for part in parts:
            add(changed, sku, "refund", -part)
    if all(line["state"] in (4, 5) for line in order["orderlines"]):
        add(changed, "", "shipping refund", -Decimal(order["shipping_price"]))
    return found


def statement(
    orders: Iterable[Mapping[str, Any]],
    partial: Mapping[int, Sequence[Decimal]],
    month: str = "",
    faults: Mapping[str, int] | None = None,
    seed: int = 1,
) -> tuple[str, list[dict[str, str]]]:
    """Return the statements of a month (`2026-11`), or of all, as CSV; and the rows that a client cannot explain.

    Raises ValueError for a fault that there is not.
    """
    rows = [row for order in orders for row in rows_of(order, partial) if row.day.startswith(month)]
    odd = _spoil(rows, faults or {}, random.Random(f"statement {seed}"))  # noqa: S311 - practice, not secrets
    rows.sort(key=lambda row: (row.key, row.day))
    out = StringIO()
    values = [(row.key, row.day, row.sku, row.order_id, row.designation, _text(row), row.currency) for row in rows]
    write_csv(out, [COLUMNS, *values])
    return out.getvalue(), odd


def partial_refunds(effects: Iterable[Mapping[str, Any]]) -> dict[int, list[Decimal]]:
    """Return the refunds with an amount that were applied, by line."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    for effect in effects:
        if effect["kind"] == "refund_amount":
            found[effect["line_ids"][0]].append(Decimal(effect["amount"]))
    return found


def _spoil(rows: list[Row], faults: Mapping[str, int], rng: random.Random) -> list[dict[str, str]]:
    """Put the faults into `rows`, each into another order; returns what a client must find."""
    unknown = set(faults) - set(FAULTS)
    if unknown:
        raise ValueError(f"There is no fault {', '.join(sorted(unknown))}. Faults: {', '.join(FAULTS)}.")
    odd: list[dict[str, str]] = []
    used: set[int] = set()
    refunded = {row.order_id for row in rows if "refund" in row.designation}
    for name, count in faults.items():
        for number in range(count):
            wanted = "commission" if name == "fee" else "sale"
            able = [
                place
                for place, row in enumerate(rows)
                if row.designation == wanted and row.order_id not in used and row.order_id not in refunded
            ]
            if not able:
                break
            place = rng.choice(able)
            row = rows[place]
            used.add(row.order_id)
            cent = Decimal(1) if row.currency == "JPY" else Decimal("0.01")
            match name:
                case "no-such-order":
                    rows.append(row := row._replace(order_id=999_000_000 + number))
                case "refund":
                    rows.append(row := row._replace(designation="refund", amount=-7 * cent))
                case "fee":
                    rows[place] = row = row._replace(amount=row.amount - cent)
                case "twice":
                    rows.append(row)
                case "adjustment":
                    rows.append(row := row._replace(designation="sales_dp_adjustment", amount=-3 * cent))
                case "price":
                    rows[place] = row = row._replace(amount=row.amount - cent)
            odd.append({"fault": name, "order_id": str(row.order_id), "sku": row.sku, "amount": _text(row)})
    return odd


def _text(row: Row) -> str:
    return written(row.amount, row.currency)
