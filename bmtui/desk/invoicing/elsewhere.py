"""Invoices and credit notes that another system made: recorded with number, date, amounts and PDF.

A credit note that is made here names them, and the series goes on after their numbers. None is ever deleted.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

from peewee import fn

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import contents as invoice_contents
from bmtui.desk.invoicing import issue
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.contents import Draft
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import credit_notes_due
from bmtui.errors import RuleRefused
from bmtui.invoices import naming
from bmtui.invoices.model import Kind, digest, to_json
from bmtui.invoices.rendering import ELSEWHERE
from bmtui.money import Money
from bmtui.store.models import Invoice, InvoiceRefund, InvoiceSeries, Order, Refund

OTHER_SERIES = "elsewhere"
"""Period of documents whose numbers fit no pattern here."""
MOST_PDF_BYTES = 5_000_000
_MADE_WITH = "another system"
_MOST_TOGETHER = 8
"""Most refunds of an order that are combined to match the amount of a credit note."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Document of another system; `net` and `tax` are None where it does not give them."""

    order_id: int
    kind: str
    number: str
    issued: str
    gross: Money
    net: Money | None = None
    tax: Money | None = None
    pdf: bytes = b""


@dataclass(frozen=True, slots=True)
class Place:
    """Series and sequence of a number; `sequence` 0 where it fits no pattern of ours."""

    country: str
    kind: str
    period: str
    sequence: int
    pattern: str = ""


def is_here(desk: Desk, wanted: Elsewhere) -> bool:
    """Return whether the document is recorded already, with the same order and gross amount.

    Raises:
        NotFound: no such order. RuleRefused: another document has its number.
    """
    order = orders.order_row(desk, wanted.order_id)
    row = Invoice.get_or_none((Invoice.company == order.company_id) & (Invoice.number == wanted.number))
    if row is None:
        return False
    if (row.order_ref, row.kind, row.gross, row.issued) != (
        *(order.id, wanted.kind, wanted.gross.minor),
        wanted.issued,
    ):
        raise RuleRefused(
            f"The number {wanted.number} is already used by a document of order {row.order.order_id}.",
            field="number",
        )
    return True


def check(desk: Desk, wanted: Elsewhere, refunds_taken: Sequence[int] = ()) -> tuple[Place, tuple[int, ...]]:
    """Check a document; return the place of its number, and the ids of the refunds that a credit note is about.

    Args:
        refunds_taken: refunds that earlier credit notes of the same file are about.

    Raises:
        NotFound, RuleRefused: it does not fit this order.
    """
    order = orders.order_row(desk, wanted.order_id)
    if wanted.kind == Kind.CREDIT_NOTE:
        refunds = _refunds(order, wanted, refunds_taken)
        original = Invoice.get_or_none((Invoice.order == order) & (Invoice.kind == Kind.INVOICE))
        if original is not None:
            _must_agree(wanted, _credit_draft(desk, order, original, refunds))
        return place_of(desk, order, wanted), tuple(refund.id for refund in refunds)
    _must_agree(wanted, invoice_contents.invoice_draft(desk, order))
    return place_of(desk, order, wanted), ()


def record(desk: Desk, wanted: Elsewhere) -> Invoice:
    """Store the document, and move its series past it, inside the caller's transaction.

    Raises:
        NotFound, RuleRefused: as `check`; or a credit note without its invoice.
    """
    desk.must_write()
    order = orders.order_row(desk, wanted.order_id)
    original, refunds = None, []
    if wanted.kind == Kind.CREDIT_NOTE:
        original = Invoice.get_or_none((Invoice.order == order) & (Invoice.kind == Kind.INVOICE))
        if original is None:
            raise RuleRefused(
                f"The invoice that credit note {wanted.number} corrects is not in bmtui.",
                "Put its invoice into the same file.",
            )
        refunds = _refunds(order, wanted, ())
        draft = _credit_draft(desk, order, original, refunds)
    else:
        draft = invoice_contents.invoice_draft(desk, order)
    _must_agree(wanted, draft)
    place = place_of(desk, order, wanted)
    row = _insert(desk, order, wanted, draft, place, original)
    for refund in refunds:
        InvoiceRefund.create(refund=refund, invoice=row)
    if place.sequence:
        _move_series(order, place, wanted.issued)
    audit.record(
        desk,
        f"{wanted.kind}.recorded",
        f"{wanted.number} of {wanted.gross}, made elsewhere on {wanted.issued}, was recorded.",
        company_id=order.company_id,
        order_row=order.id,
        after={"number": wanted.number, "document": row.document_hash},
    )
    return row


