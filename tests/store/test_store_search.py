"""Search results: in a total order, page by page, with their count, up to date."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from five_orders import BEN, CHLOE, EVERYBODY, NOW, find, five_orders
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import Page
from bmtui.errors import ConfigError
from bmtui.store.models import JobOrder, Order, OrderLine, Payment
from bmtui.store.search import SORTS


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with five_orders(tmp_path_factory.mktemp("query")) as desk:
        yield desk


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_sort_of_a_search_is_the_same_across_pages(desk: Desk, sort: str, descending: bool) -> None:
    whole = [row.order_id for row in search.page(desk, "", sort=sort, descending=descending).rows]
    pages = [search.page(desk, "", sort=sort, descending=descending, offset=at, limit=1).rows for at in range(4)]
    assert [row.order_id for rows in pages for row in rows] == whole
    assert set(whole) == EVERYBODY


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("query", ["", "*1*", "example", "100"])
def test_page_after_a_row_equals_the_page_by_offset(desk: Desk, sort: str, descending: bool, query: str) -> None:
    def page(**begin: object) -> Page:
        return search.page(desk, query, sort=sort, descending=descending, limit=2, **begin)  # type: ignore[arg-type]

    whole = [row.order_id for row in search.page(desk, query, sort=sort, descending=descending).rows]
    cursors = search.page(desk, query, sort=sort, descending=descending).cursors
    assert whole
    for number, cursor in enumerate(cursors):
        assert [row.order_id for row in page(after=cursor).rows] == whole[number + 1 : number + 3]
        assert [row.order_id for row in page(before=cursor).rows] == whole[max(number - 2, 0) : number]
        assert [row.order_id for row in page(after=cursor, offset=1).rows] == whole[number + 2 : number + 4]
    assert [row.order_id for row in page(from_end=True).rows] == whole[-2:]
    assert [row.order_id for row in page(from_end=True, offset=1).rows] == whole[-3:-1]


def test_search_count_is_capped(desk: Desk) -> None:
    assert search.count(desk, "") == (4, False)
    assert search.count(desk, "", cap=4) == (4, False)
    assert search.count(desk, "example", cap=1) == (1, True)
    assert search.count_exactly(desk, "") == 4
    assert search.page(desk, "", counted=(7, True)).count == 7


@pytest.mark.sqlite_only
def test_words_are_found_newest_first_whatever_order_they_came_in(desk: Desk) -> None:
    """Store orders of the same second, one that came late, and one whose time of creation is corrected."""
    same = [raw_order(2000 + n, [raw_line(3000 + n)], date_creation="2026-06-01T12:00:00+00:00") for n in range(3)]
    late = raw_order(1999, [raw_line(2999)], date_creation="2026-05-01T12:00:00+00:00")
    take_in(desk, *same, late)
    try:

        def found() -> list[int]:
            by_words = [row.order_id for row in search.page(desk, "SKU marie").rows]
            assert by_words == [row.order_id for row in search.page(desk, "sku:SKU").rows]
            return by_words

        assert found() == [2002, 2001, 2000, 1999]
        with desk.store.transaction():
            Order.update(created_at=NOW).where(Order.order_id == 1999).execute()
        assert found() == [1999, 2002, 2001, 2000]
    finally:
        with desk.store.transaction():
            mine = Order.select(Order.id).where(Order.order_id.in_([1999, 2000, 2001, 2002]))
            for model in (OrderLine, Payment, JobOrder):
                model.delete().where(model.order.in_(mine)).execute()
            Order.delete().where(Order.order_id.in_([1999, 2000, 2001, 2002])).execute()
    assert search.page(desk, "SKU marie").count == 0


def test_orders_without_the_sorted_date_come_last_in_both_directions(desk: Desk) -> None:
    for descending in (False, True):
        rows = search.page(desk, "", sort="shipby", descending=descending).rows
        assert rows[0].order_id == BEN


def test_an_unknown_sort_is_refused(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="colour"):
        search.page(desk, "", sort="colour")


def test_changed_order_is_found_by_its_new_words_only(desk: Desk) -> None:
    row = order_of(CHLOE)
    with desk.store.transaction():
        Order.update(search_text="1003 Zacharias").where(Order.id == row.id).execute()
    try:
        assert find(desk, "zacharias") == {CHLOE}
        assert find(desk, "chloe") == set()
    finally:
        with desk.store.transaction():
            Order.update(search_text=row.search_text).where(Order.id == row.id).execute()


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("status:onhold market:fr-fr", "No order matches 'status:onhold'."),
        ("anna market:de-de", "No order matches; without 'anna', 1 would."),
        ("market:fr-fr,de-de status:inprocess 1004", "No order matches; without '1004', 2 would."),
        ("anna ben market:ja-jp", "No order matches; each part"),
        ("nobody", "No order matches 'nobody'. Try product:nobody."),
        ("42", "No order matches '42'."),
    ],
)
def test_query_term_that_empties_a_list_is_named(desk: Desk, query: str, why: str) -> None:
    assert search.count(desk, query) == (0, False)
    assert search.emptied_by(desk, query).startswith(why)
