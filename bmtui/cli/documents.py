"""JSON documents of views, as scripts read them. Their fields are an interface.

A view becomes an object of its fields: money is a decimal string with a `currency` beside it, times are ISO 8601 in
UTC, a view within a view is an object of its own. What differs from that is written out below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bmtui.desk.core import json_values
from bmtui.desk.core.json_values import Time as Time
from bmtui.desk.core.json_values import flat as flat
from bmtui.money import Money
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus

if TYPE_CHECKING:
    from bmtui.desk.after_sales.folders import FolderView
    from bmtui.desk.after_sales.rows import FolderRow
    from bmtui.desk.core.audit import Verified
    from bmtui.desk.core.views import JobView
    from bmtui.desk.invoicing.search import Waiting
    from bmtui.desk.invoicing.settings import SettingsView
    from bmtui.desk.invoicing.views import InvoiceView
    from bmtui.desk.overview.views import OrderView
    from bmtui.desk.refunds.plan import RefundPlan
    from bmtui.desk.returns.reasons import Reason
    from bmtui.desk.returns.views import ReturnItemView, ReturnRow, ReturnView


def to_json(value: Any) -> Any:
    """Return the JSON value of a view or of any value in one: object, array, text or number."""
    if isinstance(value, Mapping):
        return {name: to_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, Money):
        convert = _exceptions().get(type(value), _object)
        return convert(value)
    return json_values.simple(value)


def _object(view: Any, *left_out: str) -> dict[str, Any]:
    """Return the fields of a view, and the currency of its amounts unless the view has a field `currency`."""
    values = {field.name: getattr(view, field.name) for field in fields(view) if field.name not in left_out}
    document = {name: to_json(value) for name, value in values.items()}
    currency = next((value.currency for value in values.values() if isinstance(value, Money)), None)
    return document if currency is None else {**document, "currency": document.get("currency", currency)}


@functools.cache
def _exceptions() -> Mapping[type, Callable[[Any], dict[str, Any]]]:
    """Converters of the views whose JSON object is more or less than their fields, by class."""
    # These imports load all of the desk, which costs start-up time.
    from bmtui.desk.after_sales.folders import FolderView
    from bmtui.desk.after_sales.rows import FolderRow
    from bmtui.desk.core.audit import Verified
    from bmtui.desk.core.views import JobView
    from bmtui.desk.invoicing.search import Waiting
    from bmtui.desk.invoicing.settings import SettingsView
    from bmtui.desk.invoicing.views import InvoiceView
    from bmtui.desk.orders import order_row
    from bmtui.desk.orders.order_row import OrderRow
    from bmtui.desk.overview.views import OrderView
    from bmtui.desk.refunds.plan import RefundPlan
    from bmtui.desk.returns.reasons import Reason
    from bmtui.desk.returns.views import ReturnItemView, ReturnRow, ReturnView

    return {
        OrderRow: order_row.document,
        OrderView: _order,
        JobView: _job,
        InvoiceView: _invoice,
        Waiting: _invoice_waiting,
        SettingsView: _invoice_settings,
        ReturnRow: _return_row,
        ReturnView: _return,
        ReturnItemView: _return_item,
        FolderRow: _folder_row,
        FolderView: _folder,
        Reason: _reason,
        Verified: _verified,
        RefundPlan: _refund_plan,
    }


def _order(view: OrderView) -> dict[str, Any]:
    from bmtui.desk.orders import order_row

    rest = _object(view, "row", "version", "is_backship", "channel_belief")
    return {
        **order_row.document(view.row),
        **rest,
        "packing": view.packing or None,
        "paper_name": view.paper_name or None,
    }


def _job(view: JobView) -> dict[str, Any]:
    return {**_object(view, "cancel_requested"), "company": view.company or None}


def _invoice(view: InvoiceView) -> dict[str, Any]:
    return {**_object(view), "corrects": view.corrects or None}


def _invoice_waiting(row: Waiting) -> dict[str, Any]:
    """JSON object of an order that shipped and has no invoice on Back Market."""
    return {
        "order_id": row.order.order_id,
        "company": row.order.company,
        "market": row.order.market,
        "customer": row.order.customer_name,
        "shipped_at": to_json(row.order.shipped_at),
        "due_at": to_json(row.due_at),
        "hours_left": _hours(row.left),
        "invoice": row.invoice.number if row.invoice else None,
    }


def _invoice_settings(view: SettingsView) -> dict[str, Any]:
    settings = {setting.key: {"value": setting.value, "origin": setting.origin} for setting in view.settings}
    return {"company": view.company, "market": view.market or None, "version": view.version, "settings": settings}


def _return_row(row: ReturnRow) -> dict[str, Any]:
    """JSON object of an RMA without its nested lists; statuses with their codes (order-desk §5)."""
    codes = {"status_code": ReturnStatus(row.status).code, "received_code": ReturnReceived(row.received).code}
    return {**_object(row), **codes}


def _return(view: ReturnView) -> dict[str, Any]:
    return {**_return_row(view.row), **_object(view, "row", "version")}


def _return_item(item: ReturnItemView) -> dict[str, Any]:
    return {
        **_object(item),
        "approval_code": ReturnApproval(item.approval).code,
        "received_code": ReturnReceived(item.received).code,
        "resolution_code": ReturnResolution(item.resolution).code,
        "differs": item.differs,
    }


def _folder_row(row: FolderRow) -> dict[str, Any]:
    """JSON object of an after-sales folder as the inbox shows it; its age is in business hours."""
    return {**_object(row, "age"), "age_business_hours": None if row.age is None else _hours(row.age)}


def _folder(view: FolderView) -> dict[str, Any]:
    return {
        **_folder_row(view.row),
        "language": view.language,
        "customer_email": view.customer_email,
        "tracking_number": view.tracking_number,
        "cases": to_json(view.lines),
        "messages": to_json(view.messages),
        "outbox": to_json(view.effects),
        "problem_types": list(view.problems),
        "transfer_why_not": view.transfer_why_not or None,
    }


def _reason(view: Reason) -> dict[str, Any]:
    return {**_object(view), "code_label": view.code_label}


def _verified(found: Verified) -> dict[str, Any]:
    return {"whole": not found.problems, **_object(found)}


def _refund_plan(plan: RefundPlan) -> dict[str, Any]:
    """JSON object of a refund plan: the amounts, and the requests that would be sent."""
    return {
        "operation": plan.operation,
        "currency": plan.total.currency,
        "total": plan.total.decimal,
        "refundable_after": plan.refundable_after.decimal,
        "payment_status_after": plan.payment_status_after,
        "needs_approval": plan.approval or None,
        "refunds": [
            {
                "part": item.part,
                "line_id": item.line_id,
                "amount": item.amount.decimal,
                "request": to_json(item.write),
            }
            for item in plan.items
        ],
    }


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)
