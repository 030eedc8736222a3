from __future__ import annotations

from dataclasses import replace

from driving import driving
from textual import events

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import saved_views, search
from bmtui.desk.overview import order as overview
from bmtui.store.models import Order
from bmtui.tui.dialogs.help import Help
from bmtui.tui.screen import Status
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.table import Table
from bmtui.tui.widgets.text import pieces_width


async def test_home_screen_shows_orders_and_searches_while_typing(office: Desk) -> None:
    async with driving(office) as person:
        everything = search.page(office, "").count
        assert f"of {everything}" in person.line("#info")
        await person.press("slash", *"shipped")
        await person.until(lambda: person.home.shows("shipped"))
        await person.search("channel:shipped")
        shipped = search.page(office, "channel:shipped").count
        assert f"of {shipped} " in person.line("#info")
        assert "Shipped" in person.seen()
        await person.press("enter", "escape")
        await person.until(lambda: person.home.shows(""))


async def test_an_unreadable_query_is_shown_with_its_place_and_keeps_the_list(office: Desk) -> None:
    async with driving(office) as person:
        before = person.home.table.count
        await person.press("slash", *"a sttus:b".replace(":", "")[:2], *["s", "t", "t", "u", "s", "colon", "b"])
        await person.says("There is no filter 'sttus:'. Did you mean 'status:'?")
        assert "\n    ^^^^^^^ not readable" in person.seen()
        assert person.home.table.count == before or not person.home.table.answered


async def test_query_errors_are_shown_in_full(office: Desk) -> None:
    long = "w" * 300
    async with driving(office) as person:
        await person.press("slash")
        for query, said in (
            ("xyz:1", "There is no filter 'xyz:'. Help (F1) has them all."),
            ("status:onhoold", "'onhoold' is no value of 'status:'. Did you mean 'on_hold'? Help (F1) has them all."),
            ("channel:5", "'5' is no value of 'channel:'. Help (F1) has them all."),
            ("created:lastmont", "'lastmont' is not a date. Did you mean 'lastmonth'? Help (F1) has them all."),
            ("paid:soon", "or a word such as last7. Help (F1) has them all."),
            (f"{long}:1", "There is no filter 'www"),
            (f"status:{long}", "…' is no value of 'status:'"),
            (f"shipby:{long}", "…' is not a date"),
            (f"id:{long}", "…' is not an order id"),
            (f"total:{long}", "…' is not an amount"),
            (f"{'!' * 300}", "!!…' has no letters or digits"),
            (f"sku:{',' * 300}", ",,…' has no value."),
            (f'"{long}', "A quotation mark is open."),
            ("w" * 40_001, "The query has 40,001 characters."),
        ):
            person.home.query_one(Entry).value = query
            await person.says(said)
            status = person.home.query_one(Status)
            assert pieces_width(status.rest) <= person.app.size.width, query
            # In the footer, what has no room above it.
            assert " ".join("\n".join(person.seen().splitlines()[-2:]).split()).startswith(status.text), query
        person.home.query_one(Entry).value = "status:happy"
        await person.says("Help (F1)")
        await person.press("f1")
        await person.at("Help")
        # First what was being typed.
        assert "status: cancelled, shopping_cart, " in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")
        await person.press("escape", "escape", "question_mark")
        await person.at("Help")
        assert "status: cancelled" not in person.seen()


async def test_search_moves_sorts_and_explains_empty_results(office: Desk) -> None:
    async with driving(office) as person:
        table = person.home.table
        await person.press("j", "down", "k")
        assert table.cursor == 1
        await person.press("G")
        await person.until(lambda: table.cursor == table.count - 1 and table.current is not None)
        await person.press("g", "ctrl+d", "pagedown", "pageup", "ctrl+u")
        assert table.cursor == 0
        await person.press("s")
        await person.until(lambda: "by ship by ↑" in person.line("#info"))
        await person.press("S")
        await person.until(lambda: "by ship by ↓" in person.line("#info"))
        await person.search("zzzzzz")
        assert "No order matches" in person.seen()
        await person.press("c")
        await person.says("There is no order under the cursor.")


