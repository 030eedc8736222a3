"""Messages of notifications: events as JSON for programs, and as lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bmtui.desk.core import json_values
from bmtui.desk.core.context import Desk
from bmtui.desk.events.catalogue import BY_NAME
from bmtui.desk.events.events import EventView
from bmtui.desk.notifications.ways import Way
from bmtui.desk.orders import order_row, search
from bmtui.senders.message import Message
from bmtui.store.models import Company, Order
from bmtui.text import how_many, plain

DIGEST = "digest"
_SHOWN = 100
"""Number of events that a mail lists; the others are only counted."""


def compose(desk: Desk, way: Way, events: Sequence[EventView]) -> Message:
    """Return the message of one event, or the digest of several."""
    documents = [document(desk, way, event) for event in events]
    if way.digest is None:
        (event,) = events
        body, message_id, name = documents[0], f"evt-{event.id}", event.event
    else:
        # By the last of them: what is sent again is the same digest, or one with more in it.
        message_id, name = f"dig-{events[0].id}-{events[-1].id}", DIGEST
        body = {"id": message_id, "event": DIGEST, "count": len(documents), "events": documents}
    subject, text = _told(way, events)
    return Message(message_id, name, json.dumps(body, ensure_ascii=False).encode(), subject, text)


def document(desk: Desk, way: Way, event: EventView) -> dict[str, Any]:
    """Return an event as receivers get it: of the order only its number, and the fields of the way's field list."""
    found: dict[str, Any] = {
        "id": event.id,
        "event": event.event,
        "at": json_values.time(event.at),
        "company": event.company or None,
        "order_id": event.order_id,
        "actor": event.actor,
        "data": dict(event.data),
    }
    if way.fields and event.order_id is not None:
        found["order"] = _order_fields(event, way.fields)
    return found


def digest_schema() -> dict[str, Any]:
    """Return the JSON Schema of a digest."""
    properties = {
        "id": {"type": "string"},
        "event": {"const": DIGEST},
        "count": {"type": "integer"},
        "events": {"type": "array", "items": {"type": "object"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": DIGEST,
        "description": "Several events in one message; each as its own schema says.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _order_fields(event: EventView, names: Sequence[str]) -> Mapping[str, Any]:
    row = (
        Order.select().join(Company).where((Order.order_id == event.order_id) & (Company.name == event.company)).first()
    )
    if row is None:
        return {}
    order = search.row_of(row)
    values = order_row.document(order) | {"skus": order.skus, "tracking_number": order.tracking_number}
    values |= {f"customer.{name}": value for name, value in values["customer"].items()}
    return {name: values[name] for name in names}


def _told(way: Way, events: Sequence[EventView]) -> tuple[str, str]:
    """Return subject and text for people."""
    lines = [_line(event) for event in events[:_SHOWN]]
    if len(events) > _SHOWN:
        lines.append(f"… and {len(events) - _SHOWN:,} more.")
    first = events[0]
    about = f"order {first.order_id}" if first.order_id is not None else first.company
    subject = f"bmtui: {first.event}{f', {about}' if about else ''}" if len(events) == 1 else (
        f"bmtui: {how_many(len(events), 'event')}"
    )  # fmt: skip
    return plain(subject), "\n".join((*lines, "", f"Sent by the way '{way.name}' of bmtui.toml.", ""))


def _line(event: EventView) -> str:
    about = f"Order {event.order_id}: " if event.order_id is not None else ""
    data = ", ".join(f"{name} {value}" for name, value in event.data.items() if not isinstance(value, list))
    company = f" [{event.company}]" if event.company else ""
    return plain(f"{event.at:%Y-%m-%d %H:%M} UTC{company} {about}{BY_NAME[event.event].help} {data}".rstrip())
