"""Issue Refund: Cancel on Back Market comes first where an order is not accepted; a refused field has the focus."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.tui.widgets.form import Entry


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


async def test_refused_field_of_the_refund_dialog_gets_the_focus(office: Desk) -> None:
    order_id = search.page(office, "channel:shipped payment:charged").rows[0].order_id
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Refund")
        person.app.screen.query_one("#date", Entry).fill("tomorrow")
        await person.press("ctrl+s")
        await person.until(lambda: "is not a Refund Date" in person.words)
        assert person.app.focused is not None
        assert person.app.focused.id == "date"
