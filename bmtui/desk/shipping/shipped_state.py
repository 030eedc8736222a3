"""Shipping state of orders from their shipments and units: shipped, and known to the channel (order-desk §3).

Every function joins the caller's transaction. Actions of an operator on shipments are in `ship`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bmtui.desk.orders import channel_states
from bmtui.store.models import Order, OrderLine, Shipment, Unit
from bmtui.store.plain_sql import fetch
from bmtui.words import (
    UPLOAD_VOID,
    OrderStatus,
    ShippingStatus,
    UploadState,
)


def of_order(order_row: int) -> list[Shipment]:
    """Return the shipments of an order, oldest first."""
    return Shipment.having(order=order_row)


def units_of(order_row: int) -> list[Unit]:
    """Return the units of an order, by line and number."""
    return Unit.having(order=order_row, by="line, number")


def among(order_rows: Sequence[int]) -> set[int]:
    """Return those of the orders that have shipments or units of ours."""
    rows = list(order_rows)
    found = {row.order_ref for row in Shipment.select(Shipment.order).where(Shipment.order.in_(rows))}
    return found | {row.order_ref for row in Unit.select(Unit.order).where(Unit.order.in_(rows))}


def left_to_ship(order_row: int, lines: Iterable[OrderLine]) -> dict[int, int]:
    """Return the number of pieces that have not left yet, by row id of the line; lines without any are left out."""
    return _left(_gone(order_row), lines)


def _left(gone: Counter[int], lines: Iterable[OrderLine]) -> dict[int, int]:
    live = [line for line in lines if line.state not in channel_states.BEFORE_SHIPPING]
    return {
        line.id: line.quantity - gone[line.id]
        for line in live
        if line.state not in channel_states.SHIPPED and line.quantity > gone[line.id]
    }


def merge(row: Order, states: Sequence[int], values: dict[str, Any]) -> None:
    """Change `values`, the columns from the channel, by the order's own shipments and units.

    A parcel that left from here is shipped, also before the channel knows; unless the channel ended the order: then a
    buyer's cancellation wins.
    """
    shipments = of_order(row.id)
    words = [shipment.tracking_number for shipment in shipments]
    units = units_of(row.id)
    words += [text for unit in units if unit.state not in UPLOAD_VOID for text in (unit.imei, unit.serial_number)]
    known = _without_devices(values["search_text"], _free_devices(row.id, units))
    values["search_text"] = " ".join([known, *(word for word in words if word and word not in known)])
    if shipments:
        values["shipping_status"] = _status(row.id, states, values["shipping_status"])
        values["channel_notified"] |= any(shipment.state == UploadState.NOTIFIED for shipment in shipments)


def _free_devices(order_row: int, units: Sequence[Unit]) -> set[str]:
    """Return IMEIs and serial numbers of void units that no other unit or line of the order has."""
    gone = {text for unit in units if unit.state in UPLOAD_VOID for text in (unit.imei, unit.serial_number)}
    if not gone:
        return gone
    stay = {text for unit in units if unit.state not in UPLOAD_VOID for text in (unit.imei, unit.serial_number)}
    for line in OrderLine.select(OrderLine.imei, OrderLine.serial_number).where(OrderLine.order == order_row):
        stay |= {line.imei, line.serial_number}
    return gone - stay


def _without_devices(text: str, gone: set[str]) -> str:
    return " ".join(word for word in text.split(" ") if word not in gone) if gone else text


def settle_order(order_row: int) -> None:
    """Update shipping status, status, notice and search words of an order from its shipments and units."""
    order = Order.get_by_id(order_row)
    states = [line.state for line in OrderLine.select(OrderLine.state).where(OrderLine.order == order_row)]
    values: dict[str, Any] = {
        "shipping_status": channel_states.shipping_status(states),
        "channel_notified": channel_states.notified(states),
        "search_text": order.search_text,
    }
    merge(order, states, values)
    if order.status in (OrderStatus.IN_PROCESS, OrderStatus.COMPLETED):
        values["status"] = channel_states.order_status(order.channel_status, values["shipping_status"])
    changes = {name: value for name, value in values.items() if getattr(order, name) != value}
    if changes:
        Order.update(version=Order.version + 1, **changes).where(Order.id == order_row).execute()


def void_units(order_row: int) -> None:
    """Withdraw the identifiers that were not sent, as their parcel did not leave."""
    open_units = (Unit.order == order_row) & Unit.state.in_([UploadState.WAITING, UploadState.KEPT])
    Unit.update(state=UploadState.WITHDRAWN).where(open_units).execute()


def _gone(order_row: int) -> Counter[int]:
    """Return the pieces that left with shipments of ours, by row id of the line."""
    # By SQL: each step of a shipment asks several times, and peewee takes longer than the database.
    return Counter({line_row: int(gone) for line_row, gone in fetch(_GONE, (order_row, *UPLOAD_VOID))})


_GONE = (
    "SELECT l.line_ref, SUM(l.quantity) FROM shipment_lines l JOIN shipments s ON s.id = l.shipment_id "  # noqa: S608
    f"WHERE s.order_ref = ? AND s.state NOT IN ({', '.join('?' for _ in UPLOAD_VOID)}) GROUP BY l.line_ref"
)


def _status(order_row: int, states: Sequence[int], channel: str) -> str:
    """Return the shipping status, with our own shipments counted."""
    if channel == ShippingStatus.FULLY_SHIPPED or all(state in channel_states.BEFORE_SHIPPING for state in states):
        return channel
    gone = _gone(order_row)
    if not gone:
        return channel
    columns = (OrderLine.id, OrderLine.state, OrderLine.quantity)
    open_lines = _left(gone, OrderLine.select(*columns).where(OrderLine.order == order_row))
    return ShippingStatus.PARTIALLY_SHIPPED if open_lines else ShippingStatus.FULLY_SHIPPED
