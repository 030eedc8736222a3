"""What the desk hands to screens and commands: frozen values, never rows.

Times are aware and in UTC; amounts are `Money`; statuses are the stored words of `bmtui.words`. Text that came from the
channel is already plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bmtui.money import Money

if TYPE_CHECKING:
    from bmtui.desk.return_views import ReturnRow


def address_lines(address: Mapping[str, str]) -> tuple[str, ...]:
    """An address as it is written on a parcel, a line each."""

    def joined(*names: str) -> str:
        return " ".join(address[name] for name in names if address.get(name))

    lines = (
        joined("first_name", "last_name"),
        joined("company"),
        joined("street"),
        joined("street2"),
        joined("postal_code", "city", "state"),
        joined("country"),
    )
    return tuple(filter(None, lines))


@dataclass(frozen=True, slots=True)
class CompanyView:
    """One company's settings (order-desk §2). `token_source` says where the token is, never what it is."""

    name: str
    platform: str
    url: str
    enabled: bool
    integration: str
    user_agent_company: str
    contact: str
    market: str
    time_zone: str
    token_source: str
    allow_order_download: bool
    allow_fulfillment_upload: bool
    enable_imei_update: bool
    download_interval_min: int
    look_back_days: int
    care_interval_min: int
    answer_within_h: int
    undo_windows: str
    ship_cutoff: str
    soon_hours: int
    automatic_acceptance: bool
    acceptance_rule: str
    upload_not_before: str
    upload_wait_hours: int
    upload_skip_saturday: bool
    upload_skip_sunday: bool
    carriers: str
    note_cancelled: str
    note_on_hold: str
    note_problem_order: str
    note_void: str
    version: int
    orders: int

    @property
    def is_practice(self) -> bool:
        """Whether the channel is on this machine, that is, a sandbox."""
        return "//127.0.0.1" in self.url or "//localhost" in self.url or "//[::1]" in self.url


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One row of a search result. `skus` are those of the lines, with quantities above 1."""

    order_id: int
    company: str
    status: str
    shipping_status: str
    payment_status: str
    channel_status: str
    channel_notified: bool
    market: str
    currency: str
    goods: Money
    shipping: Money
    total: Money
    received: Money
    refunded: Money
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    customer_name: str
    customer_email: str
    customer_phone: str
    tracking_number: str
    skus: str
    ship_to: Mapping[str, str]
    bill_to: Mapping[str, str]

    @property
    def refundable(self) -> Money:
        return self.received - self.refunded


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a search result: `rows` from `offset` on, of `count` in all; `more` = there are more than `count`.

    `cursors` says of each row where it stands, for a window beside this one.
    """

    rows: tuple[OrderRow, ...]
    offset: int
    count: int
    more: bool
    cursors: tuple[tuple[Any, ...], ...] = ()


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
class JobView:
    """A job as the panel and the commands show it (order-desk §6). `about` is `{"order_id": …}` or empty.

    `scheduled_at` is when a submitted job may run at the earliest.
    """

    job_id: int
    type: str
    status: str
    priority: str
    company: str
    submitted_at: datetime
    submitted_by: str
    scheduled_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    phase: str
    total: int | None
    processed: int
    succeeded: int
    failed: int
    error: str
    error_kind: str
    attempts: int
    parameters: Mapping[str, Any]
    about: Mapping[str, Any]
    output: Mapping[str, Any]
    parent_id: int | None
    cancel_requested: bool
    held_until: datetime | None
    """Until when every job of this company's platform stays away from the channel, which asked for it."""
    held_because: str

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "partial_success", "cancelled")


@dataclass(frozen=True, slots=True)
class JobLogView:
    at: datetime
    is_error: bool
    message: str


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
    """One sentence: what Back Market still expects of this order."""

    @property
    def ship_to(self) -> Mapping[str, str]:
        return self.row.ship_to

    @property
    def bill_to(self) -> Mapping[str, str]:
        return self.row.bill_to
