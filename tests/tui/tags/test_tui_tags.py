"""Tags, assignees and fields by keys: of one order, and of all that are marked."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.tags import tags


async def test_order_gets_tags_an_assignee_and_fields_by_keys(office: Desk) -> None:
    tags.add_field(office, "shelf")
    async with driving(office) as person:
        order = person.home.order
        assert order is not None
        await person.press("x")
        await person.at("AskText")
        await person.press(*"vip two", "enter")
        await person.says(f"Order {order.order_id}: two vip.")
        await person.press("x")
        await person.at("AskText")
        await person.press(*"-two +bad!", "enter")
        await person.until(lambda: "is no tag" in person.seen())
        await person.press("escape", "escape")
        await person.at("SearchScreen")
        await person.press("at")
        await person.at("Pick")
        await person.press("enter")
        await person.says(f"is assigned to {office.account}")
        await person.press("l")
        await person.at("Form")
        await person.press(*"A 12", "ctrl+s")
        await person.says("shelf set")
        row = search.page(office, "assignee:me").rows[0]
        assert (row.order_id, row.tags, row.fields) == (order.order_id, ("two", "vip"), {"shelf": "A 12"})


async def test_marked_orders_all_get_the_tag(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("space", "space", "space", "x")
        await person.at("AskText")
        await person.press(*"monday", "enter")
        await person.at("Results")
        assert search.count(office, "tag:monday") == (3, False)
