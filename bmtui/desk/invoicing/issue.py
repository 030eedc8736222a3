"""Creation of invoices and credit notes: number and frozen document in one transaction (order-desk §8).

    read the order ──> draft ──> check that it can be drawn ──> one transaction: number + document + audit row
                                                                ──> draw it ──> its hash

A number is taken only after all checks. A document that was numbered and not drawn, after a power cut, is drawn at
its next use. Nothing is ever deleted: a credit note corrects an invoice.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, reduce
from importlib.metadata import version
from operator import and_
from typing import Any

from peewee import IntegrityError

from bmtui import __version__
from bmtui.desk.companies import shadow
from bmtui.desk.core import audit, dates, numbers
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import contents as invoice_contents
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.contents import Draft
from bmtui.desk.invoicing.views import InvoiceView, view
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import credit_notes_due
from bmtui.errors import EditConflict, RuleRefused
from bmtui.invoices import naming, rendering
from bmtui.invoices.content import content_of
from bmtui.invoices.model import Kind, digest, from_json, to_json
from bmtui.invoices.rendering import Rendered, Way
from bmtui.invoices.text import lines_of
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Invoice, InvoiceRefund, InvoiceSeries, Order
from bmtui.store.plain_sql import fetch

ATTEMPTS = 5
"""Number of changes of an order between draft and number before the attempt is given up."""
SAMPLE_NUMBER = "0"


@dataclass(frozen=True, slots=True)
class Preview:
    """Preview of a document: its text, and the next number, which another user may take first."""

    order_id: int
    kind: str
    number: str
    total: Money
    lines: tuple[str, ...]


def preview(desk: Desk, order_id: int, *, buyer_vat_id: str = "") -> Preview:
    """Return the invoice that the order would get, as text; takes no number.

    Raises:
        NotFound, RuleRefused, ConfigError: as `make`.
    """
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        draft = invoice_contents.invoice_draft(desk, order, buyer_vat_id)
        numbered = _dated(desk, order, draft, _next_number(desk, order, draft))
    content = content_of(numbered.document, numbered.assets.words)
    total = Money(numbered.document.gross, order.currency)
    lines = (*lines_of(content), *(("", draft.remark) if draft.remark else ()))
    return Preview(order_id, draft.document.kind, numbered.document.number, total, lines)


def make(desk: Desk, order_id: int, *, buyer_vat_id: str = "") -> InvoiceView:
    """Make the invoice of an order, with its PDF's hash.

    Raises:
        NotFound, RuleRefused, ConfigError: it cannot be made; no number was used up.
    """
    desk.must_write()
    for _ in range(ATTEMPTS):
        draft = draft_invoice(desk, order_id, buyer_vat_id)
        check(draft)
        invoice = number_invoice(desk, order_id, draft)
        if invoice is not None:
            return seal(desk, invoice, draw(draft_of(invoice)))
    raise _restless(order_id)


def credit(desk: Desk, order_id: int) -> InvoiceView | None:
    """Make the credit note for the refunds of an order that have none; None when there is nothing to credit.

    Raises:
        NotFound, RuleRefused, ConfigError: it cannot be made; no number was used up.
    """
    desk.must_write()
    for _ in range(ATTEMPTS):
        found = draft_credit(desk, order_id)
        if found is None:
            return None
        draft, refund_ids = found
        if draft is not None:
            check(draft)
        invoice = number_credit(desk, order_id, draft, refund_ids)
        if invoice is not None:
            return seal(desk, invoice, draw(draft_of(invoice)))
        if draft is None:
            return None
    raise _restless(order_id)


# The steps: a job takes them one by one, so that no screen waits for a PDF


def draft_invoice(desk: Desk, order_id: int, buyer_vat_id: str = "") -> Draft:
    """Return the draft of an order's invoice. Raises as `make` does."""
    with desk.store.snapshot():
        return invoice_contents.invoice_draft(desk, orders.order_row(desk, order_id), buyer_vat_id)


def draft_credit(desk: Desk, order_id: int) -> tuple[Draft | None, tuple[int, ...]] | None:
    """Return the draft of the credit note and the ids of its refunds; None when no refund needs one.

    A draft of None means that these refunds concern nothing that was invoiced.
    """
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        return _credit(desk, order)


