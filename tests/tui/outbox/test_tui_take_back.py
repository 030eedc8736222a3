"""Taking back requests that have not been sent."""

from __future__ import annotations

from dataclasses import replace

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox

SHIPPED = "channel:shipped payment:charged currency:EUR"


async def test_key_u_takes_back_an_unsent_request(office: Desk) -> None:
    # Time for a busy machine to press the key.
    companies.change(office, None, {"undo_windows": "refund=55"})
    async with driving(replace(office, undo=True)) as person:
        await person.search(SHIPPED)
        order = person.home.order
        assert order is not None
        await person.press("r")
        await person.at("Refund")
        await person.press(*"1.00", "ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: len(outbox.listing(office)) == 1)
        (planned,) = outbox.listing(office)
        await person.until(lambda: "Leaves in" in person.status and "u takes it back" in person.status)
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.until(lambda: str(order.order_id) in person.seen())
        await person.press("s")
        await person.says("nobody needs to settle it")
        await person.press("q")
        await person.at("SearchScreen")
        await person.press("u")
        await person.says("Taken back")
        assert outbox.show(office, planned.effect_id).state == "withdrawn"
