"""IMEIs and serial numbers: checked before they are kept, because the channel never forgets one (API §4, §6).

They leave apart from the tracking number, one request a line, once the shipment is confirmed: a refused IMEI undoes no
shipment, and a cancelled order gets none. The channel takes one of each for a line; of a line of several pieces they
are kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.companies import companies
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.shipping import shipped_state
from bmtui.errors import RuleRefused
from bmtui.store.models import Order, OrderLine, Shipment, Unit
from bmtui.text import plain
from bmtui.words import UPLOAD_VOID, EffectKind, UploadState

IMEI, SERIAL, NOTHING = "imei", "serial_number", ""
_NAMES = {IMEI: "IMEI", SERIAL: "serial number"}
_IMEI_DIGITS = 15
_LONGEST_SERIAL = 50
_STRAY = 2
"""So many other characters among the digits of an IMEI may be a slip; a number that was scanned twice has none."""
_LATEST, _USUAL, _ENOUGH = 200, 20, 2
"""Shipped lines of a SKU that tell by what it is known; how many of those with a number count; how many it takes."""
_GIVEN_BACK = (*channel_states.BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING)
"""A device of a line in one of these is the seller's again: it may be sold once more."""
_FREE = (UploadState.KEPT, UploadState.WAITING, UploadState.FAILED, UploadState.WITHDRAWN, UploadState.DISMISSED)
"""A unit in one of these has nothing on the channel or on its way there: what it is known by can be corrected."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """The IMEI or serial number of a piece of a line.

    Attributes:
        kind: `IMEI` or `SERIAL`.
        explicit: the kind was named with it, not recognised by its look.
    """

    line_id: int
    value: str
    kind: str
    explicit: bool = field(default=False, compare=False)

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
    """Where an identifier goes: the piece `number` of its line. `write` is None where the channel takes none."""

    line: OrderLine
    number: int
    imei: str
    serial_number: str
    write: WriteRequest | None


@dataclass(frozen=True, slots=True)
class Identified:
    """`job_id` is None when nothing is sent now; `kept` says in sentences what the channel does not get, and why."""

    order_id: int
    job_id: int | None
    kept: tuple[str, ...]


def given(line_id: int, text: str) -> Identifier:
    """What somebody typed or scanned for a line: 14 to 17 digits are meant as an IMEI, all else as a serial number.

    ``imei:`` or ``serial:`` in front says it outright.
    """
    value = plain(text).strip()
    prefix, colon, rest = value.partition(":")
    said = {"imei": IMEI, "serial": SERIAL}.get(prefix.lower()) if colon else None
    value = "".join((rest if said else value).split())
    digits = value.replace("-", "").replace("/", "")
    looks = digits.isascii() and digits.isdecimal() and 14 <= len(digits) <= 17
    kind = said or (IMEI if looks else SERIAL)
    return Identifier(line_id, digits if kind == IMEI else value, kind, bool(said))


def luhn(digits: str) -> bool:
    """Whether the last of the decimal digits is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def problems(order: Order, lines: Sequence[OrderLine], all_given: Sequence[Identifier]) -> tuple[Problem, ...]:
    """Everything that is wrong with these identifiers for this order, one by one."""
    by_id = {line.line_id: line for line in lines}
    found: list[Problem] = []
    for place, one in enumerate(all_given):
        line = by_id.get(one.line_id)
        if line is None:
            own = ", ".join(f"{known.line_id} ({known.sku})" for known in lines)
            found.append(Problem(one, f"Order {order.order_id} has no line {one.line_id}; its lines: {own}.", True))
            continue
        final, overridable = _shape(one)
        final = final or _registered(line, one) or _too_many(line, one, all_given)
        if final:
            found.append(Problem(one, final, True))
            continue
        if any(one.kind == other.kind and one.value == other.value for other in all_given[:place]):
            found.append(Problem(one, f"The {one.text} is there twice in this order."))
        for sentence in filter(None, (overridable, _elsewhere(order, line, one))):
            found.append(Problem(one, sentence))
    return tuple(found)


def refuse(found: Sequence[Problem], override: str) -> None:
    """Raises RuleRefused when something is wrong that `override`, a reason, does not answer."""
    final = [problem for problem in found if problem.final]
    if final:
        raise RuleRefused(" ".join(problem.sentence for problem in final), "It cannot be corrected later.")
    if found and not plain(override).strip():
        raise RuleRefused(
            " ".join(problem.sentence for problem in found),
            "Back Market never forgets an identifier: check the device, or override it with a reason.",
        )


