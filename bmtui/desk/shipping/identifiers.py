"""IMEIs and serial numbers of units: checked before they are stored, as the channel never forgets one (API §4, §6).

They leave apart from the tracking number, one request for each line, once the shipment is confirmed: a refused IMEI
undoes no shipment, and a cancelled order or line gets none. The channel takes one for each line, an IMEI or a serial
number, never both; for a line of several pieces they are stored only here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.shipping import required_identifiers, shipped_state
from bmtui.desk.shipping.parameters import IDENTIFIER
from bmtui.errors import NotRead, RuleRefused, ValueRefused
from bmtui.store.models import Order, OrderLine, Shipment, Unit
from bmtui.text import how_many, plain
from bmtui.values import identifier as reader
from bmtui.words import UPLOAD_VOID, EffectKind, UploadState

IMEI, SERIAL = reader.Kind.IMEI.value, reader.Kind.SERIAL.value
_NAMES = {IMEI: reader.Kind.IMEI.label, SERIAL: reader.Kind.SERIAL.label}
_GIVEN_BACK = (*channel_states.BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING)
"""States of a line whose device stays with or went back to the seller, who may sell it again."""
_FREE = (UploadState.KEPT, UploadState.NOT_APPLIED, UploadState.WAITING, UploadState.FAILED, *UPLOAD_VOID)
"""States of a unit whose identifier is neither on the channel nor on its way there, so that it can be corrected."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """IMEI or serial number of a piece of a line.

    Attributes:
        kind: `IMEI` or `SERIAL`.
        explicit: the kind was given with the number, not recognised by its shape.
        came: the text from which `value` was read; it is checked again before the number is stored.
    """

    line_id: int
    value: str
    kind: str
    explicit: bool = field(default=False, compare=False)
    came: str = field(default="", compare=False, repr=False)

    @property
    def text(self) -> str:
        return f"{_NAMES[self.kind]} {self.value}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A validation error of one identifier; a `final` one cannot be overridden by a reason."""

    given: Identifier
    sentence: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A planned unit: piece `number` of its line. `write` is None if the channel takes no identifier for it."""

    line: OrderLine
    number: int
    imei: str
    serial_number: str
    write: WriteRequest | None


@dataclass(frozen=True, slots=True)
class IdentifyPlan:
    """Planned units; `doubts` are sentences that a person must accept first."""

    units: tuple[UnitPlan, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """Stored identifiers. `job_id` is None if nothing is sent now; `kept`: sentences about those not to be sent."""

    order_id: int
    job_id: int | None
    kept: tuple[str, ...]


def given(line_id: int, text: str, kind: str = "", *, column: str = "identifier") -> Identifier:
    """Read a typed or scanned identifier of a line; `kind` is that of the field or `column`, if it has one.

    Raises:
        NotRead, ValueRefused: the text holds no number, or one that no reason can override.
    """
    said = reader.Kind(kind) if kind else None
    try:
        number = reader.read(text, kind=said, field=column)
    except ValueRefused as error:
        if not isinstance(error.value, reader.DeviceNumber):
            raise
        number = error.value
    return Identifier(line_id, number.value, number.kind.value, number.said, text)


def wrong_with(one: Identifier) -> Problem | None:
    """Return the problem of the number itself, on any line, or None."""
    try:
        _reading(one)
    except ValueRefused as error:
        if isinstance(error.value, reader.DeviceNumber):
            return Problem(one, error.message)
        return Problem(one, str(error), True)
    except NotRead as error:
        return Problem(one, str(error), True)
    return None


def doubts(order: Order, lines: Sequence[OrderLine], all_given: Sequence[Identifier]) -> tuple[str, ...]:
    """Return sentences about these numbers that a person must confirm before they are stored."""
    by_id = {line.line_id: line for line in lines}
    found = [doubt for one in all_given if wrong_with(one) is None for doubt in _reading(one).doubts]
    for one in all_given:
        if one.line_id in by_id:
            kind = reader.Kind(one.kind)
            found.append(required_identifiers.unusual_kind(order.company, by_id[one.line_id], kind))
    return tuple(dict.fromkeys(filter(None, found)))


def refuse_doubts(found: Sequence[str], accepted: bool) -> None:
    """Raise RuleRefused if there are doubts that nobody accepted."""
    if found and not accepted:
        raise RuleRefused(" ".join(found), "Check it; if it is right, accept the doubt: --accept-doubt.")


def problems(order: Order, lines: Sequence[OrderLine], all_given: Sequence[Identifier]) -> tuple[Problem, ...]:
    """Return the problems of these identifiers on this order, in their order."""
    by_id = {line.line_id: line for line in lines}
    found: list[Problem] = []
    for place, one in enumerate(all_given):
        line = by_id.get(one.line_id)
        if line is None:
            own = ", ".join(f"{known.line_id} ({known.sku})" for known in lines)
            found.append(Problem(one, f"Order {order.order_id} has no line {one.line_id}; its lines: {own}.", True))
            continue
        shape = wrong_with(one)
        if shape is not None and shape.final:
            found.append(shape)
            continue
        final = _registered(line, one) or _too_many(line, one, all_given)
        if final:
            found.append(Problem(one, final, True))
            continue
        if any(one.kind == other.kind and one.value == other.value for other in all_given[:place]):
            found.append(Problem(one, f"The {one.text} is in this order twice."))
        if shape is not None:
            found.append(shape)
        if sentence := required_identifiers.wrong_kind(order.company, line, reader.Kind(one.kind)):
            found.append(Problem(one, sentence))
        if sentence := elsewhere(order, line, one):
            found.append(Problem(one, sentence))
    return tuple(found)


def refuse(found: Sequence[Problem], override: str) -> None:
    """Raise RuleRefused for a final problem, and for any problem without a reason in `override`."""
    final = [problem for problem in found if problem.final]
    if final:
        raise RuleRefused(
            " ".join(problem.sentence for problem in final), "It cannot be corrected later.", field=_field(final[0])
        )
    if found and not plain(override).strip():
        raise RuleRefused(
            " ".join(problem.sentence for problem in found),
            "Back Market never removes an identifier: check the device, or override it with a reason.",
            field=_field(found[0]),
        )


def _field(problem: Problem) -> str:
    return IDENTIFIER.field(problem.given.line_id)


def plans(lines: Sequence[OrderLine], all_given: Sequence[Identifier]) -> tuple[UnitPlan, ...]:
    """Return the unit of each identifier, with the request that registers it."""
    found: list[UnitPlan] = []
    for line in lines:
        mine = [one for one in all_given if one.line_id == line.line_id]
        if not mine:
            continue
        if line.quantity == 1:
            values = {one.kind: one.value for one in mine}
            write = requests.identifiers(line.line_id, imei=values.get(IMEI, ""), serial_number=values.get(SERIAL, ""))
            found.append(UnitPlan(line, 1, values.get(IMEI, ""), values.get(SERIAL, ""), write))
            continue
        free = free_numbers(line)
        for one in mine:
            imei, serial = (one.value, "") if one.kind == IMEI else ("", one.value)
            found.append(UnitPlan(line, free.pop(0), imei, serial, None))
    return tuple(found)


def keep(desk: Desk, order: Order, made: Iterable[UnitPlan], override: str) -> tuple[str, ...]:
    """Store the units inside the caller's transaction; return sentences about those that the channel does not get."""
    several: dict[str, int] = {}
    for plan in made:
        facts = {
            "imei": plan.imei,
            "serial_number": plan.serial_number,
            "state": UploadState.WAITING if plan.write is not None else UploadState.KEPT,
            "error": "",
            "reason": plain(override).strip(),
            "made_at": desk.now(),
            "made_by": desk.actor,
        }
        Unit.insert(order=order, line=plan.line, number=plan.number, **facts).on_conflict(
            conflict_target=[Unit.line, Unit.number], update=facts
        ).execute()
        if plan.write is None:
            several[plan.line.sku] = plan.line.quantity
        if override.strip():
            told = f"{plan.imei or plan.serial_number} of {plan.line.sku} was stored although a check doubted it."
            audit.record(desk, "identifier.overridden", told, company_id=order.company_id, order_row=order.id)
    return tuple(
        f"{sku} is a line of {how_many(count, 'piece')}; Back Market accepts one identifier per line: they are "
        "stored here only."
        for sku, count in several.items()
    )


