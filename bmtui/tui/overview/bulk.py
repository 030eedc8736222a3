"""What is asked before something is done to many orders, and the desk function that does it to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bmtui.desk.cancellation import internal as cancelling
from bmtui.desk.cancellation import on_channel as ending
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import OrderRow
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundPlan, RefundRequest
from bmtui.errors import BmtuiError
from bmtui.money import Money
from bmtui.tui.cancellation.dialog import Cancel, CancelAnswer
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.overview.acts import OrderActs
from bmtui.tui.overview.many import named
from bmtui.tui.refunds.bulk_dialog import RefundMany
from bmtui.words import RefundOperation, label

REASONS_SHOWN = 5


async def gather_note(screen: OrderActs, rows: Sequence[OrderRow]) -> str | None:
    """One note for all of them."""
    heading = f"Note · {len(rows):,} orders"
    empty = "The note is empty: write something, or press Esc."
    return await screen.desk_app.ask(AskText(heading, about=named(rows), empty=empty))


def note(desk: Desk, row: OrderRow, text: str) -> str:
    """Write the note."""
    orders.add_note(desk, row.order_id, text)
    return "The note is stored."


async def gather_cancel(screen: OrderActs, rows: Sequence[OrderRow]) -> CancelAnswer | None:
    """The New Status and a note for all of them, and a last look."""
    app = screen.desk_app
    desk = replace(app.desk, company=rows[0].company)
    preview = await desk.read(cancelling.preview, rows[0].order_id)
    preview = replace(preview, channel_belief="Back Market goes on expecting those that are to ship.")
    heading = f"Cancel Order Internally · {len(rows):,} orders"
    answer = await app.ask(Cancel(preview, heading))
    if answer is None:
        return None
    parts = [
        (named(rows), ""),
        ("", ""),
        ("Only what is unshipped is changed. Nothing is sent to Back Market.", "bold"),
    ]
    return answer if await app.ask(Confirm(heading, parts, f"Set to {label(answer.status)}")) else None


def cancel(desk: Desk, row: OrderRow, answer: CancelAnswer) -> str:
    """Give the order its new status."""
    cancelling.cancel_internally(desk, row.order_id, answer.status, answer.note)
    return f"{label(answer.status)} now. Nothing was sent."


async def gather_cancel_on_channel(screen: OrderActs, rows: Sequence[OrderRow]) -> bool | None:
    """A last look at what ends there, and at what does not."""
    app = screen.desk_app
    lines = asks = waits = 0
    refused: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        try:
            plan = await replace(app.desk, company=row.company).read(ending.plan, row.order_id)
        except BmtuiError as error:
            refused[str(error)].append(row.order_id)
        else:
            lines += len(plan.items)
            asks += bool(plan.approval)
            waits += plan.all_waits
    heading, reasons = f"Cancel on Back Market · {len(rows):,} orders", _reasons(refused)
    if not lines:
        await app.ask(Notice(heading, reasons[:REASONS_SHOWN]))
        return None
    count = len(rows) - sum(map(len, refused.values()))
    parts = [
        (f"Cancel {lines:,} lines of {count:,} orders on Back Market; their buyers get the money back.", "bold"),
        *([(f"{asks:,} of them: refunds only once a second person approved them.", "warn")] if asks else []),
        (named(rows), ""),
        *((reason, "warn") for reason in reasons[:REASONS_SHOWN]),
    ]
    verb = "Ask for approval" if waits == count else "Send to Back Market"
    return await app.ask(Confirm(heading, parts, verb)) or None


def cancel_on_channel(desk: Desk, row: OrderRow, _: bool) -> str:
    """Cancel every line that can be."""
    done = ending.send(desk, row.order_id)
    sent = f" Job {', '.join(map(str, done.job_ids))} sends it." if done.job_ids else ""
    waits = f" Its refund waits for approval {done.approval_id}." if done.approval_id is not None else ""
    return f"{len(done.plan.items):,} lines.{sent}{waits}"


async def gather_bring_back(screen: OrderActs, rows: Sequence[OrderRow]) -> bool | None:
    """A last look."""
    heading = f"Back to In Process · {len(rows):,} orders"
    parts = [(named(rows), ""), ("", ""), ("Nothing is sent to Back Market.", "bold")]
    return await screen.desk_app.ask(Confirm(heading, parts, "Bring them back")) or None


def bring_back(desk: Desk, row: OrderRow, _: bool) -> str:
    """Give it the status that it has by itself."""
    own = "completed" if row.shipping_status == "fully_shipped" else "in_process"
    cancelling.bring_back(desk, row.order_id, own)
    return f"{label(own)} again. Nothing was sent."


def _reasons(refused: Mapping[str, Sequence[int]]) -> list[str]:
    """Why which orders not, a line a reason."""
    return [f"Not {', '.join(map(str, ids[:3]))}{' …' if len(ids) > 3 else ''}: {why}" for why, ids in refused.items()]


async def gather_refund(screen: OrderActs, rows: Sequence[OrderRow]) -> RefundRequest | None:
    """How to refund all that is left of each, and a last look at the sums and at what cannot be refunded."""
    app = screen.desk_app
    first = await replace(app.desk, company=rows[0].company).read(refunds.options, rows[0].order_id)
    request = await app.ask(RefundMany(len(rows), first))
    if request is None:
        return None
    plans: list[RefundPlan] = []
    refused: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        try:
            plans.append(await replace(app.desk, company=row.company).read(refunds.plan, row.order_id, request))
        except BmtuiError as error:
            refused[str(error)].append(row.order_id)
    heading = f"Issue Refund · {len(rows):,} orders"
    reasons = _reasons(refused)
    if not plans:
        await app.ask(Notice(heading, reasons[:REASONS_SHOWN]))
        return None
    sends = request.operation == RefundOperation.REFUND_ON_BACK_MARKET
    total, rest = _sums(plan.total for plan in plans), _sums(plan.refundable_after for plan in plans)
    asks = sum(1 for plan in plans if plan.approval)
    whole = "all that it can refund of" if sends else "all that is left of"
    parts = [
        (f"{'Refund on Back Market' if sends else 'Record'} {total}: {whole} {len(plans):,} orders.", "bold"),
        (f"{rest or 'Nothing'} stays refundable.", ""),
        ("Each is sent by a job of its own." if sends else "Nothing is sent to Back Market.", ""),
        *([(f"{asks:,} of them: only once a second person approved it.", "warn")] if asks else []),
        (named(rows), ""),
        *((reason, "warn") for reason in reasons[:REASONS_SHOWN]),
    ]
    more = len(reasons) - REASONS_SHOWN
    parts += [(f"… and {more:,} more reasons; the results name all.", "warn")] if more > 0 else []
    verb = "Send to Back Market" if sends else "Record"
    verb = "Ask for approval" if asks == len(plans) else verb
    return request if await app.ask(Confirm(heading, parts, f"{verb}: {total}")) else None


def _sums(amounts: Iterable[Money]) -> str:
    """What amounts come to, per currency; '' for nothing."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        currency = amount.currency
        sums[currency] = sums[currency] + amount if currency in sums else amount
    return " and ".join(str(amount) for amount in sums.values() if amount.minor)


def refund(desk: Desk, row: OrderRow, request: RefundRequest) -> str:
    """Refund all that is left of the order."""
    issued = refunds.issue(desk, row.order_id, request)
    queued = f" Job {issued.job_id} sends it." if issued.job_id else " Nothing is sent."
    queued = f" It waits for approval {issued.approval_id}." if issued.approval_id is not None else queued
    return f"A refund of {issued.plan.total}.{queued}"


async def gather_copy(screen: OrderActs, rows: Sequence[OrderRow]) -> None:
    """Copy all their ids at once: there is nothing more to be done to each."""
    await screen.copy("\n".join(str(row.order_id) for row in rows), f"{len(rows):,} order ids")
