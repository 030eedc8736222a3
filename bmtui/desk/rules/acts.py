"""Acts of rules on an order. Each is an action of a person too, with the same refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import saved_views
from bmtui.desk.rules.language import Act, view_tag
from bmtui.desk.tags import tags
from bmtui.invoices.model import Kind
from bmtui.queue import jobs
from bmtui.store.models import Order, SavedView
from bmtui.store.plain_sql import fetch
from bmtui.words import JobType, Priority


def tags_of(order_rows: Collection[int]) -> Mapping[int, frozenset[str]]:
    """Return the tags of these orders, by row id."""
    found: dict[int, set[str]] = {order_row: set() for order_row in order_rows}
    marks = ", ".join("?" for _ in found) or "NULL"
    sql = f"SELECT order_ref, tag FROM order_tags WHERE order_ref IN ({marks})"  # noqa: S608 - marks alone
    for order_row, tag in fetch(sql, list(found)):
        found[order_row].add(tag)
    return {order_row: frozenset(names) for order_row, names in found.items()}


def already(order: Order, has: Collection[str], act: Act) -> bool:
    """Return whether the act would change nothing on the order, which `has` these tags."""
    if act.verb in ("tag", "untag", "view"):
        tag = view_tag(act.text) if act.verb == "view" else act.word
        return (tag in has) == (act.verb != "untag")
    if act.verb in ("assign", "unassign"):
        return bool(order.assignee == act.word)
    if act.verb == "invoice":
        return bool(fetch("SELECT 1 FROM invoices WHERE order_ref = ? AND kind = ?", (order.id, str(Kind.INVOICE))))
    return act.verb == "status" and order.status == act.word


def do(desk: Desk, order: Order, act: Act, version: int, rule: str) -> None:
    """Do the act inside the caller's transaction; the desk is that of the order's company and acts as the rule.

    Raises:
        BmtuiError: it cannot be done, with the reason.
    """
    number = order.order_id
    if act.verb == "status":
        internal_cancel.set_status(desk, number, act.word, act.text)
    elif act.verb == "tag":
        tags.tag(desk, number, add=[act.word])
    elif act.verb == "untag":
        tags.tag(desk, number, remove=[act.word])
    elif act.verb in ("assign", "unassign"):
        tags.assign(desk, number, act.word)
    elif act.verb == "note":
        orders.add_note(desk, number, act.text)
    elif act.verb == "notify":
        told = {"rule": rule, "version": version, "way": act.word}
        events.happened(desk, "rule.notified", told, company_id=order.company_id, order_row=order.id)
    elif act.verb == "accept":
        acceptance.accept(desk, number, because=f"By the rule: {rule}")
    elif act.verb == "invoice":
        invoice_jobs.make(desk, [number], send=act.word == "send")
    elif act.verb == "papers":
        _fetch_papers(desk, order)
    else:
        _put_into_view(desk, number, act.text)


def _fetch_papers(desk: Desk, order: Order) -> None:
    """Queue the job that saves Back Market's papers of the order: delivery note, label."""
    jobs.submit(
        desk.store,
        JobType.PAPERS,
        by=desk.actor,
        company_id=order.company_id,
        parameters={"order_id": order.order_id},
        about={"order_id": order.order_id},
        priority=Priority.BELOW_NORMAL,
        identity=f"{JobType.PAPERS}:{order.id}",
    )


def _put_into_view(desk: Desk, number: int, name: str) -> None:
    """Tag the order for a view, and create the view if there is none of that name."""
    tag = view_tag(name)
    if not SavedView.select().where(SavedView.name == name).exists():
        saved_views.save(desk, name, f"tag:{tag}")
    tags.tag(desk, number, add=[tag])
