"""Views of refunds, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.refunds import ledger
from bmtui.money import Money
from bmtui.store.models import Refund

NOTE_IS_PRINTED = "printed on the credit note"
"""Hint in the field for a refund's note: the buyer reads it."""


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund. `part` is a line's SKU, Shipping, or Order. `date` is ISO, in the company's zone."""

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


def refund_view(refund: Refund, currency: str) -> RefundView:
    return RefundView(
        refund_id=refund.id,
        part=ledger.part_label(refund),
        line_id=refund.line.line_id if refund.line is not None else None,
        amount=Money(refund.amount, currency),
        operation=refund.operation,
        method=refund.method,
        date=refund.date,
        reference=refund.reference,
        note=refund.note,
        state=refund.state,
        made_by=refund.made_by,
        made_at=refund.made_at,
        job_id=refund.job_id,
        error=refund.error,
    )
