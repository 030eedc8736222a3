"""Row of a search result: its fields, the database columns behind them, and its reading (order-desk §7).

A new column of the search list that needs new data begins here; `tui/orders/columns.py` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bmtui.desk.core import json_values
from bmtui.money import Money
from bmtui.store.models import from_micros
from bmtui.words import CLOCK_RUNS, CLOCK_STOPPED, OrderStatus, ShippingStatus, label

COLUMNS = (
    *("id", "company_id", "order_id", "status", "shipping_status", "payment_status", "channel_status"),
    *("channel_notified", "market", "currency", "goods", "shipping", "total", "received", "refunded"),
    *("created_at", "updated_at", "paid_at", "ship_by", "shipped_at", "customer_name", "customer_email"),
    *("customer_phone", "tracking_number", "ship_to", "bill_to", "assignee"),
    *("fee", "fee_charged", "sales_dp_adjustment"),
)
SELECTED = ", ".join(f"o.{name}" for name in COLUMNS)


class Stored(Mapping[str, str]):
    """A stored JSON object that is parsed at the first use: a list of orders shows no addresses."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _values(self) -> dict[str, str]:
        values: dict[str, str] = json.loads(self._text)
        return values

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._values == dict(other)

    __hash__ = None  # type: ignore[assignment]


