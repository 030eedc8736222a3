"""Page of orders: values of a row from other tables, with as many SQL queries for one order as for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from planning import plan_accept

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.store.models import Effect
from bmtui.store.plain_sql import fetch
from bmtui.words import EffectState


def test_page_of_many_orders_needs_no_more_sql_queries(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    add_company(desk)
    take_in(desk, *(raw_order(1000 + number, [raw_line(number + 1)]) for number in range(30)))
    asked: list[str] = []

    def counted(sql: str, values: Sequence[Any]) -> Any:
        asked.append(sql)
        return fetch(sql, values)

    monkeypatch.setattr(search, "fetch", counted)
    counts = []
    for limit in (1, 30):
        asked.clear()
        assert len(search.page(desk, limit=limit, counted=(30, False), effects=True).rows) == limit
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_row_when_its_order_has_several_lines_names_each_product(desk: Desk) -> None:
    add_company(desk)
    lines = [raw_line(1, sku="A", product="Phone 128 GB", quantity=3), raw_line(2, sku="B", product="")]
    take_in(desk, raw_order(1000, lines))
    (row,) = search.page(desk).rows
    assert row.products == "Phone 128 GB ×3, B"
    assert row.skus == "A ×3, B"


def test_order_row_shows_the_latest_outcome_of_a_repeated_write(desk: Desk) -> None:
    add_company(desk)
    take_in(desk, raw_order(1000, [raw_line(1, 1)], state=1))
    for state in (EffectState.REJECTED, EffectState.PLANNED):
        plan_accept(desk, order_of(1000))
        last = Effect.select().order_by(Effect.id.desc()).get()
        Effect.update(state=state).where(Effect.id == last.id).execute()
        (row,) = search.page(desk, effects=True).rows
        assert row.effects == {"accept": state}
    assert search.page(desk).rows[0].effects == {}, "who does not ask does not pay"
