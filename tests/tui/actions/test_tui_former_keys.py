"""Keys of the previous release, and `/` on the lists."""

from __future__ import annotations

import pytest
from driving import driving
from screens_by_place import every_screen

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.tui.actions import registry
from bmtui.tui.actions.desk import LISTS
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.row_filter import RowFilter
from bmtui.tui.widgets.table import Table


async def test_free_former_key_still_works_and_names_the_new_one(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("Q", "OutboxScreen", "Outbox ·")
        await person.press("P")
        await person.at("AskText")
        await person.press("escape")
        await person.says("Pause is p now; P goes in the next release.")


async def test_former_key_that_now_opens_a_screen_says_so_once(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "Shipped, no invoice")
        await person.press("M")
        await person.at("ReturnsScreen")
        await person.says("M is All RMAs on every screen now; Make all is a")
        await person.press("q")
        await person.at("QueueScreen")
        await person.press("M")
        await person.at("ReturnsScreen")
        await person.settled()
        assert person.status == ""


async def test_list_when_it_is_filtered_shows_the_rows_that_have_the_words(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("J", "JobsScreen", "newest first")
        all_of_them = len(jobs.listing(office))
        await person.press("slash", *"download", "enter")
        await person.until(lambda: "filter 'download'" in person.line("#info"))
        table = person.app.screen.query_one(Table)
        assert 0 < table.count < all_of_them
        assert f"{table.count} of {all_of_them}" in person.line("#info")
        assert "Order download" in person.seen()
        await person.press("slash", *"nothing has this", "enter")
        await person.until(lambda: "Nothing matches" in person.seen())
        await person.press("escape")
        await person.until(lambda: person.app.screen.query_one(Table).count == all_of_them)
        await person.press("escape")
        await person.at("SearchScreen")


async def test_filter_searches_hidden_columns_and_ignores_accents(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "Shipped, no invoice")
        screen = person.app.screen
        assert isinstance(screen, RowFilter)
        row = next(row for row in (screen.table._rows[at] for at in sorted(screen.table._rows)))
        await person.press("slash", *row.order.customer_name.split()[0].lower(), "enter")
        await person.until(lambda: "filter '" in person.line("#info"))
        assert str(row.order.order_id) in person.seen()


@pytest.mark.parametrize("place", LISTS)
def test_every_list_has_the_filter_on_its_key(place: str) -> None:
    owner = registry.owner(place, "slash")
    assert owner is not None
    assert owner.id == "list.filter"


def test_every_screen_with_a_list_has_a_filter() -> None:
    lists = {place for place, screen in every_screen().items() if issubclass(screen, ListScreen | RowFilter)}
    assert {place for place in lists if registry.owner(place, "slash") is None} == set()
    assert set(LISTS) == {place for place in lists if place not in ("returns", "folders", "today")}
