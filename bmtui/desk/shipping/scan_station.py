"""The scan station: order → device → label ships an order; whatever does not fit stops with a plain sentence.

`scan` takes what the station knows and one code, does what follows from it in one transaction, and returns what the
station knows then. A screen only shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.shipping import carriers, identifiers, packing_locks, scan_codes, shipped_state
from bmtui.desk.shipping import plan as ship_plan
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, SERIAL, Identifier
from bmtui.desk.shipping.scan_codes import Command, Kind, Scanned
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.store.models import Effect, Order
from bmtui.words import EffectState

_KINDS = {Kind.IMEI: IMEI, Kind.SERIAL: SERIAL}
_NAMES = {IMEI: "IMEI", SERIAL: "serial number"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the order that is packed: `left` pieces, known so far by `known`.

    `needs` is by what pieces of this SKU are known: `IMEI`, `SERIAL`, `NOTHING`, or None when nobody can say. Where it
    is neither of the first two, a device may be scanned, and need not be.
    """

    line_id: int
    sku: str
    product: str
    left: int
    needs: str | None
    known: tuple[Identifier, ...] = ()
    seen: bool = False

    @property
    def missing(self) -> int:
        """Devices that are still to be scanned."""
        return max(self.left - len(self.known), 0) if self.needs else 0

    @property
    def unsure(self) -> bool:
        """Nobody knows whether a device is to be scanned, and none was."""
        return self.needs is None and self.left > 0 and not self.known


@dataclass(frozen=True, slots=True)
class Station:
    """What a station knows. `holder` tells it from others of the same `name`.

    Attributes:
        line_id: the line whose SKU was scanned last: the next device is of it.
        message: what to tell the packer; `bad`: it is a stop, with a sound.
        refused: the identifier that a typed reason can still force.
        offered: a label in doubt, which a second scan takes.
        wanted: the order that another packer holds, and that BM-TAKE takes over.
        done: orders shipped here; last: the effect that BM-UNDO withdraws.
    """

    holder: str
    name: str
    company: str | None = None
    order_id: int | None = None
    customer: str = ""
    label: str = ""
    carrier: str = ""
    pieces: tuple[Piece, ...] = ()
    line_id: int | None = None
    override: str = ""
    message: str = "Scan an order."
    bad: bool = False
    refused: Identifier | None = None
    offered: str = ""
    wanted: int | None = None
    done: int = 0
    last: int | None = None

    @property
    def missing(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.missing)

    @property
    def next_step(self) -> str:
        """What is to be scanned next."""
        if self.order_id is None:
            return "order"
        return "device" if self.missing else "label"


def scan(desk: Desk, station: Station, text: str) -> Station:
    """Take one code. What is wrong with it is in the result, which then is `bad`; nothing was stored in that case."""
    found = scan_codes.classify(
        text,
        skus=[piece.sku for piece in station.pieces],
        is_tracking=lambda number: number == station.label.upper() or carriers.of_number(desk.settings, number) != "",
        wants_device=bool(station.missing) or station.line_id is not None,
        has_order=station.order_id is not None,
    )
    try:
        if _can_be_a_label(desk, station, found):
            if station.offered != found.value:
                doubt = f"{found.value} can be an IMEI or a tracking number of {station.carrier}."
                advice = "If it is the label, scan it again; if it is the device, scan its SKU first."
                return replace(station, message=f"{doubt} {advice}", bad=True, offered=found.value)
            found = Scanned(Kind.TRACKING, found.value)
        with desk.store.transaction():
            return _STEPS[found.kind](desk, replace(station, bad=False), found)
    except packing_locks.Held as error:
        wanted = int(found.value) if found.kind is Kind.ORDER else None
        return replace(station, message=str(error), bad=True, wanted=wanted)
    except BmtuiError as error:
        return replace(station, message=str(error), bad=True)


def _can_be_a_label(desk: Desk, station: Station, found: Scanned) -> bool:
    """Whether what has the shape of an IMEI may be the label all the same: no device is asked for."""
    if found.kind is not Kind.IMEI or station.missing or station.line_id is not None or station.order_id is None:
        return False
    return carriers.takes(desk.settings, station.carrier, found.value)


def close(desk: Desk, station: Station) -> None:
    """The packer leaves: other stations may have the order."""
    with desk.store.transaction():
        packing_locks.release_all(station.holder)


def _nothing(desk: Desk, station: Station, found: Scanned) -> Station:
    return station


def _order(desk: Desk, station: Station, found: Scanned) -> Station:
    return _begin(desk, station, int(found.value))


