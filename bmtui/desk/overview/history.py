"""An order at an earlier time, rebuilt from the snapshots in audit rows (reliability §5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from bmtui.desk.core import order_snapshot
from bmtui.desk.core.context import Desk
from bmtui.desk.core.order_views import LineView
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import OrderView, PaymentView
from bmtui.desk.refunds.views import RefundView
from bmtui.errors import ConfigError, NotFound
from bmtui.money import Money
from bmtui.store.models import Audit, from_micros
from bmtui.words import REFUND_NOT_MADE, IdentifierState

_MONEY = {"goods", "shipping", "total", "received", "refunded"}
_TIMES = {"created_at", "paid_at", "ship_by", "shipped_at"}


def at(desk: Desk, order_id: int, moment: datetime) -> OrderView:
    """Return the order as it was at `moment`. Names and addresses, which the audit does not keep, are today's.

    Raises:
        NotFound: the order did not exist then. ConfigError: the moment is in the future.
    """
    if moment > desk.now():
        raise ConfigError("That time is in the future.", "Name one that has been.")
    with desk.store.snapshot():
        view = overview.show(desk, order_id)
        if moment < view.row.created_at:
            raise NotFound(
                f"Order {order_id} did not exist then.", f"It was ordered at {view.row.created_at:%Y-%m-%d %H:%M} UTC."
            )
        known = _facts(orders.order_row(desk, order_id).id, moment)
    states: Mapping[str, str] = known["refunds"]
    refunds = tuple(_refund(refund, states) for refund in view.refunds if refund.made_at <= moment)
    return replace(
        view,
        row=_row(view.row, known),
        lines=tuple(
            _line(line, known["lines"][str(line.line_id)]) for line in view.lines if str(line.line_id) in known["lines"]
        ),
        shipments=tuple(shipment for shipment in view.shipments if (shipment.shipped_at or moment) <= moment),
        payments=tuple(_payment(payment, refunds) for payment in view.payments if payment.at <= moment),
        refunds=refunds,
        invoices=tuple(invoice for invoice in view.invoices if invoice.made_at <= moment),
        notes=tuple(note for note in view.notes if note.at <= moment),
        jobs=tuple(job for job in view.jobs if job.submitted_at <= moment),
        history=tuple(entry for entry in view.history if entry.at <= moment),
        returns=tuple(made for made in view.returns if made.made_at <= moment),
        channel_belief=f"So it was at {moment:%Y-%m-%d %H:%M:%S} UTC.",
    )


def _facts(order_row: int, moment: datetime) -> Mapping[str, Any]:
    """Return the snapshot of the last change before `moment`, else undo the first change after it, else of now."""
    rows = Audit.select().where((Audit.order_ref == order_row) & (Audit.facts != ""))
    last = rows.where(Audit.at <= moment).order_by(Audit.id.desc()).first()
    if last is not None:
        found: Mapping[str, Any] = json.loads(last.facts)
        return found
    after = rows.where(Audit.at > moment).order_by(Audit.id).first()
    return (
        order_snapshot.undone(json.loads(after.facts), after.before)
        if after is not None
        else order_snapshot.of_order(order_row)
    )


def _row(row: OrderRow, known: Mapping[str, Any]) -> OrderRow:
    changes: dict[str, Any] = {}
    for field in fields(row):
        if field.name in _MONEY and field.name in known:
            changes[field.name] = Money(known[field.name], row.currency)
        elif field.name in _TIMES and field.name in known:
            changes[field.name] = None if known[field.name] is None else from_micros(known[field.name])
        elif field.name == "tags" and field.name in known:
            changes[field.name] = tuple(known[field.name])
        elif field.name in known:
            changes[field.name] = known[field.name]
    return replace(row, **changes)


def _line(line: LineView, known: Mapping[str, Any]) -> LineView:
    currency = line.price.currency
    return replace(
        line,
        quantity=known["quantity"],
        price=Money(known["price"], currency),
        refunded=Money(known["refunded"], currency),
        state=known["state"],
        state_label=channel_states.line_state_label(known["state"]),
        imei=known["imei"],
        serial_number=known["serial_number"],
        identifier_state=IdentifierState.REGISTERED if known["imei"] or known["serial_number"] else "",
    )


def _refund(refund: RefundView, states: Mapping[str, str]) -> RefundView:
    state = states.get(str(refund.refund_id), refund.state)
    return replace(refund, state=state, error=refund.error if state == refund.state else "")


def _payment(payment: PaymentView, refunds: tuple[RefundView, ...]) -> PaymentView:
    """Return the payment with its `counted` of then: a refund that failed later was counted."""
    of = next((one for one in refunds if (one.made_at, one.amount) == (payment.at, payment.amount)), None)
    return payment if of is None else replace(payment, counted=of.state not in REFUND_NOT_MADE)
