"""Shipment plans: the rows to record here, and the exact request that tells the channel (API §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.companies import policies
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Around, Kind
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import Sends, request_line
from bmtui.desk.shipping import carriers, identifiers, parameters, required_identifiers, shipped_state
from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.shipping.required_identifiers import Missing
from bmtui.errors import NotRead, RuleRefused
from bmtui.store.models import Order, OrderLine, Shipment
from bmtui.text import how_many, plain
from bmtui.words import UPLOAD_VOID, ChannelStatus, EffectKind, OrderStatus, ShippingStatus, label

_EARLY = timedelta(days=1)
"""Greatest distance of a ship date in the future: the carrier collects tomorrow the parcels of tonight."""


@dataclass(frozen=True, slots=True)
class ShipRequest:
    """Shipment that an operator asks for.

    Attributes:
        tracking: the number; '' takes the one that the channel filled in, as on a BackShip order.
        carrier: a carrier, or a method name of the channel; '' takes that of the order.
        url: '' makes one by the carrier's template.
        date: ISO date or time in the company's zone; None is now.
        lines: pieces by line id, None for all that are left; empty ships all that is left of the order.
        identifiers: IMEIs and serial numbers of the pieces.
        override: the reason why an identifier is right although a check refuses it.
        tracking_override: the reason why the tracking number is right although a check refuses it.
        missing_override: the reason why pieces leave without the identifier that the policy requires.
        accept_doubts: a person confirmed `ShipPlan.doubts`.
    """

    tracking: str = ""
    carrier: str = ""
    url: str = ""
    date: str | None = None
    lines: Mapping[int, int | None] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    override: str = ""
    tracking_override: str = ""
    missing_override: str = ""
    accept_doubts: bool = False


@dataclass(frozen=True, slots=True)
class ShipPlan(Sends):
    """Planned shipment, its requests and warnings.

    Attributes:
        write: the request that uploads it; None for a part of an order, which is recorded here only.
        registrations: the requests that register identifiers, once the shipment is confirmed.
        leaves_at: when the upload may leave, by the company's policy; waits: why it cannot leave now, as a sentence.
        warnings: sentences for a person; they do not forbid the shipment.
        sentence: the plan in words.
        doubts: those of the warnings that forbid the shipment until a person accepts them.
        against: the check of the tracking number that a reason overrode; '' for none.
        without: sentences about required identifiers that are missing for a given reason.
    """

    READ_FIRST = True

    order_id: int
    tracking_number: str
    carrier: str
    tracking_url: str
    shipped_at: datetime
    whole: bool
    lines: tuple[tuple[int, int], ...]
    write: WriteRequest | None
    registrations: tuple[WriteRequest, ...]
    leaves_at: datetime
    waits: str
    warnings: tuple[str, ...]
    sentence: str
    doubts: tuple[str, ...] = ()
    against: str = ""
    without: tuple[str, ...] = ()

    @property
    def requests(self) -> tuple[WriteRequest, ...]:
        return (*((self.write,) if self.write is not None else ()), *self.registrations)

    @property
    def request_lines(self) -> tuple[str, ...]:
        """Requests that leave at once, then those that leave once the shipment is confirmed."""
        first = () if self.write is None else (request_line(self.write),)
        later = (f"{request_line(write)}  (once the shipment is confirmed)" for write in self.registrations)
        return (*first, *later)


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows of a planned shipment: pieces by line, units with identifiers, and the lines that the upload moves."""

    pieces: tuple[tuple[OrderLine, int], ...]
    units: tuple[identifiers.UnitPlan, ...]
    moved: tuple[OrderLine, ...]


