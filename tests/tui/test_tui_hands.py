"""Hands: counts, marks, ranges, and one action on all that is marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.store.models import Note, Order, Refund
from bmtui.tui.widgets.marks import Marks

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


def marked(person: Driver) -> list[int]:
    return [row.order_id for row in person.home.marked]


async def test_a_count_says_how_often(office: Desk) -> None:
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


async def test_space_marks_and_escape_clears(office: Desk) -> None:
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


async def test_a_note_to_all_that_are_marked_and_a_result_for_each(office: Desk) -> None:
    async with driving(office) as person:
        ids = [row.order_id for row in search.page(office, "", limit=3).rows]
        await person.press("space", "space", "space", "n")
        await person.at("AskText")
        assert "Note · 3 orders" in person.seen()
        await person.press(*"seen", "enter")
        await person.at("Results")
        assert "Note: 3 done, 0 not" in person.seen()
        assert all(str(order_id) in person.seen() for order_id in ids)
        await person.press("enter")
        await person.at("SearchScreen")
        assert marked(person) == []
        assert all(overview.show(office, order_id).notes[-1].text == "seen" for order_id in ids)


async def test_a_bulk_cancel_says_why_not_for_each_and_keeps_those_marked(office: Desk) -> None:
    unshipped = search.page(office, TO_SHIP, limit=2).rows
    shipped = search.page(office, "channel:shipped", limit=1).rows[0]
    async with driving(office) as person:
        await person.search(f"id:{','.join(str(row.order_id) for row in (*unshipped, shipped))}")
        await person.press("space", "space", "space", "c")
        await person.at("Cancel")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert str(shipped.order_id) in person.seen()
        # Enter is the safe answer.
        await person.press("enter")
        await person.at("SearchScreen")
        assert len(marked(person)) == 3
        await person.press("c")
        await person.at("Cancel")
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.at("Results")
        assert "2 done, 1 not" in person.seen()
        assert "only an unshipped order can be" in " ".join(person.seen().replace("│", "").split())
        await person.press("enter")
        await person.at("SearchScreen")
        assert marked(person) == [shipped.order_id]
        assert {overview.show(office, row.order_id).row.status for row in unshipped} == {"cancelled"}


async def test_a_bulk_refund_shows_the_sum_first(office: Desk) -> None:
    rows = search.page(office, "channel:shipped payment:charged currency:EUR", limit=2).rows
    async with driving(office) as person:
        await person.search(f"id:{rows[0].order_id},{rows[1].order_id}")
        await person.press("space", "space", "r")
        await person.at("RefundMany")
        assert "Channel's reason" in person.seen()
        await person.press("right")
        await person.until(lambda: "Channel's reason" not in person.seen())
        await person.press("ctrl+s")
        await person.at("Confirm")
        total = rows[0].refundable + rows[1].refundable
        seen = " ".join(person.seen().replace("│", "").split())
        assert f"Record {total}: all that is left of 2 orders. Nothing stays refundable." in seen
        assert Refund.select().where(Refund.made_by == office.actor).count() == 0
        await person.press("Y")
        await person.at("Results")
        assert "2 done, 0 not" in person.seen()
        assert all(overview.show(office, row.order_id).row.refundable.minor == 0 for row in rows)


async def test_nothing_is_done_to_marked_orders_on_a_read_only_desk(office: Desk) -> None:
    async with driving(replace(office, read_only=True)) as person:
        await person.press("space", "space", "n")
        await person.at("Results")
        assert "0 done, 2 not" in person.seen()
        assert Note.select().count() == 0


def test_marks_hold_a_range_until_all_of_it_is_here() -> None:
    marks: Marks[str] = Marks(str)
    marks.begin(2)
    assert marks.in_range
    assert list(marks.close(4)) == [2, 3, 4]
    assert not marks.take({2: "c", 4: "e"})
    assert marks.rows == ()
    assert marks.take({2: "c", 3: "d", 4: "e"})
    assert marks.rows == ("c", "d", "e")
    marks.drop("d")
    marks.toggle("c")
    assert marks.rows == ("e",)


@pytest.mark.parametrize("key", ["J", "comma"])
async def test_digits_count_on_every_other_screen(office: Desk, key: str) -> None:
    async with driving(office) as person:
        await person.press(key)
        await person.until(lambda: person.app.top is not person.home)
        await person.press("2")
        assert person.status == "2 …"
        await person.press("j")
        assert person.status == ""


async def test_a_bulk_refund_on_the_channel_says_what_stays(office: Desk) -> None:
    found = search.page(office, "channel:shipped payment:charged currency:EUR", limit=100).rows
    row = next(row for row in found if refunds.options(office, row.order_id).shipping.minor)
    rest = refunds.options(office, row.order_id).shipping
    async with driving(office) as person:
        await person.search(f"id:{row.order_id}")
        await person.press("space", "r")
        await person.at("RefundMany")
        await person.press("ctrl+s")
        await person.at("Confirm")
        seen = " ".join(person.seen().replace("│", "").split())
        assert f"Refund on Back Market {row.refundable - rest}: all that it can refund of 1 orders." in seen
        assert f"{rest} stays refundable." in seen


async def test_a_column_that_there_is_not_is_said_where_it_can_be_mended(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("K")
        await person.at("AskText")
        await person.press(",", *"bogus", "enter")
        await person.at("AskText")
        await person.until(lambda: "There is no column 'bogus'." in person.seen())
        await person.press(*["backspace"] * 5, *"mail", "enter")
        await person.at("SearchScreen")
        assert person.home.columns[-1] == "mail"


async def test_what_is_about_one_order_does_not_take_one_while_others_are_marked(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("space", "space")
        for key, name in (("T", "As it was"), ("Z", "Evidence pack")):
            await person.press(key)
            await person.says(f"2 orders are marked, and {name} takes one: Esc clears the marks.")
