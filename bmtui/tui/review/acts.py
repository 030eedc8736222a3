"""What is done on the screens of a second look, and from an order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bmtui.desk.core import audit, dates
from bmtui.desk.core.audit import AuditView
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import evidence
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.desk.sync import reconcile
from bmtui.desk.sync.reconcile import DriftView
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.review.screens import ApprovalsScreen, AsItWasScreen, AuditRowScreen, AuditScreen, DriftsScreen
from bmtui.words import label


async def open_approvals(screen: Any) -> None:
    await screen.desk_app.show(ApprovalsScreen())


async def open_drifts(screen: Any) -> None:
    await screen.desk_app.show(DriftsScreen())


async def open_audit(screen: Any) -> None:
    order = getattr(screen, "order", None) if screen.PLACE == "order" else None
    await screen.desk_app.show(AuditScreen(order.order_id if order else None))


async def open_audit_row(screen: Any) -> None:
    row: AuditView = screen.current
    await screen.desk_app.show(AuditRowScreen(row))


async def open_order(screen: Any) -> None:
    await screen.desk_app.open_order(screen.current.order_id, screen.current.company)


async def approve(screen: Any) -> None:
    row: ApprovalView = screen.current
    parts = [
        (f"{label(row.operation)}, order {row.order_id}: {row.what}.", "bold"),
        (f"Asked for by {row.made_by}. {row.why}", ""),
        (f"Note: {row.note}" if row.note else "", "dim"),
        ("", ""),
        ("It is sent, or recorded, as if it had just been issued.", "warn"),
    ]
    if await screen.desk_app.ask(Confirm(f"Approve request {row.approval_id}?", parts, f"Approve {row.amount}")):
        await screen.desk_app.desk.write(approvals.approve, row.approval_id)
        await screen.desk_app.check_changes()
        screen.say(f"Request {row.approval_id} is approved: {row.amount} of order {row.order_id}.", "good")


async def reject(screen: Any) -> None:
    row: ApprovalView = screen.current
    heading = f"Reject request {row.approval_id} · {row.amount} of order {row.order_id}"
    empty = "A rejection needs a reason: write it, or press Esc."
    reason = await screen.desk_app.ask(AskText(heading, about="Why, for who asked", empty=empty))
    if reason:
        view = await screen.desk_app.desk.write(approvals.reject, row.approval_id, reason)
        await screen.desk_app.check_changes()
        screen.say(f"Request {row.approval_id} is {label(view.state).lower()}.", "good")


async def verify(screen: Any) -> None:
    found = await screen.desk_app.desk.read(audit.verify)
    if found.problems:
        more = len(found.problems) - 5
        told = [problem.sentence for problem in found.problems[:5]]
        told += [f"… and {more:,} more: 'bmtui audit verify' names all."] if more > 0 else []
        await screen.desk_app.ask(Notice("The audit was tampered with", told))
    else:
        screen.say(f"{found.rows:,} rows, each as it was written. Head {found.head[:16]}…", "good")


async def compare(screen: Any) -> None:
    await _compare(screen, fix=False)


async def repair_all(screen: Any) -> None:
    parts = [
        ("Compare anew, and take what Back Market says wherever that is safe.", "bold"),
        ("Nothing is sent to Back Market. What needs a person stays as it is.", ""),
    ]
    if await screen.desk_app.ask(Confirm("Repair all that is safe?", parts, "Repair")):
        await _compare(screen, fix=True)


async def _compare(screen: Any, *, fix: bool) -> None:
    app = screen.desk_app
    names = [view.name for view in app.companies if view.enabled and app.desk.company in (None, view.name)]
    jobs = [str(await app.desk.write(reconcile.start, name, fix=fix)) for name in names]
    told = f"Job {', '.join(jobs)} compares with Back Market; J shows how far it is."
    screen.say(told if jobs else "No company is enabled.", "" if jobs else "warn")
    await app.check_changes()


async def repair(screen: Any) -> None:
    row: DriftView = screen.current
    job = await screen.desk_app.desk.write(reconcile.repair, row.drift_id)
    await screen.desk_app.check_changes()
    screen.say(f"Job {job} takes what Back Market says of order {row.order_id}.", "good")


async def as_it_was(screen: Any) -> None:
    desk, order = screen.desk_and_order()
    about = "A time such as 2026-11-01T08:00, a day, or 7d for seven days ago"
    text = await screen.desk_app.ask(AskText(f"Order {order.order_id} as it was", about=about, empty="Name a time."))
    if text:
        moment = await desk.read(dates.read, text)
        await screen.desk_app.show(AsItWasScreen(order.order_id, order.company, moment))


async def pack(screen: Any) -> None:
    desk, order = screen.desk_and_order()
    name = f"order-{order.order_id}-evidence.pdf"
    about = "A new file; its name ends in .pdf or .json"
    text = await screen.desk_app.ask(
        AskText(f"Evidence of order {order.order_id}", name, about=about, empty="Name it.")
    )
    if text:
        digest = await replace(desk, company=order.company).read(_write_pack, order.order_id, text)
        screen.say(f"{text} is written. SHA-256 {digest[:16]}…", "good")


def _write_pack(desk: Desk, order_id: int, name: str) -> str:
    return evidence.write(desk, order_id, Path(name).expanduser().absolute())