def check(draft: Draft) -> None:
    """Check that the draft can be drawn; slow, and without the database.

    Raises:
        RuleRefused: a glyph, the template, the plugin, or Factur-X.
    """
    sample = replace(draft.document, number=SAMPLE_NUMBER, issued=draft.document.supplied)
    rendering.check(sample, draft.assets, draft.way)


def number_invoice(desk: Desk, order_id: int, draft: Draft) -> Invoice | None:
    """Take the next number and store the frozen document, in one transaction.

    Returns: None when order or settings have changed since the draft: draft again.

    Raises:
        NumberUncertain: after a restore, nobody confirmed the last number of the series.
        RuleRefused: it was invoiced meanwhile, or the number is taken by another series.
    """
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        # The draft is still right only while order and settings are those that it was made from.
        invoice_contents.must_not_be_invoiced(order)
        if invoice_contents.mark_of(order) != draft.mark:
            return None
        invoice = _store(desk, order, draft, None)
        # Earlier refunds get their credit note at once.
        credit_notes_due.submit(desk, order.id)
        return invoice


def number_credit(desk: Desk, order_id: int, draft: Draft | None, refund_ids: tuple[int, ...]) -> Invoice | None:
    """Number and store a credit note, as `number_invoice`; None also when its refunds concern nothing invoiced."""
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        found = _credit(desk, order)
        if found is None or draft is None or found[0] is None or found[1] != refund_ids or found[0].mark != draft.mark:
            return None
        original = Invoice.get((Invoice.order == order) & (Invoice.kind == Kind.INVOICE))
        invoice = _store(desk, order, draft, original)
        for refund_id in refund_ids:
            InvoiceRefund.create(refund=refund_id, invoice=invoice)
        return invoice


def draft_of(invoice: Invoice) -> tuple[Invoice, Callable[[], Rendered]]:
    """Return a numbered document with the function that draws it from its frozen contents."""
    document = from_json(invoice.document)
    assets = invoice_contents.assets_of(document)
    way = Way(**invoice.way)
    return invoice, lambda: rendering.render(document, assets, way)


def draw(drawing: tuple[Invoice, Callable[[], Rendered]]) -> Rendered:
    """Draw the document; slow, and without the database."""
    return drawing[1]()


def seal(desk: Desk, invoice: Invoice, rendered: Rendered) -> InvoiceView:
    """Store the hash of the PDF, and the PDF itself where drawing again would give other bytes."""
    sealed = {
        "pdf_hash": hashlib.sha256(rendered.pdf).hexdigest(),
        "pdf_size": len(rendered.pdf),
        "pdf": None if rendered.way.repeatable else base64.b64encode(rendered.pdf).decode(),
        "way": asdict(rendered.way),
        "remark": " ".join(filter(None, (invoice.remark, rendered.remark))),
        "made_with": made_with(),
    }
    with desk.store.transaction():
        if not bulk.update(Invoice, sealed, id=invoice.id, pdf_hash=""):
            # The first process to draw the document sealed it.
            return view(Invoice.get_by_id(invoice.id))
        for name, value in sealed.items():
            setattr(invoice, name, value)
        return view(invoice)


def _credit(desk: Desk, order: Order) -> tuple[Draft | None, tuple[int, ...]] | None:
    original = Invoice.get_or_none((Invoice.order == order) & (Invoice.kind == Kind.INVOICE))
    refunds = credit_notes_due.refunds_of(order.id)
    if original is None or not refunds:
        return None
    ids = tuple(refund.id for refund in refunds)
    return invoice_contents.credit_draft(desk, order, original, refunds), ids


