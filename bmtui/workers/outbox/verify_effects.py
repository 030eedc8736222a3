"""Proofs that an effect took place or not, from what the channel shows: one function per kind (reliability §1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bmtui.channel.model import ChannelLine, ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.desk.after_sales import folder_store
from bmtui.desk.orders.channel_states import line_state_label
from bmtui.errors import NotUnderstood
from bmtui.store.models import Effect, Order
from bmtui.words import EffectKind
from bmtui.workers.after_sales.folder_reading import folder_now
from bmtui.workers.company_channel import Access


class Verdict(Enum):
    """Verdict of a reading about an effect."""

    DONE = "done"
    ABSENT = "absent"
    """The effect did not take place, and the channel's state keeps a second send from doing it twice."""
    OVERTAKEN = "overtaken"
    """The effect did not take place and no longer can: another change came first."""
    OPEN = "open"
    """The channel shows nothing that proves that the effect did or did not take place."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Result of a reading: the verdict, and what the channel shows now, in a sentence for a person."""

    verdict: Verdict
    text: str


async def look(access: Access, effect: Effect) -> Seen:
    """Read what the channel shows of the effect now.

    Raises:
        ChannelError: it could not be read. Reschedule: the shared limit says to wait.
    """
    if effect.kind == EffectKind.MESSAGE:
        return await _message(access, effect)
    return _JUDGES[effect.kind](effect, await order_now(access, effect))


async def order_now(access: Access, effect: Effect) -> ChannelOrder:
    """Return the order of the effect as the channel shows it now."""
    order_id = access.order_ids.get(effect.order_ref or 0)
    if order_id is None:
        order_id = await access.desk.store.read(_order_id, effect)
    await access.turn()
    return read_order(await access.call(access.channel.order(order_id)))


def _order_id(effect: Effect) -> int:
    return int(Order.select(Order.order_id).where(Order.id == effect.order_ref).scalar())


async def proof(access: Access, effect: Effect, body: object) -> Seen | None:
    """Return the evidence for an effect whose write got 2xx and `body`; None where the answer itself is the proof.

    The body is taken at its word when it is the order and shows the effect; else the order is read. Nothing that can be
    read proves that a partial refund (API §7), an invoice or a message is absent: there the answer remains the proof.

    Raises:
        ChannelError, Reschedule: as `look`.
    """
    judge = _JUDGES.get(effect.kind)
    if judge is None or effect.kind == EffectKind.INVOICE or not effect.expected.get("guarded", True):
        return None
    order = _order_in(effect, access.order_ids, body)
    seen = judge(effect, order) if order is not None else None
    if seen is not None and seen.verdict is Verdict.DONE:
        return seen
    return await look(access, effect)


def _order_in(effect: Effect, order_ids: Mapping[int, int], body: object) -> ChannelOrder | None:
    """Return the order in the body of an answer, if it is the effect's order."""
    try:
        order = read_order(body)
    except NotUnderstood:
        return None
    return order if order.order_id == order_ids.get(effect.order_ref or 0) else None


def not_applied(effect: Effect, seen: Seen) -> str:
    """Return sentences for a person: what was sent, what Back Market shows instead, and the next step."""
    order_id = _order_id(effect)
    asked = f"Sent: {_asked(effect)}. Back Market answered {effect.answer_status}, but did not do it. {seen.text}"
    again = f"Send it again with 'bmtui jobs retry {effect.job_id}', or do it in the Back Office."
    if effect.kind == EffectKind.IDENTIFIERS and "imei" in effect.body and seen.verdict is Verdict.ABSENT:
        line_id = effect.expected["line_id"]
        again = (
            "It ignores the IMEI of what is no phone. Register the serial number instead: "
            f"'bmtui orders identify {order_id} --identifier {line_id}=serial:NUMBER'; "
            f"or keep the IMEI here: 'bmtui outbox settle {effect.id} --did-not-happen'."
        )
    elif effect.kind == EffectKind.REFUND:
        again = "The amount is refundable again: issue the refund anew from the order."
    return f"{asked} {again}"


