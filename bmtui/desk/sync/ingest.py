"""Orders from the inbox: created, or updated with what the channel says now (order-desk §§1, 3)."""

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
            # It is tried again with each download.
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
    """Bring one order up to date inside the caller's transaction with what was just read.

    Raises:
        NotUnderstood: the order cannot be stored.
    """
    values = _values(order, Company.get_by_id(company_id))
    row = Order.get((Order.company == company_id) & (Order.order_id == order.order_id))
    shipped_state.merge(row, [line.state for line in order.lines], values)
    _update(desk, row, order, values, job_id)


def _values(order: ChannelOrder, company: Company) -> dict[str, Any]:
    """The columns that follow the channel, with a ship-by clock where it gives none."""
    values = order_columns.order_values(order, company.id)
    if values["ship_by"] is None:
        values["ship_by"] = ship_by.ship_by(company, order.market, values["channel_status"], order.paid_at)
    return values


def _create(desk: Desk, orders: Sequence[tuple[ChannelOrder, dict[str, Any]]], job_id: int) -> None:
    """Create orders by a few statements for all of them: one by one costs ten times as much."""
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
    bulk.insert(Payment, payments)
    _book_returned_at_once(desk, rows, returned, ids, line_ids)
    event_rows.append_all(_new(desk, rows, ids))
    bulk.insert(JobOrder, [{"job": job_id, "order": row, "outcome": "created"} for row in ids.values()])


def _new(desk: Desk, rows: Sequence[dict[str, Any]], ids: Mapping[int, int]) -> list[dict[str, Any]]:
    """The events of orders that are here for the first time."""
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
    """Book what the channel had returned of orders before they came here."""
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
    """Update one order; returns whether anything changed.

    What an operator decided (an order cancelled internally, held, or marked as a problem) stays; what the channel knows
    better (lines, states, payment, shipping) follows it.
    """
    if order.modified_at is None:
        # Nothing tells which of the two is newer: it is the one that came now.
        values = values | {"updated_at": max(row.updated_at, values["updated_at"])}
    # An older answer that comes late must not undo a newer one.
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
    # Most orders are as they were: reading all their facts would cost a download more than all else.
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
    """An operator's status stays, unless the channel ended the order before it was shipped."""
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
"""Facts that the summary of a change tells first."""


def _summary(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    said = [
        f"{name}: {label(was[key])} → {label(now[key])}" for key, name in _SUMMARISED.items() if was[key] != now[key]
    ]
    others = order_snapshot.changed(was, now)[1].keys() - _SUMMARISED.keys()
    return "; ".join(said) or f"Changed: {', '.join(sorted(others)).replace('_', ' ') or 'money'}."


def _line_changes(row: Order, order: ChannelOrder) -> list[tuple[OrderLine | None, dict[str, Any]]]:
    """What of which lines is new; None is a line that is new itself.

    Lines are never removed: one that the channel no longer sends keeps what it last said.
    """
    here = {line.line_id: line for line in OrderLine.select().where(OrderLine.order == row)}
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
            OrderLine.update(**values).where(OrderLine.id == known.id).execute()


def _follow_money(desk: Desk, row: Order, order: ChannelOrder) -> bool:
    """Book what the buyer paid and what the channel returned since; never twice."""
    touched = False
    fresh = Order.get_by_id(row.id)
    owed = order_columns.received(order) - fresh.received
    # What was booked as received stays, even if the channel's total shrinks: refunds were measured against it.
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
    return channel_returns.follow(desk, row.id) or touched


def _returned(order: ChannelOrder) -> list[tuple[tuple[int | None, str], int]]:
    """What the channel has returned in all of an order that is new."""
    lines = [(line.line_id, line.state, line.price.minor) for line in order.lines]
    return channel_returns.parts(lines, order.shipping.minor)
