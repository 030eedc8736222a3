"""No column of any table keeps a buyer's personal data: every text column is filled, and looked through afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from helpers import add_company, dump
from peewee import AutoField, BooleanField, Field, ForeignKeyField, IntegerField, Model, TextField

from bmtui.desk.core import personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.store.models import (
    TABLES,
    Approval,
    CareFolder,
    Company,
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
"""What a row must say to be about an order that has ended; all else follows from the models."""
EMPTY_AT_FIRST = {(Order, "anonymised_at")}


def texts(model: type[Model]) -> list[Field]:
    """The columns of a table in which anything can stand, but those that are said to be of no buyer."""
    kept = personal_data.KEPT.get(model, frozenset())
    return [field for field in model._meta.sorted_fields if isinstance(field, TextField) and field.name not in kept]


def marker(field: Field) -> str:
    return f"quux {field.model._meta.table_name} {field.name} xuuq"


def filled(field: Field) -> Any:
    """A value of the column: the marker wherever it fits, and something harmless elsewhere."""
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
    """The markers that stand anywhere in the store."""
    wanted = {marker(field) for model in TABLES for field in texts(model)}
    whole = "\n".join(str(value) for rows in dump(desk).values() for row in rows for value in row)
    return {word for word in wanted if word in whole}


@pytest.fixture
def marked(offline: Desk) -> Desk:
    """A desk long after an order ended that has a marker in every text column which can be about its buyer."""
    with offline.store.transaction():
        fill()
    return replace(offline, now=lambda: datetime(2027, 6, 1, tzinfo=UTC))


def expected_to_go() -> set[str]:
    mail = marker(Order._meta.fields["customer_email"])
    return {marker(field) for model in TABLES if model not in NOT_OF_A_BUYER for field in texts(model)} - {mail}


def test_every_text_column_of_a_buyer_is_filled_before_it_is_looked_through(marked: Desk) -> None:
    assert left(marked) == expected_to_go()
    assert len(expected_to_go()) > 40


def test_no_text_column_keeps_anything_after_a_purge(marked: Desk) -> None:
    assert privacy.purge(marked, 90).orders == 1
    assert left(marked) == set()


def test_no_text_column_keeps_anything_after_a_person_is_erased(marked: Desk) -> None:
    assert privacy.erase(marked, MAIL).orders == (1,)
    assert left(marked) == set()


def test_purge_of_one_company_leaves_all_of_another_as_it_was(marked: Desk) -> None:
    add_company(marked, "Other")
    before = dump(marked)
    privacy.purge(marked.of_company("Other"), 90)
    assert dump(marked) == before


def test_plan_of_a_purge_counts_what_it_removes_and_nothing_afterwards(marked: Desk) -> None:
    plan = privacy.plan(marked, 90)
    assert (plan.orders, plan.logs, plan.folders) == (1, 1, 1)
    privacy.purge(marked, 90)
    again = privacy.plan(marked, 90)
    assert (again.orders, again.raw, again.logs, again.folders) == (0, 0, 0, 0)


@pytest.mark.sqlite_only  # a server's files are not ours
@pytest.mark.parametrize("way", ["purge", "erase"])
def test_no_file_of_the_store_keeps_anything(marked: Desk, way: str) -> None:
    privacy.purge(marked, 90) if way == "purge" else privacy.erase(marked, MAIL)
    files = [path for path in marked.settings.data.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"quux" in path.read_bytes().lower()] == []


def test_what_is_named_as_kept_is_there() -> None:
    for model, names in personal_data.KEPT.items():
        columns = {field.name for field in model._meta.sorted_fields if isinstance(field, TextField)}
        assert names <= columns, model.__name__
    assert Company in personal_data.OURS