def make(desk: Desk, order: Order, request: ShipRequest) -> tuple[ShipPlan, Parts]:
    """Return the plan, and the rows that it ships.

    Raises:
        RuleRefused, ConfigError: it cannot be shipped like that, with the reason.
    """
    lines = orders.lines_of(order)
    reason = why_not(order, lines)
    if reason:
        raise RuleRefused(reason)
    left = shipped_state.left_to_ship(order.id, lines)
    pieces = _pieces(order, lines, left, request)
    whole = {line.id: count for line, count in pieces} == left
    problems = identifiers.problems(order, lines, request.identifiers)
    identifiers.refuse(problems, request.override)
    units = identifiers.plans(lines, request.identifiers)
    given = policies.carrier_of(order.company, request.carrier.strip() or order.carrier)
    url = carriers.link(request.url)
    typed = "".join(request.tracking.split())
    if order.tracking_number and typed.upper() in ("", order.tracking_number.upper()):
        # The channel's own label needs no check.
        tracking = carriers.as_filled_in(desk.settings, order.tracking_number, given, url or order.tracking_url)
    else:
        tracking = carriers.tracking(desk.settings, request.tracking, given, url, override=request.tracking_override)
    if not tracking.carrier:
        raise RuleRefused("A shipment needs a carrier.", "Enter the carrier of the parcel.", field="carrier")
    shipped_at = _shipped_at(desk, order, request.date)
    moved = tuple(line for line in lines if line.state == LineState.ACCEPTED)
    # Built also for a part of an order, so that a value that the channel would refuse is refused now.
    write = requests.ship(
        order.order_id,
        tracking.number,
        tracking_url=tracking.url,
        carrier=tracking.carrier,
        shipped_at=shipped_at,
    )
    now, zone = desk.now(), desk.zone(order.company.name)
    leaves_at = policies.uploads_from(order.company, now, zone)
    held = [effects.held(order.company, EffectKind.SHIP) or policies.resting(order.company, leaves_at, now)]
    if any(unit.write is not None for unit in units):
        held.append(effects.held(order.company, EffectKind.IDENTIFIERS) or "")
    lacks = _lacking(order, pieces, left, request)
    without = tuple(one.sentence for one in lacks if one.required)
    here, there = _elsewhere(order, tracking.number)
    doubts = (*tracking.doubts, *identifiers.doubts(order, lines, request.identifiers), *there)
    doubts += tuple(one.sentence for one in lacks if one.asked)
    against = f"{tracking.number} is {tracking.against}." if tracking.against else ""
    warnings = [*doubts, *filter(None, (against,))]
    warnings += here
    warnings += [problem.sentence for problem in problems]
    warnings += [one.sentence for one in lacks if not one.asked]
    made = ShipPlan(
        order_id=order.order_id,
        tracking_number=tracking.number,
        carrier=tracking.carrier,
        tracking_url=tracking.url,
        shipped_at=shipped_at,
        whole=whole,
        lines=tuple((line.line_id, count) for line, count in pieces),
        write=write if whole else None,
        registrations=tuple(unit.write for unit in units if unit.write is not None),
        leaves_at=leaves_at,
        waits=" ".join(dict.fromkeys(filter(None, held))) if whole else "",
        warnings=tuple(warnings),
        sentence=_sentence(order, tracking, pieces, units, whole=whole),
        doubts=doubts,
        against=tracking.against,
        without=without,
    )
    return made, Parts(tuple(pieces), units, moved)


def why_not(order: Order, lines: list[OrderLine]) -> str | None:
    """Return why the order cannot be shipped now, or None (order-desk §3)."""
    named = f"Order {order.order_id}"
    if order.channel_status == ChannelStatus.AWAITING_PAYMENT:
        return f"{named} is not paid: it can be accepted and shipped only after the payment."
    if order.shipping_status == ShippingStatus.FULLY_SHIPPED:
        return f"{named} is shipped already."
    if order.channel_status == ChannelStatus.CANCELLED:
        return f"{named} is cancelled on Back Market: do not send its parcel."
    if order.status != OrderStatus.IN_PROCESS:
        return f"{named} is {label(order.status)} here: bring it back to In Process first."
    moving = effects.moving(order)
    if moving is not None:
        return f"{named}: {moving.about} is on its way to Back Market."
    if any(line.state == LineState.PAID for line in lines):
        return f"{named} is not accepted yet: accept it first."
    if order.channel_status not in (ChannelStatus.TO_SHIP, ChannelStatus.PARTLY_SHIPPED):
        return f"{named} is {label(order.channel_status)} on Back Market: there is nothing to ship."
    return None


