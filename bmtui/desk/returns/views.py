"""Views of returns (RMA) for screens and commands, and their reading from the store (order-desk §5)."""

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
from bmtui.words import REFUND_NOT_COUNTED, UPLOAD_VOID, ReturnReceived


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Receipt of pieces; `differs`: another device arrived than was shipped."""

    at: datetime
    made_by: str
    quantity: int
    damaged: int
    imei: str
    serial_number: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ReturnItemView:
    """An item of an RMA: the pieces of a line that come back.

    `return_reason` is Back Market's code; `imei_out` and `serial_out` are the numbers of all shipped pieces of the
    line; `refunded` counts refunds inside this RMA.
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
        """True if another device came back than was shipped."""
        return any(receipt.differs for receipt in self.receipts)

    @property
    def alarm(self) -> str:
        """Warning in one sentence about another device; '' if there is none."""
        for receipt in self.receipts:
            if receipt.differs:
                return difference(self.sku, self.imei_out, self.serial_out, receipt.imei, receipt.serial_number)
        return ""


@dataclass(frozen=True, slots=True)
class ReturnNoteView:
    """A note. `kind` is return (about the parcel) or merchant (for ourselves)."""

    kind: str
    at: datetime
    made_by: str
    text: str


@dataclass(frozen=True, slots=True)
class ReturnDocumentView:
    """A document of an RMA. `file` is its path below the data folder."""

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
    """An RMA in a list; `received` and `resolutions` cover all its items."""

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
        """Refunded amount in words: ``20.00 EUR refunded in RMA 7``."""
        return f"{self.refunded} refunded in RMA {self.rma_id}"


@dataclass(frozen=True, slots=True)
class ReturnView:
    """Full view of an RMA."""

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
    """Return the warning that another device came back, with the shipped and the returned numbers."""
    came = " ".join(filter(None, (imei and f"IMEI {imei}", serial and f"serial {serial}")))
    went = " ".join(filter(None, (imei_out and f"IMEI {imei_out}", serial_out and f"serial {serial_out}")))
    return f"ANOTHER DEVICE CAME BACK ({sku}): {came} came back, {went} was shipped."


@dataclass(frozen=True, slots=True)
class WentOut:
    """IMEIs and serial numbers of a line's shipped pieces."""

    imeis: tuple[str, ...]
    serials: tuple[str, ...]

    def differs(self, imei: str, serial: str) -> bool:
        """Return true if neither number is of a shipped device; an unknown number is no difference."""
        pairs = ((imei, self.imeis), (serial, self.serials))
        return any(came and went and came.casefold() not in map(str.casefold, went) for came, went in pairs)


def went_out(line: OrderLine) -> WentOut:
    """Return the numbers that are registered on the channel or were scanned for a piece of the line that left."""
    packed = (Unit.line == line) & Unit.state.not_in(UPLOAD_VOID)
    rows = [line, *Unit.select().where(packed).order_by(Unit.number)]
    imeis = dict.fromkeys(row.imei for row in rows if row.imei)
    return WentOut(tuple(imeis), tuple(dict.fromkeys(row.serial_number for row in rows if row.serial_number)))


def received_word(quantity: int, received: int) -> ReturnReceived:
    """Return the received state of `quantity` pieces: not, partially or all."""
    if not received:
        return ReturnReceived.NOT_RECEIVED
    return ReturnReceived.RECEIVED if received >= quantity else ReturnReceived.PARTIALLY_RECEIVED


def rows_of(rmas: Sequence[Return]) -> tuple[ReturnRow, ...]:
    """Return the list rows of these RMAs."""
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
    """Return the items of an RMA with their lines."""
    query = ReturnItem.select(ReturnItem, OrderLine).join(OrderLine).where(ReturnItem.rma == rma)
    return list(query.order_by(ReturnItem.id))


def view_of(rma: Return) -> ReturnView:
    """Return the full view of the RMA, as it is stored now."""
    rma = Return.get_by_id(rma.id)
    row = rows_of([rma])[0]
    currency = row.currency
    links = list(links_of([rma.id]))
    spent = spent_by_line(links)
    notes = ReturnNote.select().where(ReturnNote.rma == rma).order_by(ReturnNote.id)
    documents = ReturnDocument.select().where(ReturnDocument.rma == rma).order_by(ReturnDocument.id)
    # Audit rows name the order; the RMA's id is in their `after`.
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
    """Return the links to refunds that were issued inside these RMAs, oldest first."""
    query = ReturnRefund.select(ReturnRefund, Refund).join(Refund).where(ReturnRefund.rma.in_(ids))
    return query.order_by(ReturnRefund.refund)


def spent_by_line(links: Iterable[ReturnRefund]) -> dict[int, int]:
    """Return the minor units of these refunds, by row id of the line."""
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
