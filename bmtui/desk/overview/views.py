"""Views of an order and of its payments and notes, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bmtui.channel.fields import Mark
from bmtui.desk.core.order_views import HistoryView, LineView
from bmtui.desk.core.personal_data import ERASED, ERASED_BY_CHANNEL
from bmtui.desk.core.views import JobView
from bmtui.desk.invoicing.views import InvoiceView
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.refunds.views import RefundView
from bmtui.desk.returns.views import ReturnRow
from bmtui.desk.shipping.views import ShipmentView
from bmtui.money import Money


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment or refund in the history: `kind` is received or refund; `counted` is false for a refund that failed."""

    kind: str
    at: datetime
    amount: Money
    method: str
    reference: str
    counted: bool


FEE_ASSUMED = "Assumed: the whole fee, none for lines that Back Market refunded whole; its statement decides."
"""Sentence beside a pay-out after a refund: Back Market documents nothing about its commission then."""
US_MONEY: Mapping[str, str] = {
    "Sales taxes": "sales tax included in the sale, from Back Market",
    "Adjustment": "price minus pay-out (sales_dp_adjustment)",
}
"""Meanings of the amounts of US orders, by their names on pages."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note. `author`: its writer in another system, '' for a note of bmtui; `made_by`: writer or importer here."""

    at: datetime
    made_by: str
    text: str
    author: str = ""

    @property
    def who(self) -> str:
        """Writer of the note, and who imported it."""
        return f"{self.author}, imported by {self.made_by}" if self.author else self.made_by


@dataclass(frozen=True, slots=True)
class OrderView:
    """Full view of an order. `version` detects edits by others."""

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
    """Sentence about the step that Back Market expects next."""
    packing: str = ""
    """Sentence about the person who packs the order now; '' for nobody."""
    marked: tuple[Mark, ...] = ()
    """Fields of the downloaded order that could not be read; the order is stored without them."""

    erased_by_channel: bool = False
    sales_taxes: Money | None = None
    sales_dp_adjustment: Money | None = None
    """Amount by which a US order's price exceeds the pay-out; may be below zero."""

    @property
    def buyer_erased(self) -> str:
        """Sentence if Back Market erased the buyer; else ''."""
        if not self.erased_by_channel:
            return ""
        if self.row.customer_name in (ERASED, ERASED_BY_CHANNEL):
            return "Erased by Back Market."
        return "Erased by Back Market; the data in bmtui stays until the retention rule removes it."

    paper_name: str = ""
    """Name that is printed on papers instead of the buyer's; '' for the buyer's name."""

    @property
    def ship_to(self) -> Mapping[str, str]:
        return self.row.ship_to

    @property
    def bill_to(self) -> Mapping[str, str]:
        return self.row.bill_to
