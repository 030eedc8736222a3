"""Returns (RMA) as screens and commands see them, and the reading of them (order-desk §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.core.order_views import HistoryView
from bmtui.desk.refunds.views import RefundView, refund_view
from bmtui.money import Money
from bmtui.store.models import (
    Audit,
    Company,
    Order,
    OrderLine,
    Refund,
    Return,
    ReturnDocument,
    ReturnItem,
    ReturnNote,
    ReturnReceipt,
    ReturnRefund,
    Unit,
)
from bmtui.words import REFUND_NOT_COUNTED, ReturnReceived


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Something that arrived; `differs`: another device than went out."""

    at: datetime
    made_by: str
    quantity: int
    damaged: int
    imei: str
    serial_number: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ReturnItemView:
    """What comes back of one line.

    `return_reason` is Back Market's code; `imei_out` and `serial_out` are all that the pieces of the line went out
    with; `refunded` inside this RMA.
    """

    item_id: int
    line_id: int
    sku: str
    product: str
    quantity: int
    reason: str
    return_reason: int
    approval: str
    received: str
    received_quantity: int
    damaged_quantity: int
    resolution: str
    resolution_note: str
    sent_sku: str
    sent_tracking: str
    imei_out: str
    serial_out: str
    receipts: tuple[ReceiptView, ...]
    price: Money
    refunded: Money

    @property
    def differs(self) -> bool:
        """Whether another device came back than went out."""
        return any(receipt.differs for receipt in self.receipts)

    @property
    def alarm(self) -> str:
        """The difference in one sentence that nobody overlooks; '' when there is none."""
        for receipt in self.receipts:
            if receipt.differs:
                return difference(self.sku, self.imei_out, self.serial_out, receipt.imei, receipt.serial_number)
        return ""


@dataclass(frozen=True, slots=True)
class ReturnNoteView:
    """`kind` is return (about the parcel) or merchant (for ourselves)."""

    kind: str
    at: datetime
    made_by: str
    text: str


