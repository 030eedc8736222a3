"""Today: the worst item of a row, the next of all, the list of a digit, and the lines below the rows."""

from __future__ import annotations

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import today
from bmtui.desk.overview.today import Kind
from bmtui.desk.refunds import issue as refunds
from bmtui.store.models import Effect
from bmtui.tui.overview.today_screen import TodayScreen
from bmtui.tui.widgets import bars
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.words import EffectState


def make_unknown(desk: Desk) -> int:
    """Refund an order with an unknown outcome; return its number."""
    order_id = search.page(desk, "channel:shipped payment:charged").rows[0].order_id
    refunds.issue(desk, order_id, refunds.RefundRequest())
    Effect.update(state=EffectState.NEEDS_PERSON).execute()
    return order_id


async def test_unknown_outcome_is_first_in_today_and_opens_by_enter(office: Desk) -> None:
    order_id = make_unknown(office)
    async with driving(office) as person:
        await person.press("full_stop")
        await person.at("TodayScreen")
        assert "1 ? Outcome unknown          1" in person.seen()
        await person.press("enter")
        await person.at("OutboxScreen")
        assert str(order_id) in person.seen().splitlines()[3]


async def test_key_n_pressed_again_opens_the_next_item(office: Desk) -> None:
    opened = [(row.kind, item.id) for row in today.rows(office) for item in row.items]
    assert len(opened) > 1
    async with driving(office) as person:
        await person.press("full_stop")
        await person.at("TodayScreen")
        seen = []
        for _ in range(2):
            await person.press("n")
            await person.until(lambda: person.app.top.PLACE != "today")
            await person.settled()
            seen.append(person.seen().splitlines()[1])
            await person.press("q")
            await person.at("TodayScreen")
        assert seen[0] != seen[1]


async def test_a_digit_opens_the_list_of_its_row(office: Desk) -> None:
    async with driving(office) as person:
        for digit, place in (
            ("3", "FoldersScreen"),
            ("4", "QueueScreen"),
            ("6", "SearchScreen"),
            ("9", "ReturnsScreen"),
        ):
            await person.press("full_stop")
            await person.at("TodayScreen")
            await person.press(digit)
            await person.at(place)
            if place != "SearchScreen":
                await person.press("q", "q")
        assert person.home.text == "channel:to_accept status:in_process"


async def test_the_cursor_when_today_is_opened_begins_on_the_first_row_that_needs_somebody(office: Desk) -> None:
    rows = today.rows(office)
    assert not rows[0].count
    first = next(row.kind for row in rows if row.count)
    async with driving(office) as person:
        await person.press("full_stop")
        await person.at("TodayScreen")
        screen = person.app.top
        assert isinstance(screen, TodayScreen)
        await person.until(lambda: screen.current is not None and screen.current.kind is first)


async def test_enter_on_an_empty_row_of_today_says_so(office: Desk) -> None:
    empty = next(row for row in today.rows(office) if row.kind is Kind.UNKNOWN)
    assert not empty.count
    async with driving(office) as person:
        await person.press("full_stop")
        await person.at("TodayScreen")
        await person.press("g", "enter")
        await person.until(lambda: "This row has no task." in person.seen())
        await person.at("TodayScreen")


@pytest.mark.parametrize(("ascii_only", "drawn"), [(False, ("█▌", "▁▅█")), (True, ("##", "_+@"))])
def test_bars_have_lengths_and_heights_of_their_values(
    monkeypatch: pytest.MonkeyPatch, ascii_only: bool, drawn: tuple[str, str]
) -> None:
    monkeypatch.setattr(LOCAL, "ascii", ascii_only)
    assert (bars.bar(3, 8, 4), bars.sparkline((0, 4, 8))) == drawn
    assert bars.bar(0, 8, 4) == ""
    assert bars.sparkline((0, 0)) == ("__" if ascii_only else "▁▁")


@pytest.mark.parametrize("size", [(60, 20), (120, 36), (160, 48)])
async def test_today_fits_small_and_large_terminals(office: Desk, size: tuple[int, int]) -> None:
    order_id = make_unknown(office)
    async with driving(office, size=size) as person:
        await person.open_list("full_stop", "TodayScreen", "TODAY")
        lines = person.seen().splitlines()
        unknown = next(line for line in lines if "Outcome unknown" in line)
        assert unknown.startswith("1 ? ")
        assert str(order_id) in unknown
        assert any(line.startswith("REFUNDS") for line in lines)
