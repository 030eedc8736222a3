"""Palette by everyday words, help beside the list, and settings under their headings."""

from __future__ import annotations

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.dialogs.palette import WORDS, Palette
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.table import Table


@pytest.mark.parametrize(
    ("typed", "action_id"),
    [
        ("undo", "order.take_back"),
        ("today", "desk.today"),
        ("urgent", "desk.today"),
        ("money back", "order.refund"),
        ("label", "order.papers"),
        ("Download Orders from Channel", "orders.download"),
        ("Toolbox", "desk.help"),
        ("Action Menu", "desk.help"),
        ("Manage Orders", "search.query"),
        ("Issue Refund", "order.refund"),
        ("Per channel preferences", "desk.invoice_preferences"),
        ("General Settings", "desk.options"),
        ("Allow Fulfillment Upload", "desk.options"),
    ],
)
async def test_palette_offers_an_action_for_an_everyday_word(office: Desk, typed: str, action_id: str) -> None:
    async with driving(office) as person:
        await person.until(lambda: person.home.shows(""))
        await person.press("colon")
        await person.at("Palette")
        screen = person.app.screen
        assert isinstance(screen, Palette)
        screen.query_one(Entry).value = typed
        await person.until(lambda: action_id in [item.value for item in screen._choices.found[:5]])


def test_palette_words_name_actions_that_exist() -> None:
    assert set(WORDS) <= set(registry.BY_ID)


@pytest.mark.parametrize("place", ["search", "order", "jobs", "today", "return", "outbox"])
def test_options_and_invoice_preferences_are_in_the_palette_of_every_screen(place: str) -> None:
    here = {action.id for action in registry.of_place(place)}
    assert {"desk.options", "desk.invoice_preferences"} <= here
    values = {item.value for item in Palette.items(registry.of_place(place), (), Context(companies=1))}
    assert {"desk.options", "desk.invoice_preferences"} <= values


async def test_palette_entry_options_opens_the_settings_at_the_three_toggles(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.press("colon", *"general settings", "enter")
        await person.at("SettingsScreen")
        await person.until(lambda: "Allow Order Download" in person.seen())
        table = person.app.screen.query_one(Table)
        await person.until(lambda: table.current is not None)

        def name() -> str:
            return table.current.name if table.current is not None else ""

        assert name() == "allow_order_download"
        lines = person.seen().splitlines()
        at = next(number for number, line in enumerate(lines) if "General Settings › Options" in line)
        assert [word in lines[at + 1 + place] for place, word in enumerate(("Download", "Fulfillment", "IMEI#"))] == [
            True
        ] * 3
        # Headings are not settings: the cursor passes them, and the first is left at once.
        await person.press("k")
        assert name() == "integration"
        await person.press("g")
        assert name() == "enabled"
        await person.press("k")
        assert name() == "enabled"
        await person.press("j", "j")
        assert name() == "allow_order_download"


async def test_invoice_preferences_are_of_the_company_in_view(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("colon", *"per channel", "enter")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: "Per channel preferences › Back Market" in person.seen())
        assert "default" in person.seen()


async def test_platform_when_changed_proposes_address_market_and_zone(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Allow Order Download" in person.seen())
        await person.press("slash", *"platform", "enter")
        await person.until(lambda: "filter 'platform'" in person.seen())
        table = person.app.screen.query_one(Table)
        await person.press("e")
        while table.current is not None and table.current.name != "platform":
            await person.press("j")
        await person.press("enter")
        await person.says("Market language")
        await person.press("escape")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("SettingsScreen")
        assert person.app.screen.value_of(_setting("market")) == "en-us"  # type: ignore[attr-defined]


def _setting(key: str) -> object:
    from bmtui.desk.companies.fields import BY_KEY

    return BY_KEY[key]


async def test_help_from_120_columns_on_leaves_the_list_in_view(office: Desk) -> None:
    async with driving(office) as person:
        await person.resize(120, 36)
        rows = [str(row.order_id) for row in search.page(office, "", limit=20).rows]
        await person.press("question_mark")
        await person.at("Help")
        await person.until(lambda: bool(person.app.screen.query_one(Reader).texts))
        assert all(order in person.seen() for order in rows)
        assert "Issue Refund: Give money back" in person.words
        await person.press("escape")
        await person.at("SearchScreen")
        # Where there is no room, help has all of it.
        await person.resize(80, 24)
        await person.press("question_mark")
        await person.at("Help")
        await person.until(lambda: bool(person.app.screen.query_one(Reader).texts))
        assert not any(order in person.seen() for order in rows)
