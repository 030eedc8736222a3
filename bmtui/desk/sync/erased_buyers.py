"""Erased buyers: Back Market removed their data; the company's setting decides about the copy here (API §11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bmtui.channel.model import ChannelOrder
from bmtui.desk.core import audit, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds.channel_returns import CHANNEL_ACTOR
from bmtui.desk.sync import order_columns
from bmtui.store.models import Company, Order

ERASE = "erase"
"""Value of the company's setting that removes the copy at once; otherwise the retention rule removes it later."""

BATCH = 100
"""Orders in one transaction: small enough to hold the write lock only for a moment."""

_OF_BUYER = ("customer_name", "customer_email", "customer_phone", "postal_code", "country", "ship_to", "bill_to")


def held(row: Order, order: ChannelOrder, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` of a download; for an erased buyer with the personal data that the store holds."""
    if not values["erased_by_channel"] or row.anonymised_at is not None:
        return dict(values)
    kept = dict(values) | {name: getattr(row, name) for name in _OF_BUYER}
    return kept | {"search_text": order_columns.search_text(kept, order.lines)}


def told(desk: Desk, row: Order, job_id: int) -> None:
    """Write into the audit that Back Market erased the buyer of an order."""
    audit.record(
        desk,
        "order.buyer_erased",
        "Back Market erased the buyer.",
        company_id=row.company_id,
        order_row=row.id,
        actor=f"{CHANNEL_ACTOR} (job {job_id})",
    )


def erase(desk: Desk, company: Company, job_id: int) -> int:
    """Remove the data of erased buyers, if the company's setting says so; returns the number of orders.

    Inside the caller's transaction. An order that has not ended keeps the data until it has.
    """
    if company.erased_buyers != ERASE:
        return 0
    gone = (Order.company == company) & Order.erased_by_channel & personal_data.ended(but_for=job_id)
    rows = list(Order.select().where(gone).order_by(Order.id).limit(BATCH))
    for row in rows:
        audit.record(
            desk,
            "order.anonymised",
            "The buyer's personal data was removed: Back Market erased the buyer.",
            company_id=row.company_id,
            order_row=row.id,
        )
    return personal_data.remove(desk, rows)