def place_of(desk: Desk, order: Order, wanted: Elsewhere) -> Place:
    """Return the place of a number: the digits with which our pattern gives the same number, or none."""
    chosen = invoice_settings.effective(order.company, order.market)
    pattern = chosen[f"series_{wanted.kind}"]
    place = issue.place_of(order.company.name, order.market, wanted.issued)
    period, country = naming.period_of(pattern, place), chosen.market.country
    text = wanted.number
    for begin in range(len(text)):
        for end in range(begin + 1, min(len(text), begin + 9) + 1):
            digits = text[begin:end]
            if not (digits.isascii() and digits.isdigit()):
                break
            if int(digits) and naming.number_of(pattern, place, int(digits)) == text:
                return Place(country, wanted.kind, period, int(digits), pattern)
    return Place(country, wanted.kind, OTHER_SERIES, 0, pattern)


def _insert(
    desk: Desk, order: Order, wanted: Elsewhere, draft: Draft, place: Place, original: Invoice | None
) -> Invoice:
    words = invoice_settings.keep_asset(json.dumps(dict(draft.assets.words), ensure_ascii=False, sort_keys=True))
    document = replace(draft.document, number=wanted.number, issued=wanted.issued, words=words)
    stored = json.loads(json.dumps(to_json(document)))
    sequence = place.sequence
    if not sequence:
        mine = (Invoice.company == order.company_id) & (Invoice.country == place.country)
        mine &= (Invoice.kind == place.kind) & (Invoice.period == place.period)
        sequence = int(Invoice.select(fn.COALESCE(fn.MAX(Invoice.sequence), 0)).where(mine).scalar()) + 1
    return Invoice.create(
        company=order.company_id,
        order=order,
        corrects=original,
        kind=wanted.kind,
        country=place.country,
        period=place.period,
        sequence=sequence,
        number=wanted.number,
        issued=wanted.issued,
        currency=document.currency,
        net=document.net,
        tax=document.tax,
        gross=document.gross,
        way=asdict(ELSEWHERE),
        document=stored,
        document_hash=digest(stored),
        pdf_hash=hashlib.sha256(wanted.pdf).hexdigest() if wanted.pdf else "",
        pdf_size=len(wanted.pdf),
        pdf=base64.b64encode(wanted.pdf).decode() if wanted.pdf else None,
        made_with=_MADE_WITH,
        made_at=desk.now(),
        made_by=desk.actor,
        elsewhere=True,
    )


def _move_series(order: Order, place: Place, issued: str) -> None:
    """Move the series past a used number; a series that is further stays."""
    key = {"company": order.company_id, "country": place.country, "kind": place.kind, "period": place.period}
    InvoiceSeries.insert(**key, last_number=0, last_issued=issued).on_conflict_ignore().execute()
    mine = issue.is_series(key) & (InvoiceSeries.last_number < place.sequence)
    own = Invoice.select().where(*(getattr(Invoice, name) == value for name, value in key.items()), ~Invoice.elsewhere)
    values: dict[str, object] = {"last_number": place.sequence}
    if not own.exists():
        values["first_number"] = place.sequence + 1
    InvoiceSeries.update(**values).where(mine).execute()
    InvoiceSeries.update(last_issued=issued).where(
        issue.is_series(key) & (InvoiceSeries.last_issued < issued)
    ).execute()


def _refunds(order: Order, wanted: Elsewhere, taken: Sequence[int]) -> list[Refund]:
    """Return the refunds without a credit note that add up to the document's amount: one, or the fewest."""
    due = [refund for refund in credit_notes_due.refunds_of(order.id) if refund.id not in taken]
    for count in range(1, min(len(due), _MOST_TOGETHER) + 1):
        for some in combinations(due, count):
            if sum(refund.amount for refund in some) == wanted.gross.minor:
                return list(some)
    raise RuleRefused(
        f"Order {order.order_id} has no refund of {wanted.gross} without a credit note.",
        "Import the refunds first: 'bmtui moving-in import'.",
        field="gross",
    )


def _credit_draft(desk: Desk, order: Order, original: Invoice, refunds: Sequence[Refund]) -> Draft:
    draft = invoice_contents.credit_draft(desk, order, original, refunds)
    if draft is None:
        raise RuleRefused(f"The refund of order {order.order_id} matches no line of invoice {original.number}.")
    return draft


def _must_agree(wanted: Elsewhere, draft: Draft) -> None:
    document = draft.document
    for name, said, here in (
        ("gross", wanted.gross, document.gross),
        ("net", wanted.net, document.net),
        ("tax", wanted.tax, document.tax),
    ):
        if said is not None and said.minor != here:
            found = Money(here, document.currency)
            advice = (
                "" if name == "gross" else "Correct the settings ('bmtui invoices settings'), or leave net and tax out."
            )
            raise RuleRefused(
                f"{wanted.number}: its {name} is {said}, but for order {wanted.order_id} it is {found} here.",
                advice,
                field=name,
            )
