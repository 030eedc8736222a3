"""Writes of a seller as values (API §6, §7): a job stores and compares them before a byte is sent.

Lengths are counted in characters. Every builder raises `RuleRefused` when the contract does not allow what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bmtui.channel.model import RETURN_REASONS, LineState
from bmtui.errors import RuleRefused
from bmtui.money import Money, exponent

# Field: what a person calls it, and its length limit (API §6).
_LIMITS = {
    "tracking_number": ("The tracking number", 200),
    "tracking_url": ("The tracking URL", 300),
    "shipper": ("The carrier", 200),
    "return_message": ("The message", 500),
    "imei": ("The IMEI", 15),
    "serial_number": ("The serial number", 50),
}


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Write request: method, path below the platform's host, and body, which is JSON in any case.

    It goes out as JSON, or as a form with files when `uploads` built it.
    """

    method: str
    path: str
    body: Mapping[str, Any]


def accept(order_id: int, sku: str) -> WriteRequest:
    """Accept the lines of `sku` (line 1→2); one call for each SKU of an order."""
    return _move(order_id, LineState.ACCEPTED, sku=_sku(sku))


def cancel(order_id: int, sku: str) -> WriteRequest:
    """Cancel the lines of `sku` before acceptance (line 1→4)."""
    return _move(order_id, LineState.CANCELLED, sku=_sku(sku))


def refund_before_shipping(order_id: int, sku: str) -> WriteRequest:
    """Refund the lines of `sku` in full, after acceptance and before shipping (line 2→5)."""
    return _move(order_id, LineState.REFUNDED_BEFORE_SHIPPING, sku=_sku(sku))


def refund_after_shipping(order_id: int, sku: str, reason: int, message: str = "") -> WriteRequest:
    """Refund the lines of `sku` in full, after shipping (line 3→6). `reason` is a key of `RETURN_REASONS`."""
    if reason not in RETURN_REASONS:
        known = ", ".join(map(str, RETURN_REASONS))
        raise RuleRefused(f"{reason} is not a return reason of Back Market.", f"Use one of {known}.")
    texts = fitting(return_message=message)
    return _move(order_id, LineState.REFUNDED_AFTER_SHIPPING, sku=_sku(sku), return_reason=reason, **texts)


def ship(
    order_id: int,
    tracking_number: str,
    *,
    tracking_url: str = "",
    carrier: str = "",
    shipped_at: datetime | None = None,
    imei: str = "",
    serial_number: str = "",
) -> WriteRequest:
    """Report the whole order as shipped (lines 2→3). Spaces are taken out of the tracking number.

    `imei` and `serial_number` are for orders of one line and one piece only, and better sent apart with `identifiers`,
    so that a refused one does not undo the shipment (API §6). `shipped_at` must be aware (`ValueError`).
    """
    number = "".join(tracking_number.split())
    if not number:
        raise RuleRefused("A shipment needs a tracking number.", "Enter the number that the carrier gave.")
    body: dict[str, Any] = fitting(tracking_number=number, tracking_url=tracking_url.strip(), shipper=carrier.strip())
    if shipped_at is not None:
        body["date_shipping"] = instant(shipped_at)
    body |= fitting(imei=imei.strip(), serial_number=serial_number.strip())
    return _move(order_id, LineState.SHIPPED, **body)


def identifiers(line_id: int, *, imei: str = "", serial_number: str = "") -> WriteRequest:
    """Register what was sent on a line. Changes no state; cannot be changed once it is registered (API §6)."""
    body = fitting(imei=imei.strip(), serial_number=serial_number.strip())
    if not body:
        raise RuleRefused("There is neither an IMEI nor a serial number to register.", "Enter one of them.")
    return WriteRequest("PATCH", f"/ws/orderlines/{line_id:d}", body)


def refund_amount(line_id: int, refund_type: int, amount: Money | None) -> WriteRequest:
    """Refund a line by type: 4 from line state 1, 5 from 2, 6 from 3 (API §7).

    Only 6 may carry an amount, in part or full, in the currency of the order; without one it is the full amount.
    """
    if refund_type not in (4, 5, 6):
        raise RuleRefused(f"{refund_type} is not a refund type of Back Market.", "Use 4, 5 or 6.")
    body: dict[str, Any] = {"orderline_pk": line_id, "refund_type": refund_type}
    if amount is not None:
        if refund_type != 6:
            raise RuleRefused("Only a refund after shipping can be of an amount.", "Refund the line in full instead.")
        body["amount"] = _json_number(amount)
    return WriteRequest("POST", "/ws/sav/refund", body)


def instant(moment: datetime) -> str:
    """`moment` in RFC 3339, UTC, whole seconds rounded down. Raises `ValueError` when it is naive."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on the wire")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _move(order_id: int, state: LineState, **fields: Any) -> WriteRequest:
    body = {"order_id": order_id, "new_state": int(state), **fields}
    return WriteRequest("POST", f"/ws/orders/{order_id:d}", body)


def _sku(sku: str) -> str:
    # Sent back to the letter: it is the key by which the channel finds the line.
    if not sku.strip():
        raise RuleRefused("The line has no SKU, by which Back Market would find it.", "Handle it in the Back Office.")
    return sku


def fitting(**texts: str) -> dict[str, str]:
    """Return the texts that are not empty. Raises RuleRefused for one that is too long."""
    for field, text in texts.items():
        name, limit = _LIMITS[field]
        if len(text) > limit:
            raise RuleRefused(f"{name} has {len(text)} characters; Back Market takes {limit}.", "Shorten it.")
    return {field: text for field, text in texts.items() if text}


def _json_number(amount: Money) -> int | float:
    """Return the amount as a number that JSON writes exactly: json prints the shortest digits of a float."""
    if amount.minor <= 0:
        raise RuleRefused(f"{amount} cannot be refunded.", "Enter an amount above zero.")
    if exponent(amount.currency) == 0:
        return amount.minor
    number = float(amount.decimal)
    if Decimal(repr(number)) != Decimal(amount.decimal):
        raise RuleRefused(f"{amount} is too large to be sent exactly.")
    return number