def _lacking(
    order: Order, pieces: Sequence[tuple[OrderLine, int]], left: Mapping[int, int], request: ShipRequest
) -> list[Missing]:
    """Return the missing identifiers of the pieces that leave.

    Raises:
        RuleRefused: the policy requires one of them, and no reason was given.
    """
    given = Counter(one.line_id for one in request.identifiers)
    company = order.company
    found = [
        lack
        for line, count in pieces
        if (lack := required_identifiers.missing(company, line, count, left[line.id], given[line.line_id])) is not None
    ]
    required = [lack.sentence for lack in found if lack.required]
    if required and not plain(request.missing_override).strip():
        advice = "Scan or enter it; or give a reason why it is missing. The settings say what each SKU needs."
        first = next(lack.line_id for lack in found if lack.required)
        raise RuleRefused(" ".join(required), advice, field=parameters.IDENTIFIER.field(first))
    return found


def _elsewhere(order: Order, number: str) -> tuple[list[str], list[str]]:
    """Return sentences about another order's parcel with this number: one parcel for both, or a label scanned twice.

    Returns:
        Warnings if both go to the same buyer, and doubts if they do not.
    """
    same = (Shipment.tracking_number == number) & (Shipment.order != order) & Shipment.state.not_in(UPLOAD_VOID)
    other = Shipment.select(Shipment, Order).join(Order).where(same).order_by(Shipment.id.desc()).first()
    if other is None:
        return [], []
    said = f"{number} is on the parcel of order {other.order.order_id} already"
    if (order.customer_email, order.customer_name) == (other.order.customer_email, other.order.customer_name):
        return [f"{said}."], []
    return [], [f"{said}, which goes to another buyer."]


def _pieces(
    order: Order, lines: list[OrderLine], left: dict[int, int], request: ShipRequest
) -> list[tuple[OrderLine, int]]:
    """Return the lines that leave, each with its number of pieces."""
    if not request.lines:
        return [(line, left[line.id]) for line in lines if line.id in left]
    by_id = {line.line_id: line for line in lines}
    found = []
    for line_id, count in request.lines.items():
        line = by_id.get(line_id)
        if line is None:
            own = ", ".join(f"{known.line_id} ({known.sku})" for known in lines)
            raise RuleRefused(f"Order {order.order_id} has no line {line_id}.", f"Its lines: {own}.", field="line")
        room, place = left.get(line.id, 0), parameters.LINE.field(line_id)
        if not room:
            raise RuleRefused(f"Line {line_id} ({line.sku}) is shipped already, or cancelled.", field=place)
        if count is not None and not 0 < count <= room:
            raise RuleRefused(
                f"Line {line_id} ({line.sku}) has {how_many(room, 'piece')} left to ship, not {count}.", field=place
            )
        found.append((line, room if count is None else count))
    return found


def _shipped_at(desk: Desk, order: Order, text: str | None) -> datetime:
    now = desk.now()
    if not text:
        return now
    zone = desk.zone(order.company.name)
    around = Around(now=now, zone=zone)
    try:
        day = replace(parameters.DATE, kind=Kind.DAY).read(text, around)
        # For today the time of day is known, for another day it is not: noon is taken.
        at = now if day == now.astimezone(zone).date() else datetime.combine(day, time(12), zone)
    except NotRead:
        at = parameters.DATE.read(text, around)
    if at > now + _EARLY:
        raise RuleRefused(
            f"The ship date {text} is in the future.", f"It is {now.astimezone(zone):%Y-%m-%d %H:%M} now.", field="date"
        )
    if at < order.created_at:
        raise RuleRefused(f"The ship date {text} is before the order.", "Check the year and the day.", field="date")
    return at


def _sentence(
    order: Order,
    tracking: carriers.Tracking,
    pieces: list[tuple[OrderLine, int]],
    units: tuple[identifiers.UnitPlan, ...],
    *,
    whole: bool,
) -> str:
    what = "all of it" if whole else ", ".join(f"{count} × {line.sku}" for line, count in pieces)
    known = ", ".join(
        text
        for unit in units
        for text in (unit.imei and f"IMEI {unit.imei}", unit.serial_number and f"serial number {unit.serial_number}")
        if text
    )
    parts = [f"Ship order {order.order_id} ({what}) with {tracking.carrier} {tracking.number}."]
    parts += [f"It registers {known}."] if known else []
    if not whole:
        parts.append(
            "It is recorded here; Back Market accepts one shipment per order, which is sent with the last part."
        )
    return " ".join(parts)
