"""Scan station: order → device → label ships an order; a code that does not fit stops with a plain sentence.

`scan` takes the station's state and a code, does the step in one transaction, and returns the new state. A screen only
shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bmtui.desk.companies import channel_access
from bmtui.desk.companies.identifier_policy import Need
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.shipping import (
    carriers,
    identifiers,
    packing_locks,
    required_identifiers,
    scan_codes,
    scan_labels,
    shipped_state,
)
from bmtui.desk.shipping import plan as ship_plan
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import SERIAL, Identifier
from bmtui.desk.shipping.required_identifiers import NOTHING
from bmtui.desk.shipping.scan_codes import Command, Kind, Scanned
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.desk.shipping.station_state import RECENT, Parcel, Piece, Station
from bmtui.errors import BmtuiError, RuleRefused, ValueRefused
from bmtui.store.models import Effect, Order, OrderLine
from bmtui.values import cleaning
from bmtui.words import EffectState

__all__ = ["Piece", "Station", "close", "scan", "why_no_name"]

_CONFIRM = "Scan BM-YES if all is right."


def scan(desk: Desk, station: Station, text: str) -> Station:
    """Take a code and return the new state. For a refused code it is `bad` with a message, and nothing was stored."""
    found = scan_codes.classify(
        text,
        skus=[piece.sku for piece in station.pieces],
        is_tracking=lambda number: number == station.label.upper() or carriers.of_number(desk.settings, number) != "",
        wants_device=bool(station.missing) or station.line_id is not None,
        has_order=station.order_id is not None,
    )
    if found.kind is Kind.NOTHING:
        # An empty code, such as the second half of a CR LF: the message stays.
        return station
    if found.kind is Kind.COMMAND and Command(found.value) is Command.YES and station.asked is not None:
        found = replace(station.asked, accepted=station.doubts)
    # A question or a refusal counts only for the next code.
    now = replace(station, bad=False, asked=None, doubts=(), judged=True)
    if found.kind is not Kind.REASON:
        now = replace(now, refused=None, refused_label="", refused_missing=False)
    try:
        with desk.store.transaction():
            return _STEPS[found.kind](desk, now, found)
    except packing_locks.Held as error:
        wanted = int(found.value) if found.kind is Kind.ORDER else None
        return replace(now, message=str(error), bad=True, wanted=wanted)
    except BmtuiError as error:
        return replace(now, message=str(error), bad=True)


def why_no_name(text: str) -> str:
    """Return why a text cannot be the packer's name, as a sentence; '' if it can."""
    if not text.strip() or scan_codes.is_name(text):
        return ""
    return f"'{cleaning.shown(text)}' is a code, not a name: say who packs here, then scan it."


def close(desk: Desk, station: Station) -> None:
    """Release the station's locks, so that other stations can pack its order."""
    with desk.store.transaction():
        packing_locks.release_all(station.holder)


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
    # Check before the parcel is packed, not after.
    channel_access.must_be_callable(desk, order.company)
    packing_locks.take(desk, order, station.holder, station.name, over=over)
    left = shipped_state.left_to_ship(order.id, lines)
    pieces = tuple(_piece(order, line, left[line.id]) for line in lines if line.id in left)
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
        recent=station.recent,
        judged=True,
    )
    return replace(begun, message=_ask(begun))


def _piece(order: Order, line: OrderLine, left: int) -> Piece:
    """Return the line as a piece to pack; pieces with a stored identifier need no scan."""
    found = required_identifiers.verdict(order.company, line)
    needs = {Need.NONE: NOTHING, Need.ASK: None}.get(found.need, found.kind and found.kind.value)
    asks_for = required_identifiers.proposed(found, line).label
    if line.imei or line.serial_number:
        needs = NOTHING
    kept = min(required_identifiers.spare(line, left), left)
    return Piece(
        line.line_id,
        line.sku,
        line.product,
        left,
        needs,
        kept,
        asks_for=asks_for,
        because=found.because,
        asks=required_identifiers.asks(found, line),
    )


def _sku(desk: Desk, station: Station, found: Scanned) -> Station:
    if station.order_id is None:
        cleaning.cell(found.value, "code", "order number")
        raise RuleRefused(f"'{found.value[:40]}' is no order.", "Scan the order first.")
    piece = next(piece for piece in station.pieces if piece.sku == found.value)
    chosen = replace(_with(station, replace(piece, seen=True)), line_id=piece.line_id)
    if not piece.missing:
        return replace(chosen, message=f"{piece.sku}: right. {_ask(chosen)}")
    return replace(chosen, message=f"{piece.sku}: now its {piece.asks_for}.")


