"""Reconciliation: differences between store and channel, and which of them a new download repairs.

Nothing is sent. A difference that needs a person says what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bmtui.channel.model import ChannelLine, ChannelOrder, LineState
from bmtui.desk.companies import channel_access
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import channel_returns
from bmtui.errors import ConfigError, NotFound
from bmtui.money import Money
from bmtui.queue import jobs
from bmtui.store.models import Company, Drift, Order, OrderLine, Refund, Shipment, StatementRow
from bmtui.words import DriftClass, DriftState, EffectKind, JobType, RefundOperation, RefundState, UploadState, label

REFUND_NOT_KNOWN_HERE = "refund_not_known_here"
"""Problem of a billing statement's row: a refund that is not in the store."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between store and channel; `repairable`: taking the channel's data solves it."""

    what: DriftClass
    line_id: int | None
    here: str
    there: str
    repairable: bool = True
    advice: str = ""


@dataclass(frozen=True, slots=True)
class DriftView:
    """A stored difference, with its state."""

    drift_id: int
    company: str
    order_id: int
    line_id: int | None
    what: str
    here: str
    there: str
    advice: str
    repairable: bool
    found_at: datetime
    state: str
    job_id: int


def start(
    desk: Desk, company: str | None = None, *, fix: bool = False, since: str = "", order_ids: Collection[int] = ()
) -> int:
    """Queue a comparison of a company's orders: of its look-back, since a date, or of these; returns the job's id.

    Raises:
        NotFound, ConfigError: not a time, or in the future. RuleRefused: the company is not connected.
    """
    desk.must_write()
    begin = dates.read(desk.of_company(company), since) if since else None
    if begin is not None and begin > desk.now():
        raise ConfigError("That time is in the future.", "Give a time in the past.")
    with desk.store.transaction():
        row = desk.company_row(company)
        channel_access.must_be_callable(desk, row)
        ids = sorted(set(order_ids))
        parameters = {
            "company": row.name,
            "since": (begin or desk.now() - timedelta(days=row.look_back_days)).isoformat(),
            "fix": fix,
            "orders": ids,
        }
        return jobs.submit(
            desk.store,
            JobType.RECONCILIATION,
            by=desk.actor,
            company_id=row.id,
            parameters=parameters,
            about={"order_id": ids[0]} if len(ids) == 1 else {},
            identity=f"{JobType.RECONCILIATION}:{row.id}:{fix}:{since}:{ids}",
            max_failures=3,
        )


def repair(desk: Desk, drift_id: int) -> int:
    """Queue the repair of a difference's order from the channel; returns the job's id. Raises NotFound."""
    row = Drift.get_or_none(Drift.id == drift_id)
    if row is None:
        raise NotFound(f"There is no difference {drift_id}.", "See 'bmtui reconcile --last'.")
    return start(desk, Company.get_by_id(row.company_id).name, fix=True, order_ids=[row.order_id])


def listing(desk: Desk, *, everything: bool = False, limit: int = 1000) -> tuple[DriftView, ...]:
    """Return the open differences, by order; with `everything`, also repaired ones and ones that are gone."""
    query = Drift.select(Drift, Company).join(Company)
    if not everything:
        query = query.where(Drift.state == DriftState.OPEN)
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(_view(row) for row in query.order_by(Drift.order_id, Drift.id).limit(limit))


def of_job(job_id: int) -> tuple[DriftView, ...]:
    """Return the differences that a comparison found, by order."""
    query = Drift.select(Drift, Company).join(Company).where(Drift.job == job_id)
    return tuple(_view(row) for row in query.order_by(Drift.order_id, Drift.id))


def differences(order: Order | None, there: ChannelOrder) -> list[Difference]:
    """Return the differences between an order in the store and on the channel. Lines with a live write are left out."""
    if order is None:
        state = channel_states.order_state_label(there.state).lower()
        return [Difference(DriftClass.MISSING_HERE, None, "not here", f"ordered, {state}")]
    lines, refunds = orders.lines_of(order), Refund.having(order=order.id)
    here = {line.line_id: line for line in lines}
    found = [*_of_order(order, there), *_of_excess(order, refunds), *_of_statements(order)]
    now = [(line.line_id, line.state, line.price.minor) for line in there.lines]
    owed = channel_returns.missing(order, lines, refunds, now, there.shipping.minor)
    missing = {line_id: amount for line_id, _, amount in owed}
    if None in missing and effects.moving(order) is None:
        returned = f"{Money(missing[None], order.currency)} of shipping charges more returned"
        found.append(Difference(DriftClass.REFUNDS, None, "shipping charges not returned", returned))
    for line in there.lines:
        known = here.pop(line.line_id, None)
        if known is None:
            found.append(
                Difference(DriftClass.STATE, line.line_id, "no such line", channel_states.line_state_label(line.state))
            )
        elif not effects.live_on(effects.line_target(order.company_id, line.line_id)):
            mine = [refund for refund in refunds if refund.line_ref == known.id]
            found += _of_line(order, known, line, missing.get(line.line_id, 0), mine)
    why = "Back Market does not list it any more: look in the Back Office."
    found += [Difference(DriftClass.STATE, gone, "a line", "no such line", False, why) for gone in here]
    newer = there.modified_at is None or there.modified_at >= order.updated_at
    if newer:
        return found
    why = "Back Market's state is older than the stored one: compare again later."
    return [Difference(one.what, one.line_id, one.here, one.there, False, why) for one in found]


def missing_there(order: Order) -> Difference:
    """Return the difference of an order that the channel does not know."""
    why = "Look for it in the Back Office; nothing is removed here."
    return Difference(DriftClass.MISSING_THERE, None, label(order.channel_status), "unknown there", False, why)


def keep(
    desk: Desk, company_id: int, job_id: int, order_ids: Sequence[int], found: Sequence[tuple[int, Difference, bool]]
) -> None:
    """Replace the open differences of these orders by the found ones; the last value of each: it was repaired."""
    stands = (Drift.company == company_id) & Drift.order_id.in_(list(order_ids)) & (Drift.state == DriftState.OPEN)
    Drift.update(state=DriftState.GONE).where(stands).execute()
    for order_id, one, repaired in found:
        Drift.create(
            job=job_id,
            company=company_id,
            order_id=order_id,
            line_id=one.line_id,
            what=one.what,
            here=one.here,
            there=one.there,
            advice=one.advice,
            repairable=one.repairable,
            found_at=desk.now(),
            state=DriftState.REPAIRED if repaired else DriftState.OPEN,
        )
        if not repaired:
            told = {"what": one.what, "order_id": order_id, "repairable": one.repairable, "job_id": job_id}
            events.happened(desk, "difference.found", told, company_id=company_id)


def _of_order(order: Order, there: ChannelOrder) -> list[Difference]:
    found = []
    if order.channel_state != there.state:
        names = (channel_states.order_state_label(order.channel_state), channel_states.order_state_label(there.state))
        found.append(Difference(DriftClass.STATE, None, *names))
    for name, mine, theirs in (
        ("goods", order.goods, there.goods.minor),
        ("shipping", order.shipping, there.shipping.minor),
    ):
        if mine != theirs:
            fits = there.total.minor >= order.received
            why = "" if fits else "The buyer paid more than Back Market now says: look in the Back Office first."
            found.append(_amount(name, None, mine, theirs, order.currency, fits, why))
    found += _of_invoice(order, there)
    if order.tracking_number != there.tracking_number:
        here = order.tracking_number or "none"
        found.append(Difference(DriftClass.TRACKING, None, here, there.tracking_number or "none"))
    for shipment in Shipment.having(order=order.id, state=UploadState.CONFIRMED):
        if shipment.tracking_number not in (there.tracking_number, order.tracking_number):
            why = "It was confirmed here: correct the parcel in the Back Office."
            there_now = there.tracking_number or "none"
            found.append(Difference(DriftClass.TRACKING, None, shipment.tracking_number, there_now, False, why))
    return found


def _of_invoice(order: Order, there: ChannelOrder) -> list[Difference]:
    """Return the difference of an invoice that was given elsewhere, which moves no time of the order (API §11)."""
    if order.invoice_provided_at == there.invoice_provided_at or effects.live_on(
        effects.order_target(order.company_id, order.order_id, EffectKind.INVOICE)
    ):
        return []
    here, given = (
        f"invoice of {at:%Y-%m-%d %H:%M} UTC" if at is not None else "no invoice"
        for at in (order.invoice_provided_at, there.invoice_provided_at)
    )
    return [Difference(DriftClass.INVOICE, None, here, given)]


def _of_line(
    order: Order, here: OrderLine, there: ChannelLine, missing: int, refunds: Sequence[Refund]
) -> list[Difference]:
    found = []
    if here.state != there.state:
        names = (channel_states.line_state_label(here.state), channel_states.line_state_label(there.state))
        found.append(Difference(DriftClass.STATE, here.line_id, *names))
    if here.price != there.price.minor:
        fits = there.price.minor >= here.refunded
        why = "" if fits else "The refunds are higher than its present price: look in the Back Office."
        found.append(_amount("price", here.line_id, here.price, there.price.minor, order.currency, fits, why))
    for mine, theirs in ((here.imei, there.imei), (here.serial_number, there.serial_number)):
        if mine != theirs:
            found.append(Difference(DriftClass.IDENTIFIERS, here.line_id, mine or "none", theirs or "none"))
    found += _of_refunds(order, here, there, missing, refunds)
    return found


def _of_excess(order: Order, refunds: Sequence[Refund]) -> list[Difference]:
    """Return a difference for each amount returned above the received one that no person has settled."""
    received = f"{Money(order.received, order.currency)} received"
    why = (
        f"Void a recorded refund that paid nobody ('bmtui orders refund-void {order.order_id} REFUND'); or, once the "
        f"loss is settled, 'bmtui orders refund-excess {order.order_id} REFUND'."
    )
    return [
        Difference(
            DriftClass.REFUNDS,
            refund.line.line_id if refund.line is not None else None,
            received,
            f"{Money(refund.amount, order.currency)} more returned than received: refund {refund.id}",
            False,
            why,
        )
        for refund in refunds
        if refund.state == RefundState.EXCESS
    ]


def _of_statements(order: Order) -> list[Difference]:
    """Return the differences of refunds on a billing statement that are not in the store."""
    why = (
        "Look at the order in the Back Office. If the money went back, record it there and here: "
        f"'bmtui orders refund {order.order_id}'; 'bmtui money statements --unexplained' has the row."
    )
    return [
        Difference(
            DriftClass.REFUNDS,
            row.line.line_id if row.line is not None else None,
            f"{Money(order.refunded, order.currency)} refunded",
            f"{Money(-row.amount, order.currency)} returned by statement {row.statement} of {row.day}",
            False,
            why,
        )
        for row in StatementRow.having(order=order.id, problem=REFUND_NOT_KNOWN_HERE)
    ]


def _of_refunds(
    order: Order, here: OrderLine, there: ChannelLine, missing: int, refunds: Sequence[Refund]
) -> list[Difference]:
    refunded = Money(here.refunded, order.currency)
    there_now = f"{channel_states.line_state_label(there.state)}, {there.price}"
    if missing:
        return [Difference(DriftClass.REFUNDS, here.line_id, f"{refunded} refunded", there_now)]
    on_channel = [row for row in refunds if row.operation == RefundOperation.REFUND_ON_BACK_MARKET]
    if there.state == LineState.REFUNDED_AFTER_SHIPPING and here.refunded < here.price:
        sent = any(
            row.made_by != channel_returns.CHANNEL_ACTOR and row.state in (RefundState.CONFIRMED, RefundState.UNKNOWN)
            for row in on_channel
        )
        if order.refunded < order.received and sent:
            why = "Back Market does not show amounts: look up the refund in the Back Office."
            return [Difference(DriftClass.REFUNDS, here.line_id, f"{refunded} refunded", there_now, False, why)]
    whole = sum(row.amount for row in on_channel if row.state == RefundState.CONFIRMED) == here.price
    if whole and there.state not in channel_returns.RETURNED:
        why = "It was confirmed here as refunded in full: look in the Back Office."
        there_now = channel_states.line_state_label(there.state)
        return [Difference(DriftClass.REFUNDS, here.line_id, f"{refunded} refunded", there_now, False, why)]
    return []


def _amount(name: str, line_id: int | None, mine: int, theirs: int, currency: str, fits: bool, why: str) -> Difference:
    here, there = f"{name} {Money(mine, currency)}", f"{name} {Money(theirs, currency)}"
    return Difference(DriftClass.AMOUNT, line_id, here, there, fits, why)


def _view(row: Drift) -> DriftView:
    return DriftView(
        row.id,
        row.company.name,
        row.order_id,
        row.line_id,
        row.what,
        row.here,
        row.there,
        row.advice,
        row.repairable,
        row.found_at,
        row.state,
        row.job_id,
    )
