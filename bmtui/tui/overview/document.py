"""Order as lines of text, in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import zip_longest
from typing import TYPE_CHECKING

from bmtui.desk.overview.views import FEE_ASSUMED, US_MONEY
from bmtui.tui.jobs.document import meaning as meaning_of_job
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, field, fit, fold, padded, pieces_width, width_of, wrap
from bmtui.words import EffectState, IdentifierState, RefundState, label

if TYPE_CHECKING:
    from bmtui.desk.overview.views import OrderView
    from bmtui.desk.refunds.views import RefundView

TWO_COLUMNS = 119
"""Cells of text from which on an order has two columns; a terminal of 120 columns is wide enough."""
_BETWEEN = " │ "
_NAMED = 26
_CALM = (IdentifierState.WAITING, IdentifierState.KEPT_HERE)
"""States of an identifier that need nothing from a person."""
_ADDRESS_LINES = (
    ("company",),
    ("first_name", "last_name"),
    ("last_name_pronunciation", "first_name_pronunciation"),
    ("street",),
    ("street2",),
    ("postal_code", "city", "state", "country"),
    ("phone", "email"),
)


def document(order: OrderView, zone: tzinfo, now: datetime, width: int) -> tuple[list[Pieces], list[int]]:
    """Return the lines of the order at this width in cells, and the line where each of `SECTIONS` begins.

    Where there is room, what explains the order stands in a second column.
    """
    if width < TWO_COLUMNS:
        return _column(tuple(SECTIONS), order, zone, now, width)
    half = (width - len(_BETWEEN)) // 2
    left, left_begins = _column([one for one in SECTIONS if not one.aside], order, zone, now, half)
    right, right_begins = _column([one for one in SECTIONS if one.aside], order, zone, now, half)
    begins_left, begins_right = iter(left_begins), iter(right_begins)
    begins = [next(begins_right if section.aside else begins_left) for section in SECTIONS]
    rows = zip_longest(left, right, fillvalue=())
    return [(*padded(one, half), (_BETWEEN, "dim"), *other) for one, other in rows], begins


def _column(
    sections: Sequence[Section], order: OrderView, zone: tzinfo, now: datetime, width: int
) -> tuple[list[Pieces], list[int]]:
    """Return the lines of these sections, one below the other, and the line where each begins."""
    lines: list[Pieces] = []
    begins: list[int] = []
    for section in sections:
        begins.append(len(lines))
        number = SECTIONS.index(section) + 1
        body = [part for line in section.lines(order, zone, now, width) for part in fold(line, width)]
        lines.append(((f"{number} {section.name}", "title"), ("" if body or not section.counted else "  none", "dim")))
        lines += [*body, ()]
    return lines[:-1], begins


def _summary(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    row = order.row
    yield from field(
        "Status", f"{label(row.status)} · {label(row.shipping_status)} · {label(row.payment_status)}", width, "bold"
    )
    yield from field("Back Market", LOCAL.sentence(f"{label(row.channel_status)}. {order.channel_belief}"), width)
    if row.channel_status == "awaiting_payment":
        yield from field("", "It can be accepted and shipped only after the payment.", width, meaning=Meaning.SOON)
    if order.packing:
        yield from field("Packing", order.packing, width, meaning=Meaning.SOON)
    notified = "yes" if row.channel_notified else "no"
    yield from field("Ship confirmed", f"{notified} (whether Back Market has accepted the shipment)", width)
    deadline = time_format.ship_by(row, zone, now)
    at = f" ({time_format.stamp(row.ship_by, zone)})" if row.ship_by else ""
    late = row.deadline is not None and row.deadline < now
    waits = " · upload waits" if row.upload_waits else ""
    yield from field("Ship by", deadline + at + waits, width, meaning=Meaning.LATE if late else None)
    yield from field(
        "Total",
        f"{LOCAL.amount(row.total)} = goods {LOCAL.number(row.goods)} + shipping {LOCAL.number(row.shipping)}",
        width,
    )
    for name, amount in (("Sales taxes", order.sales_taxes), ("Adjustment", order.sales_dp_adjustment)):
        if amount is not None:
            yield from field(name, f"{LOCAL.amount(amount)} ({US_MONEY[name]})", width)
    received, refunded = LOCAL.number(row.received), LOCAL.number(row.refunded)
    left = f"{LOCAL.amount(row.refundable)} refundable"
    yield from field("Received", f"{received} − refunded {refunded} = {left}", width)
    yield from field("Payout expected", _payout(order), width)
    if row.refunded.minor and row.fee_expected is not None and row.fee_charged is None:
        yield from field("", FEE_ASSUMED, width)
    if row.tags:
        yield from field("Tags", " ".join(row.tags), width)
    if row.assignee:
        yield from field("Assigned to", row.assignee, width)
    for name, value in row.fields.items():
        yield from field(name, value, width)
    yield from field("Company · market", f"{row.company} · {row.market}", width)
    yield from field("Created", time_format.stamp(row.created_at, zone), width)
    paid_by = _paid_by(order.payment_method)
    paid = f"{time_format.stamp(row.paid_at, zone)} {paid_by}".strip() if row.paid_at else "not yet"
    yield from field("Paid", paid, width)
    yield from field("Updated", time_format.stamp(row.updated_at, zone), width)
    if order.is_backship:
        yield from field("Backship", "yes", width)
    for mark in order.marked:
        yield from field("Not understood", str(mark), width, meaning=Meaning.SOON)
    for shipment in order.shipments:
        yield from field("Shipped", time_format.stamp(shipment.shipped_at, zone) or "not yet", width)
        yield from field("Tracking", f"{shipment.carrier} {shipment.tracking_number}".strip(), width)
        if shipment.tracking_url:
            yield from field("", shipment.tracking_url, width)


def _payout(order: OrderView) -> str:
    """Return the expected payout as text: received − refunded − fee − adjustment, with the source of the fee."""
    row = order.row
    if row.channel_status == "awaiting_payment":
        return "nothing before the buyer pays"
    if row.fee is None:
        return f"{LOCAL.amount(row.net)}, without a fee: the order has no fee"
    source = "charged" if row.fee_charged is not None else "expected"
    adjusted = f" − adjustment {LOCAL.number(row.adjustment)}" if row.adjustment.minor else ""
    differs = row.fee_charged is not None and row.fee_expected is not None and row.fee_charged != row.fee_expected
    expected = f" (expected {LOCAL.number(row.fee_expected)})" if differs and row.fee_expected else ""
    fee = f"{LOCAL.number(row.fee)} {source}"
    return f"{LOCAL.number(row.refundable)} − fee {fee}{expected}{adjusted} = {LOCAL.amount(row.net)}"


def _lines(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for line in order.lines:
        named = f"{line.quantity} × {line.sku}"
        head = (
            (fit(named, _NAMED), "bold"),
            (" ", ""),
            (fit(LOCAL.aligned(line.price, 14), 14, right=True), ""),
            (f"  {line.state_label}", ""),
        )
        refunded = f" · refunded {LOCAL.number(line.refunded)}" if line.refunded.minor else ""
        if pieces_width((*head, (refunded, ""))) <= width:
            yield (*head, (refunded, ""))
        else:
            yield head
            yield ((f"  {refunded.removeprefix(' · ')}", ""),)
        # The first line may have cut the SKU: show it in full here.
        sku = line.sku if width_of(named) > _NAMED else ""
        parts = (sku, line.product, line.brand, line.condition, f"line {line.line_id}")
        about = " · ".join(text for text in parts if text)
        yield from (((f"  {text}", ""),) for text in wrap(about, width - 2))
        fees = [f"fee {LOCAL.number(line.fee)}"] if line.fee is not None else []
        fees += [f"charged {LOCAL.number(line.fee_charged)}"] if line.fee_charged is not None else []
        if fees:
            yield ((f"  {' · '.join(fees)}", ""),)
        numbers = [
            f"IMEI {line.imei}" if line.imei else "",
            f"serial {line.serial_number}" if line.serial_number else "",
        ]
        if any(numbers):
            yield (("  " + " · ".join(text for text in numbers if text), ""),)
        if line.identifier_state not in ("", IdentifierState.REGISTERED):
            meaning = Meaning.NOTHING if line.identifier_state in _CALM else Meaning.SOON
            yield (("  ", ""), meaning.piece, (f" IMEI or serial number: {label(line.identifier_state).lower()}", ""))


def _addresses(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for name, address in (("Ship to", order.ship_to), ("Bill to", order.bill_to)):
        yield from field(name, _address(address) or "–", width)
    yield from field("Customer", order.row.customer_name or "–", width)
    if order.paper_name:
        yield from field("On papers", order.paper_name, width)
    yield from field("Mail", order.row.customer_email or "–", width)
    yield from field("Phone", order.row.customer_phone or "–", width)
    if order.buyer_erased:
        yield from field("Buyer", order.buyer_erased, width, meaning=Meaning.SOON)
    if order.row.customer_id_number:
        yield from field("Id number", order.row.customer_id_number, width)


def _address(address: Mapping[str, str]) -> str:
    """Return the address as on a parcel, a line each; phone and mail come last."""
    shown = [" ".join(filter(None, (address.get(key, "").strip() for key in keys))) for keys in _ADDRESS_LINES]
    return "\n".join(filter(None, shown))


def _payments(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for payment in order.payments:
        rest = " · ".join(text for text in (_paid_by(payment.method), payment.reference) if text)
        yield (
            (f"{time_format.stamp(payment.at, zone)}  {fit(label(payment.kind), 11)}", ""),
            (fit(LOCAL.aligned(payment.amount, 14), 14, right=True), ""),
            (f"  {rest}", ""),
            ("" if payment.counted else "  (did not happen)", "dim"),
        )
    for invoice in order.invoices:
        upload = f"  upload {EffectState(invoice.upload).label.lower()}" if invoice.upload else ""
        yield (
            (f"{invoice.issued}        {fit(label(invoice.kind), 11)}", ""),
            (fit(LOCAL.aligned(invoice.gross, 14), 14, right=True), ""),
            (f"  {invoice.number}{upload}", ""),
        )


def _paid_by(method: str) -> str:
    """Return a payment method as text; the channel writes it in capitals: ``APPLE_PAY`` → ``Apple pay``."""
    return label(method.lower()) if method else ""


def _refunds(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for refund in reversed(order.refunds):
        yield (
            (f"{refund.date}  {fit(LOCAL.aligned(refund.amount, 14), 14, right=True)}  ", ""),
            _refund_meaning(refund).piece,
            (f" {label(refund.state)}", ""),
            (f" · {refund.part}", ""),
        )
        job = f"job {refund.job_id}" if refund.job_id else ""
        about = (
            label(refund.operation),
            label(refund.method),
            refund.reference,
            refund.note,
            f"by {refund.made_by}",
            job,
        )
        yield from (((f"  {line}", "dim"),) for line in wrap(" · ".join(text for text in about if text), width - 2))
        if refund.error:
            yield from (((f"  {line}", "bad"),) for line in wrap(LOCAL.sentence(refund.error), width - 2))
    for rma in order.returns:
        yield (
            (f"RMA {rma.rma_id}  {label(rma.status)} · {label(rma.received)}", ""),
            (f" · {', '.join(map(label, rma.resolutions))} · {rma.skus} · {rma.reasons}", ""),
        )
        if rma.differs:
            yield (("  ANOTHER DEVICE CAME BACK", "bad"),)


_REFUNDS = {
    RefundState.FAILED: Meaning.LATE,
    RefundState.UNKNOWN: Meaning.UNKNOWN,
    RefundState.WITHDRAWN: Meaning.NOTHING,
    RefundState.REJECTED: Meaning.NOTHING,
    RefundState.CONFIRMED: Meaning.DONE,
    RefundState.RECORDED: Meaning.DONE,
    RefundState.AWAITING_APPROVAL: Meaning.SOON,
}


def _refund_meaning(refund: RefundView) -> Meaning:
    return _REFUNDS.get(RefundState(refund.state), Meaning.GOING)


def _notes(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for note in order.notes:
        yield ((f"{time_format.stamp(note.at, zone)}  {note.who}", "dim"),)
        yield from (((f"  {line}", ""),) for line in wrap(note.text, width - 2))


def _history(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for entry in order.history:
        yield ((f"{time_format.stamp(entry.at, zone)}  {entry.what} · {entry.actor}", "dim"),)
        yield from (((f"  {line}", ""),) for line in wrap(LOCAL.sentence(entry.summary), width - 2))


def _jobs(order: OrderView, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    for job in order.jobs:
        yield (
            (f"{fit(f'job {job.job_id}', 10)} {fit(label(job.type), 16)} ", ""),
            meaning_of_job(job).piece,
            (f" {fit(label(job.status), 16)}", ""),
            (time_format.stamp(job.submitted_at, zone), "dim"),
        )
        yield from (((f"  {line}", "bad"),) for line in wrap(LOCAL.sentence(job.error), width - 2) if job.error)


@dataclass(frozen=True, slots=True)
class Section:
    """Section of the order, with a digit of its own.

    Attributes:
        lines: yields its lines for the order, the time zone, the time now, and the width in cells.
        counted: True for a list, which says "none" when it is empty.
        aside: True for a section of the second column, where there is room for one.
    """

    name: str
    lines: Callable[[OrderView, tzinfo, datetime, int], Iterable[Pieces]]
    counted: bool = True
    aside: bool = False


SECTIONS: tuple[Section, ...] = (
    Section("Summary", _summary, counted=False),
    Section("Lines", _lines),
    Section("Addresses", _addresses, counted=False, aside=True),
    Section("Payments", _payments),
    Section("Refunds", _refunds),
    Section("Notes", _notes, aside=True),
    Section("History", _history, aside=True),
    Section("Jobs", _jobs, aside=True),
)
"""Sections of an order in the order of their digits, at most nine."""
