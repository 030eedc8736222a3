"""Rows of every table that can be about a buyer, with a marker in each text column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from helpers import dump
from peewee import AutoField, BooleanField, Field, ForeignKeyField, IntegerField, Model, TextField

from bmtui.desk.core import personal_data
from bmtui.desk.core.context import Desk
from bmtui.store.models import (
    TABLES,
    Approval,
    CareFolder,
    Effect,
    Inbox,
    Job,
    JsonField,
    Order,
    Return,
    UtcField,
)
from bmtui.words import SENDING_JOBS, EffectKind, EffectState

MAIL = "zephyrine@mail.example"
THEN = datetime(2026, 11, 1, tzinfo=UTC)
NOT_OF_A_BUYER = (*personal_data.OURS, *personal_data.LEGAL)
SANE: Mapping[type[Model], Mapping[str, Any]] = {
    Job: {"status": "failed", "type": SENDING_JOBS[EffectKind.MESSAGE], "parent": None, "max_failures": 3},
    Inbox: {"order_id": 1, "state": "done"},
    Order: {"order_id": 1, "status": "completed", "channel_status": "shipped", "customer_email": MAIL},
    Approval: {"state": "rejected"},
    Effect: {"kind": EffectKind.MESSAGE, "state": EffectState.CONFIRMED},
    Return: {"status": "closed"},
    CareFolder: {"order_id": 1},
}
"""Values that make a row belong to an ended order; all other values follow from the models."""
EMPTY_AT_FIRST = {(Order, "anonymised_at")}


def texts(model: type[Model]) -> list[Field]:
    """Return the text columns of a table, except those that never hold a buyer's data."""
    kept = personal_data.KEPT.get(model, frozenset())
    return [field for field in model._meta.sorted_fields if isinstance(field, TextField) and field.name not in kept]


def marker(field: Field) -> str:
    return f"quux {field.model._meta.table_name} {field.name} xuuq"


def filled(field: Field) -> Any:
    """Return a value for the column: its marker where that fits, otherwise a harmless value."""
    model, name = field.model, field.name
    if name in SANE.get(model, {}):
        return SANE[model][name]
    if (model, name) in EMPTY_AT_FIRST:
        return None
    if isinstance(field, ForeignKeyField):
        found = field.rel_model.select().first()
        return None if found is None and field.null else found
    if isinstance(field, UtcField):
        return THEN
    if isinstance(field, BooleanField):
        return True
    if isinstance(field, IntegerField) or not isinstance(field, TextField):
        return 1
    if name in personal_data.KEPT.get(model, frozenset()):
        return {} if isinstance(field, JsonField) else name
    value = {"order_id": 1, "known": [marker(field)], marker(field): 1, "message": marker(field), "orderlines": []}
    if isinstance(field, JsonField):
        return value
    return json.dumps(value) if (model, name) == (Inbox, "payload") else marker(field)


def fill() -> None:
    """Make a row in every table that can be about a buyer, all about one order."""
    for model in TABLES:
        if model not in NOT_OF_A_BUYER and (texts(model) or model in personal_data.KEPT):
            fields = [field for field in model._meta.sorted_fields if not isinstance(field, AutoField)]
            model.insert({field: filled(field) for field in fields}).execute()


def left(desk: Desk) -> set[str]:
    """Return the markers that are still anywhere in the store."""
    wanted = {marker(field) for model in TABLES for field in texts(model)}
    whole = "\n".join(str(value) for rows in dump(desk).values() for row in rows for value in row)
    return {word for word in wanted if word in whole}
