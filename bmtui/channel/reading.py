"""Reader of Back Market's JSON to `model` (API §4): tolerant of new or missing fields, strict with required ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bmtui.channel.fields import Fields, MarkedFields, parse_integer
from bmtui.channel.model import Address, ChannelLine, ChannelOrder
from bmtui.money import Money

__all__ = ["parse_integer", "read_modified_at", "read_order"]

_URL_MAX = _MESSAGE_MAX = 2_000


def read_order(raw: object) -> ChannelOrder:
    """The order in `raw`, a JSON value as `json.loads` returns it.

    Required are `order_id`, `state`, `currency`, `price` and `orderlines`, and of each line `id`, `state` and `price`;
    the rest may be missing or null. Unknown fields are passed over, unknown states survive. Names are taken in
    snake_case, as production sends them, or in camelCase, as documented. An instant without an offset is taken as UTC:
    the contract names no zone for it. Amounts and whole numbers may come as JSON numbers or as text.

    What was asked of the buyer, how many pieces of what, the ids and the states must be understood. Any other field
    that is not is left out, and named in `marked`: it must not keep an order from those who have to send it.

    Raises:
        NotUnderstood: for anything else; `path` names the field. No other exception, whatever the value.
    """
    order = MarkedFields(raw, "an order")
    currency = order.currency()
    lines = tuple(_read_line(line, currency) for line in order.objects("orderlines"))
    read = ChannelOrder(
        order_id=order.required_integer("order_id", low=0),
        state=order.required_integer("state"),
        currency=currency,
        goods=order.required_money("price", currency),
        shipping=_shipping(order, currency),
        sales_taxes=order.money("sales_taxes", currency),
        sales_dp_adjustment=_adjustment(order, currency),
        market=order.text("country_code").lower(),
        payment_method=order.text("payment_method"),
        created_at=order.instant("date_creation"),
        modified_at=order.instant("date_modification"),
        paid_at=order.instant("date_payment"),
        shipped_at=order.instant("date_shipping"),
        invoice_provided_at=order.instant("date_bill_provided"),
        ship_by=order.instant("expected_dispatch_date"),
        carrier=order.text("shipper") or order.text("shipper_display"),
        tracking_number=order.text("tracking_number"),
        tracking_url=order.text("tracking_url", most=_URL_MAX),
        delivery_note=order.text("delivery_note", most=_URL_MAX),
        delivery_mode=order.text("delivery_mode"),
        is_backship=order.boolean("is_backship"),
        shipping_address=_read_address(order, "shipping_address"),
        billing_address=_read_address(order, "billing_address"),
        lines=lines,
    )
    marked = (*order.marks, *(mark for line in lines for mark in line.marked))
    return replace(read, marked=marked) if marked else read


def read_modified_at(raw: object) -> datetime | None:
    """Return when the order in `raw` was last modified; None where that cannot be read, whatever the value."""
    return MarkedFields(raw, "an order").instant("date_modification") if isinstance(raw, Mapping) else None


def _read_line(line: MarkedFields, currency: str) -> ChannelLine:
    if line.get("currency") is not None and line.currency() != currency:
        raise line.wrong("currency", f"the order's currency, {currency}, is")
    read = ChannelLine(
        line_id=line.required_integer("id", low=0),
        state=line.required_integer("state"),
        price=line.required_money("price", currency),
        shipping=_shipping(line, currency),
        fee=line.money("orderline_fee", currency),
        sku=line.text("listing"),
        listing_id=line.integer("listing_id", None),
        product_id=line.integer("product_id", None),
        product=line.text("product"),
        brand=line.text("brand"),
        condition=line.integer("condition", None),
        quantity=1 if line.get("quantity") in (None, "") else line.required_integer("quantity", low=0),
        return_reason=line.integer("return_reason", 0),
        return_message=line.text("return_message", multiline=True, most=_MESSAGE_MAX),
        imei=line.text("imei"),
        serial_number=line.text("serial_number"),
        sales_taxes=line.money("sales_taxes", currency),
        sales_dp_adjustment=_adjustment(line, currency),
    )
    return replace(read, marked=tuple(line.marks)) if line.marks else read


def _shipping(fields: Fields, currency: str) -> Money:
    """Return the shipping part of the price: zero when it is left out, but it must be readable."""
    if fields.get("shipping_price") in (None, ""):
        return Money(0, currency)
    return fields.required_money("shipping_price", currency)


def _adjustment(fields: Fields, currency: str) -> Money | None:
    return fields.money("sales_dp_adjustment", currency, low=-(2**62))


def _read_address(order: MarkedFields, name: str) -> Address:
    address = order.part(name)
    if address is None:
        return Address()
    return Address(
        company=address.text("company"),
        first_name=address.text("first_name"),
        last_name=address.text("last_name"),
        street=address.text("street"),
        street2=address.text("street2"),
        postal_code=address.text("postal_code"),
        city=address.text("city"),
        state=address.text("state") or address.text("state_or_province"),
        country=address.text("country").upper(),
        # `phoneNumber` is the documented name, `phone` the one of production (API §4).
        phone=address.text("phone") or address.text("phone_number"),
        email=address.text("email"),
        first_name_pronunciation=address.text("first_name_pronunciation"),
        last_name_pronunciation=address.text("last_name_pronunciation"),
        customer_id_number=address.text("customer_id_number"),
    )
