"""Views of parts of an order that several subjects show: frozen values, as in `views`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.core import audit_words
from bmtui.money import Money


@dataclass(frozen=True, slots=True)
class LineView:
    """Order line. `price` is the line's total, not a unit price; `state` is the channel's, `state_label` its name."""

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
    """Pieces of the line with their identifiers as entered here, accepted by the channel or not."""
    identifier_state: str = ""
    """`IdentifierState` of the line's identifiers; '' when none was entered."""
    fee: Money | None = None
    """Commission of Back Market as it came with the line."""
    fee_charged: Money | None = None
    """Commission of the billing statements, less refunds of it."""


@dataclass(frozen=True, slots=True)
class UnitView:
    """Piece of a line, counted from 1, with its identifiers; `state` is an `UploadState`."""

    line_id: int
    number: int
    imei: str
    serial_number: str
    state: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Audit row about the order."""

    at: datetime
    actor: str
    action: str
    summary: str

    @property
    def what(self) -> str:
        """The action in words, for people."""
        return audit_words.in_words(self.action)