def plan(desk: Desk, order_id: int, all_given: Sequence[Identifier], *, override: str = "") -> IdentifyPlan:
    """Return the units, requests and doubts of these identifiers; changes nothing.

    Raises:
        NotFound, RuleRefused: one of them has a problem.
    """
    if not all_given:
        raise RuleRefused(
            "The IMEI and the serial number are both missing.", "Give LINE=VALUE, or enter a value at a line."
        )
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        refuse(problems(order, lines, all_given), override)
        return IdentifyPlan(plans(lines, all_given), doubts(order, lines, all_given))


def identify(
    desk: Desk, order_id: int, all_given: Sequence[Identifier], *, override: str = "", accept_doubts: bool = False
) -> Identified:
    """Store identifiers of an order's units; shipped lines are registered now, others after their shipment.

    Raises:
        NotFound, RuleRefused: one has a problem or a doubt; nothing was stored.
    """
    desk.must_write()
    if not all_given:
        raise RuleRefused(
            "The IMEI and the serial number are both missing.", "Give LINE=VALUE, or enter a value at a line."
        )
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        refuse(problems(order, lines, all_given), override)
        refuse_doubts(doubts(order, lines, all_given), accept_doubts)
        channel_access.must_be_callable(desk, order.company)
        kept = keep(desk, order, plans(lines, all_given), override)
        shipped_state.settle_order(order.id)
        audit.record(
            desk,
            "order.identified",
            f"It registers {', '.join(one.text for one in all_given)}.",
            company_id=order.company_id,
            order_row=order.id,
            after={"identifiers": [[one.line_id, one.kind, one.value] for one in all_given]},
        )
        job_id = send_waiting(desk, order)
        if job_id is None and not kept:
            kept = ("It is sent once the shipment of the order is confirmed.",)
        return Identified(order_id, job_id, kept)


