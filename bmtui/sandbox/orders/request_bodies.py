"""Reads the bodies that a seller sends; holds the words in which a bad one is refused (API §6, §7)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from bmtui.sandbox.dates import parse
from bmtui.sandbox.errors import Refused

#: API §6, with its lengths in characters.
_LENGTHS: Final = {
    "tracking_number": 200,
    "tracking_url": 300,
    "shipper": 200,
    "return_message": 500,
    "imei": 15,
    "serial_number": 50,
}
_RETURN_REASONS: Final = (0, 1, 11, 12, 13, 21, 22, 23, 24, 25)


#: What stands in a form as digits, and in JSON as a number.
NUMBERS: Final = frozenset({"order_id", "new_state", "return_reason"})


def order_update(order_id: int, body: Any, *, strict: bool = False) -> int:
    """Check everything about the body of an order update that does not depend on the order; its `new_state`.

    Unless it is to be `strict`, `order_id` may be left out, or be a text (API §11).
    """
    _object(body)
    named = body.get("order_id", None if strict else order_id)
    if (named != order_id and (strict or named != str(order_id))) or isinstance(named, bool | float):
        raise Refused("order_id not found")
    new_state = body.get("new_state")
    if "new_state" not in body:
        raise Refused("new_state not found")
    if not _whole(new_state) or new_state not in (2, 3, 4, 5, 6):
        raise Refused(f"new_state {new_state} must be in 2,3,4,5,6")
    if body.get("vat_type") not in (None, "REGULAR", "MARGINAL"):
        raise Refused(f"vat_type {body['vat_type']} must be in REGULAR,MARGINAL")
    _check_texts(body)
    if new_state == 3:
        _check_tracking(body)
        date_shipping(body)
    elif not isinstance(body.get("sku"), str) or not body["sku"]:
        raise Refused("sku not found")
    if new_state == 6:
        if "return_reason" not in body:
            raise Refused("return_reason not found")
        if not _whole(body["return_reason"]) or body["return_reason"] not in _RETURN_REASONS:
            known = ",".join(map(str, _RETURN_REASONS))
            raise Refused(f"return_reason {body['return_reason']} must be in {known}")
    return int(new_state)


def identifiers(body: Any) -> dict[str, str]:
    """The IMEI and serial number that a body carries, of right lengths."""
    _object(body)
    _check_texts(body)
    return {name: body[name] for name in ("imei", "serial_number") if body.get(name)}


def date_shipping(body: dict[str, Any]) -> datetime | None:
    """Return the time at which the parcel left, in UTC, or None when the body does not say."""
    text = body.get("date_shipping")
    if text is None:
        return None
    try:
        return parse(text if isinstance(text, str) else "")
    except ValueError:
        raise Refused(f"date_shipping {text} is not a date") from None


def refund(body: Any) -> tuple[int, int, Decimal | None]:
    """Line id, refund type and amount (None: all that is left) of the body of `POST /ws/sav/refund`."""
    _object(body)
    for name in ("orderline_pk", "refund_type"):
        if not _whole(body.get(name)):
            raise Refused(f"{name} not found")
    if body["refund_type"] not in (4, 5, 6):
        raise Refused(f"refund_type {body['refund_type']} must be in 4,5,6")
    amount = body.get("amount")
    if amount is not None:
        if body["refund_type"] != 6:
            raise Refused("amount is allowed with refund_type 6 only")
        if not isinstance(amount, int | float | Decimal) or isinstance(amount, bool):
            raise Refused("amount must be a number")
        # str() of a float is the shortest text that means it: what the seller wrote.
        amount = Decimal(str(amount))
    return body["orderline_pk"], body["refund_type"], amount


def _object(body: Any) -> None:
    if not isinstance(body, dict):
        raise Refused("body must be a JSON object")


def _check_texts(body: dict[str, Any]) -> None:
    for name, longest in _LENGTHS.items():
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            raise Refused(f"{name} must be a string")
        if value and len(value) > longest:
            raise Refused(f"{name} must have at most {longest} characters")


def _check_tracking(body: dict[str, Any]) -> None:
    number = body.get("tracking_number")
    if not number:
        raise Refused("tracking_number not found")
    if any(sign.isspace() for sign in number):
        # Clients must strip them (API §6); a sandbox that let them pass would hide that one does not.
        raise Refused("tracking_number must not contain spaces")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
