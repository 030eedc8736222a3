"""Shadow report: writes of others on a company's account, and where the desk's rules would have decided otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast

from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import acceptance_rule, acceptance_settings, shadow
from bmtui.desk.core import json_values
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import ship_by
from bmtui.desk.refunds.channel_returns import CHANNEL_ACTOR
from bmtui.desk.sync import writes_of_others
from bmtui.store.models import Audit, Company, Effect, Event, Order
from bmtui.text import how_many
from bmtui.words import ChannelStatus

EVENT = "shadow.report"
MORNING = time(7)
"""Time of day, in the company's zone, from which the event about the last day is written."""
CHUNK = 500
MOST_IDS = 1000
"""Most order numbers in an event; its count includes all."""
USUAL = timedelta(days=1)
"""Default span of a report, back from now."""

_WAITED = (ChannelStatus.AWAITING_PAYMENT, ChannelStatus.TO_ACCEPT)
_ACCEPTED = (ChannelStatus.TO_SHIP, ChannelStatus.PARTLY_SHIPPED, ChannelStatus.SHIPPED)
_SHIPPED = (ChannelStatus.PARTLY_SHIPPED, ChannelStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class Deed:
    """A write of others on an order; `late`: after its ship-by time."""

    order_id: int
    what: str
    seen_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An order on which the desk would have decided otherwise; `there` and `here` say both sides."""

    order_id: int
    what: str
    there: str
    here: str


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """A company's report from `since` to `until`.

    Attributes:
        accepted, shipped, cancelled, refunded: numbers of orders with such a write of others; `late`: shipped late, or
            not shipped and late now.
        would_accept: orders that the company's rule takes, of those that others accepted or that wait; None: no rule.
        sent: writes of ours that left; in shadow none does.
    """

    company: str
    in_shadow: bool
    since: datetime
    until: datetime
    accepted: int
    shipped: int
    cancelled: int
    refunded: int
    late: int
    would_accept: int | None
    sent: int
    deeds: tuple[Deed, ...]
    differences: tuple[Disagreement, ...]

    @property
    def sentence(self) -> str:
        """Counts of the report in one sentence."""
        rule = "" if self.would_accept is None else f" The rule here accepts {how_many(self.would_accept, 'order')}."
        return (
            f"{self.company}: others accepted {how_many(self.accepted, 'order')}, shipped {self.shipped:,}, cancelled "
            f"{self.cancelled:,} and refunded {self.refunded:,}; {self.late:,} late.{rule} "
            f"We sent {how_many(self.sent, 'write')}."
        )


def read(desk: Desk, name: str | None = None, since: datetime | None = None) -> ShadowReport:
    """Return the report of a company since a time, by default of the last day. Raises NotFound, RuleRefused."""
    with desk.store.snapshot():
        row, now = desk.company_row(name), desk.now()
        since = since or now - USUAL
        deeds = tuple(deeds_of_others(row, since))
        done = {what: {deed.order_id for deed in deeds if deed.what == what} for what in _KINDS}
        takes, differences = _by_rule(row, done["accepted"])
        late = {deed.order_id for deed in deeds if deed.late}
        return ShadowReport(
            company=row.name,
            in_shadow=shadow.is_on(row.id),
            since=since,
            until=now,
            **{what: len(found) for what, found in done.items()},
            late=len(late) + ship_by.late(desk, row.id),
            would_accept=takes,
            sent=Effect.select().where((Effect.company == row) & (Effect.sending_at >= since)).count(),
            deeds=deeds,
            differences=differences,
        )


def in_shadow(desk: Desk) -> tuple[str, ...]:
    """Return the names of the companies in view that are in shadow."""
    rows = [desk.company_row()] if desk.company else Company.select().where(Company.enabled).order_by(Company.name)
    return tuple(row.name for row in rows if shadow.is_on(row.id))


def tell_due(desk: Desk) -> None:
    """Write the daily event of each company in shadow, once a day from `MORNING` on; every worker calls it."""
    for company in list(Company.select().where(Company.enabled)):
        local = desk.now().astimezone(desk.zone(company.name))
        if local.time() < MORNING or not shadow.is_on(company.id):
            continue
        subject = f"{company.id}:{local:%Y-%m-%d}"
        known = (Event.name == EVENT) & (Event.subject == subject)
        if Event.select().where(known).exists():
            continue
        report = read(desk, company.name)
        told = {
            **{what: getattr(report, what) for what in (*_KINDS, "late", "would_accept", "sent")},
            "since": str(json_values.time(report.since)),
            "differences": len(report.differences),
            "order_ids": sorted({one.order_id for one in report.differences})[:MOST_IDS],
            "summary": report.sentence,
        }
        with desk.store.transaction():
            if not Event.select().where(known).exists():
                events.happened(desk, EVENT, told, company_id=company.id, subject=subject)


_KINDS = ("accepted", "shipped", "cancelled", "refunded")


def _updates(company: Company, since: datetime) -> Iterator[tuple[Audit, list[str]]]:
    """Yield audit rows of changes by the channel, with the writes of others that they show."""
    actions = Audit.action.in_(["order.updated", writes_of_others.ACTION])
    query = Audit.select().where((Audit.company_id == company.id) & actions & (Audit.at >= since))
    for row in query.order_by(Audit.id):
        # A line's own row counts too: of an order of several lines, one can move while the order's status stays.
        alone = row.action == writes_of_others.ACTION
        kinds = [row.after["what"]] if alone and "what" in row.after else _kinds_of(row.before, row.after)
        if row.actor.startswith(CHANNEL_ACTOR) and kinds:
            yield row, kinds


def _kinds_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the writes that a change of an order shows: accepted, shipped, cancelled, refunded."""
    was, now = before.get("channel_status"), after.get("channel_status")
    found = []
    if was in _WAITED and now in _ACCEPTED:
        found.append("accepted")
    if now in _SHIPPED and was not in _SHIPPED:
        found.append("shipped")
    if now == ChannelStatus.CANCELLED:
        found.append("cancelled")
    if int(after.get("refunded", 0)) > int(before.get("refunded", 0)):
        found.append("refunded")
    return found


def deeds_of_others(company: Company, since: datetime) -> Iterator[Deed]:
    """Yield what others did to orders of a company since a time, as far as the store knows.

    That includes orders which others had written before their first download here: they have no audit row of it.
    """
    effects: Any = Effect.select(Effect.order).where(Effect.company == company)
    ours = {order for (order,) in effects.tuples()}
    rows = [
        (row, kinds)
        for row, kinds in _updates(company, since)
        if row.action == writes_of_others.ACTION or row.order_ref not in ours
    ]
    orders: dict[int, Order] = {}
    ids = sorted({cast("int", row.order_ref) for row, _ in rows})
    for begin in range(0, len(ids), CHUNK):
        orders |= {order.id: order for order in Order.select().where(Order.id.in_(ids[begin : begin + CHUNK]))}
    told: set[tuple[int, str]] = set()
    for row, kinds in rows:
        order = orders[cast("int", row.order_ref)]
        for what in kinds:
            # An order can be refunded in several parts; the other writes happen once.
            if (what == "refunded" or (order.id, what) not in told) and not _by_carrier(order, what):
                told.add((order.id, what))
                yield Deed(order.order_id, what, row.at, _is_late(order, what, order.shipped_at or row.at))
    # Writes before the first download of a new order left no change in the audit.
    new = (Order.company == company) & (Order.created_at >= since) & Order.id.not_in(ours)
    for order in Order.select().where(new).order_by(Order.created_at, Order.id):
        for what in _kinds_of({"channel_status": ChannelStatus.TO_ACCEPT}, _state(order)):
            if (order.id, what) not in told and not _by_carrier(order, what):
                at = order.shipped_at or order.updated_at
                yield Deed(order.order_id, what, order.updated_at, _is_late(order, what, at))


def _by_carrier(order: Order, what: str) -> bool:
    """Return whether nobody did it: a BackShip order is shipped by its carrier's scan."""
    return bool(order.is_backship) and what == "shipped"


def _state(order: Order) -> Mapping[str, Any]:
    return {"channel_status": order.channel_status, "refunded": order.refunded}


def _is_late(order: Order, what: str, at: datetime) -> bool:
    return what == "shipped" and order.ship_by is not None and at > order.ship_by


def _by_rule(company: Company, accepted: set[int]) -> tuple[int | None, tuple[Disagreement, ...]]:
    """Return the number of orders that the company's rule takes, and the orders on which others decided otherwise."""
    rule = acceptance_rule.parse(acceptance_settings.text_of(company.id))
    if not rule.terms:
        return None, ()
    waits = Order.channel_status == ChannelStatus.TO_ACCEPT
    seen = (Order.company == company) & (waits | Order.order_id.in_(accepted))
    rows = list(Order.select().where(seen).order_by(Order.created_at, Order.id))
    takes, differences = 0, []
    for order, facts in acceptance_rules.facts_of(rows):
        why = rule.why_not(facts)
        takes += why is None
        if order.order_id in accepted and why is not None:
            differences.append(Disagreement(order.order_id, "acceptance", "accepted", f"would wait: {why}"))
        elif order.order_id not in accepted and why is None:
            differences.append(Disagreement(order.order_id, "acceptance", "waits", "would be accepted"))
    return takes, tuple(differences)
