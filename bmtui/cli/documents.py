"""Views as the JSON that scripts read: money as decimal strings, times as ISO 8601 in UTC.

The fields are an interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from bmtui.channel.requests import WriteRequest
from bmtui.desk.after_sales.folders import FolderView
from bmtui.desk.after_sales.rows import FolderRow
from bmtui.desk.companies.sending_pauses import PauseView
from bmtui.desk.core.audit import AuditView, Verified
from bmtui.desk.core.bulk import BulkResult
from bmtui.desk.core.permissions import OperatorView
from bmtui.desk.core.views import CompanyView, JobLogView, JobView, OrderRow
from bmtui.desk.invoicing.issue import Preview
from bmtui.desk.invoicing.jobs import Upload
from bmtui.desk.invoicing.search import Waiting
from bmtui.desk.invoicing.settings import SettingsView
from bmtui.desk.invoicing.views import InvoiceView
from bmtui.desk.outbox.actions import EffectView
from bmtui.desk.overview.views import OrderView
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.desk.refunds.issue import RefundPlan
from bmtui.desk.returns.reasons import Reason
from bmtui.desk.returns.rma import ReturnPlan
from bmtui.desk.returns.views import ReturnItemView, ReturnRow, ReturnView
from bmtui.desk.shipping.views import ShipmentView
from bmtui.desk.sync.quarantine import Quarantined
from bmtui.desk.sync.reconcile import DriftView
from bmtui.money import Money
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus


class Time(str):
    """ISO 8601 in UTC, as scripts read it; `at` is for a table, which is for people."""

    at: datetime


def time(at: datetime | None) -> Time | None:
    """ISO 8601 in UTC, or None."""
    if at is None:
        return None
    text = Time(at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    text.at = at
    return text


def order_row(row: OrderRow) -> dict[str, Any]:
    """An order without its nested lists."""
    return {
        "order_id": row.order_id,
        "company": row.company,
        "status": row.status,
        "shipping_status": row.shipping_status,
        "payment_status": row.payment_status,
        "channel_status": row.channel_status,
        "channel_notified": row.channel_notified,
        "market": row.market,
        "currency": row.currency,
        "goods": row.goods.decimal,
        "shipping": row.shipping.decimal,
        "total": row.total.decimal,
        "received": row.received.decimal,
        "refunded": row.refunded.decimal,
        "refundable": row.refundable.decimal,
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
        "paid_at": time(row.paid_at),
        "ship_by": time(row.ship_by),
        "shipped_at": time(row.shipped_at),
        "customer": {"name": row.customer_name, "email": row.customer_email, "phone": row.customer_phone},
        "ship_to": dict(row.ship_to),
        "bill_to": dict(row.bill_to),
    }


def order(view: OrderView) -> dict[str, Any]:
    """An order with everything."""
    return order_row(view.row) | {
        "payment_method": view.payment_method,
        "lines": [_plain(line) | {"units": [_plain(unit) for unit in line.units]} for line in view.lines],
        "shipments": [shipment(known) for known in view.shipments],
        "payments": [_plain(payment) for payment in view.payments],
        "refunds": [_plain(refund) for refund in view.refunds],
        "returns": [return_row(row) for row in view.returns],
        "invoices": [invoice(made) for made in view.invoices],
        "notes": [_plain(note) for note in view.notes],
        "jobs": [job(known) for known in view.jobs],
        "history": [_plain(row) for row in view.history],
        "packing": view.packing or None,
    }


def job(view: JobView) -> dict[str, Any]:
    """A job."""
    fields = _plain(view)
    del fields["cancel_requested"]
    fields["company"] = view.company or None
    return fields


def job_log(view: JobLogView) -> dict[str, Any]:
    return _plain(view)


def company(view: CompanyView) -> dict[str, Any]:
    """A company's settings; never its token."""
    return _plain(view)


def quarantined(view: Quarantined) -> dict[str, Any]:
    return _plain(view)


def shipment(view: ShipmentView) -> dict[str, Any]:
    """A parcel and how far the channel knows of it."""
    return _plain(view) | {"lines": [dict(line) for line in view.lines]}


def effect(view: EffectView) -> dict[str, Any]:
    return _plain(view)


def pause(view: PauseView) -> dict[str, Any]:
    return _plain(view)


def invoice(view: InvoiceView) -> dict[str, Any]:
    """An invoice or a credit note."""
    return _plain(view) | {"currency": view.gross.currency, "corrects": view.corrects or None}


def invoice_waiting(row: Waiting) -> dict[str, Any]:
    """An order that shipped and has no invoice on Back Market."""
    return {
        "order_id": row.order.order_id,
        "company": row.order.company,
        "market": row.order.market,
        "customer": row.order.customer_name,
        "shipped_at": time(row.order.shipped_at),
        "due_at": time(row.due_at),
        "hours_left": round(row.left.total_seconds() / 3600, 1),
        "invoice": row.invoice.number if row.invoice else None,
    }


def invoice_preview(preview: Preview) -> dict[str, Any]:
    return _plain(preview) | {"currency": preview.total.currency, "lines": list(preview.lines)}


