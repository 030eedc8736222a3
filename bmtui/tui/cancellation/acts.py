"""Steps of the cancellation actions: internal, on Back Market, and back again; for one order or many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.cancellation import on_channel as channel_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import BmtuiError
from bmtui.money import Money
from bmtui.text import how_many
from bmtui.tui.actions.action import Queued
from bmtui.tui.bulk import REASONS_SHOWN, amounts, named, reasons_of, sums
from bmtui.tui.cancellation.channel_dialog import ChannelCancel, review
from bmtui.tui.cancellation.dialog import Cancel, CancelAnswer
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.returns import creating
from bmtui.words import label


async def cancel(screen: OrderActs) -> None:
    """Ask for the new status of an unshipped order, and set it; for a shipped order, offer an RMA."""
    desk, order = screen.desk_and_order()
    preview = await desk.read(internal_cancel.preview, order.order_id)
    if preview.shipped:
        # A shipped order that comes back is handled in an RMA (order-desk §1, item 9): that is offered at once.
        await creating.of_order(screen, f"Order {order.order_id} was shipped: handle its return in an RMA.")
        return
    if preview.why_not:
        await screen.desk_app.ask(Notice("Cancel Order Internally", (preview.why_not,)))
        return
    answer = await screen.desk_app.ask(Cancel(preview))
    if answer is None:
        return
    await desk.write(internal_cancel.cancel_internally, order.order_id, answer.status, answer.note, preview.version)
    screen.say(f"Order {order.order_id} is {label(answer.status)} now. Nothing was sent to Back Market.", "good")
    await screen.desk_app.check_changes()


async def gather_cancel(screen: OrderActs, rows: Sequence[OrderRow]) -> CancelAnswer | None:
    """Ask for the new status and the note of all orders, then for confirmation; None when that was left."""
    app = screen.desk_app
    desk = replace(app.desk, company=rows[0].company)
    preview = await desk.read(internal_cancel.preview, rows[0].order_id)
    preview = replace(preview, channel_belief="Back Market still expects a parcel for those to ship.")
    heading = f"Cancel Order Internally · {how_many(len(rows), 'order')}"
    answer = await app.ask(Cancel(preview, heading))
    if answer is None:
        return None
    parts = [
        (named(rows), ""),
        ("", ""),
        ("Only unshipped orders are changed. Nothing is sent to Back Market.", "bold"),
    ]
    return answer if await app.ask(Confirm(heading, parts, f"Set to {label(answer.status)}")) else None


def cancel_each(desk: Desk, row: OrderRow, answer: CancelAnswer) -> str:
    """Set the order's status and note."""
    internal_cancel.cancel_internally(desk, row.order_id, answer.status, answer.note)
    return f"{label(answer.status)} now. Nothing was sent."


async def cancel_on_channel(screen: OrderActs) -> None:
    """Ask for the lines, show exactly what would be sent, and queue it."""
    desk, order = screen.desk_and_order()
    options = await desk.read(channel_cancel.options, order.order_id)
    if options.why_not:
        await screen.desk_app.ask(Notice("Cancel on Back Market", (options.why_not, options.belief)))
        return
    lines: tuple[int, ...] | None = ()
    if len(options.lines) > 1:
        lines = await screen.desk_app.ask(ChannelCancel(options))
    if lines is None:
        return
    plan = await desk.read(channel_cancel.plan, order.order_id, lines)
    heading = f"Cancel on Back Market · order {order.order_id}"
    verb = "Ask for approval" if plan.all_waits else "Send to Back Market"
    if not await screen.desk_app.ask(Confirm(heading, review(plan, options), verb)):
        return
    done = await desk.write(channel_cancel.send, order.order_id, lines, options.version)
    jobs = ", ".join(map(str, done.job_ids))
    waits = f"Its refund waits for a second person: request {done.approval_id}."
    waits += " A shows it; x there withdraws it."
    said = [] if done.approval_id is None else [waits]
    if jobs:
        said = [f"The cancellation is queued as job {jobs}.", *said, screen.takes_back(order.company).strip()]
    screen.say(" ".join(said), "warn" if done.approval_id is not None else "good", planned=bool(jobs))
    await screen.desk_app.check_changes()


