"""What is true of an order at one moment, as the audit keeps it: no name and no address, which must be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bmtui.store.models import Order, OrderLine, OrderTag, Refund, to_micros

_PERSONAL = {
    "customer_name",
    "customer_email",
    "customer_phone",
    "paper_name",
    "postal_code",
    "country",
    "ship_to",
    "bill_to",
    "search_text",
    "tracking_number",
    "tracking_url",
    "anonymised_at",
    "erased_by_channel",
    "marked",
}
_OF_THE_TABLE = {"id", "company", "order", "order_id", "version", "updated_at"}
_OF_A_LINE = {"product", "brand", "condition", "line_id"}


def of_order(order_row: int) -> dict[str, Any]:
    """The facts of an order, of its lines by their numbers, its refunds' states and its tags; times in microseconds."""
    order = Order.get_by_id(order_row)
    facts = _plain(order.__data__, _OF_THE_TABLE | _PERSONAL)
    lines = OrderLine.select().where(OrderLine.order == order_row).order_by(OrderLine.id)
    facts["lines"] = {str(line.line_id): _plain(line.__data__, _OF_THE_TABLE | _OF_A_LINE) for line in lines}
    refunds = Refund.select(Refund.id, Refund.state).where(Refund.order == order_row).order_by(Refund.id)
    facts["refunds"] = {str(refund.id): refund.state for refund in refunds}
    facts["tags"] = [row.tag for row in OrderTag.select().where(OrderTag.order == order_row).order_by(OrderTag.tag)]
    return facts


def as_text(facts: Mapping[str, Any]) -> str:
    """Facts as they are stored and hashed."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs: as it was, and as it is; what was not there before is missing in the first."""
    was: dict[str, Any] = {}
    now: dict[str, Any] = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            inner_was, inner_now = changed(old, new)
            if inner_was or inner_now:
                was[name], now[name] = inner_was, inner_now
        elif old != new:
            was |= {name: old} if name in before else {}
            now |= {name: new} if name in after else {}
    return was, now


def undone(facts: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """`facts` with what `before` says they were, as far as it names them."""
    found = dict(facts)
    for name, old in before.items():
        here = found.get(name)
        if isinstance(here, Mapping) and isinstance(old, Mapping):
            found[name] = undone(here, old)
        elif name in found:
            found[name] = old
    return found


def _plain(values: Mapping[str, Any], without: set[str]) -> dict[str, Any]:
    return {
        name: to_micros(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if name not in without
    }
