"""Creation and update of orders from the inbox, after the channel's data (order-desk §§1, 3)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.desk.core import audit, order_snapshot, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import channel_states, ship_by
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import channel_returns, ledger
from bmtui.desk.shipping import shipped_state
from bmtui.desk.sync import erased_buyers, inbox, order_columns, writes_of_others
from bmtui.errors import NotUnderstood
from bmtui.money import Money
from bmtui.queue.jobs import write_log
from bmtui.store import bulk, event_rows
from bmtui.store.models import Company, Effect, Inbox, JobOrder, Order, OrderLine, Payment
from bmtui.words import (
    ChannelStatus,
    EffectKind,
    EffectState,
    OrderStatus,
    PaymentStatus,
    RefundState,
    label,
)


def create_waiting(desk: Desk, company_id: int, job_id: int, limit: int = 100) -> Counter[str]:
    """Turn up to `limit` waiting inbox rows into orders, inside the caller's transaction.

    An order that cannot be read goes to the quarantine with its text and the reason; the others go on (API §4).

    Returns: counts of created, updated, unchanged and skipped; empty when nothing waited.
    """
    counts: Counter[str] = Counter()
    readable: dict[int, tuple[ChannelOrder, dict[str, Any]]] = {}
    waiting = inbox.waiting(company_id, limit)
    company = Company.get_by_id(company_id)
    for row in waiting:
        try:
            order = read_order(json.loads(row.payload))
            readable[order.order_id] = (order, _values(order, company))
        except NotUnderstood as error:
            reason = str(error)
            Inbox.update(state=inbox.QUARANTINED, error=reason).where(Inbox.id == row.id).execute()
            write_log(job_id, f"Order {row.order_id or '(no id)'} cannot be read: {reason}", is_error=True)
            told = {"order_id": row.order_id, "job_id": job_id}
            # The subject is the order: each download tries it again and would write the event again.
            subject = f"{company_id}:{row.order_id or row.digest}"
            events.happened(desk, "order.quarantined", told, company_id=company_id, subject=subject)
            counts["skipped"] += 1
    here = list(Order.select().where((Order.company == company_id) & Order.order_id.in_(list(readable))))
    ours = shipped_state.among([known.id for known in here])
    personal_data.prune_raw(company_id, [known.order_id for known in here if known.anonymised_at is not None])
    for known in here:
        order, values = readable.pop(known.order_id)
        if known.id in ours:
            shipped_state.merge(known, [line.state for line in order.lines], values)
        counts["updated" if _update(desk, known, order, values, job_id) else "unchanged"] += 1
    _create(desk, list(readable.values()), job_id)
    counts["created"] += len(readable)
    erased_buyers.erase(desk, company, job_id)
    done = (Inbox.id.in_([row.id for row in waiting])) & (Inbox.state == inbox.WAITING)
    Inbox.update(state=inbox.DONE, error="").where(done).execute()
    return +counts


def refresh(desk: Desk, company_id: int, order: ChannelOrder, job_id: int) -> None:
    """Update an order from the channel order just read, inside the caller's transaction.

    Raises:
        NotUnderstood: the order cannot be stored.
    """
    values = _values(order, Company.get_by_id(company_id))
    (row,) = Order.having(company=company_id, order_id=order.order_id)
    shipped_state.merge(row, [line.state for line in order.lines], values)
    _update(desk, row, order, values, job_id)


def _values(order: ChannelOrder, company: Company) -> dict[str, Any]:
    """Return the columns that follow the channel, with a computed ship-by time if the channel gives none."""
    values = order_columns.order_values(order, company.id)
    if values["ship_by"] is None:
        values["ship_by"] = ship_by.ship_by(company, order.market, values["channel_status"], order.paid_at)
    return values


def _create(desk: Desk, orders: Sequence[tuple[ChannelOrder, dict[str, Any]]], job_id: int) -> None:
    """Insert orders by a few statements for all of them: one by one takes ten times as long."""
    if not orders:
        return
    rows, returned = [], []
    for order, values in orders:
        received = order_columns.received(order)
        back = ledger.covered(received, _returned(order))
        refunded = sum(amount for _, amount in back)
        status = channel_states.order_status(values["channel_status"], values["shipping_status"])
        payment_status = ledger.payment_status(received, refunded, free=order_columns.is_free(order))
        money = {"received": received, "refunded": refunded, "payment_status": payment_status}
        rows.append(values | money | {"status": status})
        returned.append(back)
    ids = dict(zip((row["order_id"] for row in rows), bulk.insert(Order, rows), strict=True))
    lines = []
    for (order, _), back in zip(orders, returned, strict=True):
        of_line = {line_id: amount for (line_id, _), amount in back}
        for line in order.lines:
            refunded = of_line.get(line.line_id, 0)
            lines.append(order_columns.line_values(line) | {"order": ids[order.order_id], "refunded": refunded})
    line_ids = {
        (line["order"], line["line_id"]): row for line, row in zip(lines, bulk.insert(OrderLine, lines), strict=True)
    }
    payments = [
        ledger.received_row(
            ids[row["order_id"]], row["received"], row["paid_at"] or row["created_at"], row["payment_method"]
        )
        for row in rows
        if row["received"] > 0
    ]
    bulk.insert(Payment, payments, ids=False)
    _book_returned_at_once(desk, rows, returned, ids, line_ids)
    event_rows.append_all(_new(desk, rows, ids))
    bulk.insert(JobOrder, [{"job": job_id, "order": row, "outcome": "created"} for row in ids.values()])


def _new(desk: Desk, rows: Sequence[dict[str, Any]], ids: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return the events of new orders: created, and paid."""
    found, now = [], desk.now()
    for row in rows:
        mine = (row["company"], ids[row["order_id"]], desk.actor, now)
        currency = row["currency"]
        created = {name: str(row[name]) for name in ("status", "channel_status", "market")}
        created |= {"total": Money(row["total"], currency).decimal, "currency": currency}
        found.append(event_rows.one("order.created", created, *mine))
        if row["received"] > 0:
            paid = {"received": Money(row["received"], currency).decimal, "currency": currency}
            found.append(event_rows.one("order.paid", paid, *mine))
    return found


