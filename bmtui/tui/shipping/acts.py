"""From paid to parcel on the screens: accept, ship, identify, the queue of the day, uploads and the scan station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.acceptance.accept import AcceptPlan
from bmtui.desk.core.context import Desk
from bmtui.desk.core.order_views import ShipmentView
from bmtui.desk.core.views import OrderRow
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as orders
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipPlan, ShipRequest
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.navigation_history import Query
from bmtui.tui.overview.acts import OrderActs
from bmtui.tui.overview.many import named
from bmtui.tui.screen import DeskScreen
from bmtui.tui.shipping.dialog import Identify, Ship
from bmtui.tui.shipping.uploads_screen import UploadsScreen
from bmtui.words import label

REASONS_SHOWN = 5
_STOCK_WORD = {None: "", True: "in", False: "out"}


async def do_accept(screen: OrderActs) -> None:
    desk, order = screen.desk_and_order()
    plan = await desk.read(acceptance.plan, order.order_id)
    if await screen.desk_app.ask(Confirm(f"Accept order {order.order_id}?", _accepting(plan), "Accept")):
        accepted = await desk.write(acceptance.accept, order.order_id)
        screen.say(f"Order {order.order_id} is being accepted by job {accepted.job_id}; J shows how it goes.", "good")
        await screen.desk_app.check_changes()


def _accepting(plan: AcceptPlan) -> Sequence[tuple[str, str]]:
    return [
        (plan.sentence, "bold"),
        ("", ""),
        ("Sent to Back Market, exactly, after the order was read again:", ""),
        *((outbox.request_line(write), "") for write in plan.writes),
    ]


async def gather_accept(screen: OrderActs, rows: Sequence[OrderRow]) -> Any:
    """Which of the marked orders can be accepted, why the others cannot, and a last look."""
    app = screen.desk_app
    refused: list[str] = []
    fit: list[OrderRow] = []
    for row in rows:
        try:
            await replace(app.desk, company=row.company).read(acceptance.plan, row.order_id)
        except BmtuiError as error:
            refused.append(str(error))
        else:
            fit.append(row)
    # What the whole company cannot do is one reason.
    refused = list(dict.fromkeys(refused))
    if not fit:
        await app.ask(Notice("Accept", refused[:REASONS_SHOWN]))
        return None
    more = len(refused) - REASONS_SHOWN
    what = f"Accept {len(fit):,} order{'s' * (len(fit) > 1)}"
    parts = [
        (f"{what}: Back Market then expects {'them' if len(fit) > 1 else 'it'} to ship.", "bold"),
        (named(fit), ""),
        *((f"Not: {why}", "warn") for why in refused[:REASONS_SHOWN]),
        *([(f"… and {more:,} more reasons; the results name all.", "warn")] if more > 0 else []),
    ]
    return await app.ask(Confirm(f"Accept · {len(rows):,} orders", parts, what)) or None


def accept(desk: Desk, row: OrderRow, answer: Any) -> str:
    """Accept one of many."""
    return f"Job {acceptance.accept(desk, row.order_id).job_id} sends the acceptance."


async def do_ship(screen: OrderActs) -> None:
    desk, order = screen.desk_and_order()
    options = await desk.read(shipping.options, order.order_id)
    if options.why_not:
        await screen.desk_app.ask(Notice("Ship", (options.why_not,)))
        return

    async def plan(request: ShipRequest) -> ShipPlan:
        return await desk.read(shipping.plan, order.order_id, request)

    packing = (await desk.read(orders.show, order.order_id)).packing
    request = await screen.desk_app.ask(Ship(options, plan, packing))
    if request is None:
        return
    shipped = await desk.write(shipping.ship, order.order_id, request, options.version)
    sends = f"Job {shipped.job_id} tells Back Market." if shipped.job_id else "Nothing is sent before the last part."
    said = " ".join((shipped.plan.waits or sends, *shipped.kept))
    what = "is shipped here" if shipped.plan.whole else "is shipped in part here"
    screen.say(f"Order {order.order_id} {what}. {said}", "good")
    await screen.desk_app.check_changes()


async def do_identify(screen: OrderActs) -> None:
    desk, order = screen.desk_and_order()
    view = await desk.read(orders.show, order.order_id)
    lines = [(line.line_id, line.sku, line.product, line.quantity) for line in view.lines]
    answer = await screen.desk_app.ask(Identify(order.order_id, lines))
    if answer is None:
        return
    given, override = answer
    done = await desk.write(identifiers.identify, order.order_id, given, override=override)
    sends = f"Job {done.job_id} registers it." if done.job_id else ""
    screen.say(f"Order {order.order_id}: {' '.join((sends, *done.kept)).strip()}", "good")
    await screen.desk_app.check_changes()


async def do_stock(screen: OrderActs) -> None:
    """Flag the order's SKUs, which the acceptance rule's stock term looks at."""
    from bmtui.tui.dialogs.form import Ask, Form

    desk, order = screen.desk_and_order()
    view = await desk.read(orders.show, order.order_id)
    skus = list(dict.fromkeys(line.sku for line in view.lines))
    flags = dict(await desk.read(acceptance_rules.flags))
    before = {sku: _STOCK_WORD[flags.get(sku)] for sku in skus}

    async def attempt(answers: Mapping[str, str]) -> int:
        changed = {sku: answers[f"sku-{number}"] for number, sku in enumerate(skus)}
        if any(not word and before[sku] for sku, word in changed.items()):
            raise RuleRefused("A flag cannot be taken away.", "Say in stock or out of stock.")
        for word in ("in", "out"):
            some = [sku for sku, chosen in changed.items() if chosen == word and before[sku] != word]
            if some:
                await desk.write(acceptance_rules.flag, None, some, in_stock=word == "in")
        return sum(changed[sku] != before[sku] for sku in skus)

    options = (("", "not flagged"), ("in", "in stock"), ("out", "out of stock"))
    asks = [Ask(f"sku-{number}", sku, before[sku], options) for number, sku in enumerate(skus)]
    about = [("The acceptance rule's stock:in and stock:known look at these flags.", "dim")]
    changed = await screen.desk_app.ask(Form(f"Stock · order {order.order_id}", asks, attempt, about=about))
    if changed is not None:
        screen.say(f"{changed} of {len(skus)} SKUs are flagged anew." if changed else "Nothing was changed.", "good")


async def do_papers(screen: OrderActs) -> None:
    from bmtui.tui.overview import papers

    _, order = screen.desk_and_order()
    await papers.make(screen, [order])


def do_queue(screen: Any) -> None:
    """The queue of the day, in the search; back leads to what was there before."""
    trail = screen.desk_app.trail
    trail.visit(screen.here)
    screen.go_to(Query("shipby:due", "shipby", False))
    trail.visit(screen.here)


async def do_uploads(screen: DeskScreen) -> None:
    await screen.desk_app.show(UploadsScreen())


async def do_scan(screen: DeskScreen) -> None:
    """Who packs is asked, because others see it."""
    from bmtui.tui.shipping.scan_screen import ScanScreen

    app = screen.desk_app
    name = await app.ask(
        AskText(
            "Scan station",
            app.desk.actor.split("(")[0],
            about="Who packs here? Other packers see this name.",
            empty="Say who packs here.",
        )
    )
    if name is not None:
        await app.show(ScanScreen(name))


async def do_open_shipment(screen: UploadsScreen) -> None:
    one = screen.shipment
    await screen.desk_app.open_order(one.order_id or 0, one.company)


async def do_retry_upload(screen: UploadsScreen) -> None:
    await _told(screen, await screen.desk_app.desk.write(shipping.retry, screen.shipment.shipment_id or 0))


async def do_mark_notified(screen: UploadsScreen) -> None:
    one = screen.shipment
    note = await screen.desk_app.ask(
        AskText(
            f"Mark notified · order {one.order_id}",
            about="Back Market knows of this shipment by other ways: how? It is kept with it.",
            empty="Say how Back Market knows.",
        )
    )
    if note is not None:
        await _told(screen, await screen.desk_app.desk.write(shipping.mark_notified, one.shipment_id or 0, note))


async def do_dismiss(screen: UploadsScreen) -> None:
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
    if await screen.desk_app.ask(Confirm(f"Dismiss the {what}?", parts, "Dismiss")):
        await _told(screen, await screen.desk_app.desk.write(shipping.dismiss, one.shipment_id or 0))


async def _told(screen: DeskScreen, after: ShipmentView) -> None:
    await screen.desk_app.check_changes()
    screen.say(f"Shipment {after.shipment_id} of order {after.order_id}: {label(after.open_state)}.", "good")
