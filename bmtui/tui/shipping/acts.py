"""Steps of the shipping actions: parcels and identifiers, the queue of the day, uploads, and the scan station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers, scan_station
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import Identifier, IdentifyPlan
from bmtui.desk.shipping.parameters import SHIPMENT_NOTE
from bmtui.desk.shipping.ship import ShipPlan, ShipRequest
from bmtui.desk.shipping.views import ShipmentView
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Form, field
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.navigation_history import Query
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.orders.acts import DUE
from bmtui.tui.screen import DeskScreen
from bmtui.tui.shipping.dialog import Identify, Ship
from bmtui.tui.shipping.uploads_screen import UploadsScreen
from bmtui.words import label


async def ship(screen: OrderActs) -> None:
    desk, order = screen.desk_and_order()
    options = await desk.read(shipping.options, order.order_id)
    if options.why_not:
        await screen.desk_app.ask(Notice("Ship", (options.why_not,)))
        return

    async def plan(request: ShipRequest) -> ShipPlan:
        return await desk.read(shipping.plan, order.order_id, request)

    packing = (await desk.read(overview.show, order.order_id)).packing
    request = await screen.desk_app.ask(Ship(options, plan, packing))
    if request is None:
        return
    shipped = await desk.write(shipping.ship, order.order_id, request, options.version)
    screen.say(shipped.sentence, "good")
    await screen.desk_app.check_changes()


async def identify(screen: OrderActs) -> None:
    desk, order = screen.desk_and_order()
    view = await desk.read(overview.show, order.order_id)
    lines = [(line.line_id, line.sku, line.product, line.quantity) for line in view.lines]
    options = await desk.read(shipping.options, order.order_id)

    async def plan(given: tuple[Identifier, ...], override: str) -> IdentifyPlan:
        return await desk.read(identifiers.plan, order.order_id, given, override=override)

    answer = await screen.desk_app.ask(Identify(order.order_id, lines, options.wanted, plan))
    if answer is None:
        return
    given, override, accepted = answer
    done = await desk.write(identifiers.identify, order.order_id, given, override=override, accept_doubts=accepted)
    sends = f"Job {done.job_id} registers it." if done.job_id else ""
    screen.say(f"Order {order.order_id}: {' '.join((sends, *done.kept)).strip()}", "good")
    await screen.desk_app.check_changes()


def queue(screen: Any) -> None:
    """Show the queue of the day in the search; the way back leads to the query before."""
    trail = screen.desk_app.trail
    trail.visit(screen.here)
    screen.go_to(Query(DUE, "shipby", False))
    trail.visit(screen.here)


async def uploads(screen: DeskScreen) -> None:
    await screen.desk_app.show(UploadsScreen())


async def scan(screen: DeskScreen) -> None:
    """Ask for the packer's name, which other packers see, and open the scan station."""
    from bmtui.tui.shipping.scan_screen import ScanScreen

    app = screen.desk_app
    name = await app.ask(
        AskText(
            "Scan station",
            app.memory.packer or app.desk.actor.split("(")[0],
            about="Who packs here? Other packers see this name.",
            empty="Say who packs here.",
            wrong=scan_station.why_no_name,
        )
    )
    if name is not None:
        app.memory.packs(name)
        await app.show(ScanScreen(name))


async def open_shipment(screen: UploadsScreen) -> None:
    one = screen.shipment
    await screen.desk_app.open_order(one.order_id or 0, one.company)


async def retry_upload(screen: UploadsScreen) -> None:
    await _told(screen, await screen.desk_app.desk.write(shipping.retry, screen.shipment.shipment_id or 0))


async def mark_notified(screen: UploadsScreen) -> None:
    one = screen.shipment
    note = await screen.desk_app.ask(
        AskText(
            f"Mark notified · order {one.order_id}",
            about="Back Market knows of this shipment by other ways: how? It is kept with it.",
            empty="Say how Back Market knows.",
            parameter=SHIPMENT_NOTE,
        )
    )
    if note is not None:
        await _told(screen, await screen.desk_app.desk.write(shipping.mark_notified, one.shipment_id or 0, note))


async def dismiss(screen: UploadsScreen) -> None:
    one = screen.shipment
    what, then = "shipment", "The shipment is void: the order goes back to In Process, and can be shipped anew."
    if one.identifiers:
        what, then = (
            "identifier",
            "The parcel stays. What Back Market refused is void: N on the order gives another one.",
        )
    parts = [
        (f"Order {one.order_id}: {one.carrier} {one.tracking_number}, {label(one.open_state)}.", "bold"),
        (one.error, "warn"),
        (then, ""),
    ]
    heading = f"Dismiss the {what}?"

    async def attempt(answers: Mapping[str, str]) -> str:
        return str(SHIPMENT_NOTE.read(answers[SHIPMENT_NOTE.name]))

    async def review(note: str) -> bool | None:
        said = [(f"Note: {note}", "")] if note else []
        return await screen.desk_app.ask(Confirm(heading, [*parts, *said], "Dismiss"))

    form = Form(heading, [field(SHIPMENT_NOTE)], attempt, about=parts, review=review, verb="Review")
    note = await screen.desk_app.ask(form)
    if note is not None:
        await _told(screen, await screen.desk_app.desk.write(shipping.dismiss, one.shipment_id or 0, note))


async def _told(screen: DeskScreen, after: ShipmentView) -> None:
    await screen.desk_app.check_changes()
    screen.say(f"Shipment {after.shipment_id} of order {after.order_id}: {label(after.open_state)}.", "good")