def plans(lines: Sequence[OrderLine], all_given: Sequence[Identifier]) -> tuple[UnitPlan, ...]:
    """Which piece each is of, and what would be sent for it."""
    found: list[UnitPlan] = []
    for line in lines:
        mine = [one for one in all_given if one.line_id == line.line_id]
        if not mine:
            continue
        if line.quantity == 1:
            values = {one.kind: one.value for one in mine}
            here: Unit | None = Unit.get_or_none((Unit.line == line) & (Unit.number == 1))
            if here is not None and here.state in _FREE and here.state not in UPLOAD_VOID:
                values = {IMEI: here.imei, SERIAL: here.serial_number} | values
            write = requests.identifiers(line.line_id, imei=values.get(IMEI, ""), serial_number=values.get(SERIAL, ""))
            found.append(UnitPlan(line, 1, values.get(IMEI, ""), values.get(SERIAL, ""), write))
            continue
        free = _free_numbers(line)
        for one in mine:
            imei, serial = (one.value, "") if one.kind == IMEI else ("", one.value)
            found.append(UnitPlan(line, free.pop(0), imei, serial, None))
    return tuple(found)


def keep(desk: Desk, order: Order, made: Iterable[UnitPlan], override: str) -> tuple[str, ...]:
    """Store the units inside the caller's transaction; returns what the channel does not get, in sentences."""
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
            audit.record(
                desk,
                "identifier.overridden",
                f"{plan.imei or plan.serial_number} of {plan.line.sku} was kept against a check.",
                company_id=order.company_id,
                order_row=order.id,
            )
    return tuple(
        f"{sku} is a line of {count} pieces, and Back Market takes one identifier a line: they are kept here."
        for sku, count in several.items()
    )


def plan(desk: Desk, order_id: int, all_given: Sequence[Identifier], *, override: str = "") -> tuple[UnitPlan, ...]:
    """Which piece each is of, and what would be sent for it; changes nothing.

    Raises:
        NotFound, RuleRefused: something is wrong with one of them.
    """
    if not all_given:
        raise RuleRefused("There is neither an IMEI nor a serial number.", "Say which line has which.")
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        refuse(problems(order, lines, all_given), override)
        return plans(lines, all_given)


def identify(desk: Desk, order_id: int, all_given: Sequence[Identifier], *, override: str = "") -> Identified:
    """Say by what the pieces of an order are known; what is shipped is registered now, all else after its shipment.

    Raises:
        NotFound, RuleRefused: something is wrong with one of them, and nothing was stored.
    """
    desk.must_write()
    if not all_given:
        raise RuleRefused("There is neither an IMEI nor a serial number.", "Say which line has which.")
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        refuse(problems(order, lines, all_given), override)
        companies.must_be_callable(desk, order.company)
        kept = keep(desk, order, plans(lines, all_given), override)
        shipped_state.settle_order(order.id)
        audit.record(
            desk,
            "order.identified",
            f"Known by {', '.join(one.text for one in all_given)}.",
            company_id=order.company_id,
            order_row=order.id,
            after={"identifiers": [[one.line_id, one.kind, one.value] for one in all_given]},
        )
        job_id = send_waiting(desk, order)
        if job_id is None and not kept:
            kept = ("It leaves once the shipment of the order is confirmed.",)
        return Identified(order_id, job_id, kept)


def send_waiting(desk: Desk, order: Order, *, parent_id: int | None = None) -> int | None:
    """Plan what waits of an order whose parcel is known to the channel; the job that sends it, or None.

    Joins the caller's transaction.
    """
    confirmed = Shipment.order == order
    confirmed &= Shipment.state.in_([UploadState.CONFIRMED, UploadState.NOTIFIED])
    known = Shipment.select().where(confirmed).exists()
    units = [
        unit
        for unit in Unit.select(Unit, OrderLine)
        .join(OrderLine)
        .where((Unit.order == order) & (Unit.state == UploadState.WAITING))
        if known or unit.line.state in channel_states.SHIPPED
    ]
    if not units:
        return None
    job_id = effects.open_job(desk, EffectKind.IDENTIFIERS, order.company, order, parent_id=parent_id)
    for unit in units:
        line = unit.line
        what = " and ".join(
            text
            for text in (unit.imei and f"IMEI {unit.imei}", unit.serial_number and f"serial {unit.serial_number}")
            if text
        )
        effects.plan(
            desk,
            EffectKind.IDENTIFIERS,
            order.company,
            order,
            requests.identifiers(line.line_id, imei=unit.imei, serial_number=unit.serial_number),
            target=effects.order_target(order.company_id, order.order_id, f"identifiers:{line.line_id}"),
            about=f"{what} of {line.sku}",
            expected={"line_id": line.line_id},
            job_id=job_id,
            subject_id=unit.id,
        )
        Unit.update(state=UploadState.QUEUED, job=job_id).where(Unit.id == unit.id).execute()
    return job_id


