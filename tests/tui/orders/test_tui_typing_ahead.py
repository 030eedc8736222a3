"""Query while it is typed: after a view, on an empty line, and in one burst."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import saved_views
from bmtui.store.query import KEYS
from bmtui.tui.orders import completing


async def test_query_typed_fast_after_a_view_is_a_word_of_its_own(office: Desk) -> None:
    view = saved_views.listing(office)[1]
    async with driving(office) as person:
        await person.until(lambda: person.home.shows(""))
        # Sent at once, as a fast typist or a slow line does.
        await person.press("2", "slash", *"market:fr-fr", "enter")
        await person.until(lambda: person.home.shows(f"{view.query} market:fr-fr"))


async def test_slash_on_a_saved_view_keeps_its_tab_without_a_new_query(office: Desk) -> None:
    view = saved_views.listing(office)[1]
    async with driving(office) as person:
        await person.press("2")
        await person.until(lambda: person.home.shows(view.query))
        await person.press("slash")
        assert person.home.entry.value == f"{view.query} "
        await person.press("enter")
        await person.until(lambda: person.home.shows(f"{view.query} "))
        assert person.home._current_view() == view.name


async def test_tab_in_an_empty_query_offers_filters(office: Desk) -> None:
    assert {key for key, _, _ in completing.filters()} == set(KEYS)
    assert all(note for _, _, note in completing.filters())
    async with driving(office) as person:
        await person.until(lambda: person.home.shows(""))
        await person.press("slash", "tab")
        await person.at("Pick")
        await person.press(*"market", "enter")
        await person.at("SearchScreen")
        await person.until(lambda: person.home.entry.value == "market:")
        assert person.home.is_typing
        await person.press(*"fr-fr", "space", "tab")
        await person.at("Pick")
        await person.press("escape")
        await person.at("SearchScreen")
        assert person.home.entry.value == "market:fr-fr "