def _store(desk: Desk, order: Order, draft: Draft, corrects: Invoice | None) -> Invoice:
    words = invoice_settings.keep_asset(json.dumps(dict(draft.assets.words), ensure_ascii=False, sort_keys=True))
    series = _take(desk, order, draft)
    pattern = draft.settings[f"series_{draft.document.kind}"]
    number = naming.number_of(pattern, _place(order, series.last_issued), series.last_number)
    document = replace(draft.document, number=number, issued=series.last_issued, words=words)
    stored = json.loads(json.dumps(to_json(document)))
    try:
        invoice = Invoice.create(
            company=order.company_id,
            order=order,
            corrects=corrects,
            kind=document.kind,
            country=series.country,
            period=series.period,
            sequence=series.last_number,
            number=number,
            issued=document.issued,
            currency=document.currency,
            net=document.net,
            tax=document.tax,
            gross=document.gross,
            way=asdict(draft.way),
            document=stored,
            document_hash=digest(stored),
            made_with=made_with(),
            made_at=desk.now(),
            made_by=desk.actor,
            remark=draft.remark,
        )
    except IntegrityError as error:
        if "order" in str(error):
            raise RuleRefused(f"Somebody else just made the invoice of order {order.order_id}.") from error
        raise RuleRefused(
            f"The number {number} is used already: two series of {order.company.name} have the same pattern.",
            "Put {country} into both patterns, or other letters into one: 'bmtui invoices settings'.",
        ) from error
    what = "Credit note" if corrects else "Invoice"
    about = f" for invoice {corrects.number}" if corrects else ""
    audit.record(
        desk,
        f"{document.kind}.made",
        f"{what} {number} of {Money(document.gross, document.currency)}{about}.",
        company_id=order.company_id,
        order_row=order.id,
        after={"number": number, "document": invoice.document_hash},
    )
    return invoice


def _take(desk: Desk, order: Order, draft: Draft) -> InvoiceSeries:
    """Move the series on by one, inside the caller's transaction; return its row with the new number and its date."""
    today = _today(desk, order)
    key = _series_key(order, draft, today)
    if _certain(order, key) is None:
        InvoiceSeries.insert(**key, last_number=0, last_issued=today).on_conflict_ignore().execute()
    # The update locks the row: on every database, a second writer waits and sees the number after ours.
    # A clock that was set back must not put a later number on an earlier day.
    ((number, issued),) = fetch(
        "UPDATE invoice_series SET last_number = last_number + 1, "
        "last_issued = CASE WHEN last_issued < ? THEN ? ELSE last_issued END "
        "WHERE company_id = ? AND country = ? AND kind = ? AND period = ? RETURNING last_number, last_issued",
        (today, today, key["company"], key["country"], key["kind"], key["period"]),
    )
    return InvoiceSeries(**key, last_number=number, last_issued=issued)


def _next_number(desk: Desk, order: Order, draft: Draft) -> int:
    key = _series_key(order, draft, _today(desk, order))
    row = _certain(order, key)
    return int(row.last_number) + 1 if row else 1


def _series_key(order: Order, draft: Draft, today: str) -> dict[str, Any]:
    pattern = draft.settings[f"series_{draft.document.kind}"]
    return {
        "company": order.company_id,
        "country": draft.document.country,
        "kind": draft.document.kind,
        "period": naming.period_of(pattern, _place(order, today)),
    }


def _certain(order: Order, key: Mapping[str, Any]) -> InvoiceSeries | None:
    """Return the series, None if it is new. Raises RuleRefused, and NumberUncertain: the next number may be used."""
    if shadow.is_on(order.company_id):
        raise RuleRefused(
            f"{order.company.name} is in shadow: the other system numbers its documents.",
            "'bmtui shadow leave' ends the shadow, after a checklist.",
        )
    series = InvoiceSeries.get_or_none(is_series(key))
    numbers.must_be_certain(order.company, key["country"], key["kind"], key["period"], series)
    return series


def is_series(key: Mapping[str, Any]) -> Any:
    """Return the condition for the series with this company, country, kind and period."""
    return reduce(and_, (getattr(InvoiceSeries, name) == value for name, value in key.items()))


def _dated(desk: Desk, order: Order, draft: Draft, sequence: int) -> Draft:
    today = _today(desk, order)
    number = naming.number_of(draft.settings[f"series_{draft.document.kind}"], _place(order, today), sequence)
    return replace(draft, document=replace(draft.document, number=number, issued=today))


def _today(desk: Desk, order: Order) -> str:
    return desk.now().astimezone(dates.zone_of(order.company)).date().isoformat()


def _place(order: Order, day: str) -> naming.Place:
    return place_of(order.company.name, order.market, day)


def place_of(company: str, market: str, day: str) -> naming.Place:
    """Return the values that patterns can name: year, month, country, market and company."""
    return naming.Place(day[:4], day[5:7], market[-2:].upper(), market, company)


@cache
def made_with() -> str:
    """Return names and versions of the programs that draw documents: another version may draw other bytes."""
    return f"bmtui {__version__}, fpdf2 {version('fpdf2')}"


def _restless(order_id: int) -> EditConflict:
    return EditConflict(f"Order {order_id} changed {ATTEMPTS} times meanwhile; no number was used up.", "Try again.")
