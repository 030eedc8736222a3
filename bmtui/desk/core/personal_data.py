"""Which columns hold a buyer's personal data, and how it is removed from an order in place (reliability §5).

Every table that belongs to an order is named here, either with what is removed or as holding nothing personal; a test
compares this with the tables that there are. Legal documents are kept as they were issued.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peewee import Model

from bmtui.desk.core.context import Desk
from bmtui.store.models import (
    Approval,
    Audit,
    CareFolder,
    Drift,
    Effect,
    Inbox,
    Invoice,
    Job,
    JobLog,
    JobOrder,
    Note,
    Order,
    OrderLine,
    PackingLease,
    Payment,
    Refund,
    Return,
    ReturnDocument,
    ReturnItem,
    ReturnNote,
    Shipment,
    Unit,
)
from bmtui.words import EFFECT_LIVE, EffectKind

ERASED = "(erased)"

OF_ORDER: Mapping[str, Any] = {
    "customer_name": ERASED,
    "customer_email": "",
    "customer_phone": "",
    "postal_code": "",
    "tracking_number": "",
    "tracking_url": "",
}
"""Columns of an order and what stands there afterwards; `ship_to`, `bill_to` and `search_text` are made anew."""

REMOVED: Mapping[type[Model], Mapping[str, Any]] = {
    Note: {"text": ERASED},
    Refund: {"note": ERASED},
    Shipment: {"tracking_number": "", "tracking_url": "", "error": ""},
    Approval: {"why": ERASED, "reason": ERASED, "request": ""},
    Return: {"description": ERASED, "label_url": "", "tracking_number": "", "tracking_url": ""},
}
"""Columns of the tables that refer to an order, and what stands there afterwards; what is empty stays empty."""

OF_RETURN: Mapping[type[Model], Mapping[str, Any]] = {
    ReturnItem: {"resolution_note": ERASED, "sent_tracking": ""},
    ReturnNote: {"text": ERASED},
}
"""The same of the tables that refer to a return."""

NOTHING_PERSONAL: tuple[type[Model], ...] = (OrderLine, Unit, Payment, JobOrder, PackingLease, Audit, Effect, Drift)
"""Tables that refer to an order without a person in them; effects, which are settled, lose `_IN_BODIES`."""

LEGAL: tuple[type[Model], ...] = (Invoice,)
"""Documents that law demands to be kept as they were issued."""

_IN_BODIES = ("tracking_number", "tracking_url", "message", "delivery_note")
_KEPT_OF_RAW = frozenset(
    {
        *("order_id", "state", "currency", "country_code", "price", "shipping_price", "sales_taxes", "payment_method"),
        *("date_creation", "date_modification", "date_payment", "date_shipping", "expected_dispatch_date", "shipper"),
        *("shipper_display", "is_backship", "delivery_mode"),
    }
)
_KEPT_OF_LINE = frozenset(
    {
        *("id", "state", "price", "shipping_price", "orderline_fee", "listing", "listing_id", "product_id", "product"),
        *("brand", "condition", "quantity", "return_reason", "currency", "date_creation"),
    }
)


def remove(desk: Desk, orders: Iterable[Order]) -> int:
    """Anonymise these orders inside the caller's transaction; returns how many they were. Amounts and dates stay."""
    rows = list(orders)
    for row in rows:
        words = [str(row.order_id)]
        for line in OrderLine.select().where(OrderLine.order == row):
            words += filter(None, (line.sku, line.imei, line.serial_number))
        Order.update(
            **OF_ORDER,
            ship_to=_country(row.ship_to),
            bill_to=_country(row.bill_to),
            search_text=" ".join(words),
            anonymised_at=desk.now(),
            version=Order.version + 1,
        ).where(Order.id == row.id).execute()
        for effect in Effect.select().where((Effect.order == row) & Effect.state.not_in(EFFECT_LIVE)):
            body = {key: value for key, value in effect.body.items() if key not in _IN_BODIES}
            Effect.update(body=body, answer="").where(Effect.id == effect.id).execute()
        prune_raw(row.company_id, [row.order_id])
    ids = [row.id for row in rows]
    for model, columns in REMOVED.items():
        order = model._meta.fields["order"]
        for name, value in columns.items():
            field = model._meta.fields[name]
            model.update(**{name: value}).where(order.in_(ids) & (field != "")).execute()
    _remove_from_returns(desk, ids)
    for row in rows:
        folders = (CareFolder.company == row.company_id) & (CareFolder.order_id == row.order_id)
        forget_folders(folders)
    jobs_of = JobOrder.select(JobOrder.job).where(JobOrder.order.in_(ids))
    sending = Effect.select(Effect.job).where(Effect.order.in_(ids))
    mine = Job.select(Job.id).where((Job.id.in_(jobs_of) | Job.id.in_(sending)) & Job.completed_at.is_null(False))
    # What the channel said about one buyer may stand in there.
    JobLog.delete().where(JobLog.job.in_(mine) & JobLog.is_error).execute()
    return len(rows)


