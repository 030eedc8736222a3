"""Finding RMAs by a typed filter, such as ``status:open,processing reason:defective imei:differs PHN-A12``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from bmtui.desk import return_reasons, return_views
from bmtui.desk.context import Desk
from bmtui.desk.return_views import ReturnRow
from bmtui.errors import ConfigError
from bmtui.store.models import Company, Order, OrderLine, Return, ReturnItem, ReturnReceipt
from bmtui.text import plain
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
    """The RMAs that match, of the company in view or of all; different filters combine with AND, values with OR.

    Raises:
        ConfigError: no such filter, value or sort.
    """
    if sort not in SORTS:
        raise ConfigError(f"RMAs cannot be sorted by '{sort}'.", f"Sorts: {', '.join(SORTS)}.")
    with desk.store.snapshot():
        conditions = [_condition(desk, token) for token in _tokens(query)]
        if desk.company:
            conditions.append(Company.name == desk.company)
        found = Return.select(Return).join(Order).switch(Return).join(Company)
        if conditions:
            found = found.where(reduce(and_, conditions))
        key = SORTS[sort]
        found = found.order_by(key.desc() if descending else key, Return.id.desc() if descending else Return.id)
        return return_views.rows_of(list(found.limit(limit) if limit else found))


def _tokens(query: str) -> list[tuple[str, str]]:
    found = []
    for match in re.finditer(r'(?:([A-Za-z]+):)?("[^"]*"|\S+)', plain(query)):
        found.append(((match[1] or "").lower(), match[2].strip('"').strip()))
    return found


def _condition(desk: Desk, token: tuple[str, str]) -> Any:
    key, value = token
    if not key:
        return _words(value)
    make = _KEYS.get(key)
    if make is None:
        raise ConfigError(f"There is no filter '{key}:' for RMAs.", f"Filters: {HELP}.")
    values = [part.strip() for part in value.split(",") if part.strip()]
    if not values:
        raise ConfigError(f"'{key}:' has no value.", "Write a value, or remove it.")
    return reduce(or_, [make(desk, part) for part in values])


def _words(value: str) -> Any:
    """A bare word: the number of an RMA, order or folder, a customer, a SKU, an IMEI that went out or came back."""
    like = f"%{value}%"
    went = (OrderLine.sku**like) | (OrderLine.imei == value) | (OrderLine.serial_number == value)
    lines = ReturnItem.select(ReturnItem.rma).join(OrderLine).where(went)
    receipts = ReturnReceipt.select(ReturnReceipt.item).where(
        (ReturnReceipt.imei == value) | (ReturnReceipt.serial_number == value)
    )
    came = ReturnItem.select(ReturnItem.rma).where(ReturnItem.id.in_(receipts))
    found = (Order.customer_name**like) | Return.id.in_(lines) | Return.id.in_(came)
    found |= (Return.tracking_number == value) & (Return.tracking_number != "")
    if re.fullmatch(r"[0-9]{1,18}", value):
        number = int(value)
        found |= (Return.id == number) | (Order.order_id == number) | (Return.folder_id == number)
    return found


def _status(desk: Desk, value: str) -> Any:
    return Return.status == _meant(ReturnStatus, value, "status")


def _of_item(column: Any, words: type[ReturnApproval] | type[ReturnResolution], name: str) -> Any:
    def condition(desk: Desk, value: str) -> Any:
        return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(column == _meant(words, value, name)))

    return condition


def _received(desk: Desk, value: str) -> Any:
    some = Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.received > 0))
    missing = Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.received < ReturnItem.quantity))
    return {
        ReturnReceived.NOT_RECEIVED: ~some,
        ReturnReceived.PARTIALLY_RECEIVED: some & missing,
        ReturnReceived.RECEIVED: ~missing,
    }[_meant(ReturnReceived, value, "received")]


def _reason(desk: Desk, value: str) -> Any:
    names = return_reasons.names_meant(value)
    if not names:
        raise ConfigError(f"'{value[:40]}' is no return reason.", "See 'bmtui returns reasons'.")
    return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.reason.in_(names)))


def _imei(desk: Desk, value: str) -> Any:
    if not "differs".startswith(value.lower()):
        return _words(value)
    items = ReturnReceipt.select(ReturnReceipt.item).where(ReturnReceipt.differs)
    return Return.id.in_(ReturnItem.select(ReturnItem.rma).where(ReturnItem.id.in_(items)))


def _made(desk: Desk, value: str) -> Any:
    match = re.fullmatch(r"(>=|<=|>|<)?(\d{4}-\d{2}-\d{2}|last\d{1,3}|today)", value.lower())
    try:
        if match is None:
            raise ValueError(value)
        zone = desk.zone()
        today = desk.now().astimezone(zone).date()
        if match[2].startswith("last"):
            return Return.made_at >= datetime.combine(today - timedelta(days=int(match[2][4:]) - 1), time(), zone)
        day = today if match[2] == "today" else date.fromisoformat(match[2])
        begin = datetime.combine(day, time(), zone)
        end = begin + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"'{value[:40]}' is not a date.", "Write 2026-11-23, >=2026-11-01, last7 or today."
        ) from error
    made = Return.made_at
    return {
        None: (made >= begin) & (made < end),
        ">": made >= end,
        ">=": made >= begin,
        "<": made < begin,
        "<=": made < end,
    }[match[1]]


def _number(column: Any) -> Callable[[Desk, str], Any]:
    def condition(desk: Desk, value: str) -> Any:
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise ConfigError(f"'{value[:40]}' is not a number.", "Write it in digits.")
        return column == int(value)

    return condition


def _company(desk: Desk, value: str) -> Any:
    return Company.name == value


def _meant(words: type[Any], value: str, name: str) -> Any:
    """The word that `value` names; a beginning is enough."""
    folded = value.lower().replace("_", "").replace("-", "")
    known: dict[str, str] = {word.replace("_", ""): word for word in words}
    found = [known[folded]] if folded in known else [word for text, word in known.items() if text.startswith(folded)]
    if len(found) != 1:
        raise ConfigError(f"'{value[:40]}' is no value of '{name}:'.", f"Values: {', '.join(known.values())}.")
    return found[0]


_KEYS: Mapping[str, Callable[[Desk, str], Any]] = {
    "status": _status,
    "approval": _of_item(ReturnItem.approval, ReturnApproval, "approval"),
    "resolution": _of_item(ReturnItem.resolution, ReturnResolution, "resolution"),
    "received": _received,
    "reason": _reason,
    "imei": _imei,
    "made": _made,
    "order": _number(Order.order_id),
    "folder": _number(Return.folder_id),
    "company": _company,
}
