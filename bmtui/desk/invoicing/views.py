"""Views of invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.money import Money
from bmtui.store.models import Company, Invoice, Order


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Invoice or credit note as lists show it. `upload` is the state of its upload to Back Market, or ""."""

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


def view(row: Invoice) -> InvoiceView:
    """Return the view of a row; its order and company are read now unless they were read with it."""
    document = row.document
    return InvoiceView(
        invoice_id=row.id,
        number=row.number,
        kind=row.kind,
        company=row.order.company.name,
        order_id=row.order.order_id,
        market=document["market"],
        issued=row.issued,
        net=Money(row.net, row.currency),
        tax=Money(row.tax, row.currency),
        gross=Money(row.gross, row.currency),
        schemes=", ".join(dict.fromkeys(group["scheme"] for group in document["groups"])),
        corrects=document["corrects"][0] if document["corrects"] else "",
        preference=row.way["preference"],
        remark=row.remark,
        pdf_hash=row.pdf_hash,
        pdf_size=row.pdf_size,
        made_at=row.made_at,
        made_by=row.made_by,
        printed=row.printed,
        printed_at=row.printed_at,
        upload=row.upload,
        uploaded_at=row.uploaded_at,
    )


def of_order(order: Order) -> tuple[InvoiceView, ...]:
    """Return the invoice of an order and its credit notes, oldest first."""
    query = Invoice.select(Invoice, Order, Company).join(Order).join(Company).where(Invoice.order == order)
    return tuple(map(view, query.order_by(Invoice.id)))