def send_waiting(desk: Desk, order: Order, *, parent_id: int | None = None) -> int | None:
    """Plan the registration of waiting identifiers, if the channel knows the parcel; return the job's id, or None.

    Those of cancelled or refunded lines are withdrawn. Joins the caller's transaction.
    """
    confirmed = Shipment.order == order
    confirmed &= Shipment.state.in_([UploadState.CONFIRMED, UploadState.NOTIFIED])
    known = Shipment.select().where(confirmed).exists()
    units = [
        unit
        for unit in Unit.select(Unit, OrderLine)
        .join(OrderLine)
        .where((Unit.order == order) & (Unit.state == UploadState.WAITING))
        if known or unit.line.state in channel_states.SHIPPED or unit.line.state in _GIVEN_BACK
    ]
    for unit in units:
        if unit.line.state in _GIVEN_BACK:
            ended = channel_states.line_state_label(unit.line.state)
            error = f"Line {unit.line.line_id} is {ended}: nothing is registered for it."
            Unit.update(state=UploadState.WITHDRAWN, error=error).where(Unit.id == unit.id).execute()
    units = [unit for unit in units if unit.line.state not in _GIVEN_BACK]
    if not units:
        return None
    job_id = effects.open_job(desk, EffectKind.IDENTIFIERS, order.company, order, parent_id=parent_id)
    for unit in units:
        line = unit.line
        # A unit from an earlier release may have both.
        kind = required_identifiers.verdict(order.company, line).kind
        imei = "" if unit.serial_number and kind is reader.Kind.SERIAL else unit.imei
        serial_number = "" if imei else unit.serial_number
        what = f"IMEI {imei}" if imei else f"serial {serial_number}"
        effects.plan(
            desk,
            EffectKind.IDENTIFIERS,
            order.company,
            order,
            requests.identifiers(line.line_id, imei=imei, serial_number=serial_number),
            target=effects.order_target(order.company_id, order.order_id, f"identifiers:{line.line_id}"),
            about=f"{what} of {line.sku}",
            expected={"line_id": line.line_id},
            job_id=job_id,
            subject_id=unit.id,
        )
        Unit.update(state=UploadState.QUEUED, job=job_id).where(Unit.id == unit.id).execute()
    return job_id


