"""Marked rows: counts, single marks and ranges."""

from __future__ import annotations

import pytest
from driving import Driver, driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.store.models import Order


def marked(person: Driver) -> list[int]:
    return [row.order_id for row in person.home.marked]


async def test_count_before_a_key_repeats_it(office: Desk) -> None:
    async with driving(office) as person:
        table = person.home.table
        await person.press("0", "1", "2", "j")
        assert table.cursor == 12
        assert person.status == ""
        await person.press("0", "5", "k")
        assert table.cursor == 7
        await person.press("0", "4", "0", "G")
        assert table.cursor == 39
        await person.press("0", "3")
        assert person.status == "3 …"
        await person.press("g")
        assert table.cursor == 2
        # A count is for one move only.
        await person.press("j")
        assert table.cursor == 3


@pytest.mark.parametrize("key", ["J", "comma"])
async def test_digits_are_a_count_on_every_other_screen(office: Desk, key: str) -> None:
    async with driving(office) as person:
        await person.press(key)
        await person.until(lambda: person.app.top is not person.home)
        await person.press("2")
        assert person.status == "2 …"
        await person.press("j")
        assert person.status == ""


async def test_space_marks_rows_and_escape_clears_them(office: Desk) -> None:
    async with driving(office) as person:
        rows = search.page(office, "", limit=5).rows
        await person.press("space", "space", "j", "space")
        assert marked(person) == [rows[0].order_id, rows[1].order_id, rows[3].order_id]
        assert "3 marked" in person.line("#info")
        assert person.seen().count("●") == 3
        await person.press("k", "k", "k", "space")
        assert marked(person) == [rows[0].order_id, rows[3].order_id]
        await person.press("escape")
        assert marked(person) == []
        assert person.home.shows("")


async def test_a_range_that_was_scrolled_over_is_marked_whole(office: Desk) -> None:
    async with driving(office) as person:
        table = person.home.table
        await person.press("j", "V", "G")
        await person.until(lambda: table.cursor == table.count - 1)
        assert "a range from here on" in person.line("#info")
        await person.press("V")
        await person.until(lambda: len(marked(person)) == table.count - 1)
        shown = {row.order_id for row in search.page(office, "", limit=500).rows}
        assert set(marked(person)) == shown - {search.page(office, "", limit=1).rows[0].order_id}


async def test_marks_survive_another_query_and_reading_again(office: Desk) -> None:
    async with driving(office) as person:
        first = search.page(office, "", limit=1).rows[0].order_id
        await person.press("space")
        await person.search("channel:shipped")
        assert marked(person) == [first]
        assert "1 marked" in person.line("#info")
        Order.update(status="on_hold").where(Order.order_id == first).execute()
        await person.search("")
        person.home.reload()
        await person.until(lambda: person.home.marked[0].status == "on_hold")
