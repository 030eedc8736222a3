"""Writes of every kind on stored orders, planned as the desk plans them; each function returns the job's id."""

from __future__ import annotations

from bmtui.channel import requests
from bmtui.channel.requests import WriteRequest
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.store.models import Company, Order, OrderLine
from bmtui.words import EffectKind


def line_of_order(order: Order) -> OrderLine:
    return OrderLine.get(OrderLine.order == order)


def plan_accept(desk: Desk, order: Order) -> int:
    line = line_of_order(order)
    expected = effects.lines_expected([line.line_id], 1, 2)
    return _planned(desk, EffectKind.ACCEPT, order, requests.accept(order.order_id, line.sku), expected)


def plan_ship(desk: Desk, order: Order, tracking: str = "TRACK-1") -> int:
    expected = effects.lines_expected([line_of_order(order).line_id], 2, 3)
    return _planned(desk, EffectKind.SHIP, order, requests.ship(order.order_id, tracking), expected)


def plan_identifiers(desk: Desk, order: Order, imei: str) -> int:
    line = line_of_order(order)
    write = requests.identifiers(line.line_id, imei=imei)
    return _planned(desk, EffectKind.IDENTIFIERS, order, write, {"line_id": line.line_id})


def _planned(desk: Desk, kind: EffectKind, order: Order, write: WriteRequest, expected: dict[str, object]) -> int:
    company, line = Company.get_by_id(order.company_id), line_of_order(order)
    with desk.store.transaction():
        job_id = effects.open_job(desk, kind, company, order)
        effects.plan(
            desk,
            kind,
            company,
            order,
            write,
            target=effects.line_target(company.id, line.line_id),
            about=f"{kind.label} {line.sku}",
            expected=expected,
            job_id=job_id,
        )
    return job_id