def usual_kind(line: OrderLine) -> str | None:
    """What pieces of this SKU were known by so far: `IMEI`, `SERIAL`, or `NOTHING`; None when nobody can say."""
    shipped = (OrderLine.sku == line.sku) & OrderLine.state.in_(channel_states.SHIPPED)
    query: Any = OrderLine.select(OrderLine.imei, OrderLine.serial_number).where(shipped)
    # Of a SKU that is sold a hundred thousand times, the latest tell as much as all of them.
    latest = list(query.order_by(OrderLine.id.desc()).limit(_LATEST).tuples())
    known = [imei for imei, serial in latest if imei or serial][:_USUAL]
    if not known:
        return NOTHING if len(latest) >= _ENOUGH else None
    if len(known) < _ENOUGH:
        return None
    if all(known):
        return IMEI
    return SERIAL if not any(known) else None


def missing_identifier_warning(line: OrderLine, pieces: int, units: Sequence[UnitPlan]) -> str:
    """That pieces leave without what others of their SKU are known by, as a sentence; '' when nothing is missing."""
    if line.imei or line.serial_number:
        return ""
    before = Unit.select().where((Unit.line == line) & Unit.state.not_in(UPLOAD_VOID)).count()
    missing = pieces - before - sum(unit.line == line for unit in units)
    kind = usual_kind(line) if missing > 0 else None
    return f"{missing} × {line.sku} leaves without its {_NAMES[kind]}." if kind else ""


def _shape(one: Identifier) -> tuple[str, str]:
    """(what is finally wrong, what is wrong unless overridden) with the text itself."""
    if one.kind == IMEI:
        if not one.value.isascii() or not one.value.isdecimal() or len(one.value) > _IMEI_DIGITS:
            return f"{one.value[:40]} is no IMEI: an IMEI has {_IMEI_DIGITS} digits.", ""
        if len(one.value) < _IMEI_DIGITS:
            return "", f"The IMEI {one.value} has {len(one.value)} digits instead of {_IMEI_DIGITS}."
        return "", "" if luhn(one.value) else f"The check digit of the IMEI {one.value} is wrong."
    if not one.value or len(one.value) > _LONGEST_SERIAL:
        return f"A serial number has 1 to {_LONGEST_SERIAL} characters; this one has {len(one.value)}.", ""
    digits = sum(character in "0123456789" for character in one.value)
    if not one.explicit and digits >= _IMEI_DIGITS - 1 and len(one.value) - digits <= _STRAY:
        asked = f"is it an IMEI with something too much? A serial number is written serial:{one.value}"
        return "", f"{one.value} is taken as a serial number, but has {digits} digits: {asked}."
    return "", ""


def _registered(line: OrderLine, one: Identifier) -> str:
    """Why the line cannot get it any more: something else is registered, or on its way."""
    there = getattr(line, one.kind)
    if there:
        if there == one.value:
            return f"The {one.text} is registered for line {line.line_id} already."
        return f"Line {line.line_id} has the {_NAMES[one.kind]} {there} already, which cannot be changed any more."
    if line.state in _GIVEN_BACK:
        state = channel_states.line_state_label(line.state)
        return f"Line {line.line_id} ({line.sku}) is {state}: no device goes out for it."
    if line.quantity > 1:
        return ""
    unit: Unit | None = Unit.get_or_none((Unit.line == line) & (Unit.number == 1))
    if unit is not None and unit.state not in _FREE:
        sent = getattr(unit, one.kind) or unit.imei or unit.serial_number
        return f"{sent} is on its way to Back Market for line {line.line_id}."
    return ""


def _too_many(line: OrderLine, one: Identifier, all_given: Sequence[Identifier]) -> str:
    mine = [other for other in all_given if other.line_id == line.line_id and other.kind == one.kind]
    room = 1 if line.quantity == 1 else len(_free_numbers(line))
    if len(mine) > room:
        return f"Line {line.line_id} ({line.sku}) has room for {room}, not for {len(mine)} of {_NAMES[one.kind]}."
    return ""


def _free_numbers(line: OrderLine) -> list[int]:
    taken = {unit.number for unit in Unit.select().where((Unit.line == line) & Unit.state.not_in(UPLOAD_VOID))}
    return [number for number in range(1, line.quantity + 1) if number not in taken]


def _elsewhere(order: Order, line: OrderLine, one: Identifier) -> str:
    """Where else the same device is, among orders that are open or shipped."""
    column, unit_column = getattr(OrderLine, one.kind), getattr(Unit, one.kind)
    live = OrderLine.state.not_in(_GIVEN_BACK) & (OrderLine.id != line.id)
    # Not empty is said once more, because the indexes know only of those that have one.
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
