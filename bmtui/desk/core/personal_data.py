"""Personal data of buyers: the columns that hold it, and its removal from an order in place (reliability §5).

Every text column of every table is removed, or named in `KEPT`, or its table in `OURS` or `LEGAL`: a test fills all
others and looks for what is left. Nothing personal is written into the audit (`without`); texts that older releases
wrote there are removed, and a row of the audit says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peewee import Model

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.store.models import (
    AccountSettings,
    Approval,
    Audit,
    AuditHead,
    Backfill,
    CareFolder,
    CareMark,
    Company,
    DailyBudget,
    Delivery,
    Drift,
    Effect,
    Event,
    EventMark,
    ExchangeRate,
    FieldName,
    Import,
    ImportChange,
    Inbox,
    Invoice,
    InvoiceAsset,
    InvoiceSeries,
    InvoiceSettings,
    Job,
    JobLog,
    JobOrder,
    MarginEntry,
    Note,
    Operator,
    Order,
    OrderField,
    OrderLine,
    OrderTag,
    PackingLease,
    Pause,
    Payment,
    PurchaseCost,
    RateLimit,
    Refund,
    RefundLimit,
    Return,
    ReturnDocument,
    ReturnItem,
    ReturnNote,
    ReturnReason,
    ReturnReceipt,
    Rule,
    RuleLog,
    RuleOrder,
    SavedView,
    SearchUnfolded,
    Shipment,
    StatementFile,
    StatementRow,
    StockFlag,
    StoreMark,
    Switch,
    SyncMark,
    TaxPeriod,
    Unit,
    ViewSchedule,
)
from bmtui.text import folded
from bmtui.words import (
    EFFECT_LIVE,
    JOB_LIVE,
    SENDING_JOBS,
    ChannelStatus,
    DriftClass,
    EffectKind,
    OrderStatus,
    ReturnStatus,
)

ERASED = "(erased)"
ERASED_BY_CHANNEL = "(erased by Back Market)"
"""Name of a buyer whom Back Market erased."""

OF_ORDER: Mapping[str, Any] = {
    "customer_name": ERASED,
    "customer_email": "",
    "customer_phone": "",
    "paper_name": "",
    "postal_code": "",
    "tracking_number": "",
    "tracking_url": "",
    "marked": [],
}
"""Columns of an order with their values afterwards; `ship_to`, `bill_to` and `search_text` are made anew."""

REMOVED: Mapping[type[Model], Mapping[str, Any]] = {
    Note: {"text": ERASED, "author": ERASED},
    ImportChange: {"before": ERASED, "after": ERASED},
    OrderField: {"value": ERASED},
    Refund: {"note": ERASED, "reference": ERASED, "error": ERASED},
    Payment: {"reference": ERASED},
    Shipment: {"tracking_number": "", "tracking_url": "", "error": ""},
    Unit: {"error": "", "reason": ERASED},
    Approval: {"why": ERASED, "reason": ERASED, "request": ""},
    Return: {"description": ERASED, "label_url": "", "tracking_number": "", "tracking_url": ""},
}
"""Columns of the tables that refer to an order, with their values afterwards; empty ones stay empty."""

OF_RETURN: Mapping[type[Model], Mapping[str, Any]] = {
    ReturnItem: {"resolution_note": ERASED, "sent_tracking": ""},
    ReturnNote: {"text": ERASED},
}
"""Columns of the tables that refer to a return, with their values afterwards."""

KEPT: Mapping[type[Model], frozenset[str]] = {
    model: frozenset(columns.split())
    for model, columns in (
        (
            Order,
            "status shipping_status payment_status channel_status market currency payment_method country carrier "
            "delivery_note_ref assignee",
        ),
        (OrderLine, "sku product brand imei serial_number"),
        (Note, "made_by"),
        (Import, "file digest made_by undone_by"),
        (ImportChange, "what name"),
        (OrderTag, "tag made_by"),
        (OrderField, "name"),
        (Event, "name subject data actor rules"),
        (Delivery, "way state"),
        (RuleLog, "rule action error"),
        (Refund, "part operation method date state made_by"),
        (Payment, "kind method"),
        (Shipment, "carrier state made_by"),
        (Unit, "imei serial_number state made_by"),
        (Approval, "state made_by decided_by doubt"),
        (Return, "status carrier made_by"),
        (ReturnItem, "reason approval resolution sent_sku"),
        (ReturnReceipt, "made_by imei serial_number"),
        (ReturnNote, "kind made_by"),
        (Effect, "kind target method path state made_by"),
        (Job, "type status parameters cursor about identity submitted_by phase error_kind output worker"),
        (JobOrder, "outcome"),
        (PackingLease, "holder name"),
        (CareFolder, "market sku listed"),
        (Drift, "what here there advice state"),
        (Inbox, "digest state"),
    )
}
"""Text columns that stay: fixed words, numbers, devices, states and amounts, and the staff who acted."""

OURS: tuple[type[Model], ...] = (
    *(Company, SyncMark, CareMark, RateLimit, DailyBudget, StockFlag, Operator, RefundLimit, Pause, SavedView),
    SearchUnfolded,
    *(EventMark, FieldName, Rule, RuleOrder, Switch, ViewSchedule),
    *(InvoiceSettings, InvoiceAsset, InvoiceSeries, ReturnReason, Audit, AuditHead, StoreMark, Backfill),
    *(AccountSettings, PurchaseCost, TaxPeriod, MarginEntry, ExchangeRate),
)
"""Tables of the company's own data, and the audit, into which nothing personal is written."""

