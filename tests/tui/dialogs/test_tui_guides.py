"""Guides in the desk: their index, and the search in all of them."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk


async def test_index_of_guides_opens_the_guide_that_is_chosen(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("f2")
        await person.at("Guides")
        await person.press("slash")
        await person.at("GuideIndex")
        assert "finding orders: the query language" in person.seen()
        await person.press(*"query", "enter")
        await person.at("Guides")
        await person.until(lambda: "bmtui help query" in person.seen())


async def test_search_words_of_a_guide_lead_to_its_section(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("f2")
        await person.at("Guides")
        await person.press("slash")
        await person.at("GuideIndex")
        await person.press(*"equivalent survivor")
        await person.until(lambda: "Whether the tests would notice" in person.seen())
        await person.press("enter")
        await person.at("Guides")
        await person.until(lambda: "plants one fault after another" in person.seen())


async def test_guide_index_without_a_match_says_so(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("f2")
        await person.at("Guides")
        await person.press("slash")
        await person.at("GuideIndex")
        await person.press(*"zzyzx")
        await person.until(lambda: "No guide has all of these words." in person.seen())
