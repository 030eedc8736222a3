"""Catalogue of events: names, meanings and fields. They are an interface, as those of commands are.

No field is about a buyer: an event leaves the house, and is kept longer than an order's personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_TRUTH = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}
_AMOUNT = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_TEXTS = {"type": "array", "items": _TEXT}


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of event: its name, its meaning, and the fields of its `data` as JSON Schema has them."""

    name: str
    help: str
    fields: Mapping[str, Mapping[str, Any]]
    of_order: bool = True


_EFFECT = {"effect_id": _NUMBER, "kind": _TEXT, "about": _TEXT, "job_id": _NUMBER}
_RULE = {"rule": _TEXT, "version": _NUMBER}

KINDS: tuple[Kind, ...] = (
    Kind(
        "order.created",
        "An order is here for the first time.",
        {"status": _TEXT, "channel_status": _TEXT, "market": _TEXT, "total": _AMOUNT, "currency": _TEXT},
    ),
    Kind("order.paid", "The buyer's money was received.", {"received": _AMOUNT, "currency": _TEXT}),
    Kind(
        "order.changed",
        "An order changed.",
        {
            "action": {**_TEXT, "description": "That of the audit."},
            "summary": _TEXT,
            "changed": {**_TEXTS, "description": "Names of what differs."},
        },
    ),
    Kind(
        "order.cancelled_by_buyer",
        "An order was cancelled or refunded on Back Market, not by bmtui.",
        {"channel_status": _TEXT, "status": _TEXT},
    ),
    Kind("order.late_soon", "An order has to be shipped within the company's hours.", {"ship_by": _TIME}),
    Kind("order.late", "An order should have been shipped.", {"ship_by": _TIME}),
    Kind("order.quarantined", "A downloaded order cannot be read.", {"order_id": _NUMBER, "job_id": _NUMBER}, False),
    Kind("effect.confirmed", "Back Market did the write.", _EFFECT),
    Kind("effect.refused", "Back Market refused the write.", _EFFECT),
    Kind("effect.not_applied", "Back Market answered OK and did nothing.", _EFFECT),
    Kind("effect.unknown", "The outcome is unknown; a person has to settle it.", _EFFECT),
    Kind("upload.failed", "A shipment, an IMEI or an invoice did not get to Back Market.", _EFFECT),
    Kind(
        "folder.waits",
        "A customer waits for an answer.",
        {"folder_id": _NUMBER, "waiting_since": _TIME},
    ),
    Kind(
        "folder.late",
        "A customer waits longer than the target.",
        {"folder_id": _NUMBER, "waiting_since": _TIME, "hours": _NUMBER},
    ),
    Kind("invoice.missing", "An order shipped, and its invoice is late.", {"shipped_at": _TIME, "due_at": _TIME}),
    Kind(
        "approval.asked",
        "A refund waits for a second person.",
        {"approval_id": _NUMBER, "amount": _AMOUNT, "currency": _TEXT},
    ),
    Kind(
        "difference.found",
        "Store and Back Market do not agree about an order.",
        {"what": _TEXT, "order_id": _NUMBER, "repairable": _TRUTH, "job_id": _NUMBER},
        False,
    ),
    Kind("job.failed", "A job failed.", {"job_id": _NUMBER, "type": _TEXT, "error_kind": _TEXT}, False),
    Kind("token.refused", "Back Market refused the company's token: nothing is sent.", {}, False),
    Kind("channel.away", "Back Market cannot be reached.", {"channel": _TEXT}, False),
    Kind("channel.back", "Back Market can be reached again.", {"channel": _TEXT}, False),
    Kind("rule.acted", "A rule did something to an order.", {**_RULE, "action": _TEXT}),
    Kind("rule.notified", "A rule tells people about an order.", {**_RULE, "way": _TEXT}),
    Kind("rule.limited", "A rule reached its limit of the day and stopped.", {**_RULE, "limit": _NUMBER}, False),
    Kind(
        "view.written",
        "A saved view was written by its schedule.",
        {"view": _TEXT, "schedule_id": _NUMBER, "file": _TEXT, "orders": _NUMBER, "order_ids": {
            "type": "array", "items": _NUMBER,
        }},
        False,
    ),
    Kind(
        "shadow.report",
        "What others did in a day on the account of a company in shadow, and how bmtui would have acted.",
        {
            **dict.fromkeys(("accepted", "shipped", "cancelled", "refunded", "late", "would_accept", "sent"), _NUMBER),
            "since": _TIME, "differences": _NUMBER, "order_ids": {"type": "array", "items": _NUMBER}, "summary": _TEXT,
        },
        False,
    ),
    Kind("notify.test", "A test message of a notification way.", {"way": _TEXT}, False),
)  # fmt: skip
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}

OPTIONAL = {"order.quarantined": ("order_id",), "view.written": ("file",), "shadow.report": ("would_accept",)}
"""Fields that may be null, by event."""


def in_words(name: str) -> str:
    """Return the meaning of an event, a sentence for people; the name of one that this release does not know."""
    return BY_NAME[name].help if name in BY_NAME else name


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of an event, as receivers get it."""
    data = {
        name: {**about, "type": [about["type"], "null"]} if name in OPTIONAL.get(kind.name, ()) else dict(about)
        for name, about in kind.fields.items()
    }
    properties: dict[str, Any] = {
        "id": {"type": "integer", "description": "Of the event; the same each time it is delivered."},
        "event": {"const": kind.name},
        "at": _TIME,
        "company": {"type": ["string", "null"]},
        "order_id": {"type": "integer" if kind.of_order else ["integer", "null"]},
        "actor": _TEXT,
        "data": {"type": "object", "properties": data, "required": list(data), "additionalProperties": False},
    }
    required = list(properties)
    properties["order"] = {"type": "object", "description": "The fields that the way lists."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name,
        "description": kind.help,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