def _book_returned_at_once(
    desk: Desk,
    rows: Sequence[dict[str, Any]],
    returned: Sequence[Sequence[tuple[tuple[int | None, str], int]]],
    ids: dict[int, int],
    line_ids: dict[tuple[int, int], int],
) -> None:
    """Book the amounts that the channel had returned before the orders were first downloaded."""
    zone = desk.zone(Company.get_by_id(rows[0]["company"]).name)
    refunds = []
    for row, back in zip(rows, returned, strict=True):
        order_row = ids[row["order_id"]]
        for (line_id, note), amount in back:
            refunds.append(
                channel_returns.facts_of_return(row["updated_at"], zone, note)
                | {
                    "order": order_row,
                    "line": None if line_id is None else line_ids[order_row, line_id],
                    "part": ledger.SHIPPING if line_id is None else ledger.LINE,
                    "amount": amount,
                    "state": RefundState.CONFIRMED,
                    "made_at": row["updated_at"],
                }
            )
    ledger.book_new(refunds)


def _update(desk: Desk, row: Order, order: ChannelOrder, values: dict[str, Any], job_id: int) -> bool:
    """Update an order; returns whether anything changed.

    An operator's decisions (an order cancelled internally, held, or marked as a problem) stay; lines, states, payment
    and shipping follow the channel.
    """
    if order.modified_at is None:
        # Without a date neither is known to be newer: the one that came now counts.
        values = values | {"updated_at": max(row.updated_at, values["updated_at"])}
    # A late answer with older data must not undo newer data.
    if row.updated_at > values["updated_at"]:
        return False
    values = erased_buyers.held(row, order, personal_data.kept(row, values))
    changes = {name: value for name, value in values.items() if name != "company" and getattr(row, name) != value}
    if values["channel_status"] == ChannelStatus.CANCELLED != row.channel_status and not _asked_to_cancel(row):
        told = {"channel_status": values["channel_status"], "status": row.status}
        events.happened(desk, "order.cancelled_by_buyer", told, company_id=row.company_id, order_row=row.id)
    next_status = _next_status(row, values["channel_status"], values["shipping_status"])
    if next_status != row.status:
        changes["status"] = next_status
    of_lines = _line_changes(row, order)
    # Most orders are unchanged: a snapshot of each would cost more than the whole download.
    was = order_snapshot.of_order(row.id) if changes or of_lines else None
    touched = bool(changes or of_lines)
    if changes:
        Order.update(version=Order.version + 1, **changes).where(Order.id == row.id).execute()
    if changes.get("erased_by_channel"):
        erased_buyers.told(desk, row, job_id)
    writes_of_others.note(desk, row, of_lines, job_id)
    _update_lines(row, of_lines)
    touched |= _follow_money(desk, row, order)
    if not touched:
        return False
    now = order_snapshot.of_order(row.id)
    if now != was:
        audit.record(
            desk,
            "order.updated",
            _summary(was or now, now),
            company_id=row.company_id,
            order_row=row.id,
            was=was,
            now=now,
            actor=f"{channel_returns.CHANNEL_ACTOR} (job {job_id})",
        )
    JobOrder.insert(job=job_id, order=row, outcome="updated").on_conflict_ignore().execute()
    return True