@dataclass(frozen=True, slots=True)
class ReturnDocumentView:
    """`file` is where it lies, below the data folder."""

    document_id: int
    name: str
    file: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One RMA as a list shows it; `received`, `approval` and `resolution` say what holds of all its items."""

    rma_id: int
    order_id: int
    company: str
    folder_id: int | None
    status: str
    customer: str
    skus: str
    reasons: str
    pieces: int
    received_pieces: int
    received: str
    resolutions: tuple[str, ...]
    differs: bool
    currency: str
    refunded: Money
    made_at: datetime
    made_by: str
    updated_at: datetime
    closed_at: datetime | None

    @property
    def refund_summary(self) -> str:
        """How a refund inside the RMA ended, for a person: ``20.00 EUR refunded in RMA 7``."""
        return f"{self.refunded} refunded in RMA {self.rma_id}"


@dataclass(frozen=True, slots=True)
class ReturnView:
    """One RMA with everything that belongs to it."""

    row: ReturnRow
    version: int
    description: str
    label_url: str
    carrier: str
    tracking_number: str
    tracking_url: str
    items: tuple[ReturnItemView, ...]
    notes: tuple[ReturnNoteView, ...]
    documents: tuple[ReturnDocumentView, ...]
    refunds: tuple[RefundView, ...]
    history: tuple[HistoryView, ...]


def difference(sku: str, imei_out: str, serial_out: str, imei: str, serial: str) -> str:
    """What went out and what came back, shouted."""
    came = " ".join(filter(None, (imei and f"IMEI {imei}", serial and f"serial {serial}")))
    went = " ".join(filter(None, (imei_out and f"IMEI {imei_out}", serial_out and f"serial {serial_out}")))
    return f"ANOTHER DEVICE CAME BACK ({sku}): {came} came back, {went} went out."


@dataclass(frozen=True, slots=True)
class WentOut:
    """What the pieces of a line are known by."""

    imeis: tuple[str, ...]
    serials: tuple[str, ...]

    def differs(self, imei: str, serial: str) -> bool:
        """True when neither number is of a device that was shipped; a number that is not known does not differ."""
        pairs = ((imei, self.imeis), (serial, self.serials))
        return any(came and went and came.casefold() not in map(str.casefold, went) for came, went in pairs)


def went_out(line: OrderLine) -> WentOut:
    """What was registered on the channel, and what was scanned for each piece."""
    rows = [line, *Unit.select().where(Unit.line == line).order_by(Unit.number)]
    imeis = dict.fromkeys(row.imei for row in rows if row.imei)
    return WentOut(tuple(imeis), tuple(dict.fromkeys(row.serial_number for row in rows if row.serial_number)))


def received_word(quantity: int, received: int) -> ReturnReceived:
    """Received or not, of so many pieces."""
    if not received:
        return ReturnReceived.NOT_RECEIVED
    return ReturnReceived.RECEIVED if received >= quantity else ReturnReceived.PARTIALLY_RECEIVED


def rows_of(rmas: Sequence[Return]) -> tuple[ReturnRow, ...]:
    """The rows of these RMAs, with what their items say."""
    ids = [rma.id for rma in rmas]
    items: dict[int, list[ReturnItem]] = defaultdict(list)
    for item in (
        ReturnItem.select(ReturnItem, OrderLine).join(OrderLine).where(ReturnItem.rma.in_(ids)).order_by(ReturnItem.id)
    ):
        items[item.return_id].append(item)
    receipts = ReturnReceipt.select(ReturnItem.rma).join(ReturnItem)
    differing = {
        row.item.return_id
        for row in receipts.where(ReturnItem.rma.in_(ids) & ReturnReceipt.differs).select(ReturnReceipt, ReturnItem)
    }
    refunded: dict[int, int] = defaultdict(int)
    for link in links_of(ids):
        if link.refund.state not in REFUND_NOT_COUNTED:
            refunded[link.return_id] += link.refund.amount
    known = {row.id: row for row in Order.select().where(Order.id.in_([rma.order_ref for rma in rmas]))}
    names = {row.id: row.name for row in Company.select(Company.id, Company.name)}
    return tuple(
        _row(
            rma,
            known[rma.order_ref],
            names[rma.company_id],
            items[rma.id],
            rma.id in differing,
            refunded[rma.id],
        )
        for rma in rmas
    )


def items_of(rma: Return) -> list[ReturnItem]:
    """The items of an RMA with their lines."""
    query = ReturnItem.select(ReturnItem, OrderLine).join(OrderLine).where(ReturnItem.rma == rma)
    return list(query.order_by(ReturnItem.id))


def view_of(rma: Return) -> ReturnView:
    """The RMA with everything, as it is stored now."""
    rma = Return.get_by_id(rma.id)
    row = rows_of([rma])[0]
    currency = row.currency
    links = list(links_of([rma.id]))
    spent = spent_by_line(links)
    notes = ReturnNote.select().where(ReturnNote.rma == rma).order_by(ReturnNote.id)
    documents = ReturnDocument.select().where(ReturnDocument.rma == rma).order_by(ReturnDocument.id)
    # The audit knows orders; which RMA a row is about stands in what came after.
    history = Audit.select().where((Audit.order_ref == rma.order_ref) & Audit.action.startswith("return."))
    return ReturnView(
        row=row,
        version=rma.version,
        description=rma.description,
        label_url=rma.label_url,
        carrier=rma.carrier,
        tracking_number=rma.tracking_number,
        tracking_url=rma.tracking_url,
        items=tuple(item_view(item, currency, spent.get(item.line_ref, 0)) for item in items_of(rma)),
        notes=tuple(ReturnNoteView(note.kind, note.at, note.made_by, note.text) for note in notes),
        documents=tuple(map(document_view, documents)),
        refunds=tuple(refund_view(link.refund, currency) for link in links),
        history=tuple(
            HistoryView(entry.at, entry.actor, entry.action, entry.summary)
            for entry in history.order_by(Audit.id)
            if entry.after.get("rma") == rma.id
        ),
    )


def item_view(item: ReturnItem, currency: str, refunded: int = 0) -> ReturnItemView:
    line, out = item.line, went_out(item.line)
    receipts = ReturnReceipt.select().where(ReturnReceipt.item == item).order_by(ReturnReceipt.id)
    return ReturnItemView(
        item_id=item.id,
        line_id=line.line_id,
        sku=line.sku,
        product=line.product,
        quantity=item.quantity,
        reason=item.reason,
        return_reason=item.code,
        approval=item.approval,
        received=received_word(item.quantity, item.received),
        received_quantity=item.received,
        damaged_quantity=item.damaged,
        resolution=item.resolution,
        resolution_note=item.resolution_note,
        sent_sku=item.sent_sku,
        sent_tracking=item.sent_tracking,
        imei_out=", ".join(out.imeis),
        serial_out=", ".join(out.serials),
        receipts=tuple(
            ReceiptView(row.at, row.made_by, row.quantity, row.damaged, row.imei, row.serial_number, row.differs)
            for row in receipts
        ),
        price=Money(line.price, currency),
        refunded=Money(refunded, currency),
    )


def document_view(row: ReturnDocument) -> ReturnDocumentView:
    return ReturnDocumentView(row.id, row.name, row.file, row.media_type, row.size, row.sha256, row.at, row.made_by)


def links_of(ids: Sequence[int]) -> Iterable[ReturnRefund]:
    """The refunds that were issued inside these RMAs, oldest first."""
    query = ReturnRefund.select(ReturnRefund, Refund).join(Refund).where(ReturnRefund.rma.in_(ids))
    return query.order_by(ReturnRefund.refund)


def spent_by_line(links: Iterable[ReturnRefund]) -> dict[int, int]:
    """Minor units that these refunds returned, by the row of the line."""
    spent: dict[int, int] = defaultdict(int)
    for link in links:
        if link.refund.line_ref is not None and link.refund.state not in REFUND_NOT_COUNTED:
            spent[link.refund.line_ref] += link.refund.amount
    return spent


def _row(
    rma: Return, order: Order, company: str, items: Sequence[ReturnItem], differs: bool, refunded: int
) -> ReturnRow:
    pieces, received = sum(item.quantity for item in items), sum(item.received for item in items)
    return ReturnRow(
        rma_id=rma.id,
        order_id=order.order_id,
        company=company,
        folder_id=rma.folder_id,
        status=rma.status,
        customer=order.customer_name,
        skus=", ".join(item.line.sku + (f" ×{item.quantity}" if item.quantity > 1 else "") for item in items),
        reasons=", ".join(dict.fromkeys(item.reason for item in items)),
        pieces=pieces,
        received_pieces=received,
        received=received_word(pieces, received),
        resolutions=tuple(dict.fromkeys(item.resolution for item in items)),
        differs=differs,
        currency=order.currency,
        refunded=Money(refunded, order.currency),
        made_at=rma.made_at,
        made_by=rma.made_by,
        updated_at=rma.updated_at,
        closed_at=rma.closed_at,
    )
