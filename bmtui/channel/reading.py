"""Back Market's JSON → `model` (API §4): tolerant of what is new or left out, strict about what is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import TypeVar

from bmtui.channel.model import Address, ChannelLine, ChannelOrder
from bmtui.errors import NotUnderstood, RuleRefused
from bmtui.money import Money
from bmtui.text import plain

_T = TypeVar("_T", int, None)
_INT64 = 2**63
_DIGITS = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_ADVICE = "The order is kept as it came; report the field name if this happens again."


def read_order(raw: object) -> ChannelOrder:
    """The order in `raw`, a JSON value as `json.loads` returns it.

    Required are `order_id`, `state`, `currency`, `price` and `orderlines`, and of each line `id`, `state` and `price`;
    the rest may be missing or null. Unknown fields are passed over, unknown states survive. Names are taken in
    snake_case, as production sends them, or in camelCase, as documented. An instant without an offset is taken as UTC:
    the contract names no zone for it. Amounts and whole numbers may come as JSON numbers or as text.

    Raises:
        NotUnderstood: for anything else; `path` names the field. No other exception, whatever the value.
    """
    order = _Fields(raw, "")
    currency = order.currency()
    return ChannelOrder(
        order_id=order.required_integer("order_id", low=0),
        state=order.required_integer("state"),
        currency=currency,
        goods=order.required_money("price", currency),
        shipping=order.money("shipping_price", currency) or Money(0, currency),
        sales_taxes=order.money("sales_taxes", currency),
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
        tracking_url=order.text("tracking_url"),
        delivery_note=order.text("delivery_note"),
        delivery_mode=order.text("delivery_mode"),
        is_backship=order.boolean("is_backship"),
        shipping_address=_read_address(order, "shipping_address"),
        billing_address=_read_address(order, "billing_address"),
        lines=tuple(_read_line(line, currency) for line in order.objects("orderlines")),
    )


def _read_line(line: _Fields, currency: str) -> ChannelLine:
    if line.get("currency") is not None and line.currency() != currency:
        raise line.wrong("currency", f"the order's currency, {currency}, is")
    return ChannelLine(
        line_id=line.required_integer("id", low=0),
        state=line.required_integer("state"),
        price=line.required_money("price", currency),
        shipping=line.money("shipping_price", currency) or Money(0, currency),
        fee=line.money("orderline_fee", currency),
        sku=line.text("listing"),
        listing_id=line.integer("listing_id", None),
        product_id=line.integer("product_id", None),
        product=line.text("product"),
        brand=line.text("brand"),
        condition=line.integer("condition", None),
        quantity=line.integer("quantity", 1, low=0),
        return_reason=line.integer("return_reason", 0),
        return_message=line.text("return_message", multiline=True),
        imei=line.text("imei"),
        serial_number=line.text("serial_number"),
    )


def _read_address(order: _Fields, name: str) -> Address:
    raw = order.get(name)
    if raw is None:
        return Address()
    address = _Fields(raw, name)
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
        phone=address.text("phone"),
        email=address.text("email"),
        first_name_pronunciation=address.text("first_name_pronunciation"),
        last_name_pronunciation=address.text("last_name_pronunciation"),
    )


def parse_integer(value: object, *, low: int = -_INT64) -> int | None:
    """`value`, a number or digits, as a whole number from `low` that fits in 64 bits; None if it is not one."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value < _INT64 else None


class _Fields:
    """One JSON object and its place in the order, so that an error can name the field."""

    def __init__(self, raw: object, path: str) -> None:
        if not isinstance(raw, Mapping):
            raise _wrong(path, "an object is", raw)
        self._raw = raw
        self._path = path

    def get(self, name: str) -> object:
        value = self._raw.get(name)
        return self._raw.get(_camel(name)) if value is None else value

    def wrong(self, name: str, expected: str) -> NotUnderstood:
        return _wrong(f"{self._path}.{name}" if self._path else name, expected, self.get(name))

    def text(self, name: str, *, multiline: bool = False) -> str:
        value = self.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return plain(value, multiline=multiline)
        # Seen where text is documented: a number for a carrier.
        number = parse_integer(value)
        if number is None:
            raise self.wrong(name, "text is")
        return str(number)

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if value is None or value in (False, True):
            return bool(value)
        raise self.wrong(name, "true or false is")

    def required_integer(self, name: str, *, low: int = -_INT64) -> int:
        number = parse_integer(self.get(name), low=low)
        if number is None:
            raise self.wrong(name, "a whole number is")
        return number

    def integer(self, name: str, default: _T, *, low: int = -_INT64) -> int | _T:
        return default if self.get(name) in (None, "") else self.required_integer(name, low=low)

    def currency(self) -> str:
        value = self.get("currency")
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
            raise self.wrong("currency", "three letters (ISO 4217) are")
        return value.upper()

    def required_money(self, name: str, currency: str) -> Money:
        value, text = self.get(name), ""
        if isinstance(value, str):
            text = value
        elif isinstance(value, float) and isfinite(value):
            # repr is the shortest text that means this float: the digits that were on the wire, up to 15 of them.
            text = format(Decimal(repr(value)), "f")
        elif (number := parse_integer(value)) is not None:
            text = str(number)
        try:
            money = Money.parse(text, currency)
        except RuleRefused:
            money = None
        if money is None or not 0 <= money.minor < _INT64:
            raise self.wrong(name, f"an amount of {currency} is")
        return money

    def money(self, name: str, currency: str) -> Money | None:
        return None if self.get(name) in (None, "") else self.required_money(name, currency)

    def instant(self, name: str) -> datetime | None:
        value = self.get(name)
        if value is None or value == "":
            return None
        try:
            moment = datetime.fromisoformat(value.strip().upper()) if isinstance(value, str) else None
            if moment is not None:
                return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
        raise self.wrong(name, "a date and time is")

    def objects(self, name: str) -> list[_Fields]:
        value = self.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list is")
        prefix = f"{self._path}.{name}" if self._path else name
        return [_Fields(item, f"{prefix}[{index}]") for index, item in enumerate(value)]


@cache
def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _wrong(path: str, expected: str, value: object) -> NotUnderstood:
    # The kind of the value only: the value itself may be personal data, and messages are logged.
    kinds = {
        bool: "a yes or no",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    found = "missing" if value is None else f"{kinds.get(type(value), 'a value')} that does not fit"
    place = f"The field {path} of an order" if path else "An order"
    return NotUnderstood(f"{place} is {found}; {expected} expected.", _ADVICE, path=path)
