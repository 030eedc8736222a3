"""An order that is open, with all that belongs to it: frozen values, as in `views`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bmtui.desk.core.views import JobView, OrderRow
from bmtui.money import Money

if TYPE_CHECKING:
    from bmtui.desk.returns.views import ReturnRow


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


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A parcel. `state` is an `UploadState`: how far the channel knows of it; one without an id only the channel knows.

    Attributes:
        whole: all that was left of the order left with it.
        waits: what keeps the upload back now, as a sentence.
        identifiers: of a parcel that is known there, the worst `UploadState` of what its pieces are known by; '' when
            nothing of that is open. Else `error` and `waits` are about it.
        lines: the pieces that it holds: `line_id` and `quantity`.
    """

    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime | None
    shipment_id: int | None = None
    order_id: int | None = None
    company: str = ""
    whole: bool = True
    state: str = ""
    error: str = ""
    waits: str = ""
    not_before: datetime | None = None
    job_id: int | None = None
    made_at: datetime | None = None
    made_by: str = ""
    lines: tuple[Mapping[str, int], ...] = ()
    identifiers: str = ""

    @property
    def open_state(self) -> str:
        """The state of what is open of it: the parcel's upload, or that of its identifiers."""
        return self.identifiers or self.state


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
class PaymentView:
    """A row of the payments history: `kind` is received or refund; not `counted` is a refund that did not happen."""

    kind: str
    at: datetime
    amount: Money
    method: str
    reference: str
    counted: bool


@dataclass(frozen=True, slots=True)
class RefundView:
    """`part` says what was refunded: a line's SKU, Shipping, or Order. `date` is ISO, in the company's zone."""

    refund_id: int
    part: str
    line_id: int | None
    amount: Money
    operation: str
    method: str
    date: str
    reference: str
    note: str
    state: str
    made_by: str
    made_at: datetime
    job_id: int | None
    error: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice or a credit note as lists show it. `upload` is where its way to Back Market stands, or ""."""

    invoice_id: int
    number: str
    kind: str
    company: str
    order_id: int
    market: str
    issued: str
    net: Money
    tax: Money
    gross: Money
    schemes: str
    corrects: str
    preference: str
    remark: str
    pdf_hash: str
    pdf_size: int
    made_at: datetime
    made_by: str
    printed: int
    printed_at: datetime | None
    upload: str
    uploaded_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteView:
    at: datetime
    made_by: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One audit row about the order."""

    at: datetime
    actor: str
    action: str
    summary: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with everything that belongs to it. `version` is for optimistic saving."""

    row: OrderRow
    version: int
    payment_method: str
    is_backship: bool
    lines: tuple[LineView, ...]
    shipments: tuple[ShipmentView, ...]
    payments: tuple[PaymentView, ...]
    refunds: tuple[RefundView, ...]
    invoices: tuple[InvoiceView, ...]
    notes: tuple[NoteView, ...]
    jobs: tuple[JobView, ...]
    history: tuple[HistoryView, ...]
    returns: tuple[ReturnRow, ...]
    channel_belief: str
    packing: str = ""
    """One sentence: what Back Market still expects of this order."""

    @property
    def ship_to(self) -> Mapping[str, str]:
        return self.row.ship_to

    @property
    def bill_to(self) -> Mapping[str, str]:
        return self.row.bill_to
