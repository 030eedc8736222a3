"""Parts of an order that several subjects show: frozen values, as in `views`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.money import Money


@dataclass(frozen=True, slots=True)
class LineView:
    """`price` is the line's total, not a unit price. `state` is the channel's, `state_label` its name."""

    line_id: int
    sku: str
    product: str
    brand: str
    condition: str
    quantity: int
    price: Money
    refunded: Money
    state: int
    state_label: str
    imei: str
    serial_number: str
    units: tuple[UnitView, ...] = ()
    """What was said here of its pieces, whether the channel takes it or not."""
    identifier_state: str = ""
    """An `IdentifierState`, of what the line's pieces are known by; '' when nothing was said of them."""
    fee: Money | None = None
    """Back Market's commission as it came with the line."""
    fee_charged: Money | None = None
    """The commission of the billing statements, less what was given back."""


@dataclass(frozen=True, slots=True)
class UnitView:
    """One piece of a line, counted from 1, and what it is known by; `state` is an `UploadState`."""

    line_id: int
    number: int
    imei: str
    serial_number: str
    state: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One audit row about the order."""

    at: datetime
    actor: str
    action: str
    summary: str
