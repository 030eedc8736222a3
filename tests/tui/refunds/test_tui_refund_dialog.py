"""Issue Refund: Cancel on Back Market comes first where an order is not accepted; a refused field has the focus."""

from __future__ import annotations

from driving import driving
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.store.models import Order
from bmtui.tui.refunds.dialog import AmountEntry
from bmtui.tui.widgets.form import Choice, Entry


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


async def test_refund_paid_elsewhere_is_a_separate_choice(office: Desk) -> None:
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
        await person.until(lambda: "'tomorrow' is not a date" in person.words)
        assert person.app.focused is not None
        assert person.app.focused.id == "date"


def with_shipping(desk: Desk) -> tuple[int, str]:
    """A shipped order of one line that was charged shipping: its number, and the charges."""
    shipped = (Order.channel_status == "shipped") & (Order.refunded == 0) & (Order.currency == "EUR")
    order = Order.get(shipped)
    Order.update(shipping=490, total=Order.goods + 490, received=Order.goods + 490).where(
        Order.id == order.id
    ).execute()
    return order.order_id, "4.90"


async def test_amount_typed_first_in_the_refund_dialog_replaces_that_of_the_first_line(office: Desk) -> None:
    order_id, _ = with_shipping(office)
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Refund")
        dialog = person.app.screen
        await person.press(*"12.50")
        assert [entry.value for entry in dialog.query(AmountEntry)] == ["12.50", "", ""]
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "12.50" in person.words


async def test_full_refund_says_on_its_row_and_in_the_review_why_shipping_stays(office: Desk) -> None:
    order_id, shipping = with_shipping(office)
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Refund")
        assert f"Shipping · {shipping} only in the Back Office" in person.words
        dialog = person.app.screen
        dialog.query_one("#shipping", Entry).focus()
        await person.until(lambda: "accepts no refund of shipping over its API" in person.words)
        # What is only recorded here may be of shipping, too.
        dialog.query_one("#operation", Choice).action_step(1)
        await person.until(lambda: f"Shipping · up to {shipping}" in person.words)
        dialog.query_one("#operation", Choice).action_step(-1)
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert f"{shipping} EUR of it is shipping, which only the Back Office refunds." in person.words


async def test_amounts_above_a_thousand_are_grouped_on_the_order_in_the_dialog_and_in_the_review(office: Desk) -> None:
    take_in(
        office, raw_order(77, [raw_line(771, price="2000.00", sku="PRO"), raw_line(772, price="1500.00", sku="AIR")])
    )
    async with driving(office, size=(100, 40)) as person:
        await person.search("id:77")
        await person.press("enter")
        await person.at("OrderScreen")
        await person.until(lambda: "3 505.00 EUR = goods 3 500.00 + shipping 5.00" in person.words)
        assert "2 000.00 EUR" in person.words
        await person.press("r")
        await person.at("Refund")
        assert "3 505.00 EUR refundable" in person.words
        assert "PRO · Shipped · up to 2 000.00" in person.words
        await person.press("tab", *"1200.50")
        await person.until(lambda: "3 505.00 refundable − 1 200.50 this refund = 2 304.50 left (EUR)" in person.words)
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.until(lambda: "Send to Back Market: 1 200.50 EUR" in person.words)
        assert "2 304.50 EUR stays refundable" in person.words
        assert "1200.50" not in person.words.replace('"amount": 1200.50', "").replace('"amount": 1200.5', "")
        await person.press("Y")
        await person.at("OrderScreen")
        await person.until(lambda: "refunded 1 200.50 = 2 304.50 EUR refundable" in person.words)
        assert "1200.50" not in person.words


async def test_rest_beside_a_refunded_line_is_that_of_the_line_and_never_above_that_of_the_order(office: Desk) -> None:
    take_in(office, raw_order(77, [raw_line(771, price="200.00", sku="PRO"), raw_line(772, price="150.00", sku="AIR")]))
    async with driving(office, size=(100, 40)) as person:
        await person.search("id:77")
        await person.press("r")
        await person.at("Refund")
        await person.press(*"21.12")
        await person.until(lambda: "21.12 178.88 left" in person.words)
        await person.press("tab", "tab", "tab", *"180")
        # 355.00 − 21.12 − 180.00 are left of the order, less than of the line.
        await person.until(lambda: "21.12 153.88 left" in person.words)
        assert "180 153.88 left" in person.words
