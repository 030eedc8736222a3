"""Ship, uploads and the scan station by keys, at 80×24."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import packing_locks
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.store.models import Company, Effect, Order, OrderLine, Shipment
from bmtui.tui.widgets.form import Choice, Entry, Paragraph
from bmtui.words import UploadState

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"
UPS = "1Z999AA10123456784"
GOOD = "356938035643809"


def simple(kind: str = "imei") -> tuple[int, int]:
    """Return order and line id of an accepted order of one piece that needs this kind of identifier."""
    wanted = {"imei": "PHN", "none": "ACC"}[kind]
    for order in Order.select().where((Order.channel_status == "to_ship") & ~Order.is_backship):
        lines = list(OrderLine.select().where(OrderLine.order == order))
        if len(lines) == 1 and lines[0].quantity == 1 and lines[0].sku.startswith(wanted):
            return order.order_id, lines[0].line_id
    raise AssertionError(f"no order of {wanted} is to ship")


async def test_ship_dialog_leads_through_fields_and_review(office: Desk) -> None:
    order_id, line_id = simple()
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("t")
        await person.at("Ship")
        screen = person.app.screen
        assert f"{OrderLine.get(line_id=line_id).sku} " in person.seen()
        await person.press("ctrl+s")
        await person.until(lambda: "needs a tracking number" in screen.query_one("#problem", Paragraph).text)
        screen.query_one("#carrier", Entry).value = "UPS"
        screen.query_one("#tracking", Entry).value = UPS
        screen.query_one(f"#identifier-{line_id}", Entry).value = GOOD[:-1] + "0"
        await person.press("ctrl+s")
        await person.until(lambda: "check digit" in screen.query_one("#problem", Paragraph).text)
        screen.query_one(f"#identifier-{line_id}", Entry).value = GOOD
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert '"new_state": 3' in person.seen()
        assert "PATCH" in person.seen()
        await person.press("Y")
        await person.says("is shipped here")
        view = overview.show(office, order_id)
        assert (view.row.shipping_status, view.lines[0].imei) == ("fully_shipped", GOOD)
        await person.press("t")
        await person.at("Notice")
        assert "is shipped already" in person.seen()


async def test_label_of_the_order_is_replaced_by_a_scan_not_appended(office: Desk) -> None:
    order_id, line_id = simple()
    Order.update(tracking_number=UPS, carrier="UPS").where(Order.order_id == order_id).execute()
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("t")
        await person.at("Ship")
        await person.press(*GOOD)
        screen = person.app.screen
        assert screen.query_one("#tracking", Entry).value == UPS
        assert screen.query_one(f"#identifier-{line_id}", Entry).value == GOOD
        # Another label takes the place of the one that is there; it is not written behind it.
        screen.query_one("#tracking", Entry).focus()
        await person.press(*"1Z999AA10987654321")
        assert screen.query_one("#tracking", Entry).value == "1Z999AA10987654321"


async def test_part_of_an_order_is_shipped_by_keys(office: Desk) -> None:
    # A question, whatever the order at hand is made of: a phone without its IMEI would be refused.
    Company.update(identifier_policy="*=ask").execute()
    several = OrderLine.select(OrderLine.order).where(OrderLine.quantity > 1)
    order = Order.get((Order.channel_status == "to_ship") & ~Order.is_backship & Order.id.in_(several))
    options = shipping.options(office, order.order_id)
    async with driving(office) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("t")
        await person.at("Ship")
        screen = person.app.screen
        screen.query_one("#carrier", Entry).value = "UPS"
        screen.query_one("#tracking", Entry).value = UPS
        for line_id, _, _, left in options.lines:
            choice = screen.query_one(f"#line-{line_id}", Choice)
            choice.action_step(left)
            assert choice.value == "0"
        await person.press("ctrl+s")
        await person.until(lambda: "No line of the order is chosen" in screen.query_one("#problem", Paragraph).text)
        line_id = next(line_id for line_id, _, _, left in options.lines if left > 1)
        screen.query_one(f"#line-{line_id}", Choice).action_step(-1)
        await person.press("ctrl+s")
        await person.at("AskText")
        assert "is shipped without its" in person.seen()
        await person.press(*"yes", "enter")
        await person.at("Confirm")
        assert "It is recorded here" in person.seen()
        await person.press("Y")
        await person.says("is shipped in part here. Nothing is sent before the last part.")
        view = overview.show(office, order.order_id)
        assert (view.row.shipping_status, view.row.status) == ("partially_shipped", "in_process")
        assert view.shipments[0].lines == ({"line_id": line_id, "quantity": 1},)
        assert not Effect.select().exists()


async def test_identifiers_of_an_order_are_entered_by_keys(office: Desk) -> None:
    order_id, line_id = simple()
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("N")
        await person.at("Identify")
        await person.press("ctrl+s")
        await person.until(lambda: "are both missing" in person.seen())
        person.app.screen.query_one(f"#identifier-{line_id}", Entry).value = GOOD
        await person.press("ctrl+s")
        await person.says("once the shipment of the order is confirmed")
        assert overview.show(office, order_id).lines[0].imei == GOOD


async def test_queue_of_the_day_is_sorted_by_ship_by_and_the_header_counts_late_orders(office: Desk) -> None:
    # Whatever day of the week it is, one is late.
    Order.update(ship_by=office.now() - timedelta(hours=2)).where(Order.order_id == simple()[0]).execute()
    async with driving(office) as person:
        await person.press("d")
        await person.until(lambda: person.home.shows("shipby:due"))
        assert "by ship by" in person.line("#info")
        await person.until(lambda: " late" in person.line("#header"))


async def test_packer_of_an_order_is_shown_to_other_people(office: Desk) -> None:
    order_id, _ = simple()
    with office.store.transaction():
        packing_locks.take(office, Order.get(Order.order_id == order_id), "station-1", "Ann")
    async with driving(office) as person:
        await person.until(lambda: "packing: Ann" in person.line("#header"))
        await person.search(f"id:{order_id}")
        await person.press("t")
        await person.at("Ship")
        assert "Warning: Ann packs it, for less than a minute now." in person.seen()
        await person.press("escape", "enter")
        await person.at("OrderScreen")
        await person.until(lambda: "Ann packs it" in person.seen())
        with office.store.transaction():
            packing_locks.release_all("station-1")
        await person.until(lambda: "packing" not in person.line("#header"))


async def test_failed_uploads_are_listed_and_settled_by_keys(office: Desk) -> None:
    order_id, _ = simple("none")
    companies.change(office, None, {"allow_fulfillment_upload": "false"})
    shipped = shipping.ship(office, order_id, ShipRequest(UPS, "UPS"))
    async with driving(office) as person:
        await person.press("f6")
        await person.at("UploadsScreen")
        await person.until(lambda: "Allow Fulfillment Upload is off" in person.seen())
        await person.press("x")
        await person.says("It is Queued: wait")
        # What is tried again by itself says why, in as many words as there is room for, and that there are more.
        companies.change(office, None, {"allow_fulfillment_upload": "true"})
        Effect.update(error="Back Market failed. " + "Try it again later. " * 4).execute()
        await person.until(lambda: "Try it again later. Try it again later." in person.seen())
        Effect.update(error="Back Market failed. " + "Try it again later. " * 40).execute()
        await person.until(lambda: any(line.endswith("…") for line in person.seen().splitlines()[-5:-2]))
        Effect.update(state="rejected").execute()
        Shipment.update(state=UploadState.FAILED, error="Back Market refused it.").execute()
        await person.until(lambda: "1 failed or unknown" in person.line("#info"))
        await person.press("x")
        await person.at("Form")
        await person.press(*"lost", "ctrl+s")
        await person.at("Confirm")
        assert "Note: lost" in person.seen()
        await person.press("Y")
        await person.says(f"Shipment {shipped.shipment_id} of order {order_id}: Dismissed.")
        assert overview.show(office, order_id).row.shipping_status == "unshipped"


async def test_doubt_in_the_ship_dialog_needs_a_typed_yes(office: Desk) -> None:
    order_id, _ = simple("none")
    async with driving(office) as person:
        await person.search(f"id:{order_id}")
        await person.press("t")
        await person.at("Ship")
        dialog = person.app.screen
        dialog.query_one("#carrier", Entry).value = "UPS"
        dialog.query_one("#tracking", Entry).value = "ABC1"
        await person.press("ctrl+s")
        await person.at("AskText")
        assert "ABC1 does not look like a tracking number of UPS" in person.seen()
        await person.press("Y", "enter")
        await person.until(lambda: "Type yes, or leave" in person.seen())
        await person.press("ctrl+u", *"yes", "enter")
        await person.at("Confirm")
        assert not Shipment.select().exists()
        await person.press("Y")
        await person.until(lambda: Shipment.select().exists())
        assert Shipment.get().tracking_number == "ABC1"


async def test_the_pick_list_of_marked_orders_is_saved(office: Desk, tmp_path: Path) -> None:
    place = tmp_path / "picks.pdf"
    async with driving(office) as person:
        await person.search(TO_SHIP)
        await person.press("space", "space", "p")
        await person.at("Papers")
        assert "Papers · 2 orders" in person.seen()
        screen = person.app.screen
        screen.query_one("#kind", Choice).action_step(1)
        screen.query_one("#output", Entry).value = str(place)
        await person.press("ctrl+s")
        await person.says("Pick list: saved as")
        # A file that is there is never overwritten.
        await person.press("p")
        await person.at("Papers")
        person.app.screen.query_one("#output", Entry).value = str(place)
        await person.press("ctrl+s")
        await person.at("Notice")
        assert "nothing was overwritten" in person.seen().replace("\n", " ")
    assert place.read_bytes().startswith(b"%PDF-")


async def test_upload_kept_back_by_a_setting_shows_no_countdown(office: Desk) -> None:
    order_id, _ = simple("none")
    companies.change(office, None, {"allow_fulfillment_upload": "false"})
    async with driving(replace(office, undo=True)) as person:
        shipping.ship(person.app.desk, order_id, ShipRequest(UPS, "UPS"))
        await person.until(lambda: "Waits, a toggle of the settings is off; u takes it back" in person.status)
        companies.change(office, None, {"allow_fulfillment_upload": "true"})
        await person.until(lambda: "Sent in" in person.status)
