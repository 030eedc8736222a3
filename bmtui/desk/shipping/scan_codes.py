"""Scanned codes: recognises an order, a SKU, a device, a label or a command.

One field takes them all. Of several possible kinds, the one that the station waits for counts: a device before a label.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from bmtui.values import cleaning, identifier

PREFIX, ORDER_PREFIX, REASON = "BM-", "BMO-", "!"
"""Beginnings of a command barcode, of an order's barcode on our packing slip, and of a typed reason."""
_LONGEST_ORDER_ID = 9


class Command(Enum):
    """Command barcodes, which replace the keyboard; printed by `bmtui scan-commands`."""

    CANCEL = "CANCEL"
    TAKE = "TAKE"
    UNDO = "UNDO"
    YES = "YES"


class Kind(Enum):
    NOTHING = "nothing"
    COMMAND = "command"
    REASON = "reason"
    ORDER = "order"
    SKU = "SKU"
    DEVICE = "device"
    TRACKING = "tracking number"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code with its kind.

    Attributes:
        value: an order's digits, a command's word, a SKU in its own spelling; a device or label as it came, to be read.
        accepted: doubts about it that the packer confirmed; `reason`: why a refused label is right.
    """

    kind: Kind
    value: str
    accepted: tuple[str, ...] = ()
    reason: str = ""


def classify(
    text: str,
    *,
    skus: Collection[str] = (),
    is_tracking: Callable[[str], bool] = lambda number: False,
    wants_device: bool = False,
    has_order: bool = False,
) -> Scanned:
    """Return the scanned code with its kind. Never raises, for any input.

    Args:
        skus: those of the order that is being packed; they win over other shapes.
        is_tracking: tells whether a number has a shape that only a carrier's numbers have.
        wants_device: the order still needs a device.
        has_order: an order is being packed.
    """
    cleaned = cleaning.folded(text)
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
        return Scanned(Kind.TRACKING, cleaned)
    digits = number.replace("-", "").replace("/", "")
    if _decimal(digits) and len(digits) <= _LONGEST_ORDER_ID:
        return Scanned(Kind.ORDER, digits)
    if wants_device and has_order:
        # A device is expected: a number with a wrong or missing digit is most likely a misread device.
        return Scanned(Kind.DEVICE, cleaned)
    if not has_order:
        if is_device(cleaned):
            return Scanned(Kind.DEVICE, cleaned)
        return Scanned(Kind.TRACKING if len(number) > 10 else Kind.SKU, cleaned)
    return Scanned(Kind.TRACKING, cleaned)


def is_device(text: str) -> bool:
    """Return whether the code is surely a device: text of a device label, or an IMEI with a right check digit."""
    folded = cleaning.folded(text)
    return bool(identifier.imeis_in(folded) or identifier.imeis_in("".join(folded.split()))) or identifier.labelled(
        folded
    )


def is_name(text: str) -> bool:
    """Return whether the text can be a packer's name: no number of an order, device or parcel, and no command."""
    folded = cleaning.folded(text)
    digits = sum(map(str.isdecimal, folded))
    if classify(folded).kind in (Kind.COMMAND, Kind.ORDER, Kind.DEVICE, Kind.REASON, Kind.NOTHING):
        return False
    return not folded.upper().startswith(PREFIX) and digits * 2 < len(folded) and any(map(str.isalpha, folded))


def _decimal(text: str) -> bool:
    return text.isascii() and text.isdecimal()
