"""What others did on a company's account, and what the desk would have done by its rules: for the weeks in shadow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import acceptance_rule, acceptance_settings, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import ship_by
from bmtui.desk.refunds.channel_returns import CHANNEL_ACTOR
from bmtui.store.models import Audit, Company, Effect, Order, from_micros
from bmtui.words import ChannelStatus

USUAL = timedelta(days=1)
"""How far back a report looks unless it is told."""

_WAITED = (ChannelStatus.AWAITING_PAYMENT, ChannelStatus.TO_ACCEPT)
_ACCEPTED = (ChannelStatus.TO_SHIP, ChannelStatus.PARTLY_SHIPPED, ChannelStatus.SHIPPED)
_SHIPPED = (ChannelStatus.PARTLY_SHIPPED, ChannelStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to an order on the channel, not by us; `late`: after its ship-by time."""

    order_id: int
    what: str
    seen_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the desk would have done otherwise; `there` and `here` say both sides."""

    order_id: int
    what: str
    there: str
    here: str


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """A company's report from `since` to `until`.

    Attributes:
        accepted, shipped, cancelled, refunded: orders to which others did that on the channel; `late`: shipped late, or
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
        """The counts in one sentence."""
        rule = "" if self.would_accept is None else f" The rule here takes {self.would_accept:,} orders."
        return (
            f"{self.company}: others accepted {self.accepted:,} orders, shipped {self.shipped:,}, cancelled "
            f"{self.cancelled:,} and refunded {self.refunded:,}; {self.late:,} late.{rule} "
            f"We sent {self.sent:,} writes."
        )


def read(desk: Desk, name: str | None = None, since: datetime | None = None) -> ShadowReport:
    """Return the report of a company since a moment, by default of the last day. Raises NotFound, RuleRefused."""
    with desk.store.snapshot():
        row, now = desk.company_row(name), desk.now()
        since = since or now - USUAL
        deeds = tuple(_deeds(row, since))
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


_KINDS = ("accepted", "shipped", "cancelled", "refunded")


def _updates(company: Company, since: datetime) -> Iterator[Audit]:
    query = Audit.select().where(
        (Audit.company_id == company.id) & (Audit.action == "order.updated") & (Audit.at >= since)
    )
    for row in query.order_by(Audit.id):
        if row.actor.startswith(CHANNEL_ACTOR) and _kinds_of(row.before, row.after):
            yield row


def _kinds_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What a change says was done."""
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


def _deeds(company: Company, since: datetime) -> Iterator[Deed]:
    effects: Any = Effect.select(Effect.order).where(Effect.company == company)
    ours = {order for (order,) in effects.tuples()}
    rows = [row for row in _updates(company, since) if row.order_ref not in ours]
    orders = {order.id: order for order in Order.select().where(Order.id.in_({row.order_ref for row in rows}))}
    for row in rows:
        order = orders[cast("int", row.order_ref)]
        for what in _kinds_of(row.before, row.after):
            shipped = row.after.get("shipped_at")
            at = from_micros(shipped) if isinstance(shipped, int) else row.at
            late = what == "shipped" and order.ship_by is not None and at > order.ship_by
            yield Deed(order.order_id, what, row.at, late)


def _by_rule(company: Company, accepted: set[int]) -> tuple[int | None, tuple[Disagreement, ...]]:
    """How many orders the company's rule takes, and where others decided otherwise."""
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