def invoice_upload(upload: Upload) -> dict[str, Any]:
    return _plain(upload)


def invoice_settings(view: SettingsView) -> dict[str, Any]:
    """A company's invoice settings: what holds, and who says so."""
    settings = {setting.key: {"value": setting.value, "origin": setting.origin} for setting in view.settings}
    return {"company": view.company, "market": view.market or None, "version": view.version, "settings": settings}


def return_row(row: ReturnRow) -> dict[str, Any]:
    """An RMA without its nested lists; statuses with their codes (order-desk §5)."""
    return _plain(row) | {
        "status_code": ReturnStatus(row.status).code,
        "received_code": ReturnReceived(row.received).code,
        "resolutions": list(row.resolutions),
    }


def returned(view: ReturnView) -> dict[str, Any]:
    """An RMA with everything."""
    return return_row(view.row) | {
        "description": view.description,
        "label_url": view.label_url,
        "carrier": view.carrier,
        "tracking_number": view.tracking_number,
        "tracking_url": view.tracking_url,
        "items": [return_item(item) for item in view.items],
        "notes": [_plain(note) for note in view.notes],
        "documents": [_plain(document) for document in view.documents],
        "refunds": [_plain(refund) for refund in view.refunds],
        "history": [_plain(row) for row in view.history],
    }


def return_item(item: ReturnItemView) -> dict[str, Any]:
    """What comes back of one line."""
    return _plain(item) | {
        "approval_code": ReturnApproval(item.approval).code,
        "received_code": ReturnReceived(item.received).code,
        "resolution_code": ReturnResolution(item.resolution).code,
        "receipts": [_plain(receipt) for receipt in item.receipts],
        "differs": item.differs,
    }


def return_plan(plan: ReturnPlan) -> dict[str, Any]:
    """What creating an RMA would store."""
    return _plain(plan) | {"items": [_plain(item) for item in plan.items]}


def folder_row(row: FolderRow) -> dict[str, Any]:
    """An after-sales folder as the inbox shows it; its age is in business hours."""
    document = _plain(row) | {
        "rma_ids": list(row.rma_ids),
        "age_business_hours": None if row.age is None else round(row.age.total_seconds() / 3600, 1),
    }
    del document["age"]
    return document


def folder(view: FolderView) -> dict[str, Any]:
    """An after-sales folder with everything."""
    return folder_row(view.row) | {
        "language": view.language,
        "customer_email": view.customer_email,
        "tracking_number": view.tracking_number,
        "cases": [
            _plain(line)
            | {
                "issues": [_plain(issue) for issue in line.issues],
                "labels": [_plain(label) for label in line.labels],
            }
            for line in view.lines
        ],
        "messages": [
            _plain(message) | {"attachments": [_plain(attachment) for attachment in message.attachments]}
            for message in view.messages
        ],
        "outbox": [effect(waiting) for waiting in view.effects],
        "problem_types": list(view.problems),
        "transfer_why_not": view.transfer_why_not or None,
    }


def reason(view: Reason) -> dict[str, Any]:
    return _plain(view) | {"code_label": view.code_label}


def approval(view: ApprovalView) -> dict[str, Any]:
    return _plain(view) | {"currency": view.amount.currency, "refund_ids": list(view.refund_ids)}


def operator(view: OperatorView) -> dict[str, Any]:
    return _plain(view) | {"limits": [_plain(limit) for limit in view.limits]}


def audit_row(view: AuditView) -> dict[str, Any]:
    return _plain(view)


def verified(found: Verified) -> dict[str, Any]:
    problems = [_plain(problem) for problem in found.problems]
    return {"whole": not problems, "rows": found.rows, "head": found.head, "problems": problems}


def drift(view: DriftView) -> dict[str, Any]:
    return _plain(view)


def done(result: BulkResult) -> dict[str, Any]:
    """What became of one of many."""
    return _plain(result)


def refund_plan(plan: RefundPlan, currency: str) -> dict[str, Any]:
    """What a refund would store and send."""
    return {
        "operation": plan.operation,
        "currency": currency,
        "total": plan.total.decimal,
        "refundable_after": plan.refundable_after.decimal,
        "payment_status_after": plan.payment_status_after,
        "needs_approval": plan.approval or None,
        "refunds": [
            {
                "part": item.part,
                "line_id": item.line_id,
                "amount": item.amount.decimal,
                "request": request(item.write) if item.write else None,
            }
            for item in plan.items
        ],
    }


def request(write: WriteRequest) -> dict[str, Any]:
    """A write as it would go out."""
    return {"method": write.method, "path": write.path, "body": dict(write.body)}


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """A row for CSV: nested values become columns with a dot in their name."""
    columns: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            columns |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            columns[name] = value
    return columns


def _plain(view: Any) -> dict[str, Any]:
    # Not asdict: that would take Money apart.
    return {field.name: _value(getattr(view, field.name)) for field in fields(view)}


def _value(value: Any) -> Any:
    if isinstance(value, Money):
        return value.decimal
    if isinstance(value, datetime):
        return time(value)
    return dict(value) if isinstance(value, Mapping) else value