async def gather_cancel_on_channel(screen: OrderActs, rows: Sequence[OrderRow]) -> bool | None:
    """Ask whether to cancel the orders on Back Market, with amounts and the reasons against others; None for no."""
    app = screen.desk_app
    lines = asks = waits = 0
    returned: list[tuple[OrderRow, Money]] = []
    refused: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        try:
            plan = await replace(app.desk, company=row.company).read(channel_cancel.plan, row.order_id)
        except BmtuiError as error:
            refused[str(error)].append(row.order_id)
        else:
            lines += len(plan.items)
            first, *others = [item.price for item in plan.items]
            returned.append((row, sum(others, first)))
            asks += bool(plan.approval)
            waits += plan.all_waits
    heading, reasons = f"Cancel on Back Market · {how_many(len(rows), 'order')}", reasons_of(refused)
    if not lines:
        await app.ask(Notice(heading, reasons[:REASONS_SHOWN]))
        return None
    count, total = len(returned), sums(amount for _, amount in returned)
    parts = [
        (
            f"Cancel {how_many(lines, 'line')} of {how_many(count, 'order')} on Back Market; their buyers get "
            f"{total} back.",
            "bold",
        ),
        *([(f"{asks:,} of them: refunds only once a second person approved them.", "warn")] if asks else []),
        *((reason, "warn") for reason in reasons[:REASONS_SHOWN]),
        *amounts(returned),
    ]
    verb = "Ask for approval" if waits == count else "Send to Back Market"
    return await app.ask(Confirm(heading, parts, verb)) or None


def cancel_on_channel_each(desk: Desk, row: OrderRow, _: bool) -> Queued:
    """Cancel all lines of the order that Back Market can cancel."""
    done = channel_cancel.send(desk, row.order_id)
    sent = f" Job {', '.join(map(str, done.job_ids))} sends it." if done.job_ids else ""
    waits = f" Its refund waits for approval {done.approval_id}." if done.approval_id is not None else ""
    return Queued(f"{how_many(len(done.plan.items), 'line')}.{sent}{waits}", tuple(done.job_ids))


async def bring_back(screen: OrderActs) -> None:
    """Set the order back to In Process or Completed, after a confirmation."""
    desk, order = screen.desk_and_order()
    preview = await desk.read(internal_cancel.preview, order.order_id)
    own = "completed" if order.shipping_status == "fully_shipped" else "in_process"
    parts = [
        (f"{label(preview.status)} → {label(own)}. Nothing is sent to Back Market.", "bold"),
        (preview.channel_belief, "warn"),
    ]
    heading = f"Back to {label(own)} · order {order.order_id}"
    if await screen.desk_app.ask(Confirm(heading, parts, "Bring it back")):
        await desk.write(internal_cancel.bring_back, order.order_id, own, "", preview.version)
        screen.say(f"Order {order.order_id} is {label(own)} again.", "good")
        await screen.desk_app.check_changes()


async def gather_bring_back(screen: OrderActs, rows: Sequence[OrderRow]) -> bool | None:
    """Ask whether to bring the orders back; None for no."""
    heading = f"Back to In Process · {how_many(len(rows), 'order')}"
    parts = [(named(rows), ""), ("", ""), ("Nothing is sent to Back Market.", "bold")]
    return await screen.desk_app.ask(Confirm(heading, parts, "Bring them back")) or None


def bring_back_each(desk: Desk, row: OrderRow, _: bool) -> str:
    """Set the order back to In Process, or to Completed if it has shipped."""
    own = "completed" if row.shipping_status == "fully_shipped" else "in_process"
    internal_cancel.bring_back(desk, row.order_id, own)
    return f"{label(own)} again. Nothing was sent."
