"""Saved views: kept by name, in the order of their digits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import saved_views
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.store.query import QueryError


def names(desk: Desk) -> list[str]:
    return [view.name for view in saved_views.listing(desk)]


def test_new_desk_has_the_default_saved_views(desk: Desk) -> None:
    assert names(desk) == ["All", "To accept", "To ship", "Late", "Held", "Trouble"]
    assert [view.place for view in saved_views.listing(desk)] == [1, 2, 3, 4, 5, 6]


def test_a_view_is_saved_replaced_and_deleted(desk: Desk) -> None:
    made = saved_views.save(desk, " France ", "market:fr-fr", sort="total", descending=False, columns=["id", "total"])
    assert (made.name, made.place, made.columns) == ("France", 7, ("id", "total"))
    again = saved_views.save(desk, "France", "market:fr-fr status:onhold")
    assert (again.place, again.query, again.sort, again.columns) == (7, "market:fr-fr status:onhold", "created", ())
    saved_views.delete(desk, "To accept")
    assert names(desk) == ["All", "To ship", "Late", "Held", "Trouble", "France"]
    assert saved_views.listing(desk)[-1].place == 6
    for name in ("All", "To ship"):
        saved_views.delete(desk, name)
    saved_views.save(desk, "Spain", "market:es-es")
    assert names(desk) == ["Late", "Held", "Trouble", "France", "Spain"]


def test_saved_view_with_an_invalid_name_or_query_is_refused(desk: Desk) -> None:
    with pytest.raises(RuleRefused, match="name of 1 to 20"):
        saved_views.save(desk, "x" * 21, "")
    with pytest.raises(QueryError, match="no filter"):
        saved_views.save(desk, "Bad", "colour:red")
    with pytest.raises(ConfigError, match="sorted by"):
        saved_views.save(desk, "Bad", "", sort="colour")
    with pytest.raises(NotFound, match="no view 'Nope'"):
        saved_views.delete(desk, "Nope")
    with pytest.raises(RuleRefused, match="read-only"):
        saved_views.save(replace(desk, read_only=True), "Mine", "")
    for number in range(saved_views.MOST - 6):
        saved_views.save(desk, f"View {number}", "")
    with pytest.raises(RuleRefused, match="40 views already"):
        saved_views.save(desk, "One more", "")
