"""Rows that are inserted together: with and without their ids, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import peewee
import pytest

from bmtui.desk.core.context import Desk
from bmtui.store import bulk
from bmtui.store.models import Event, RateLimit
from bmtui.words import JobType

AT = datetime(2026, 1, 1, tzinfo=UTC)


def event(name: str, order_row: int | bool | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "data": {"a": 1},
        "company_id": None,
        "order_ref": order_row,
        "actor": "me",
        "at": AT,
        "subject": None,
        "rules": [],
    }


@pytest.mark.parametrize("count", [1, 3])
def test_inserted_rows_give_their_ids_only_when_asked(desk: Desk, count: int) -> None:
    with desk.store.transaction():
        ids = bulk.insert(Event, [event(f"asked.{place}") for place in range(count)])
        assert bulk.insert(Event, [event(f"unasked.{place}") for place in range(count)], ids=False) == []
    stored = {row.id: row.name for row in Event.select().where(Event.actor == "me")}
    assert [stored[row] for row in ids] == [f"asked.{place}" for place in range(count)]
    assert sorted(stored.values()) == sorted(f"{what}asked.{n}" for what in ("", "un") for n in range(count))


def test_inserted_values_are_converted_where_they_are_no_plain_ones(desk: Desk) -> None:
    with desk.store.transaction():
        bulk.insert(Event, [event(JobType.INVOICE, None), event("plain", True)], ids=False)
    first, second = Event.select().where(Event.actor == "me").order_by(Event.id)
    assert (type(first.name), first.name, first.order_ref) == (str, "invoice", None)
    assert (type(second.order_ref), second.order_ref, second.data, second.at) == (int, 1, {"a": 1}, AT)


def test_second_row_of_a_key_is_an_integrity_error_and_stores_nothing(desk: Desk) -> None:
    row = {"name": "a", "theoretical_arrival": 1, "held_until": 0, "reason": ""}
    with pytest.raises(peewee.IntegrityError), desk.store.transaction():
        bulk.insert(RateLimit, [row, row], ids=False)
    assert RateLimit.get_or_none(RateLimit.name == "a") is None
