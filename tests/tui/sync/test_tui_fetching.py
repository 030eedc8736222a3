"""Orders by number on the screens: a missing one is offered for download, a stored one is read again."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search

MISSING = 4711


def fetches(desk: Desk) -> list[list[int]]:
    """Return the order numbers of each fetch job, the newest first."""
    return [job.parameters["orders"] for job in jobs.listing(desk) if "orders" in job.parameters]


async def test_unknown_order_number_in_the_search_offers_to_fetch_it(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("colon")
        await person.at("Palette")
        await person.press(*str(MISSING), "enter")
        await person.at("Confirm")
        assert f"Order {MISSING} is not here" in person.seen()
        await person.press("escape")
        assert fetches(office) == []
        await person.press("colon")
        await person.at("Palette")
        await person.press(*str(MISSING), "enter")
        await person.at("Confirm")
        await person.press("Y")
        await person.says(f"reads order {MISSING} of ")
    assert fetches(office) == [[MISSING]]


async def test_key_on_an_order_reads_it_again(office: Desk) -> None:
    row = search.page(office, "channel:shipped").rows[0]
    async with driving(office) as person:
        await person.search(f"id:{row.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        await person.press("R")
        await person.says(f"reads order {row.order_id} of ")
    assert fetches(office) == [[row.order_id]]


async def test_key_on_marked_orders_reads_all_of_them_again(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:shipped")
        await person.press("space", "space", "R")
        await person.says("reads 2 orders of ")
    (asked,) = fetches(office)
    assert len(asked) == 2
