"""JSON Schemas of commands' output, printed views, events and command inputs: `bmtui help schema NAME`.

Events describe themselves (`desk.events.catalogue`). The schema of a view is derived from the JSON of two samples: one
with every field filled, one with as many empty fields as the view allows. `json_shapes.json` holds the schema of each
command with ``--json``; a ``$ref`` in it names a view, or a dataclass as ``module:Class``. Tests of the command line
check every document against it, and propose a shape where it does not fit (`tests/json_shapes.py`).
"""

from __future__ import annotations

import collections.abc
import dataclasses
import difflib
import functools
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
    "folder": "bmtui.desk.after_sales.folders:FolderView",
    "folder_row": "bmtui.desk.after_sales.rows:FolderRow",
    "job_log": "bmtui.desk.core.views:JobLogView",
    "pause": "bmtui.desk.companies.sending_pauses:PauseView",
    "invoice_preview": "bmtui.desk.invoicing.issue:Preview",
    "invoice_settings": "bmtui.desk.invoicing.settings:SettingsView",
    "invoice_upload": "bmtui.desk.invoicing.jobs:Upload",
    "invoice_waiting": "bmtui.desk.invoicing.search:Waiting",
    "quarantined": "bmtui.desk.sync.quarantine:Quarantined",
    "refund_plan": "bmtui.desk.refunds.plan:RefundPlan",
    "return": "bmtui.desk.returns.views:ReturnView",
    "return_row": "bmtui.desk.returns.views:ReturnRow",
    "return_item": "bmtui.desk.returns.views:ReturnItemView",
    "return_plan": "bmtui.desk.returns.rma:ReturnPlan",
    "return_reason": "bmtui.desk.returns.reasons:Reason",
    "account_setting": "bmtui.desk.accounts.settings:AccountSettingView",
    "cost_preview": "bmtui.desk.accounts.costs:CostPreview",
    "without_cost": "bmtui.desk.accounts.costs:WithoutCost",
    "statement_imported": "bmtui.desk.accounts.statement_import:Imported",
    "statement_preview": "bmtui.desk.accounts.statement_import:StatementPreview",
    "statement_file": "bmtui.desk.accounts.statements:StatementFileView",
    "series": "bmtui.desk.operations.numbers:SeriesView",
    "shipment": "bmtui.desk.shipping.views:ShipmentView",
    "audit_verified": "bmtui.desk.core.audit:Verified",
    "request": "bmtui.channel.requests:WriteRequest",
}
SHAPES = Path(__file__).with_name("json_shapes.json")
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
_KEY, _ANY = "any key", "any value"
# Statuses of returns have codes, so a sample needs a real one.
_WORDS = {
    ("SettingView", "key"): _KEY,
    ("ReturnRow", "status"): "open",
    ("ReturnRow", "received"): "received",
    ("ReturnItemView", "approval"): "approved",
    ("ReturnItemView", "received"): "received",
    ("ReturnItemView", "resolution"): "refund",
}
_TIME, _AMOUNT = _AT.isoformat().replace("+00:00", "Z"), "-12.50"


def names() -> tuple[str, ...]:
    """Names of all schemas: the views, the events, the inputs of commands, then their output."""
    return (*_VIEWS, messages.DIGEST, *catalogue.BY_NAME, *_INPUTS, *_shapes())


def views() -> Mapping[str, type]:
    """Views that commands print, by schema name."""
    return {name: _class(place) for name, place in _VIEWS.items()}


@functools.cache
def _shapes() -> dict[str, dict[str, Any]]:
    """Load the schema of each command's output, by the words of the command joined by ``_``."""
    found: dict[str, dict[str, Any]] = json.loads(SHAPES.read_text(encoding="utf-8"))
    return found


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
    if name in _VIEWS:
        return _headed(name, "Fields are added, never taken away.", _of_view(name))
    if name not in _shapes():
        near = ", ".join(difflib.get_close_matches(name, names(), 5))
        raise NotFound(
            f"There is no schema '{name[:40]}'.",
            f"{f'Near it: {near}. ' if near else ''}'bmtui help schema' lists all.",
        )
    told = "Output of the command of this name with --json. Fields are added, never taken away."
    return _headed(name, told, resolved(_shapes()[name]))


def _headed(name: str, description: str, found: dict[str, Any]) -> dict[str, Any]:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
    return {**head, "description": description, **found}


def resolved(shape: Any) -> Any:
    """Return a schema of `json_shapes.json` with each ``$ref`` replaced by its view and the fields beside it."""
    if isinstance(shape, list):
        return [resolved(inner) for inner in shape]
    if not isinstance(shape, dict):
        return shape
    found = {name: resolved(inner) for name, inner in shape.items()}
    if not isinstance(name := found.pop("$ref", None), str):
        return found
    view = _of_view(name)
    return {
        **view,
        "properties": {**view["properties"], **found.get("properties", {})},
        "required": [*view["required"], *found.get("required", [])],
    }


@functools.cache
def _of_view(name: str) -> dict[str, Any]:
    kind = _class(_VIEWS.get(name, name))
    # Go through JSON text, because that is what scripts read.
    full, scant = (json.loads(json.dumps(to_json(_sample(kind, full=whole)))) for whole in (True, False))
    return _merged(_found(full), _found(scant))


def _class(place: str) -> type:
    module, _, name = place.partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def _found(value: Any) -> dict[str, Any]:
    """Return the schema of one JSON value, with its properties and items."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if value == _ANY:
        return {}
    if isinstance(value, str):
        if value == _TIME:
            return {"type": "string", "format": "date-time"}
        return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"} if value == _AMOUNT else {"type": "string"}
    if isinstance(value, list):
        return {"type": "array", **({"items": _found(value[0])} if value else {})}
    if isinstance(value, dict):
        if set(value) == {_KEY}:
            return {"type": "object", "additionalProperties": _found(value[_KEY])}
        return {
            "type": "object",
            "properties": {name: _found(inner) for name, inner in value.items()},
            "required": list(value),
        }
    return {"type": "null"}


def _merged(full: dict[str, Any], scant: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of both samples: optional where `scant` lacks a field, nullable where it has null."""
    if scant == {"type": "null"} and full.get("type", "null") != "null":
        return {**full, "type": [full["type"], "null"]}
    merged = dict(full)
    if "properties" in full and "properties" in scant:
        merged["properties"] = {
            name: _merged(inner, scant["properties"].get(name, inner)) for name, inner in full["properties"].items()
        }
        merged["required"] = [name for name in full["required"] if name in scant["properties"]]
    for inside in ("items", "additionalProperties"):
        if inside in full and inside in scant:
            merged[inside] = _merged(full[inside], scant[inside])
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
        return {_KEY: _value(args[1], full)}
    if hint is Any:
        return _ANY
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint is not Money:
        return _sample(hint, full=full)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if not full and hint is str:
        return ""
    return _VALUES[hint]
