"""Steps of the refund actions: refunds of one order or many, and the decisions of a second person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.desk.refunds.issue import RefundPlan, RefundRequest
from bmtui.desk.refunds.parameters import REJECTION
from bmtui.errors import BmtuiError, NotFound
from bmtui.text import how_many
from bmtui.tui.actions.action import Queued
from bmtui.tui.bulk import REASONS_SHOWN, amounts, reasons_of, sums
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.dialogs.pick import Pick
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.refunds.bulk_dialog import RefundMany
from bmtui.tui.refunds.dialog import Refund
from bmtui.tui.refunds.screen import ApprovalsScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.words import RefundOperation, label

_INSTEAD = (
    ("cancel", "Cancel on Back Market", "The buyer gets the money back from Back Market."),
    ("record", "Record money paid elsewhere", "The buyer gets nothing from Back Market."),
)
"""Choices of `r` for an order that is not accepted, whose lines Back Market cannot refund."""


async def refund(screen: OrderActs) -> None:
    """Ask for the refund, show exactly what would happen, and issue it."""
    desk, order = screen.desk_and_order()
    options = await desk.read(refunds.options, order.order_id)
    if options.why_not:
        await screen.desk_app.ask(Notice("Issue Refund", (options.why_not,)))
        return
    if options.cancel_first:
        chosen = await screen.desk_app.ask(Pick(f"Order {order.order_id} is not accepted", _INSTEAD))
        if chosen == "cancel":
            from bmtui.tui.cancellation import acts as cancellation

            await cancellation.cancel_on_channel(screen)
        if chosen != "record":
            return

    async def plan(request: RefundRequest) -> RefundPlan:
        return await desk.read(refunds.plan, order.order_id, request)

    request = await screen.desk_app.ask(Refund(options, plan))
    if request is None:
        return
    issued = await desk.write(refunds.issue, order.order_id, request, options.version)
    if issued.approval_id is not None:
        waits = f"A refund of {issued.plan.total} waits for a second person: request {issued.approval_id}."
        screen.say(f"{waits} A shows it; x there withdraws it.", "warn")
    elif issued.job_id is None:
        screen.say(f"A refund of {issued.plan.total} is recorded for order {order.order_id}. Nothing was sent.", "good")
    else:
        said = f"A refund of {issued.plan.total} is queued as job {issued.job_id}."
        screen.say(said + screen.takes_back(order.company), "good", planned=True)
    await screen.desk_app.check_changes()


async def gather_refund(screen: OrderActs, rows: Sequence[OrderRow]) -> RefundRequest | None:
    """Ask how to refund the whole rest of each order, then show the sums and the refusals; None when that was left."""
    app = screen.desk_app
    first = await replace(app.desk, company=rows[0].company).read(refunds.options, rows[0].order_id)
    request = await app.ask(RefundMany(len(rows), first))
    if request is None:
        return None
    planned: list[tuple[OrderRow, RefundPlan]] = []
    refused: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        try:
            plan = await replace(app.desk, company=row.company).read(refunds.plan, row.order_id, request)
            planned.append((row, plan))
        except BmtuiError as error:
            refused[str(error)].append(row.order_id)
    heading = f"Issue Refund · {how_many(len(rows), 'order')}"
    reasons, plans = reasons_of(refused), [plan for _, plan in planned]
    if not plans:
        await app.ask(Notice(heading, reasons[:REASONS_SHOWN]))
        return None
    sends = request.operation == RefundOperation.REFUND_ON_BACK_MARKET
    total, rest = sums(plan.total for plan in plans), sums(plan.refundable_after for plan in plans)
    asks = sum(1 for plan in plans if plan.approval)
    whole = "all that Back Market can refund of" if sends else "all that is left of"
    parts = [
        (f"{'Refund on Back Market' if sends else 'Record'} {total}: {whole} {how_many(len(plans), 'order')}.", "bold"),
        (f"{rest or 'Nothing'} stays refundable.", ""),
        ("Each refund is sent by its own job." if sends else "Nothing is sent to Back Market.", ""),
        *([(f"{asks:,} of them: only once a second person approved it.", "warn")] if asks else []),
        *((reason, "warn") for reason in reasons[:REASONS_SHOWN]),
    ]
    more = len(reasons) - REASONS_SHOWN
    parts += [(f"… and {how_many(more, 'more reason')}; the results name all.", "warn")] if more > 0 else []
    parts += amounts((row, plan.total) for row, plan in planned)
    verb = "Send to Back Market" if sends else "Record"
    verb = "Ask for approval" if asks == len(plans) else verb
    return request if await app.ask(Confirm(heading, parts, f"{verb}: {total}")) else None


def refund_each(desk: Desk, row: OrderRow, request: RefundRequest) -> str | Queued:
    """Refund the whole rest of the order."""
    issued = refunds.issue(desk, row.order_id, request)
    if issued.job_id is not None:
        return Queued(f"A refund of {issued.plan.total}. Job {issued.job_id} sends it.", (issued.job_id,))
    waits = issued.approval_id is not None
    return f"A refund of {issued.plan.total}. " + (
        f"It waits for approval {issued.approval_id}." if waits else "Nothing is sent."
    )


# Requests above a limit


async def open_approvals(screen: DeskScreen) -> None:
    """Show the requests for approval."""
    await screen.desk_app.show(ApprovalsScreen())


async def open_order(screen: ApprovalsScreen) -> None:
    """Open the order of the request."""
    row = _request(screen)
    await screen.desk_app.open_order(row.order_id, row.company)


async def approve(screen: ApprovalsScreen) -> None:
    """Approve the request, after a question that shows it."""
    row = _request(screen)
    parts = [
        (LOCAL.sentence(f"{label(row.operation)}, order {row.order_id}: {row.what}."), "bold"),
        (LOCAL.sentence(f"Asked for by {row.made_by}. {row.why}"), ""),
        (f"Note: {row.note}" if row.note else "", "dim"),
        ("", ""),
        ("It is sent, or recorded, as if it had just been issued.", "warn"),
    ]
    question = f"Approve request {row.approval_id}?"
    if await screen.desk_app.ask(Confirm(question, parts, f"Approve {LOCAL.amount(row.amount)}")):
        await screen.desk_app.desk.write(approvals.approve, row.approval_id)
        await screen.desk_app.check_changes()
        screen.say(f"Request {row.approval_id} is approved: {row.amount} of order {row.order_id}.", "good")


async def reject(screen: ApprovalsScreen) -> None:
    """Ask for a reason, and reject the request."""
    row = _request(screen)
    heading = f"Reject request {row.approval_id} · {LOCAL.amount(row.amount)} of order {row.order_id}"
    empty = "A rejection needs a reason: write it, or press Esc."
    reason = await screen.desk_app.ask(AskText(heading, about=REJECTION.label, empty=empty, parameter=REJECTION))
    if reason:
        view = await screen.desk_app.desk.write(approvals.reject, row.approval_id, reason)
        await screen.desk_app.check_changes()
        screen.say(f"Request {row.approval_id} is {label(view.state).lower()}.", "good")


async def settle(screen: ApprovalsScreen) -> None:
    """Ask whether a request was carried out, which a restore made uncertain, and store the answer."""
    from bmtui.tui.outbox.settle_dialog import Settle

    row = _request(screen)

    async def evidence() -> str:
        return "Back Market does not show refunds of a part: compare with the order in the Back Office."

    facts = [f"{label(row.operation)}, order {row.order_id}: {row.what}, asked for by {row.made_by}.", row.doubt]
    happened = await screen.desk_app.ask(Settle(f"request {row.approval_id}", facts, evidence))
    if happened is not None:
        await screen.desk_app.desk.write(approvals.settle, row.approval_id, happened=happened)
        await screen.desk_app.check_changes()
        goes_on = "" if happened else ": it waits for a second person again"
        screen.say(f"Settled: it {'happened' if happened else 'did not happen'}{goes_on}.", "good")


def _request(screen: ApprovalsScreen) -> ApprovalView:
    if screen.current is None:  # it has gone since the key was pressed
        raise NotFound("This request no longer exists.")
    return screen.current
