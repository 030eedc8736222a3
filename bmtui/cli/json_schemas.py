"""JSON Schemas of printed views, events and command inputs: `bmtui help schema NAME`.

Events describe themselves (`desk.events.catalogue`). The schema of a view is derived from the JSON of two samples: one
with every field filled, one with as many empty fields as the view allows.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import importlib
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from bmtui.cli.documents import to_json
from bmtui.desk.events import catalogue
from bmtui.desk.notifications import messages
from bmtui.desk.operations import action_inputs
from bmtui.errors import NotFound
from bmtui.money import Money

_VIEWS: Mapping[str, str] = {
    "order": "bmtui.desk.overview.views:OrderView",
    "order_row": "bmtui.desk.orders.order_row:OrderRow",
    "job": "bmtui.desk.core.views:JobView",
    "company": "bmtui.desk.core.views:CompanyView",
    "effect": "bmtui.desk.outbox.actions:EffectView",
    "approval": "bmtui.desk.refunds.approvals:ApprovalView",
    "invoice": "bmtui.desk.invoicing.views:InvoiceView",
    "audit": "bmtui.desk.core.audit:AuditView",
    "event": "bmtui.desk.events.events:EventView",
    "way": "bmtui.desk.notifications.deliveries:WayView",
    "delivery": "bmtui.desk.notifications.deliveries:DeliveryView",
    "rule": "bmtui.desk.rules.views:RuleView",
    "rule_log": "bmtui.desk.rules.views:RuleLogView",
    "schedule": "bmtui.desk.orders.view_schedules:ScheduleView",
    "difference": "bmtui.desk.sync.reconcile:DriftView",
    "account": "bmtui.desk.core.permissions:OperatorView",
    "statement_row": "bmtui.desk.accounts.statements:StatementRowView",
    "statement_sum": "bmtui.desk.accounts.statements:StatementSum",
    "fees": "bmtui.desk.accounts.fee_backfill:FeeState",
    "cost": "bmtui.desk.accounts.costs:CostView",
    "vat": "bmtui.desk.accounts.vat_return:VatReport",
    "oss": "bmtui.desk.accounts.oss:OssReport",
    "figures": "bmtui.desk.accounts.figures:Figures",
}
_INPUTS = {f"{one.command.replace(' ', '_').replace('-', '_')}_input": one for one in action_inputs.INPUTS}
"""Inputs of commands that are actions of the screens, too, by schema name: ``orders_refund_input``."""
_AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
_VALUES: Mapping[type, Any] = {
    str: "text",
    int: 7,
    float: 0.5,
    bool: True,
    datetime: _AT,
    date: _AT.date(),
    timedelta: timedelta(hours=5),
    Money: Money(-1250, "SEK"),
    Path: Path("file"),
}
# Statuses of returns have codes, so a sample needs a real one.
_WORDS = {
    ("ReturnRow", "status"): "open",
    ("ReturnRow", "received"): "received",
}
_TIME, _AMOUNT = _AT.isoformat().replace("+00:00", "Z"), "-12.50"


def names() -> tuple[str, ...]:
    """Names of all schemas: the views, the events, then the inputs of commands."""
    return (*_VIEWS, messages.DIGEST, *catalogue.BY_NAME, *_INPUTS)


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of this name.

    Raises:
        NotFound: there is none.
    """
    if name in catalogue.BY_NAME:
        return catalogue.schema(catalogue.BY_NAME[name])
    if name in _INPUTS:
        return action_inputs.schema(name, _INPUTS[name])
    if name == messages.DIGEST:
        return messages.digest_schema()
    if name not in _VIEWS:
        raise NotFound(f"There is no schema '{name[:40]}'.", f"Schemas: {', '.join(names())}.")
    module, _, view = _VIEWS[name].partition(":")
    kind = getattr(importlib.import_module(module), view)
    # Go through JSON text, because that is what scripts read.
    full, scant = (json.loads(json.dumps(to_json(_sample(kind, full=whole)))) for whole in (True, False))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": "Fields are added, never removed.",
        **_merged(_found(full), _found(scant)),
    }


def _found(value: Any) -> dict[str, Any]:
    """Return the schema of one JSON value, with its properties and items."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if isinstance(value, str):
        if value == _TIME:
            return {"type": "string", "format": "date-time"}
        return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"} if value == _AMOUNT else {"type": "string"}
    if isinstance(value, list):
        return {"type": "array", **({"items": _found(value[0])} if value else {})}
    if isinstance(value, dict):
        if set(value) <= {"key"}:
            return {"type": "object"}
        return {
            "type": "object",
            "properties": {name: _found(inner) for name, inner in value.items()},
            "required": list(value),
        }
    return {"type": "null"}


def _merged(full: dict[str, Any], scant: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of both samples: optional where `scant` lacks a field, nullable where it has null."""
    if scant == {"type": "null"} and full != scant:
        return {**full, "type": [full["type"], "null"]}
    merged = dict(full)
    if "properties" in full and "properties" in scant:
        merged["properties"] = {
            name: _merged(inner, scant["properties"].get(name, inner)) for name, inner in full["properties"].items()
        }
        merged["required"] = [name for name in full["required"] if name in scant["properties"]]
    if "items" in full and "items" in scant:
        merged["items"] = _merged(full["items"], scant["items"])
    return merged


def _sample(view: type, *, full: bool) -> Any:
    from bmtui.desk.returns.views import ReturnRow

    # Some views import each other only for type checkers.
    hints = typing.get_type_hints(view, localns={"ReturnRow": ReturnRow})
    values = {
        field.name: "SEK" if field.name == "currency" else _word(view, field.name) or _value(hints[field.name], full)
        for field in dataclasses.fields(view)
    }
    return view(**values)


def _word(view: type, name: str) -> str:
    return _WORDS.get((view.__name__, name), "")


def _value(hint: Any, full: bool) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if not full and type(None) in args:
            return None
        return _value(next(arg for arg in args if arg is not type(None)), full)
    if origin is tuple:
        if Ellipsis in args:
            return (_value(args[0], full),)
        return tuple(_value(arg, full) for arg in args)
    if origin in (dict, collections.abc.Mapping):
        return {"key": _value(args[1], full)}
    if hint is Any:
        return "any"
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint is not Money:
        return _sample(hint, full=full)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if not full and hint is str:
        return ""
    return _VALUES[hint]
