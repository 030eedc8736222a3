"""Issue Refund for an order that is not accepted: Cancel on Back Market comes first."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview


def not_accepted(desk: Desk) -> int:
    for row in search.page(desk, "channel:to_accept payment:charged", limit=200).rows:
        if [line.state for line in overview.show(desk, row.order_id).lines] == [1]:
            return row.order_id
    raise AssertionError("no order waits for acceptance")


async def test_refund_of_an_order_not_accepted_leads_to_its_cancellation_in_three_keys(office: Desk) -> None:
    order_id = not_accepted(office)
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Pick")
        assert "The buyer gets nothing from Back Market." in person.words
        await person.press("enter")
        await person.at("Confirm")
        assert "Sent to Back Market, exactly:" in person.seen()
        await person.press("Y")
        await person.says("The cancellation is queued as job")
    assert [refund.note for refund in overview.show(office, order_id).refunds] == ["Cancelled on Back Market"]


async def test_money_paid_elsewhere_is_a_choice_of_its_own(office: Desk) -> None:
    order_id = not_accepted(office)
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Pick")
        await person.press("down", "enter")
        await person.at("Refund")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "The buyer gets nothing from Back Market" in person.words