LEGAL: tuple[type[Model], ...] = (Invoice, StatementFile, StatementRow)
"""Documents that law demands to be kept as they were issued."""

_ENDED = (OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.VOID)
_EXPECTED_ON_CHANNEL = (
    ChannelStatus.AWAITING_PAYMENT,
    ChannelStatus.TO_ACCEPT,
    ChannelStatus.TO_SHIP,
    ChannelStatus.PARTLY_SHIPPED,
)

_KEPT_OF_BODY = frozenset(
    {
        *("order_id", "new_state", "sku", "return_reason", "orderline_pk", "refund_type", "amount", "shipper"),
        *("date_shipping", "imei", "serial_number"),
    }
)
_TOLD = ("summary", "about")
"""Fields of events that are sentences; others are fixed names, numbers and times."""
_KEPT_OF_EXPECTED = frozenset({"lines", "line_id", "from", "to", "guarded", "before", "folder_id", "what"})
_KEPT_OF_RAW = frozenset(
    {
        *("order_id", "state", "currency", "country_code", "price", "shipping_price", "sales_taxes", "payment_method"),
        *("date_creation", "date_modification", "date_payment", "date_shipping", "expected_dispatch_date", "shipper"),
        *("sales_dp_adjustment", "shipper_display", "is_backship", "delivery_mode"),
    }
)
_KEPT_OF_LINE = frozenset(
    {
        *("id", "state", "price", "shipping_price", "orderline_fee", "listing", "listing_id", "product_id", "product"),
        *("brand", "condition", "quantity", "return_reason", "currency", "date_creation"),
    }
)


def ended(*, but_for: int = 0) -> Any:
    """Condition on orders that have ended, without pending effects, jobs or returns; the job `but_for` does not count.

    Orders without personal data are left out.
    """
    live = Effect.select(Effect.order).where(Effect.state.in_(EFFECT_LIVE) & Effect.order.is_null(False))
    back = Return.select(Return.order).where(Return.status != ReturnStatus.CLOSED)
    busy = JobOrder.select(JobOrder.order).join(Job).where(Job.status.in_(JOB_LIVE) & (Job.id != but_for))
    return (
        Order.status.in_(_ENDED)
        & Order.channel_status.not_in(_EXPECTED_ON_CHANNEL)
        & Order.id.not_in(live)
        & Order.id.not_in(busy)
        & Order.id.not_in(back)
        & Order.anonymised_at.is_null()
    )


def remove(desk: Desk, orders: Iterable[Order]) -> int:
    """Anonymise these orders inside the caller's transaction; return their number. Amounts and dates stay."""
    rows = list(orders)
    words_of = _words_of(rows)
    audit.redact(desk, [row.id for row in rows], words_of)
    _remove_from_events([row.id for row in rows], words_of)
    for row in rows:
        words = [str(row.order_id)]
        for line in OrderLine.select().where(OrderLine.order == row):
            words += filter(None, (line.sku, line.imei, line.serial_number))
        name = ERASED_BY_CHANNEL if row.erased_by_channel else ERASED
        Order.update(
            **{**OF_ORDER, "customer_name": name},
            ship_to=_country(row.ship_to),
            bill_to=_country(row.bill_to),
            search_text=folded(" ".join(words)),
            anonymised_at=desk.now(),
            version=Order.version + 1,
        ).where(Order.id == row.id).execute()
        _forget_effects(Effect.order == row)
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
        parcels = (
            (Drift.company == row.company_id) & (Drift.order_id == row.order_id) & (Drift.what == DriftClass.TRACKING)
        )
        Drift.update(here=ERASED, there=ERASED).where(parcels).execute()
    jobs_of = JobOrder.select(JobOrder.job).where(JobOrder.order.in_(ids))
    _forget_jobs(Job.id.in_(jobs_of) | Job.id.in_(Effect.select(Effect.job).where(Effect.order.in_(ids))))
    return len(rows)


