"""Packing locks: only one packer holds an order, and a packer who takes it over is told the other's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.store.models import Company, Order, PackingLease


@dataclass(frozen=True, slots=True)
class Lease:
    """A packer's lock on an order, and its age."""

    name: str
    age: timedelta

    @property
    def sentence(self) -> str:
        minutes = int(self.age.total_seconds()) // 60
        since = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
        since = since if minutes > 0 else "less than a minute"
        return f"{self.name} packs it, for {since} now."


class Held(RuleRefused):
    """Refusal as another packer holds the order; `lease` has the name and the time."""

    def __init__(self, order_id: int, lease: Lease) -> None:
        super().__init__(f"Order {order_id}: {lease.sentence}", "Scan BM-TAKE to take it over, or another order.")
        self.lease = lease


def of_order(desk: Desk, order: Order) -> Lease | None:
    """Return the lock on the order, or None."""
    here: PackingLease | None = PackingLease.get_or_none(PackingLease.order == order)
    return None if here is None else Lease(here.name, desk.now() - here.since)


def packers(desk: Desk) -> tuple[str, ...]:
    """Return the names of those who pack an order now, of the company in view or of all."""
    query = PackingLease.select(PackingLease.name).join(Order).join(Company).distinct()
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(row.name for row in query.order_by(PackingLease.name))


def take(desk: Desk, order: Order, holder: str, name: str, *, over: bool = False) -> None:
    """Lock the order for `holder`, inside the caller's transaction; `over` takes it from another holder.

    Raises:
        Held: another packer holds it.
    """
    here: PackingLease | None = PackingLease.get_or_none(PackingLease.order == order)
    if here is not None and here.holder != holder:
        lease = Lease(here.name, desk.now() - here.since)
        if not over:
            raise Held(order.order_id, lease)
        audit.record(
            desk,
            "packing.taken_over",
            f"{name} took the packing over. {lease.sentence}",
            company_id=order.company_id,
            order_row=order.id,
        )
    if here is None or here.holder != holder:
        facts = {"holder": holder, "name": name, "since": desk.now()}
        PackingLease.insert(order=order, **facts).on_conflict(
            conflict_target=[PackingLease.order], update=facts
        ).execute()


def must_hold(desk: Desk, order: Order, holder: str) -> None:
    """Raise Held if another packer took the order over, and RuleRefused if nobody holds it any more."""
    here: PackingLease | None = PackingLease.get_or_none(PackingLease.order == order)
    if here is None:
        raise RuleRefused(f"Order {order.order_id} is not held here any more.", "Scan it again.")
    if here.holder != holder:
        raise Held(order.order_id, Lease(here.name, desk.now() - here.since))


def release(order_row: int, holder: str) -> None:
    """Remove this holder's lock on the order, if there is one."""
    PackingLease.delete().where((PackingLease.order == order_row) & (PackingLease.holder == holder)).execute()


def release_all(holder: str) -> None:
    """Remove all locks of a station, as it closes."""
    PackingLease.delete().where(PackingLease.holder == holder).execute()