def _asked_to_cancel(row: Order) -> bool:
    mine = (Effect.order == row) & (Effect.kind == EffectKind.CANCEL_ON_CHANNEL)
    return bool(
        Effect.select().where(mine & Effect.state.not_in([EffectState.WITHDRAWN, EffectState.REJECTED])).exists()
    )


def _next_status(row: Order, channel: str, shipping: str) -> str:
    """Return the next status: an operator's stays, unless the channel ended the order before it was shipped."""
    status = channel_states.order_status(channel, shipping)
    if row.status in (OrderStatus.IN_PROCESS, OrderStatus.COMPLETED):
        return status
    ended = status == OrderStatus.CANCELLED and row.status in (OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER)
    return status if ended else row.status


_SUMMARISED = {
    "status": "Status",
    "channel_status": "Channel",
    "shipping_status": "Shipping",
    "payment_status": "Payment",
}
"""Columns whose changes the audit's summary names, with labels; others only if none of these changed."""


def _summary(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    said = [
        f"{name}: {label(was[key])} → {label(now[key])}" for key, name in _SUMMARISED.items() if was[key] != now[key]
    ]
    others = order_snapshot.changed(was, now)[1].keys() - _SUMMARISED.keys()
    return "; ".join(said) or f"Changed: {', '.join(sorted(others)).replace('_', ' ') or 'money'}."


def _line_changes(row: Order, order: ChannelOrder) -> list[tuple[OrderLine | None, dict[str, Any]]]:
    """Return changed lines with their new values; None instead of a line that is new.

    Lines are never removed: a line that the channel no longer sends keeps its last values.
    """
    here = {line.line_id: line for line in orders.lines_of(row)}
    found: list[tuple[OrderLine | None, dict[str, Any]]] = []
    for line in order.lines:
        values, known = order_columns.line_values(line), here.get(line.line_id)
        changes = {name: value for name, value in values.items() if known is None or getattr(known, name) != value}
        if changes:
            found.append((known, changes))
    return found


def _update_lines(row: Order, changes: Sequence[tuple[OrderLine | None, dict[str, Any]]]) -> None:
    for known, values in changes:
        if known is None:
            OrderLine.create(order=row, **values)
        else:
            bulk.update(OrderLine, values, id=known.id)


def _follow_money(desk: Desk, row: Order, order: ChannelOrder) -> bool:
    """Book new payments and returns of the channel; never twice. Returns whether there were any."""
    touched = False
    fresh = Order.get_by_id(row.id)
    owed = order_columns.received(order) - fresh.received
    # The booked amount stays even if the channel's total shrinks: refunds were measured against it.
    if owed > 0:
        ledger.receive(fresh, owed, order.paid_at or fresh.created_at)
        paid = {"received": Money(owed, fresh.currency).decimal, "currency": fresh.currency}
        events.happened(desk, "order.paid", paid, company_id=row.company_id, order_row=row.id)
        touched = True
    elif order_columns.is_free(order) and fresh.payment_status == PaymentStatus.NO_PAYMENT:
        Order.update(payment_status=PaymentStatus.CHARGED, version=Order.version + 1).where(
            Order.id == row.id
        ).execute()
        touched = True
    return channel_returns.follow(desk, Order.get_by_id(row.id) if touched else fresh) or touched


def _returned(order: ChannelOrder) -> list[tuple[tuple[int | None, str], int]]:
    """Return the amounts that the channel has returned of a new order."""
    lines = [(line.line_id, line.state, line.price.minor) for line in order.lines]
    return channel_returns.parts(lines, order.shipping.minor)