def _device(desk: Desk, station: Station, found: Scanned) -> Station:
    if station.order_id is None:
        raise RuleRefused(f"{found.value[:40]} is a device, not an order.", "Scan the order first.")
    given = identifiers.given(0, found.value)
    own = _of(desk, station)
    order = orders.order_row(own, station.order_id)
    packing_locks.must_hold(desk, order, station.holder)
    try:
        piece = _piece_for(station, given.kind, given.value)
    except RuleRefused:
        # A wrong shape, such as a box's barcode, is the better message, whatever the line waits for.
        if (shape := identifiers.wrong_with(given)) is not None:
            raise RuleRefused(shape.sentence, "Scan the device.") from None
        raise
    given = replace(given, line_id=piece.line_id)
    known = [one for other in station.pieces for one in other.known]
    lines = orders.lines_of(order)
    problems = identifiers.problems(order, lines, [*known, given])
    wrong = [problem for problem in problems if problem.given == given]
    if wrong:
        final = any(problem.final for problem in wrong)
        advice = "Take another device." if final else "Take another device; or type ! and the reason why it is right."
        text = f"{' '.join(problem.sentence for problem in wrong)} {advice}"
        return replace(station, message=text, bad=True, refused=None if final else given)
    doubts = identifiers.doubts(order, lines, [given])
    if given.value.isdecimal() and given.kind == SERIAL and carriers.takes(own.settings, station.carrier, given.value):
        doubts += (f"{given.value} may be the label of {station.carrier}.",)
    if not set(doubts) <= set(found.accepted):
        return _asked(station, found, doubts)
    return replace(_known(station, piece, given), confirmed=(*station.confirmed, *doubts))


def _asked(station: Station, found: Scanned, doubts: tuple[str, ...]) -> Station:
    """Return the station with a question that only BM-YES answers: the same code again is no answer."""
    return replace(station, message=f"{' '.join(doubts)} {_CONFIRM}", bad=True, asked=found, doubts=doubts)


def _known(station: Station, piece: Piece, given: Identifier) -> Station:
    after = replace(
        _with(station, replace(piece, known=(*piece.known, given), seen=True)), line_id=None, refused=None, bad=False
    )
    now = next(other for other in after.pieces if other.line_id == piece.line_id)
    count = f" ({now.count})" if now.count else ""
    return replace(after, message=f"{piece.sku}: {given.text}{count}. {_ask(after)}")


