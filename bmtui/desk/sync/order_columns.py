"""Columns of the store from a channel order: those that follow the channel (order-desk §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bmtui.channel.model import Address, ChannelLine, ChannelOrder, LineState, OrderState
from bmtui.channel.status import channel_status
from bmtui.desk.core import personal_data
from bmtui.desk.orders import channel_states
from bmtui.desk.orders.order_row import customer_id_number
from bmtui.errors import NotUnderstood
from bmtui.money import Money
from bmtui.text import folded
from bmtui.values import tax_id

_MOST = 2**63
_ADDRESS_FIELDS = tuple(field.name for field in fields(Address))


def order_values(order: ChannelOrder, company_id: int) -> dict[str, Any]:
    """Return the columns of an order that follow the channel.

    Raises:
        NotUnderstood: the order has no date at all, one out of all bounds, or two lines of one id.
    """
    buyer, payer = _left(order.shipping_address), _left(order.billing_address)
    states = [line.state for line in order.lines]
    # Every real order has both dates; an order must not get lost if one is missing.
    modified = order.modified_at or order.created_at or order.paid_at
    created = order.created_at or modified
    if created is None or modified is None:
        raise NotUnderstood("The order has no date at all.", "It is stored unchanged.", path="date_creation")
    if len({line.line_id for line in order.lines}) < len(order.lines):
        raise NotUnderstood("The order has two lines of one id.", "It is stored unchanged.", path="orderlines")
    for date in (created, modified, order.paid_at, order.ship_by, order.shipped_at):
        # Near the calendar's ends a date cannot be converted to another time zone.
        if date is not None and not 1970 <= date.year < 9999:
            raise NotUnderstood("A date of the order is not possible.", "It is stored unchanged.", path="dates")
    values = {
        "company": company_id,
        "order_id": order.order_id,
        "channel_status": channel_status(order.state, states),
        "channel_state": order.state,
        "channel_notified": channel_states.notified(states),
        "shipping_status": channel_states.shipping_status(states),
        "market": order.market,
        "currency": order.currency,
        "goods": order.goods.minor,
        "shipping": order.shipping.minor,
        "total": order.total.minor,
        "fee": expected_fee(order),
        "sales_taxes": _us_amount("sales_taxes", order),
        "sales_dp_adjustment": _us_amount("sales_dp_adjustment", order),
        "payment_method": order.payment_method,
        "created_at": created,
        "updated_at": modified,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "shipped_at": order.shipped_at,
        "customer_name": _buyer_name(order, buyer, payer),
        "customer_email": buyer.email or payer.email,
        "customer_phone": buyer.phone or payer.phone,
        "postal_code": buyer.postal_code,
        "country": tax_id.usual_country(buyer.country),
        "ship_to": _address(buyer),
        "bill_to": _address(payer),
        "erased_by_channel": order.buyer_is_erased,
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "is_backship": order.is_backship,
        "invoice_provided_at": order.invoice_provided_at,
        "delivery_note_ref": _document_name(order.delivery_note),
        "marked": [{"path": mark.path, "came": mark.came} for mark in order.marked],
    }
    return values | {"search_text": search_text(values, order.lines)}


def search_text(values: Mapping[str, Any], lines: Iterable[ChannelLine]) -> str:
    """Return the text in which bare words of a search are found."""
    ship_to, bill_to = values["ship_to"], values["bill_to"]
    name = "" if values["customer_name"] == personal_data.ERASED_BY_CHANNEL else values["customer_name"]
    words = [
        str(values["order_id"]),
        name,
        ship_to.get("company"),
        f"{bill_to.get('first_name', '')} {bill_to.get('last_name', '')}".strip(),
        bill_to.get("company"),
        values["customer_email"],
        values["customer_phone"],
        values["postal_code"],
        values["tracking_number"],
        *(text for line in lines for text in (line.sku, line.imei, line.serial_number)),
        customer_id_number(ship_to, bill_to),
    ]
    return folded(" ".join(filter(None, words)))


def _buyer_name(order: ChannelOrder, buyer: Address, payer: Address) -> str:
    if order.buyer_is_erased:
        return personal_data.ERASED_BY_CHANNEL
    return buyer.name or buyer.company or payer.name or payer.company


def _left(address: Address) -> Address:
    """Return the address; of an erased buyer only the country."""
    return Address(country=address.country) if address.is_erased else address


def _us_amount(name: str, order: ChannelOrder) -> int | None:
    """Return an amount of a US order in minor units: the order's own, else the sum of its lines'; None without any."""
    own: Money | None = getattr(order, name)
    parts = [amount.minor for line in order.lines if (amount := getattr(line, name)) is not None]
    found = sum(parts) if own is None else own.minor
    return found if found and abs(found) < _MOST else None


def _document_name(url: str) -> str:
    """Return the file name in a signed address, as the address itself soon expires."""
    return PurePosixPath(urlsplit(url).path).stem[:100]


def _address(address: Address) -> dict[str, str]:
    return {name: value for name in _ADDRESS_FIELDS if (value := getattr(address, name))}


def line_values(line: ChannelLine) -> dict[str, Any]:
    """Return the columns of a line."""
    return {
        "line_id": line.line_id,
        "state": line.state,
        "sku": line.sku,
        "product": line.product,
        "brand": line.brand,
        "condition": line.condition,
        "quantity": line.quantity,
        "price": line.price.minor,
        "shipping": line.shipping.minor,
        "imei": line.imei,
        "serial_number": line.serial_number,
        "fee": None if line.fee is None else line.fee.minor,
        "adjustment": None if line.sales_dp_adjustment is None else line.sales_dp_adjustment.minor,
    }


NO_FEE = (LineState.CANCELLED, LineState.REFUNDED_BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING, LineState.UNPAID)
"""States of lines without a sale, for which no commission is expected.

That is an assumption: Back Market documents the commission of a line (API §4, `orderline_fee`) and nothing about it
after a refund. Of a line that is refunded in part the whole commission is expected. The billing statement decides.
"""


def expected_fee(order: ChannelOrder) -> int | None:
    """Return the commission in minor units on the lines with a sale; None if no line has a fee."""
    if all(line.fee is None for line in order.lines):
        return None
    return sum(line.fee.minor for line in order.lines if line.fee is not None and line.state not in NO_FEE)


def received(order: ChannelOrder) -> int:
    """Return the minor units that the buyer has paid: all or nothing."""
    return order.total.minor if is_paid(order) else 0


def is_free(order: ChannelOrder) -> bool:
    """Return whether the order is paid and its total is 0.00."""
    return order.total.minor == 0 and is_paid(order)


def is_paid(order: ChannelOrder) -> bool:
    """Return whether the buyer has paid."""
    if order.paid_at is not None:
        return True
    paid = order.state in (OrderState.TO_ACCEPT, OrderState.TO_SHIP, OrderState.PROCESSED)
    ended_unpaid = all(line.state in (LineState.UNPAID, LineState.CANCELLED) for line in order.lines)
    return paid and not ended_unpaid
