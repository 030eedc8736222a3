"""An order with everything that belongs to it, as frozen values."""

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
    """A row of the payments history: `kind` is received or refund; not `counted` is a refund that did not happen."""

    kind: str
    at: datetime
    amount: Money
    method: str
    reference: str
    counted: bool


US_MONEY: Mapping[str, str] = {
    "Sales taxes": "sales tax sold along, as Back Market says it",
    "Adjustment": "by what the price exceeds the pay-out (sales_dp_adjustment)",
}
"""What the amounts of US orders mean, by their names on pages."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note; `author` wrote it in another system, from which `made_by` brought it, and is '' for one of here."""

    at: datetime
    made_by: str
    text: str
    author: str = ""

    @property
    def who(self) -> str:
        """Who wrote it, and who brought it here."""
        return f"{self.author}, brought here by {self.made_by}" if self.author else self.made_by


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
    packing: str = ""
    """One sentence: who packs the order now; '' for nobody."""
    marked: tuple[Mark, ...] = ()
    """Fields that came and were not understood; the order is here without them."""

    erased_by_channel: bool = False
    sales_taxes: Money | None = None
    sales_dp_adjustment: Money | None = None
    """Of US orders: by what the price exceeds the pay-out; may be below zero."""

    @property
    def buyer_erased(self) -> str:
        """One sentence when Back Market erased the buyer; else ''."""
        if not self.erased_by_channel:
            return ""
        if self.row.customer_name in (ERASED, ERASED_BY_CHANNEL):
            return "Erased by Back Market."
        return "Erased by Back Market; what is held here stays until the retention rule removes it."

    paper_name: str = ""
    """What stands on papers in the place of the buyer's name; '' for the name itself."""

    @property
    def ship_to(self) -> Mapping[str, str]:
        return self.row.ship_to

    @property
    def bill_to(self) -> Mapping[str, str]:
        return self.row.bill_to