def customer_id_number(ship_to: Mapping[str, str], bill_to: Mapping[str, str]) -> str:
    """Return the buyer's tax or identity number from an order's addresses, '' if none is known."""
    return bill_to.get("customer_id_number") or ship_to.get("customer_id_number", "")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a search result. `skus` and `products` are those of the lines, with quantities above 1.

    `effects`: state of the last write to Back Market by `EffectKind`, if the search asked for it. `fee_expected` is the
    commission that came with the order, `fee_charged` that of the billing statements; None if unknown. `adjustment` is
    the amount by which the price exceeds the pay-out.
    """

    order_id: int
    company: str
    status: str
    shipping_status: str
    payment_status: str
    channel_status: str
    channel_notified: bool
    market: str
    currency: str
    goods: Money
    shipping: Money
    total: Money
    received: Money
    refunded: Money
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    customer_name: str
    customer_email: str
    customer_phone: str
    tracking_number: str
    skus: str
    products: str
    ship_to: Mapping[str, str]
    bill_to: Mapping[str, str]
    tags: tuple[str, ...]
    assignee: str
    fields: Mapping[str, str]
    fee_expected: Money | None
    fee_charged: Money | None
    adjustment: Money
    effects: Mapping[str, str]

    @property
    def fee(self) -> Money | None:
        """Commission that was charged, or else is expected."""
        return self.fee_charged if self.fee_charged is not None else self.fee_expected

    @property
    def net(self) -> Money:
        """Expected pay-out of the order: received − refunded − fee − adjustment.

        Before a billing statement, the fee after a refund is assumed (`sync.order_columns.NO_FEE`).
        """
        return self.refundable - (self.fee or Money(0, self.currency)) - self.adjustment

    @property
    def customer_id_number(self) -> str:
        """Buyer's tax or identity number, '' if none is known."""
        return customer_id_number(self.ship_to, self.bill_to)

    @property
    def refundable(self) -> Money:
        return self.received - self.refunded

    @property
    def refund_summary(self) -> str:
        """Refunded amount in words: ``20.00 EUR of 350.99 EUR refunded, Partially Refunded``."""
        return f"{self.refunded} of {self.received} refunded, {label(self.payment_status)}"

    @property
    def must_ship(self) -> bool:
        """True while the ship-by clock runs, as in the search's ``shipby:`` (store.conditions)."""
        expected = self.channel_status in CLOCK_RUNS and self.shipping_status != ShippingStatus.FULLY_SHIPPED
        return self.ship_by is not None and expected and self.status not in CLOCK_STOPPED

    @property
    def upload_waits(self) -> bool:
        """True if the parcel was shipped and Back Market does not know yet: no shipment was uploaded."""
        gone = self.shipping_status == ShippingStatus.FULLY_SHIPPED and not self.channel_notified
        return (
            gone and self.channel_status in CLOCK_RUNS and self.status not in (OrderStatus.CANCELLED, OrderStatus.VOID)
        )

    @property
    def deadline(self) -> datetime | None:
        """Time by which Back Market expects the shipment; None if it expects none."""
        return self.ship_by if self.must_ship or self.upload_waits else None

    def is_late(self, now: datetime) -> bool:
        """Return whether the order should have been shipped by `now`."""
        return self.ship_by is not None and self.must_ship and self.ship_by < now


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a search result: `rows` from `offset` on, of `count` in all; `more` = there are more than `count`.

    `cursors` holds each row's position, to ask for the window before or after it.
    """

    rows: tuple[OrderRow, ...]
    offset: int
    count: int
    more: bool
    cursors: tuple[tuple[Any, ...], ...] = ()


def from_stored(
    row: Sequence[Any],
    company: str,
    lines: Sequence[tuple[str, str]],
    tags: tuple[str, ...],
    fields: Mapping[str, str],
    effects: Mapping[str, str],
) -> OrderRow:
    """Return the row of `COLUMNS`, with its company, the SKU and product of each line, its tags and its fields."""
    (_, _, order_id, status, shipping_status, payment_status, channel_status, notified, market, currency, goods,
     shipping, total, received, refunded, created, updated, paid, ship_by, shipped, name, mail, phone, tracking,
     ship_to, bill_to, assignee, fee, fee_charged, adjustment) = row[: len(COLUMNS)]  # fmt: skip
    return OrderRow(
        order_id=order_id,
        company=company,
        status=status,
        shipping_status=shipping_status,
        payment_status=payment_status,
        channel_status=channel_status,
        channel_notified=bool(notified),
        market=market,
        currency=currency,
        goods=Money(goods, currency),
        shipping=Money(shipping, currency),
        total=Money(total, currency),
        received=Money(received, currency),
        refunded=Money(refunded, currency),
        created_at=from_micros(created),
        updated_at=from_micros(updated),
        paid_at=None if paid is None else from_micros(paid),
        ship_by=None if ship_by is None else from_micros(ship_by),
        shipped_at=None if shipped is None else from_micros(shipped),
        customer_name=name,
        customer_email=mail,
        customer_phone=phone,
        tracking_number=tracking,
        skus=", ".join(sku for sku, _ in lines),
        products=", ".join(product for _, product in lines),
        ship_to=Stored(ship_to),
        bill_to=Stored(bill_to),
        tags=tags,
        assignee=assignee,
        fields=fields,
        fee_expected=None if fee is None else Money(fee, currency),
        fee_charged=None if fee_charged is None else Money(fee_charged, currency),
        adjustment=Money(adjustment or 0, currency),
        effects=effects,
    )


def document(row: OrderRow) -> dict[str, Any]:
    """Return an order as JSON, without its nested lists; keys in the order of the CSV's columns."""
    values = {
        "order_id": row.order_id,
        "company": row.company,
        "status": row.status,
        "shipping_status": row.shipping_status,
        "payment_status": row.payment_status,
        "channel_status": row.channel_status,
        "channel_notified": row.channel_notified,
        "market": row.market,
        "currency": row.currency,
        "goods": row.goods,
        "shipping": row.shipping,
        "total": row.total,
        "received": row.received,
        "refunded": row.refunded,
        "refundable": row.refundable,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "paid_at": row.paid_at,
        "ship_by": row.ship_by,
        "shipped_at": row.shipped_at,
        "customer": {"name": row.customer_name, "email": row.customer_email, "phone": row.customer_phone},
        "ship_to": dict(row.ship_to),
        "bill_to": dict(row.bill_to),
        "customer_id_number": row.customer_id_number,
        "tags": list(row.tags),
        "assignee": row.assignee or None,
        "fields": dict(row.fields),
        "fees": {
            "expected": json_values.simple(row.fee_expected),
            "charged": json_values.simple(row.fee_charged),
            "adjustment": row.adjustment.decimal,
        },
        "net": row.net,
    }
    return {name: json_values.simple(value) for name, value in values.items()}