def _reading(one: Identifier) -> reader.DeviceNumber:
    """Read the number again from the text that came; it must give the value that is to be stored."""
    said = reader.Kind(one.kind) if one.explicit or not one.came else None
    number = reader.read(one.came or one.value, kind=said)
    if (number.value, number.kind) != (one.value, one.kind):
        raise ValueRefused("identifier", one.value, f"read as {number.text}, not as {one.text}", "Enter it again.")
    return number


def _registered(line: OrderLine, one: Identifier) -> str:
    """Return why the line cannot get the identifier: another one is registered or on its way; '' if it can."""
    if getattr(line, one.kind) == one.value:
        return f"The {one.text} is registered for line {line.line_id} already."
    if line.imei or line.serial_number:
        there = f"IMEI {line.imei}" if line.imei else f"serial number {line.serial_number}"
        return f"Line {line.line_id} has the {there} already, which cannot be changed any more."
    if line.state in _GIVEN_BACK:
        state = channel_states.line_state_label(line.state)
        return f"Line {line.line_id} ({line.sku}) is {state}: no device is sent for it."
    if line.quantity > 1:
        return ""
    unit: Unit | None = Unit.get_or_none((Unit.line == line) & (Unit.number == 1))
    if unit is not None and unit.state not in _FREE:
        sent = getattr(unit, one.kind) or unit.imei or unit.serial_number
        return f"{sent} is on its way to Back Market for line {line.line_id}."
    return ""


def _too_many(line: OrderLine, one: Identifier, all_given: Sequence[Identifier]) -> str:
    mine = [other for other in all_given if other.line_id == line.line_id]
    room = 1 if line.quantity == 1 else len(free_numbers(line))
    if len(mine) <= room:
        return ""
    if line.quantity == 1 and len({other.kind for other in mine}) > 1:
        return f"Line {line.line_id} ({line.sku}) accepts an IMEI or a serial number, not both."
    return f"Line {line.line_id} ({line.sku}) can have {room} of these numbers, not {len(mine)}."


def free_numbers(line: OrderLine) -> list[int]:
    """Return the numbers, from 1, of the line's pieces without an identifier."""
    taken = {unit.number for unit in Unit.select().where((Unit.line == line) & Unit.state.not_in(UPLOAD_VOID))}
    return [number for number in range(1, line.quantity + 1) if number not in taken]


def elsewhere(order: Order, line: OrderLine, one: Identifier) -> str:
    """Return a sentence about the same device on another line that is open or shipped; '' for none."""
    column, unit_column = getattr(OrderLine, one.kind), getattr(Unit, one.kind)
    live = OrderLine.state.not_in(_GIVEN_BACK) & (OrderLine.id != line.id)
    # The test for '' lets the query use the partial indexes, which hold only rows with a number.
    filled = (column == one.value) & (column != "")
    other = OrderLine.select(OrderLine, Order).join(Order).where(filled & live).first()
    if other is None:
        counted = (
            (unit_column == one.value) & (unit_column != "") & (Unit.line != line) & Unit.state.not_in(UPLOAD_VOID)
        )
        unit = Unit.select(Unit, OrderLine).join(OrderLine).where(counted & OrderLine.state.not_in(_GIVEN_BACK)).first()
        other = unit.line if unit is not None else None
    if other is None:
        return ""
    where = f"line {other.line_id} of this order" if other.order_ref == order.id else f"order {other.order.order_id}"
    return f"The {one.text} is on {where} already ({channel_states.line_state_label(other.state)})."
