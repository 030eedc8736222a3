"""What a scanned code is: an order, a SKU, an IMEI, a serial number, a tracking number or a command.

One field takes them all. A code that can be two things is what the station waits for: a device before a label.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from bmtui.desk.shipping import identifiers
from bmtui.text import plain

PREFIX, ORDER_PREFIX, REASON = "BM-", "BMO-", "!"
"""What begins a command barcode, the barcode of an order on our packing slip, and a typed reason."""
_LONGEST_ORDER_ID = 9
_IMEI_DIGITS = range(14, 18)


class Command(Enum):
    """Barcodes that save the keyboard; printed by `bmtui scan-commands`."""

    CANCEL = "CANCEL"
    TAKE = "TAKE"
    UNDO = "UNDO"


class Kind(Enum):
    NOTHING = "nothing"
    COMMAND = "command"
    REASON = "reason"
    ORDER = "order"
    SKU = "SKU"
    IMEI = "IMEI"
    SERIAL = "serial number"
    TRACKING = "tracking number"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code and what it is; `value` is cleaned: an order's digits, a command's word, a number without spaces."""

    kind: Kind
    value: str


def classify(
    text: str,
    *,
    skus: Collection[str] = (),
    is_tracking: Callable[[str], bool] = lambda number: False,
    wants_device: bool = False,
    has_order: bool = False,
) -> Scanned:
    """What was scanned. Never raises, whatever the scanner or a cat on the keyboard sent.

    Args:
        skus: of the order that is being packed; they win over what their shape may mean.
        is_tracking: whether a number has the shape of a carrier's that nothing else has.
        wants_device: the order still needs a device.
        has_order: an order is being packed.
    """
    cleaned = plain(text).strip()
    number = "".join(cleaned.split())
    upper = number.upper()
    if not number:
        return Scanned(Kind.NOTHING, "")
    if cleaned.startswith(REASON):
        return Scanned(Kind.REASON, cleaned.removeprefix(REASON).strip())
    if upper.startswith(ORDER_PREFIX) and _decimal(upper.removeprefix(ORDER_PREFIX)):
        return Scanned(Kind.ORDER, upper.removeprefix(ORDER_PREFIX)[:18])
    if upper.startswith(PREFIX) and upper.removeprefix(PREFIX) in {command.value for command in Command}:
        return Scanned(Kind.COMMAND, upper.removeprefix(PREFIX))
    by_sku = {sku.casefold(): sku for sku in skus}
    if cleaned.casefold() in by_sku:
        return Scanned(Kind.SKU, by_sku[cleaned.casefold()])
    if is_tracking(upper):
        return Scanned(Kind.TRACKING, number)
    digits = number.replace("-", "").replace("/", "")
    if _decimal(digits):
        return _digits(digits, wants_device=wants_device, has_order=has_order)
    if not has_order:
        return Scanned(Kind.TRACKING if len(number) > 10 else Kind.SKU, number)
    return Scanned(Kind.SERIAL if wants_device else Kind.TRACKING, number)


def _digits(digits: str, *, wants_device: bool, has_order: bool) -> Scanned:
    if len(digits) == 15 and identifiers.luhn(digits):
        return Scanned(Kind.IMEI, digits)
    if len(digits) <= _LONGEST_ORDER_ID:
        return Scanned(Kind.ORDER, digits)
    if len(digits) in _IMEI_DIGITS and wants_device:
        # With a wrong digit or one too few it is still a device that is held to the scanner.
        return Scanned(Kind.IMEI, digits)
    if wants_device and has_order:
        return Scanned(Kind.SERIAL, digits)
    return Scanned(Kind.TRACKING, digits)


def _decimal(text: str) -> bool:
    return text.isascii() and text.isdecimal()