def _words_of(rows: Sequence[Order]) -> set[str]:
    """Return words that older releases may have written into the audit: names, contact data, notes, parcel numbers."""
    ids = [row.id for row in rows]
    back = Return.select(Return.id).where(Return.order.in_(ids))
    said = (getattr(row, name) for row in rows for name in OF_ORDER if name != "postal_code")
    found = {text for text in said if isinstance(text, str)}
    found |= {parcel.tracking_number for parcel in Shipment.select().where(Shipment.order.in_(ids))}
    found |= {parcel.tracking_number for parcel in Return.select().where(Return.order.in_(ids))}
    found |= {item.sent_tracking for item in ReturnItem.select().where(ReturnItem.rma.in_(back))}
    found |= {refund.note for refund in Refund.select().where(Refund.order.in_(ids))}
    return found - {ERASED}


def _remove_from_events(ids: Sequence[int], words: set[str]) -> None:
    """Remove the words from the events of these orders, and the errors of their deliveries."""
    Delivery.update(error=ERASED).where(Delivery.order_ref.in_(ids) & (Delivery.error != "")).execute()
    pattern = audit.whole_words(words)
    if pattern is None:
        return
    for event in Event.select(Event.id, Event.data).where(Event.order_ref.in_(ids)):
        told = {key: text for key in _TOLD if isinstance(text := event.data.get(key), str)}
        left = {key: pattern.sub(ERASED, text) for key, text in told.items()}
        if left != told:
            Event.update(data=event.data | left).where(Event.id == event.id).execute()


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
    """Empty after-sales folders of their texts; return the number of those that had any.

    Our settled messages go, too.
    """
    mine = which & (CareFolder.customer != ERASED)
    ids = [row.id for row in CareFolder.select(CareFolder.id).where(mine)]
    ours = (Effect.kind == EffectKind.MESSAGE) & Effect.subject_id.in_(ids)
    jobs_of = [row.job_id for row in Effect.select(Effect.job).where(ours)]
    _forget_effects(ours)
    _forget_jobs(Job.id.in_(jobs_of))
    return int(
        CareFolder.update(customer=ERASED, issue="", payload={}, error="").where(CareFolder.id.in_(ids)).execute()
    )


def _forget_effects(which: Any) -> None:
    """Remove personal data from settled effects."""
    for effect in Effect.select().where(which & Effect.state.not_in(EFFECT_LIVE)):
        Effect.update(
            about=EffectKind(effect.kind).label,
            body=_harmless(effect.body, _KEPT_OF_BODY),
            expected={key: value for key, value in effect.expected.items() if key in _KEPT_OF_EXPECTED},
            answer="",
            error="",
        ).where(Effect.id == effect.id).execute()


def _forget_jobs(which: Any) -> None:
    """Remove the errors of ended jobs, and the logs of those that sent something for one order."""
    ended = which & Job.completed_at.is_null(False)
    Job.update(error=ERASED).where(ended & (Job.error != "")).execute()
    # A job that sends is about one order; what another one did, such as a download, is about many.
    sent = JobLog.job.in_(Job.select(Job.id).where(ended & Job.type.in_(list(SENDING_JOBS.values()))))
    errors = JobLog.is_error & JobLog.job.in_(Job.select(Job.id).where(ended))
    JobLog.delete().where(sent | errors).execute()


def without(text: str, body: Mapping[str, Any]) -> str:
    """Return `text` without the personal values of a request's `body`, for the audit, which can never forget."""
    for value in (value for key, value in body.items() if key not in _KEPT_OF_BODY):
        if isinstance(value, str) and value:
            text = re.sub(rf"\s*(?<!\w){re.escape(value)}(?!\w)", "", text)
    return text


def kept(row: Order, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a download, without the personal data that was removed from the order before."""
    if row.anonymised_at is None:
        return dict(values)
    names = (*OF_ORDER, "ship_to", "bill_to", "search_text")
    return {**values, **{name: getattr(row, name) for name in names}}


def prune_raw(company_id: int, order_ids: Iterable[int | None]) -> None:
    """Remove personal data from raw orders. Their digests stay: the same order is recognised when it comes again."""
    mine = (Inbox.company == company_id) & Inbox.order_id.in_(list(order_ids))
    for raw in Inbox.select().where(mine):
        prune(raw)


def prune(raw: Inbox) -> None:
    error = ERASED if raw.error else ""
    Inbox.update(payload=pruned(raw.payload), error=error).where(Inbox.id == raw.id).execute()


def pruned(payload: str) -> str:
    """Return a raw order with only the fields that are known to be harmless, as JSON."""
    value = json.loads(payload)
    if not isinstance(value, dict):
        return "{}"
    lines = value.get("orderlines")
    found = _harmless(value, _KEPT_OF_RAW)
    if isinstance(lines, list):
        found["orderlines"] = [_harmless(line, _KEPT_OF_LINE) for line in lines if isinstance(line, dict)]
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def _harmless(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return the named values that are neither objects nor lists."""
    return {key: inner for key, inner in values.items() if key in names and not isinstance(inner, dict | list)}


def _country(address: Mapping[str, str]) -> dict[str, str]:
    return {"country": address["country"]} if address.get("country") else {}