def _begin(desk: Desk, station: Station, order_id: int, *, over: bool = False) -> Station:
    if station.order_id is not None and station.order_id != order_id:
        raise RuleRefused(
            f"Order {station.order_id} is not finished: this is order {order_id}.", "Scan BM-CANCEL to put it aside."
        )
    desk.must_write()
    order = orders.order_row(desk, order_id)
    lines = orders.lines_of(order)
    why = ship_plan.why_not(order, lines)
    if why:
        raise RuleRefused(f"{why} Put it back.")
    # Told before the parcel is packed, not after.
    companies.must_be_callable(desk, order.company)
    packing_locks.take(desk, order, station.holder, station.name, over=over)
    left = shipped_state.left_to_ship(order.id, lines)
    given: dict[int, list[Identifier]] = {}
    for unit in shipped_state.units_of(order.id):
        if unit.state in ("waiting", "kept"):
            values = ((IMEI, unit.imei), (SERIAL, unit.serial_number))
            given.setdefault(unit.line_ref, []).extend(Identifier(0, value, kind) for kind, value in values if value)
    pieces = tuple(
        Piece(
            line.line_id,
            line.sku,
            line.product,
            max(left[line.id] - len(given.get(line.id, ())), 0),
            identifiers.NOTHING if line.imei or line.serial_number else identifiers.usual_kind(line),
        )
        for line in lines
        if line.id in left
    )
    begun = Station(
        station.holder,
        station.name,
        company=order.company.name,
        order_id=order_id,
        customer=order.customer_name,
        label=order.tracking_number,
        carrier=shipping.options(replace(desk, company=order.company.name), order_id).carrier,
        pieces=pieces,
        done=station.done,
        last=station.last,
    )
    return replace(begun, message=_ask(begun))


def _sku(desk: Desk, station: Station, found: Scanned) -> Station:
    if station.order_id is None:
        raise RuleRefused(f"'{found.value[:40]}' is no order.", "Scan the order first.")
    piece = next(piece for piece in station.pieces if piece.sku == found.value)
    chosen = replace(_with(station, replace(piece, seen=True)), line_id=piece.line_id)
    if not piece.needs or not piece.missing:
        return replace(chosen, message=f"{piece.sku}: right. {_ask(chosen)}")
    return replace(chosen, message=f"{piece.sku}: now its {_NAMES[piece.needs]}.")


def _device(desk: Desk, station: Station, found: Scanned) -> Station:
    if station.order_id is None:
        raise RuleRefused(f"{found.value} is a device, not an order.", "Scan the order first.")
    kind = _KINDS[found.kind]
    piece = _piece_for(station, kind, found.value)
    given = Identifier(piece.line_id, found.value, kind)
    order = orders.order_row(_of(desk, station), station.order_id)
    packing_locks.must_hold(desk, order, station.holder)
    known = [one for other in station.pieces for one in other.known]
    problems = identifiers.problems(order, orders.lines_of(order), [*known, given])
    wrong = [problem for problem in problems if problem.given == given]
    if wrong:
        final = any(problem.final for problem in wrong)
        advice = "Take another device." if final else "Take another device; or type ! and the reason why it is right."
        text = f"{' '.join(problem.sentence for problem in wrong)} {advice}"
        return replace(station, message=text, bad=True, refused=None if final else given)
    return _known(station, piece, given)


def _known(station: Station, piece: Piece, given: Identifier) -> Station:
    after = replace(
        _with(station, replace(piece, known=(*piece.known, given), seen=True)), line_id=None, refused=None, bad=False
    )
    return replace(after, message=f"{piece.sku}: {given.text}. {_ask(after)}")


def _piece_for(station: Station, kind: str, value: str) -> Piece:
    """The line that a device is of: the one whose SKU was scanned, else the only one that can be meant."""
    if station.line_id is not None:
        piece = next(piece for piece in station.pieces if piece.line_id == station.line_id)
        if piece.needs and piece.needs != kind:
            raise RuleRefused(
                f"{piece.sku} goes out with an {_NAMES[IMEI]}, and {value} is none."
                if piece.needs == IMEI
                else f"{piece.sku} goes out with a serial number, and {value} is an IMEI.",
                "Is it the right device? Scan it again.",
            )
        return piece
    able = [piece for piece in station.pieces if piece.missing and piece.needs == kind]
    able = able or [piece for piece in station.pieces if not piece.needs and len(piece.known) < piece.left]
    if not able:
        if station.missing:
            piece = station.missing[0]
            raise RuleRefused(
                f"This order waits for the {_NAMES[piece.needs or IMEI]} of {piece.sku}, and {value} is none.",
                "Is it the right device?",
            )
        raise RuleRefused(f"This order needs no further device: {value} is one too many.", "Scan the label.")
    if len({piece.sku for piece in able}) > 1:
        raise RuleRefused(
            f"{value} can be of {' or '.join(piece.sku for piece in able)}.", "Scan the SKU on the device first."
        )
    return able[0]


