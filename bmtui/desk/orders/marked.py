"""Marked fields: fields of downloaded orders that could not be read; the orders are stored without them (API §4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Value

from bmtui.desk.core.context import Desk
from bmtui.queue import jobs as queue
from bmtui.store.models import Job, JobOrder, Order
from bmtui.text import how_many

_NAMED = 5
_NUMBER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class MarkedFields:
    """Numbers of marked fields and of their orders; `places` counts the fields by name, the most frequent first."""

    orders: int
    fields: int
    places: Mapping[str, int]

    @property
    def sentence(self) -> str:
        """Sentence for a person: ``3 fields of 2 orders were not understood: sales_taxes (2), shipper (1).``"""
        if not self.orders:
            return "Every field of the orders was understood."
        named = ", ".join(f"{place} ({count:,})" for place, count in list(self.places.items())[:_NAMED])
        more = ", and others" if len(self.places) > _NAMED else ""
        return (
            f"{how_many(self.fields, 'field')} of {how_many(self.orders, 'order')} were not understood: {named}{more}."
        )


def of_desk(desk: Desk) -> MarkedFields:
    """Count the marked fields of the company in view, or of all."""
    mine = _is_marked()
    if desk.company:
        mine &= Order.company == desk.company_row()
    return _counted(Order.select(Order.marked).where(mine))


def of_job(desk: Desk, job_id: int) -> MarkedFields:
    """Count the marked fields of the orders that the job, or a job that it submitted, inserted or updated."""
    touched = JobOrder.select(JobOrder.order).join(Job).where(queue.family([job_id]))
    return _counted(Order.select(Order.marked).where(_is_marked() & Order.id.in_(touched)))


def _is_marked() -> Any:
    # A list would be passed as several values, and none of them would match.
    return Order.marked != Value("[]", converter=False)


def _counted(rows: Iterable[Order]) -> MarkedFields:
    orders, places = 0, Counter[str]()
    for row in rows:
        orders += 1
        places.update(_NUMBER.sub("[]", mark["path"]) for mark in row.marked)
    return MarkedFields(orders, places.total(), dict(places.most_common()))