def _remove_from_returns(desk: Desk, ids: Sequence[int]) -> None:
    mine = Return.select(Return.id).where(Return.order.in_(ids))
    for model, columns in OF_RETURN.items():
        for name, value in columns.items():
            field = model._meta.fields[name]
            model.update(**{name: value}).where(model._meta.fields["rma"].in_(mine) & (field != "")).execute()
    for document in ReturnDocument.select().where(ReturnDocument.rma.in_(mine)):
        # A photograph or a letter of the buyer; a file that is gone already is gone.
        (desk.settings.data / document.file).unlink(missing_ok=True)
        document.delete_instance()


def forget_folders(which: Any) -> int:
    """Empty after-sales folders of what was written in them; returns how many there were with anything in them.

    What we wrote goes with it, once it is settled.
    """
    mine = which & (CareFolder.customer != ERASED)
    ids = [row.id for row in CareFolder.select(CareFolder.id).where(mine)]
    ours = (Effect.kind == EffectKind.MESSAGE) & Effect.subject_id.in_(ids) & Effect.state.not_in(EFFECT_LIVE)
    for effect in Effect.select().where(ours):
        Effect.update(body={}, expected=effect.expected | {"text": "", "known": []}, answer="").where(
            Effect.id == effect.id
        ).execute()
    return int(
        CareFolder.update(customer=ERASED, issue="", payload={}, error="").where(CareFolder.id.in_(ids)).execute()
    )


def kept(row: Order, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` of a download without what was removed from the order before."""
    if row.anonymised_at is None:
        return dict(values)
    names = (*OF_ORDER, "ship_to", "bill_to", "search_text")
    return {**values, **{name: getattr(row, name) for name in names}}


def prune_raw(company_id: int, order_ids: Iterable[int | None]) -> None:
    """Keep of raw orders only what says nothing about a person. Their digests stay: what comes again is known."""
    mine = (Inbox.company == company_id) & Inbox.order_id.in_(list(order_ids))
    for raw in Inbox.select().where(mine):
        prune(raw)


def prune(raw: Inbox) -> None:
    error = ERASED if raw.error else ""
    Inbox.update(payload=pruned(raw.payload), error=error).where(Inbox.id == raw.id).execute()


def pruned(payload: str) -> str:
    """A raw order without everything that is not known to be harmless."""
    value = json.loads(payload)
    if not isinstance(value, dict):
        return "{}"
    lines = value.get("orderlines")
    found = {key: inner for key, inner in value.items() if key in _KEPT_OF_RAW and not isinstance(inner, dict | list)}
    if isinstance(lines, list):
        found["orderlines"] = [
            {key: inner for key, inner in line.items() if key in _KEPT_OF_LINE and not isinstance(inner, dict | list)}
            for line in lines
            if isinstance(line, dict)
        ]
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def _country(address: Mapping[str, str]) -> dict[str, str]:
    return {"country": address["country"]} if address.get("country") else {}
