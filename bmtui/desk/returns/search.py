"""Search for RMAs by a typed filter, such as ``status:open,processing reason:defective imei:differs PHN-A12``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from peewee import fn

from bmtui.desk.core import list_filters
from bmtui.desk.core.context import Desk
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import views as return_views
from bmtui.desk.returns.views import ReturnRow
from bmtui.errors import ConfigError
from bmtui.store.models import Company, Order, OrderLine, Return, ReturnItem, ReturnReceipt
from bmtui.text import folded
from bmtui.values.date import read_days
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus

SORTS = {
    "made": Return.made_at,
    "updated": Return.updated_at,
    "status": Return.status,
    "order": Order.order_id,
    "id": Return.id,
}
HELP = "status: approval: received: resolution: reason: imei:differs made:DATE order: folder: company:, and bare words"


def listing(
    desk: Desk, query: str = "", *, sort: str = "made", descending: bool = True, limit: int | None = 200
) -> tuple[ReturnRow, ...]:
    """Return the RMAs that match, of the company in view or of all; filters combine with AND, values with OR.

    Raises:
        ConfigError: no such filter, value or sort.
    """
    if sort not in SORTS:
        raise ConfigError(f"RMAs cannot be sorted by '{sort}'.", f"Sorts: {', '.join(SORTS)}.")
    with desk.store.snapshot():
        conditions = list_filters.conditions(query, _keys(desk), _words, "RMAs")
        if desk.company:
            conditions.append(Company.name == desk.company)
        elif "company:" not in query.lower():
            conditions.append(Company.enabled == True)  # noqa: E712 - SQL
        found = Return.select(Return).join(Order).switch(Return).join(Company)
        if conditions:
            found = found.where(list_filters.all_of(conditions))
        key = SORTS[sort]
        found = found.order_by(key.desc() if descending else key, Return.id.desc() if descending else Return.id)
        return return_views.rows_of(list(found.limit(limit) if limit else found))


def _words(value: str) -> Any:
    """Return the condition for a bare word: number of an RMA, order or folder, customer, SKU, IMEI, tracking number."""
    like = f"%{value}%"
    went = (OrderLine.sku**like) | (OrderLine.imei == value) | (OrderLine.serial_number == value)
    lines = ReturnItem.select(ReturnItem.rma).join(OrderLine).where(went)
    receipts = ReturnReceipt.select(ReturnReceipt.item).where(
        (ReturnReceipt.imei == value) | (ReturnReceipt.serial_number == value)
    )
    came = ReturnItem.select(ReturnItem.rma).where(ReturnItem.id.in_(receipts))
    name = fn.search_fold(Order.customer_name) ** folded(like)
    found = name | (Order.customer_name**like) | Return.id.in_(lines) | Return.id.in_(came)
    found |= (Return.tracking_number == value) & (Return.tracking_number != "")
    if re.fullmatch(r"[0-9]{1,18}", value):
        number = int(value)
        found |= (Return.id == number) | (Order.order_id == number) | (Return.folder_id == number)
    return found


def _of_item(column: Any, words: Sequence[str], name: str) -> list_filters.Condition:
    def condition(value: str) -> Any:
        return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(column == list_filters.meant(words, value, name)))

    return condition


def _received(value: str) -> Any:
    some = Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.received > 0))
    missing = Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.received < ReturnItem.quantity))
    meant = list_filters.meant(tuple(ReturnReceived), value, "received")
    return {
        ReturnReceived.NOT_RECEIVED: ~some,
        ReturnReceived.PARTIALLY_RECEIVED: some & missing,
        ReturnReceived.RECEIVED: ~missing,
    }[ReturnReceived(meant)]


def _reason(value: str) -> Any:
    names = return_reasons.names_meant(value)
    if not names:
        raise ConfigError(f"'{value[:40]}' is no return reason.", "See 'bmtui returns reasons'.")
    return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.reason.in_(names)))


def _imei(value: str) -> Any:
    if not "differs".startswith(value.lower()):
        return _words(value)
    items = ReturnReceipt.select(ReturnReceipt.item).where(ReturnReceipt.differs)
    return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.id.in_(items)))


def _made(desk: Desk, value: str) -> Any:
    zone = desk.list_zone()
    today = desk.now().astimezone(zone).date()
    if match := re.fullmatch(r"last(\d{1,3})", value.lower()):
        return Return.made_at >= datetime.combine(today - timedelta(days=int(match[1]) - 1), time(), zone)
    match = re.fullmatch(r"(>=|<=|>|<)?(.*)", value)
    assert match is not None
    days = read_days(match[2], today, field="made")
    begin = datetime.combine(days.first, time(), zone)
    end = datetime.combine(min(days.last, date(9999, 12, 30)) + timedelta(days=1), time(), zone)
    made = Return.made_at
    return {
        None: (made >= begin) & (made < end),
        ">": made >= end,
        ">=": made >= begin,
        "<": made < begin,
        "<=": made < end,
    }[match[1]]


def _keys(desk: Desk) -> Mapping[str, list_filters.Condition]:
    return {
        "status": lambda value: Return.status == list_filters.meant(tuple(ReturnStatus), value, "status"),
        "approval": _of_item(ReturnItem.approval, tuple(ReturnApproval), "approval"),
        "resolution": _of_item(ReturnItem.resolution, tuple(ReturnResolution), "resolution"),
        "received": _received,
        "reason": _reason,
        "imei": _imei,
        "made": partial(_made, desk),
        "order": list_filters.number(Order.order_id),
        "folder": list_filters.number(Return.folder_id),
        "company": lambda value: Company.name == value,
    }