def _piece_for(station: Station, kind: str, value: str) -> Piece:
    """Return the piece of a device: of the SKU that was scanned, else the only possible one."""
    if station.line_id is not None:
        piece = next(piece for piece in station.pieces if piece.line_id == station.line_id)
        if piece.needs and piece.needs != kind:
            raise RuleRefused(
                f"{piece.sku} leaves with its {piece.asks_for}, and {value} is none: {piece.because}.",
                "Is it the right device? Scan it again.",
            )
        return piece
    able = [piece for piece in station.pieces if piece.missing and piece.needs == kind]
    able = able or [piece for piece in station.pieces if piece.unsure]
    if not able:
        if station.missing:
            piece = station.missing[0]
            raise RuleRefused(
                f"This order waits for the {piece.asks_for} of {piece.sku}, and {value} is none: {piece.because}.",
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
        cleaning.cell(found.value, "code", "order number")
        raise RuleRefused(f"{found.value[:40]} is a label, not an order.", "Scan the order first.")
    if station.missing:
        names = ", ".join(f"{piece.missing} × {piece.sku}" for piece in station.missing)
        why = " and ".join(dict.fromkeys(piece.because for piece in station.missing))
        message = (
            f"Before the label come the devices: {names} missing ({why}). Scan the device; or type ! and the reason "
            "why it leaves without."
        )
        return replace(station, message=message, bad=True, refused_missing=True)
    own = _of(desk, station)
    order = orders.order_row(own, station.order_id)
    packing_locks.must_hold(own, order, station.holder)
    carrier, misfit = scan_labels.carrier_for(own, station, found.value)
    if not found.reason and found.value != station.label and scan_labels.is_device(own, station, carrier, found.value):
        return _device(desk, station, found)
    if station.label and "".join(found.value.split()).upper() != station.label.upper():
        raise RuleRefused(
            f"{found.value} is not the label of this order: that is {station.label}.", "Take the other label."
        )
    request = ShipRequest(
        tracking=found.value,
        carrier=carrier,
        identifiers=tuple(one for piece in station.pieces for one in piece.known),
        override=station.override,
        tracking_override=found.reason,
        missing_override=station.missing_override,
        accept_doubts=True,
    )
    try:
        made, parts = ship_plan.make(own, order, request)
    except ValueRefused as error:
        if error.value is None:
            raise
        message = f"{error.message} Take the label of the parcel; or type ! and the reason why it is right."
        return replace(station, message=message, bad=True, refused_label=found.value)
    doubts = [*filter(None, (misfit,)), *made.doubts]
    if made.doubts and any(piece.asked for piece in station.pieces):
        doubts.append(f"{made.tracking_number} is taken as the label.")
    doubts += [text for text in made.warnings if text.startswith(f"{made.tracking_number} is on the parcel")]
    # A doubt that was confirmed with a device is not asked again with the label.
    new = tuple(doubt for doubt in dict.fromkeys(doubts) if doubt not in (*found.accepted, *station.confirmed))
    if new:
        return _asked(station, found, (*found.accepted, *new))
    shipped = shipping.record(own, order, request, made, parts)
    packing_locks.release(order.id, station.holder)
    effect = Effect.get_or_none(Effect.job == shipped.job_id)
    said = " ".join(
        (f"Order {station.order_id} is shipped: {made.carrier} {made.tracking_number}.", *shipped.kept, made.waits)
    )
    devices = tuple(one.value for piece in station.pieces for one in piece.known)
    parcel = Parcel(
        order.order_id,
        made.carrier,
        made.tracking_number,
        devices,
        desk.now().astimezone(desk.zone(order.company.name)),
    )
    return Station(
        station.holder,
        station.name,
        message=f"{said.strip()} Scan the next order.",
        done=station.done + 1,
        last=effect.id if effect is not None else None,
        recent=(parcel, *station.recent)[:RECENT],
        judged=True,
    )


def _reason(desk: Desk, station: Station, found: Scanned) -> Station:
    given = station.refused
    if given is None and not station.refused_label and not station.refused_missing:
        raise RuleRefused("There is nothing to give a reason for.", "")
    if not found.value:
        raise RuleRefused("The reason is empty.", "Type ! and why it is right.")
    if station.refused_missing:
        pieces = tuple(replace(piece, waived=piece.waived or bool(piece.missing)) for piece in station.pieces)
        after = replace(station, pieces=pieces, missing_override=found.value, refused_missing=False)
        return replace(after, message=f"It leaves without. {_ask(after)}")
    if given is None:
        label = Scanned(Kind.TRACKING, station.refused_label, reason=found.value)
        return _tracking(desk, replace(station, refused_label=""), label)
    piece = next(piece for piece in station.pieces if piece.line_id == given.line_id)
    reasons = "; ".join(filter(None, (station.override, f"{given.value}: {found.value}")))
    return replace(_known(station, piece, given), override=reasons)


def _yes(desk: Desk, station: Station) -> Station:
    raise RuleRefused("There is nothing to confirm.", "")


def _command(desk: Desk, station: Station, found: Scanned) -> Station:
    return _COMMANDS[Command(found.value)](desk, station)


def _cancel(desk: Desk, station: Station) -> Station:
    packing_locks.release_all(station.holder)
    aside = f"Order {station.order_id} is put aside. " if station.order_id is not None else ""
    return Station(
        station.holder,
        station.name,
        message=f"{aside}Scan an order.",
        done=station.done,
        last=station.last,
        recent=station.recent,
        judged=True,
    )


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
        recent=tuple(replace(one, undone=one.undone or one.order_id == order.order_id) for one in station.recent),
    )


def _of(desk: Desk, station: Station) -> Desk:
    return replace(desk, company=station.company)


def _with(station: Station, changed: Piece) -> Station:
    pieces = (changed if piece.line_id == changed.line_id else piece for piece in station.pieces)
    return replace(station, pieces=tuple(pieces))


def _ask(station: Station) -> str:
    """Return a sentence that asks for the next code."""
    if station.missing:
        piece = station.missing[0]
        count = f" ({piece.there + 1} of {piece.left})" if piece.left > 1 else ""
        return f"Scan the {piece.asks_for} of {piece.sku}{count}."
    label = f"the label{f' {station.label}' if station.label else ''}"
    unsure = next((piece for piece in station.pieces if piece.asked), None)
    if unsure is None:
        return f"Scan {label}."
    return f"Scan the {unsure.asks_for} of {unsure.sku}, if it has one; else {label}."


_STEPS: Mapping[Kind, Callable[[Desk, Station, Scanned], Station]] = {
    Kind.COMMAND: _command,
    Kind.REASON: _reason,
    Kind.ORDER: _order,
    Kind.SKU: _sku,
    Kind.DEVICE: _device,
    Kind.TRACKING: _tracking,
}
_COMMANDS: Mapping[Command, Callable[[Desk, Station], Station]] = {
    Command.CANCEL: _cancel,
    Command.TAKE: _take,
    Command.UNDO: _undo,
    Command.YES: _yes,
}
