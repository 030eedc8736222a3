"""RMA as lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from bmtui.channel.model import RETURN_REASONS
from bmtui.desk.returns.views import ReturnItemView, ReturnView
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, field, wrap
from bmtui.words import ReturnStatus, label


def document(view: ReturnView, refunded: str, zone: tzinfo, width: int) -> Iterable[Pieces]:
    """Yield the lines of an RMA at this width in cells; `refunded`: the refunds of its order, with their dates."""
    row = view.row
    for item in view.items:
        if item.alarm:
            yield from (((line, "bad"),) for line in wrap(f"!!! {item.alarm}", width))
    status = f"{label(row.status)} ({ReturnStatus(row.status).code})"
    yield from field(
        "Status", f"{status} · {label(row.received)}, {row.received_pieces} of {row.pieces}", width, "bold"
    )
    folder = f" · folder {row.folder_id}" if row.folder_id else ""
    yield from field("Order", f"{row.order_id} · {row.customer} · {row.company}{folder}", width)
    yield from field("Made", f"{time_format.stamp(row.made_at, zone)} by {row.made_by}", width)
    if row.closed_at is not None:
        yield from field("Closed", time_format.stamp(row.closed_at, zone), width)
    of_order = f" · of the order: {LOCAL.sentence(refunded)}" if refunded else ""
    yield from field("Refunded", f"{LOCAL.amount(row.refunded)} inside this RMA{of_order}", width)
    parcel = " ".join(filter(None, (view.carrier, view.tracking_number))) or "no tracking number"
    yield from field("Parcel", parcel + (" · return label" if view.label_url else ""), width)
    if view.tracking_url:
        yield from field("", view.tracking_url, width)
    if view.description:
        yield from field("Description", view.description, width)
    yield ()
    yield (("Items", "title"),)
    for item in view.items:
        yield from _item(item, zone, width)
    yield from _list(
        "Notes", [(f"{time_format.stamp(n.at, zone)}  {n.kind} · {n.made_by}", n.text) for n in view.notes], width
    )
    documents = [
        (f"{one.document_id}  {one.name}", f"{one.size:,} bytes · {time_format.stamp(one.at, zone)}")
        for one in view.documents
    ]
    yield from _list("Documents", documents, width)
    refunds = [
        (
            f"{refund.date}  {LOCAL.amount(refund.amount)}  {label(refund.state)} · {refund.part}",
            refund.error or refund.note,
        )
        for refund in view.refunds
    ]
    yield from _list("Refunds", refunds, width)
    history = [
        (f"{time_format.stamp(entry.at, zone)}  {entry.actor}", LOCAL.sentence(entry.summary)) for entry in view.history
    ]
    yield from _list("History", history, width)


def _item(item: ReturnItemView, zone: tzinfo, width: int) -> Iterable[Pieces]:
    yield ((f"{item.quantity} × {item.sku}", "bold"), (f"  {item.reason}", ""), (f" · line {item.line_id}", "dim"))
    if item.product:
        yield from (((f"  {line}", ""),) for line in wrap(item.product, width - 2))
    on_channel = RETURN_REASONS.get(item.return_reason, "")
    yield ((f"  Back Market's reason: {item.return_reason} {on_channel}", "dim"),)
    damaged = f", {item.damaged_quantity} damaged" if item.damaged_quantity else ""
    yield (
        (f"  {label(item.approval)} · {label(item.received)} {item.received_quantity}/{item.quantity}{damaged} · ", ""),
        (Meaning.SOON if item.resolution == "not_decided" else Meaning.DONE).piece,
        (f" {label(item.resolution)}", ""),
        (f" · refunded {LOCAL.number(item.refunded)}" if item.refunded.minor else "", ""),
    )
    went = " ".join(filter(None, (item.imei_out, item.serial_out))) or "nothing registered"
    yield ((f"  went out:  {went}", ""),)
    for receipt in item.receipts:
        came = " ".join(filter(None, (receipt.imei, receipt.serial_number))) or "not read"
        at = time_format.stamp(receipt.at, zone)
        yield ((f"  came back: {came}", "bad" if receipt.differs else ""), (f"  {receipt.quantity} on {at}", "dim"))
    sent = " ".join(filter(None, (item.sent_sku, item.sent_tracking)))
    if sent:
        yield ((f"  sent instead: {sent}", ""),)
    if item.resolution_note:
        yield from (((f"  {line}", "dim"),) for line in wrap(item.resolution_note, width - 2))


def _list(title: str, rows: list[tuple[str, str]], width: int) -> Iterable[Pieces]:
    yield ()
    yield ((title, "title"), ("" if rows else "  none", "dim"))
    for head, text in rows:
        yield ((head, ""),)
        if text:
            yield from (((f"  {line}", "dim"),) for line in wrap(text, width - 2))
