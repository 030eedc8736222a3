"""Orders as Back Market describes them (API §4, §5), as values.

Amounts are `Money`, instants are aware and in UTC, foreign text has passed `bmtui.text.plain`. What the channel leaves
out or sends as null is None, or "" for text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

from bmtui.channel.fields import Mark
from bmtui.money import Money


class OrderState(IntEnum):
    """State of an order: Back Market derives it, a seller cannot set it. 8 means something else on a line (API §5)."""

    NEW = 0
    TO_ACCEPT = 1
    TO_SHIP = 3
    UNPAID = 8
    PROCESSED = 9
    PENDING_PAYMENT = 10


class LineState(IntEnum):
    """State of an order line. A seller can move 1→2, 1→4, 2→3, 2→5 and 3→6, nothing else (API §5)."""

    NEW = 0
    PAID = 1
    ACCEPTED = 2
    SHIPPED = 3
    CANCELLED = 4
    REFUNDED_BEFORE_SHIPPING = 5
    REFUNDED_AFTER_SHIPPING = 6
    UNPAID = 7
    PENDING = 8
    ON_HOLD = 9


RETURN_REASONS: Mapping[int, str] = MappingProxyType(
    {
        0: "Stock mistake",
        1: "Withdrawal within 14 days",
        11: "Does not live at the address",
        12: "Parcel did not arrive",
        13: "Parcel lost",
        21: "Faulty on opening",
        22: "Failure at first use",
        23: "Failure in warranty",
        24: "Non-compliant",
        25: "Other",
    }
)
"""`return_reason` of a refund after shipping (API §6)."""

CONDITIONS: Mapping[int, str] = MappingProxyType({9: "Premium", 10: "Excellent", 11: "Good", 12: "Fair"})
"""`condition` of an order line (API §4)."""


_ERASED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A shipping or billing address: every field is optional (API §4). `country` is ISO 3166 alpha-2."""

    company: str = ""
    first_name: str = ""
    last_name: str = ""
    street: str = ""
    street2: str = ""
    postal_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    first_name_pronunciation: str = ""
    last_name_pronunciation: str = ""
    customer_id_number: str = ""
    """The buyer's tax or identity number; tax papers of Spain need it (API §4)."""

    @property
    def name(self) -> str:
        """First and last name as they are written on a parcel; "" if there is neither."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_erased(self) -> bool:
        """True when Back Market erased the buyer: every field that came, but the country, is ``Deleted`` (API §11)."""
        texts = [text for name in _ERASABLE if (text := getattr(self, name))]
        return bool(texts) and all(text.casefold() == _ERASED for text in texts)


_ERASABLE = tuple(field.name for field in fields(Address) if field.name != "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """Order line. `state` is a `LineState`, or a number this release does not know."""

    line_id: int
    state: int
    price: Money
    """Total of the line with tax, not the price of one piece (API §4)."""
    shipping: Money
    fee: Money | None = None
    """Back Market's commission."""
    sku: str = ""
    """The seller's SKU (`listing` on the wire)."""
    listing_id: int | None = None
    product_id: int | None = None
    product: str = ""
    brand: str = ""
    condition: int | None = None
    quantity: int = 1
    return_reason: int = 0
    """Reason of a return; meaningful in line states 4, 5 and 6 only (API §4)."""
    return_message: str = ""
    imei: str = ""
    serial_number: str = ""
    sales_taxes: Money | None = None
    sales_dp_adjustment: Money | None = None
    """Amount by which the price exceeds the pay-out, in the US; may be below zero (API §11)."""
    marked: tuple[Mark, ...] = ()
    """Fields of the line that came and were not understood; the raw order has them as they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrder:
    """Order. `state` is an `OrderState`, or a number this release does not know."""

    order_id: int
    state: int
    currency: str
    goods: Money
    """Goods with tax, without shipping (`price` on the wire)."""
    shipping: Money
    sales_taxes: Money | None = None
    sales_dp_adjustment: Money | None = None
    """Amount by which the price exceeds the pay-out, in the US; may be below zero (API §11)."""
    market: str = ""
    payment_method: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    invoice_provided_at: datetime | None = None
    ship_by: datetime | None = None
    carrier: str = ""
    """`shipper`, else `shipper_display`; filled before shipping."""
    tracking_number: str = ""
    tracking_url: str = ""
    delivery_note: str = ""
    """Signed URL that dies after 5 days: read the order again before printing (API §4)."""
    delivery_mode: str = ""
    is_backship: bool = False
    shipping_address: Address = Address()
    billing_address: Address = Address()
    lines: tuple[ChannelLine, ...] = ()
    marked: tuple[Mark, ...] = ()
    """Fields that came and were not understood, those of the lines too; the raw order has them as they came."""

    @property
    def buyer_is_erased(self) -> bool:
        """True when Back Market erased the buyer: every address that is filled in is erased."""
        filled = [one for one in (self.shipping_address, self.billing_address) if one != Address(country=one.country)]
        return bool(filled) and all(one.is_erased for one in filled)

    @property
    def total(self) -> Money:
        """Total that the buyer paid: goods and shipping, with tax."""
        return self.goods + self.shipping
