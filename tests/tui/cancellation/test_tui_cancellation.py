"""Actions that end an order on Back Market, and the action that brings it back."""

from __future__ import annotations

from driving import driving

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.tui.widgets.form import Choice, Paragraph

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


async def test_lines_are_cancelled_on_back_market_after_a_review(office: Desk) -> None:
    several = next(
        row for row in search.page(office, "channel:to_ship", limit=200).rows
        if len(overview.show(office, row.order_id).lines) > 1
    )  # fmt: skip
    async with driving(office) as person:
        await person.search(f"id:{several.order_id}")
        await person.press("C")
        await person.at("ChannelCancel")
        assert "still expects" in person.seen()
        for choice in person.app.screen.query(Choice):
            choice.focus()
            await person.press("right")
        await person.press("ctrl+s")
        assert "No line is chosen" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press("right", "ctrl+s")
        await person.at("Confirm")
        assert "Sent to Back Market, exactly:" in person.seen()
        await person.press("Y")
        await person.says("is queued as job")
        assert audit.listing(office, order_id=several.order_id)[0].action == "order.cancel_on_channel"


async def test_cancellation_that_only_waits_is_not_called_sent(office: Desk) -> None:
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={"EUR": "1"})
    found = search.page(office, f"{TO_SHIP} currency:EUR", limit=200).rows
    one, *others = (row for row in found if len(overview.show(office, row.order_id).lines) == 1)
    async with driving(office) as person:
        await person.search(f"id:{one.order_id}")
        await person.press("C")
        await person.at("Confirm")
        assert "Y Ask for approval" in person.words
        assert f"is above the limit of {office.actor}" in person.words
        await person.press("Y")
        await person.says("Its refund waits for a second person: request ")
        await person.search(f"id:{others[0].order_id},{others[1].order_id}")
        await person.press("space", "space", "C")
        await person.at("Confirm")
        assert "2 of them: refunds only once a second person approved them." in person.words
        assert "Y Ask for approval" in person.words
        await person.press("Y")
        await person.at("Results")
        assert "1 line. Its refund waits for approval " in person.words


async def test_an_order_comes_back_to_in_process(office: Desk) -> None:
    order = search.page(office, TO_SHIP).rows[0]
    internal_cancel.cancel_internally(office, order.order_id, "cancelled", "x")
    async with driving(office) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("B")
        await person.at("Confirm")
        assert "Cancelled → In Process" in person.seen()
        await person.press("Y")
        await person.says("is In Process again")
        await person.press("B")
        await person.says("it is In Process already")