async def test_a_desk_without_company_says_the_next_step(desk: Desk) -> None:
    async with driving(desk) as person:
        await person.at("Welcome")
        await person.press("escape")
        await person.at("SearchScreen")
        assert "No company yet. b shows the first steps" in person.seen()
        await person.press("D")
        await person.says("There is no company yet: b ")
        await person.press("comma")
        await person.at("SettingsScreen")
        assert "No company yet. a adds one." in person.seen()
        await person.press("e")
        await person.says("There is no company yet")


async def test_a_company_without_orders_says_which_key_downloads(office: Desk) -> None:
    Order.update(status="void").execute()
    async with driving(office) as person:
        assert "No orders yet. Press D to download." in person.seen()


async def test_change_by_another_person_appears_and_the_cursor_stays(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("j", "j")
        current = person.home.table.current
        assert current is not None
        await person.app.check_changes()
        await office.write(orders.add_note, current.order_id, "seen")
        Order.update(status="on_hold").where(Order.order_id == current.order_id).execute()
        await person.app.check_changes()
        await person.until(lambda: getattr(person.home.table.current, "status", "") == "on_hold")
        now = person.home.table.current
        assert now is not None
        assert now.order_id == current.order_id


async def test_a_buyer_called_like_markup_is_only_text(office: Desk) -> None:
    row = search.page(office, "channel:shipped").rows[0]
    Order.update(customer_name="[/b][red]Bob \x1b[2J").where(Order.order_id == row.order_id).execute()
    async with driving(office, size=(120, 40)) as person:
        await person.search(f"id:{row.order_id}")
        assert "[/b][red]Bob" in person.seen()
        await person.press("enter")
        await person.at("OrderScreen")
        assert "[/b][red]Bob" in person.seen()


async def test_help_lists_the_keys_and_why_one_cannot_be_used_now(office: Desk) -> None:
    async with driving(replace(office, read_only=True)) as person:
        assert "READ-ONLY" in person.line("#header")
        await person.press("question_mark")
        await person.at("Help")
        assert isinstance(person.app.screen, Help)
        assert "Issue Refund" in person.seen()
        assert "Not now: This desk is read-only" in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")
        await person.press("r")
        await person.says("read-only")


async def test_palette_runs_an_action_or_opens_an_order(office: Desk) -> None:
    row = search.page(office, "").rows[3]
    async with driving(office) as person:
        await person.press("colon", *str(row.order_id), "enter")
        await person.at("OrderScreen")
        assert f"Order {row.order_id}" in person.seen()
        await person.press("q")
        await person.at("SearchScreen")
        await person.press("ctrl+p", *"jobs", "enter")
        await person.at("JobsScreen")
        await person.press("q")
        await person.at("SearchScreen")
        await person.press("colon")
        await person.at("Palette")
        await person.press(*"99", "enter")
        await person.at("Confirm")
        assert "Order 99 is not here" in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")
    # Nothing is fetched by who may only look.
    async with driving(replace(office, read_only=True)) as person:
        await person.press("colon")
        await person.at("Palette")
        await person.press(*"99", "enter")
        await person.until(lambda: "There is no order 99" in person.seen())
        assert type(person.app.screen).__name__ == "Notice"


async def test_palette_completes_words_lists_views_and_explains_refusals(office: Desk) -> None:
    order = search.page(office, "channel:shipped").rows[0]
    async with driving(office) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        await person.press("colon", *"view to", "tab")
        field = person.app.screen.query_one(Entry)
        # All that match go on with an s or an a: no further than that.
        assert field.value == "View To "
        await person.press("s", "tab")
        assert field.value == "View To ship"
        await person.press("enter")
        await person.at("SearchScreen")
        await person.until(lambda: person.home.shows("channel:to_ship status:in_process"))
        assert "by ship by" in person.line("#info")
    async with driving(replace(office, read_only=True)) as person:
        await person.press("colon", *"issue")
        await person.at("Palette")
        whole = " ".join(person.seen().replace("│", " ").split())
        assert "not now: This desk is read-only: start it without --read-only to change anything." in whole
        await person.press("tab", "enter")
        await person.says("This desk is read-only")


async def test_desk_works_on_small_and_large_terminals(office: Desk) -> None:
    for size in ((60, 20), (20, 6), (120, 40)):
        async with driving(office, size=size) as person:
            await person.press("j", "enter")
            await person.at("OrderScreen")
            await person.press("8", "q")
            await person.at("SearchScreen")
            await person.press("r")
            await person.until(lambda: type(person.app.screen).__name__ in ("Refund", "Notice", "Pick"))
            await person.press("escape")
            await person.at("SearchScreen")
            if size == (120, 40):
                await person.until(lambda: "NEXT" in person.seen())


async def test_reload_draws_only_the_table_and_the_changed_lines(office: Desk) -> None:
    async with driving(office) as person:
        table = person.home.query_one(Table)
        painted: list[object] = []
        refresh = Line.refresh
        table.refresh = lambda *regions, **_: painted.append(regions)  # type: ignore[method-assign,assignment]
        person.home.reload()
        await person.until(lambda: person.home.shows(""))
        assert painted == []
        assert Line.refresh is refresh


async def test_unreadable_query_never_shows_the_list_of_another_query(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:shipped")
        await person.press("slash", "space", *"sku", "colon")
        await person.says("'sku:' has no value.")
        for key in ("enter", "tab", "down"):
            await person.press(key)
            assert isinstance(person.home.focused, Entry), key
        await person.press("r")
        await person.until(lambda: person.home.shows("channel:shipped sku:r"))
        await person.press(*["backspace"] * 5, "colon")
        await person.says("has no letters or digits")
        await person.press("escape")
        await person.until(lambda: person.home.shows("channel:shipped "))
        assert person.home.entry.value == "channel:shipped "
        assert isinstance(person.home.focused, Table)
        assert "the query before it stands again" in person.status


async def test_filter_typed_without_a_value_shows_the_possible_values(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("slash", *"pay", "tab")
        await person.says("'payment:' has no value.")
        assert "Tab: no_payment charged" in person.seen()
        await person.press("space", *"x")
        await person.until(lambda: "^^^^^^^^ not readable" in person.seen())


async def test_saved_view_gets_the_typed_name_and_not_the_old_one(office: Desk) -> None:
    async with driving(office) as person:
        await person.until(lambda: "2 To accept" in person.seen())
        await person.press("2", "w")
        await person.at("AskText")
        assert person.app.screen.query_one(Entry).value == "To accept"
        await person.press(*"Mine", "enter")
        await person.says("The view Mine is saved.")
        # A key that moves keeps what is there.
        await person.press("w")
        await person.at("AskText")
        await person.press("end", *"2", "enter")
        await person.says("The view To accept2 is saved.")
        # Columns are a list that goes on.
        await person.press("K")
        await person.at("AskText")
        await person.press(*",mail", "enter")
        await person.until(lambda: person.home.columns[-1:] == ("mail",))


async def test_deleting_a_view_deletes_the_opened_one_of_two_equal_ones(office: Desk) -> None:
    saved_views.save(office, "Mine", "", sort="created", descending=True)
    async with driving(office) as person:
        await person.until(lambda: "7 Mi" in person.seen())
        await person.press("7", "W")
        await person.at("Confirm")
        assert "Delete the view Mine?" in person.seen()
        await person.press("enter")
        await person.at("SearchScreen")
        await person.press("1", "W")
        await person.at("Confirm")
        assert "Delete the view All?" in person.seen()


async def test_a_pasted_column_becomes_alternatives_and_a_pasted_note_keeps_its_lines(office: Desk) -> None:
    first, second = (row.order_id for row in search.page(office, "", limit=2).rows)
    async with driving(office) as person:
        await person.press("slash")
        person.app.post_message(events.Paste(f"{first}\r\n{second}.0\r\n"))
        await person.until(lambda: person.home.shows(f"any:{first},{second}"))
        assert "of 2 " in person.line("#info")
        person.home.entry.value = ""
        person.app.post_message(events.Paste("\n".join(str(10**15 + n) for n in range(3_000))))
        await person.says("Nothing was put in.")
        await person.search(f"id:{first}")
        await person.press("enter", "n")
        await person.at("AskText")
        person.app.post_message(events.Paste("called twice\r\n\r\nno answer\n"))
        await person.until(lambda: "↵" in person.app.screen.query_one(Entry).value)
        await person.press("enter")
        await person.says("is stored")
        assert [note.text for note in overview.show(office, first).notes][-1:] == ["called twice\n\nno answer"]
