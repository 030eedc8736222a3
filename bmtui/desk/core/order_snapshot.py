"""Snapshot of an order's columns for the audit, without names and addresses, which must be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from peewee import BooleanField, Model

from bmtui.store.models import Order, OrderLine
from bmtui.store.plain_sql import fetch

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
    """Return the facts of an order, its lines by number, its refunds' states and its tags; times in microseconds."""
    # By SQL: it is taken before and after every change, and peewee takes longer for it than the database.
    (facts,) = _rows(Order, _OF_ORDER, "id", order_row)
    lines = _rows(OrderLine, _OF_LINE, "order_ref", order_row)
    facts["lines"] = {str(line.pop("line_id")): line for line in lines}
    more = fetch(_REFUNDS_AND_TAGS, (order_row, order_row))
    facts["refunds"] = {str(refund): state for refund, state in more if refund}
    facts["tags"] = sorted(tag for refund, tag in more if not refund)
    return facts


def as_text(facts: Mapping[str, Any]) -> str:
    """Return facts as the text that is stored and hashed."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that differ, before and after; new ones are missing in the first, removed ones in the second."""
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
    """Return `facts` with the earlier values that `before` has for them."""
    found = dict(facts)
    for name, old in before.items():
        here = found.get(name)
        if isinstance(here, Mapping) and isinstance(old, Mapping):
            found[name] = undone(here, old)
        elif name in found:
            found[name] = old
    return found


def _columns(model: type[Model], without: set[str]) -> tuple[tuple[str, bool], ...]:
    """Return the names of the columns, each with True for a boolean one."""
    fields = model._meta.sorted_fields
    return tuple((field.name, isinstance(field, BooleanField)) for field in fields if field.name not in without)


_REFUNDS_AND_TAGS = (
    "SELECT id, state FROM refunds WHERE order_ref = ? UNION ALL "
    "SELECT 0, tag FROM order_tags WHERE order_ref = ? ORDER BY 1, 2"
)
_OF_ORDER = _columns(Order, _OF_THE_TABLE | _PERSONAL)
_OF_LINE = (("line_id", False), *_columns(OrderLine, _OF_THE_TABLE | _OF_A_LINE))


def _rows(model: type[Model], columns: Sequence[tuple[str, bool]], key: str, value: int) -> list[dict[str, Any]]:
    names = ", ".join(name for name, _ in columns)
    found = fetch(f"SELECT {names} FROM {model._meta.table_name} WHERE {key} = ? ORDER BY id", (value,))  # noqa: S608
    return [
        {name: bool(cell) if truth else cell for (name, truth), cell in zip(columns, row, strict=True)} for row in found
    ]
