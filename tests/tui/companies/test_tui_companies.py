"""Several companies side by side, totals of their orders, the guides, and a bell when a person is needed."""

from __future__ import annotations

from driving import driving
from helpers import add_company

from bmtui.desk.core import needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import totals
from bmtui.store.models import Inbox, Order


async def test_next_company_key_goes_from_company_to_company(office: Desk) -> None:
    add_company(office, "Second")
    async with driving(office) as person:
        assert "2 companies" in person.line("#header")
        await person.press("ctrl+n")
        await person.says("Orders and jobs of Second")
        assert " · Second" in person.line("#header")
        await person.until(lambda: person.home.table.count == 0)
        await person.press("ctrl+n")
        await person.says("Orders and jobs of Shop")
        await person.until(lambda: person.home.table.count > 0)
        await person.press("ctrl+n")
        await person.says("of all companies")


async def test_a_company_is_removed_in_the_settings(office: Desk) -> None:
    add_company(office, "Zweite")
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Zweite" in person.line("#companies"))
        await person.press("x")
        await person.at("Form")
        await person.press("ctrl+s")
        await person.at("Notice")
        assert "Something of Shop is not settled" in person.seen()
        await person.press("enter", "l")
        await person.press("x")
        await person.at("Form")
        await person.press("right", "ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("Zweite leaves the desk")
        assert "Zweite" not in person.line("#companies")


async def test_lists_of_companies_in_several_zones_name_the_zone(office: Desk) -> None:
    add_company(office, "Tokyo", time_zone="Asia/Tokyo")
    async with driving(office) as person:
        await person.until(lambda: "times in UTC" in person.line("#info"))
        await person.press("ctrl+n")
        await person.says("Orders and jobs of Shop")
        await person.until(lambda: "times in" not in person.line("#info"))


async def test_totals_are_per_currency(office: Desk) -> None:
    found = totals.of(office)
    assert len(found) > 1
    for one in found:
        mine = list(Order.select().where((Order.currency == one.currency) & (Order.status != "void")))
        assert one.orders == len(mine)
        assert one.total.minor == sum(row.total for row in mine)
        assert one.refunded.minor == sum(row.refunded for row in mine)
    assert [one.currency for one in totals.of(office, "currency:EUR")] == ["EUR"]
    async with driving(office) as person:
        await person.press("ctrl+t")
        await person.at("Notice")
        assert all(one.currency in person.seen() for one in found)


async def test_the_guides_are_read_in_the_desk(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("f2")
        await person.at("Guides")
        assert "Quick start" in person.seen()
        await person.press("l")
        await person.until(lambda: "The screens" in person.seen())
        await person.press("h", "h")
        await person.until(lambda: "Changelog" in person.seen())
        await person.press("h")
        await person.until(lambda: "bmtui help reference/input" in person.seen())
        assert "3.51E+14" in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")


async def test_the_bell_rings_when_more_waits_for_a_person(office: Desk) -> None:
    async with driving(office) as person:
        rung: list[int] = []
        person.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        before = needs_attention.count(office)
        Inbox.update(state="quarantined").where(Inbox.state == "done").execute()
        assert needs_attention.count(office) > before
        await person.until(lambda: bool(rung))
        Inbox.update(state="done").execute()
        await person.until(lambda: person.app.lookout.needs == 0)
        assert rung == [1]