def _tracking(desk: Desk, station: Station, found: Scanned) -> Station:
    if station.order_id is None:
        raise RuleRefused(f"{found.value[:40]} is a label, not an order.", "Scan the order first.")
    if station.missing:
        names = ", ".join(f"{piece.missing} × {piece.sku}" for piece in station.missing)
        raise RuleRefused(f"Before the label come the devices: {names} missing.", "Scan the device.")
    own = _of(desk, station)
    order = orders.order_row(own, station.order_id)
    packing_locks.must_hold(own, order, station.holder)
    if station.label and found.value.upper() != station.label.upper():
        raise RuleRefused(
            f"{found.value} is not the label of this order: that is {station.label}.", "Take the other label."
        )
    request = ShipRequest(
        tracking=found.value,
        carrier=carriers.of_number(own.settings, found.value) or station.carrier,
        identifiers=tuple(one for piece in station.pieces for one in piece.known),
        override=station.override,
    )
    made, parts = ship_plan.make(own, order, request)
    doubts = [text for text in made.warnings if text.startswith(made.tracking_number)]
    unsure = [piece.sku for piece in station.pieces if piece.unsure]
    if unsure:
        have = "have" if len(unsure) > 1 else "has"
        both = f"{' and '.join(unsure)} {have}"
        doubts.append(f"Nobody knows yet whether {both} an IMEI or serial number: if so, scan it.")
    if doubts and station.offered != found.value:
        message = f"{' '.join(doubts)} Scan the label again if all is right."
        return replace(station, message=message, bad=True, offered=found.value)
    shipped = shipping.record(own, order, request, made, parts)
    packing_locks.release(order.id, station.holder)
    effect = Effect.get_or_none(Effect.job == shipped.job_id)
    said = " ".join(
        (f"Order {station.order_id} is shipped: {made.carrier} {made.tracking_number}.", *shipped.kept, made.waits)
    )
    return Station(
        station.holder,
        station.name,
        message=f"{said.strip()} Scan the next order.",
        done=station.done + 1,
        last=effect.id if effect is not None else None,
    )


def _reason(desk: Desk, station: Station, found: Scanned) -> Station:
    given = station.refused
    if given is None:
        raise RuleRefused("There is nothing to give a reason for.", "")
    if not found.value:
        raise RuleRefused("The reason is empty.", "Type ! and why it is right.")
    piece = next(piece for piece in station.pieces if piece.line_id == given.line_id)
    reasons = "; ".join(filter(None, (station.override, f"{given.value}: {found.value}")))
    return replace(_known(station, piece, given), override=reasons)


def _command(desk: Desk, station: Station, found: Scanned) -> Station:
    return _COMMANDS[Command(found.value)](desk, station)


def _cancel(desk: Desk, station: Station) -> Station:
    packing_locks.release_all(station.holder)
    aside = f"Order {station.order_id} is put aside. " if station.order_id is not None else ""
    return Station(station.holder, station.name, message=f"{aside}Scan an order.", done=station.done, last=station.last)


def _take(desk: Desk, station: Station) -> Station:
    if station.wanted is None:
        raise RuleRefused("There is no order to take over.", "Scan the order first.")
    return _begin(desk, station, station.wanted, over=True)


def _undo(desk: Desk, station: Station) -> Station:
    if station.last is None:
        raise RuleRefused("There is nothing to take back.", "")
    effect = Effect.get_by_id(station.last)
    if effect.state != EffectState.PLANNED:
        raise RuleRefused("The last shipment is sent already; it cannot be taken back.", "See the uploads.")
    outbox.withdraw(desk, station.last)
    order = Order.get_by_id(effect.order_ref)
    return replace(
        station,
        message=f"Order {order.order_id} is not shipped: taken back. Scan an order.",
        last=None,
        done=station.done - 1,
    )


def _of(desk: Desk, station: Station) -> Desk:
    return replace(desk, company=station.company)


def _with(station: Station, changed: Piece) -> Station:
    pieces = (changed if piece.line_id == changed.line_id else piece for piece in station.pieces)
    return replace(station, pieces=tuple(pieces))


def _ask(station: Station) -> str:
    """What to scan next, as a sentence."""
    if station.missing:
        piece = station.missing[0]
        return f"Scan the {_NAMES[piece.needs or IMEI]} of {piece.sku}."
    label = f"the label{f' {station.label}' if station.label else ''}"
    unsure = next((piece.sku for piece in station.pieces if piece.unsure), "")
    return f"Scan the IMEI of {unsure}, if it has one; else {label}." if unsure else f"Scan {label}."


_STEPS: Mapping[Kind, Callable[[Desk, Station, Scanned], Station]] = {
    Kind.NOTHING: _nothing,
    Kind.COMMAND: _command,
    Kind.REASON: _reason,
    Kind.ORDER: _order,
    Kind.SKU: _sku,
    Kind.IMEI: _device,
    Kind.SERIAL: _device,
    Kind.TRACKING: _tracking,
}
_COMMANDS: Mapping[Command, Callable[[Desk, Station], Station]] = {
    Command.CANCEL: _cancel,
    Command.TAKE: _take,
    Command.UNDO: _undo,
}
