"""A channel order as the columns of the store: what follows the channel (order-desk §3)."""

from __future__ import annotations

from dataclasses import fields
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bmtui.channel.model import Address, ChannelLine, ChannelOrder, LineState, OrderState
from bmtui.channel.status import channel_status
from bmtui.desk.orders import channel_states
from bmtui.errors import NotUnderstood
from bmtui.values import tax_id

_ADDRESS_FIELDS = tuple(field.name for field in fields(Address))


def order_values(order: ChannelOrder, company_id: int) -> dict[str, Any]:
    """The columns that follow the channel.

    Raises:
        NotUnderstood: the order has no date at all, one that no calendar holds, or two lines of one id.
    """
    buyer = order.shipping_address
    states = [line.state for line in order.lines]
    # Every real order has both dates; a missing one must not lose the order.
    modified = order.modified_at or order.created_at or order.paid_at
    created = order.created_at or modified
    if created is None or modified is None:
        raise NotUnderstood("The order has no date at all.", "It is kept as it came.", path="date_creation")
    if len({line.line_id for line in order.lines}) < len(order.lines):
        raise NotUnderstood("The order has two lines of one id.", "It is kept as it came.", path="orderlines")
    for date in (created, modified, order.paid_at, order.ship_by, order.shipped_at):
        # At the ends of the calendar a day in another time zone cannot be said.
        if date is not None and not 1970 <= date.year < 9999:
            raise NotUnderstood("A date of the order is out of all bounds.", "It is kept as it came.", path="dates")
    phone = buyer.phone or order.billing_address.phone
    email = buyer.email or order.billing_address.email
    name = buyer.name or buyer.company or order.billing_address.name or order.billing_address.company
    return {
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
        "payment_method": order.payment_method,
        "created_at": created,
        "updated_at": modified,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "shipped_at": order.shipped_at,
        "customer_name": name,
        "customer_email": email,
        "customer_phone": phone,
        "postal_code": buyer.postal_code,
        "country": tax_id.usual_country(buyer.country),
        "ship_to": _address(buyer),
        "bill_to": _address(order.billing_address),
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "is_backship": order.is_backship,
        "invoice_provided_at": order.invoice_provided_at,
        "delivery_note_ref": _document_name(order.delivery_note),
        "search_text": " ".join(
            filter(
                None,
                [
                    str(order.order_id),
                    name,
                    buyer.company,
                    order.billing_address.name,
                    order.billing_address.company,
                    email,
                    phone,
                    buyer.postal_code,
                    order.tracking_number,
                    *(text for line in order.lines for text in (line.sku, line.imei, line.serial_number)),
                ],
            )
        ),
    }


def _document_name(url: str) -> str:
    """What a document is called that lies behind a signed address: the address itself soon dies."""
    return PurePosixPath(urlsplit(url).path).stem[:100]


def _address(address: Address) -> dict[str, str]:
    return {name: value for name in _ADDRESS_FIELDS if (value := getattr(address, name))}


def line_values(line: ChannelLine) -> dict[str, Any]:
    """The columns of one line."""
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
    }


def received(order: ChannelOrder) -> int:
    """Minor units that the buyer has paid: all or nothing."""
    return order.total.minor if is_paid(order) else 0


def is_free(order: ChannelOrder) -> bool:
    """Whether the order is paid although nothing had to be: it comes to 0.00."""
    return order.total.minor == 0 and is_paid(order)


def is_paid(order: ChannelOrder) -> bool:
    """Whether the buyer has paid."""
    if order.paid_at is not None:
        return True
    paid = order.state in (OrderState.TO_ACCEPT, OrderState.TO_SHIP, OrderState.PROCESSED)
    ended_unpaid = all(line.state in (LineState.UNPAID, LineState.CANCELLED) for line in order.lines)
    return paid and not ended_unpaid