def _asked(effect: Effect) -> str:
    if effect.kind == EffectKind.IDENTIFIERS:
        return _identifiers_text({name: str(effect.body.get(name, "")) for name in _IDENTIFIERS})
    state = line_state_label(effect.expected["to"])
    tracking = effect.body.get("tracking_number")
    return f"{effect.about} to be {state}" + (f", tracking number {tracking}" if tracking else "")


def _lines(effect: Effect, order: ChannelOrder) -> Seen:
    expected = effect.expected
    # Refunds that 0.1 planned name one line.
    wanted = expected.get("lines") or [expected["line_id"]]
    lines = [line for line in order.lines if line.line_id in wanted]
    text = _summary(lines) if lines else "Back Market does not list the line any more."
    states = {line.state for line in lines}
    if states == {expected["to"]}:
        if effect.kind == EffectKind.SHIP and not _same(order.tracking_number, effect.body["tracking_number"]):
            other = order.tracking_number or "none"
            return Seen(Verdict.OVERTAKEN, f"{text} It was shipped with another tracking number: {other}.")
        return Seen(Verdict.DONE, text)
    if not expected["guarded"]:
        why = "Back Market does not show partial refunds, so nobody can prove that this one did or did not happen."
        return Seen(Verdict.OPEN, f"{text} {why}")
    return Seen(Verdict.ABSENT if states == {expected["from"]} else Verdict.OVERTAKEN, text)


def _same(one: str, other: str) -> bool:
    """Return whether both are the same tracking number, whatever its spaces and case."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def _identifiers(effect: Effect, order: ChannelOrder) -> Seen:
    line = next((line for line in order.lines if line.line_id == effect.expected["line_id"]), None)
    if line is None:
        return Seen(Verdict.OVERTAKEN, "Back Market does not list the line any more.")
    there = {"imei": line.imei, "serial_number": line.serial_number}
    wanted = {name: value for name, value in effect.body.items() if name in there}
    text = f"Registered: {_identifiers_text(there)}."
    if all(there[name] == value for name, value in wanted.items()):
        return Seen(Verdict.DONE, text)
    if any(there[name] not in ("", value) for name, value in wanted.items()):
        return Seen(Verdict.OVERTAKEN, f"{text} It cannot be changed any more.")
    return Seen(Verdict.ABSENT, text)


def _identifiers_text(values: Mapping[str, str]) -> str:
    return ", ".join(f"{_IDENTIFIERS[name]} {value}" for name, value in values.items() if value) or "nothing"


def _invoice(effect: Effect, order: ChannelOrder) -> Seen:
    at = order.invoice_provided_at
    before = effect.expected.get("before")
    if at is not None and (not before or at > datetime.fromisoformat(before)):
        return Seen(Verdict.DONE, f"An invoice was provided at {at:%Y-%m-%d %H:%M} UTC.")
    # Uploading again replaces what is there (API §8).
    return Seen(Verdict.ABSENT, "Back Market shows no new invoice.")


async def _message(access: Access, effect: Effect) -> Seen:
    folder = await folder_now(access, effect.expected["folder_id"])
    if folder_store.shows(folder, effect.expected):
        return Seen(Verdict.DONE, f"The message stands in folder {folder.folder_id}.")
    what = "item transfers" if effect.expected["what"] == "transfer" else "it"
    return Seen(
        Verdict.OPEN,
        f"Folder {folder.folder_id} does not show {what}; nobody can prove that it did not arrive or never will.",
    )


def _summary(lines: list[ChannelLine]) -> str:
    said = ", ".join(f"{line.sku or line.line_id}: {line_state_label(line.state)}" for line in lines)
    return f"Back Market shows {said}."


_IDENTIFIERS = {"imei": "IMEI", "serial_number": "serial number"}
_JUDGES: Mapping[str, Callable[[Effect, ChannelOrder], Seen]] = {
    EffectKind.ACCEPT: _lines,
    EffectKind.CANCEL_ON_CHANNEL: _lines,
    EffectKind.SHIP: _lines,
    EffectKind.REFUND: _lines,
    EffectKind.IDENTIFIERS: _identifiers,
    EffectKind.INVOICE: _invoice,
}
"""Functions that prove an effect by its order. `Effect.expected` holds: of lines see `effects.lines_expected`; of
identifiers `line_id`; of an invoice `before`, when the order had one already; of a message see `desk.care_writes`."""
