"""What the channel shows of an effect: the proof that it took place or not, one function a kind (reliability §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bmtui.channel.model import ChannelLine, ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.desk.after_sales import folder_store
from bmtui.desk.orders.channel_states import line_state_label
from bmtui.store.models import Effect, Order
from bmtui.words import EffectKind
from bmtui.workers.after_sales.folder_reading import folder_now
from bmtui.workers.company_channel import Access


class Verdict(Enum):
    """What a reading proves of an effect."""

    DONE = "done"
    ABSENT = "absent"
    """It did not take place, and sending it again cannot do it twice: the channel's state guards it."""
    OVERTAKEN = "overtaken"
    """It did not take place and no longer can: something else happened there."""
    OPEN = "open"
    """The channel does not show it: nobody can prove that it did or did not happen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The verdict, and what the channel shows now, in a sentence for a person."""

    verdict: Verdict
    text: str


async def look(access: Access, effect: Effect) -> Seen:
    """Read what the channel shows of the effect now.

    Raises:
        ChannelError: it could not be read. Reschedule: the shared limit says to wait.
    """
    return await LOOKS[effect.kind](access, effect)


async def order_now(access: Access, effect: Effect) -> ChannelOrder:
    """The order that the effect concerns, as the channel shows it now."""
    order_id = await access.desk.store.read(lambda: Order.get_by_id(effect.order_ref).order_id)
    await access.turn()
    return read_order(await access.call(access.channel.order(order_id)))


async def _lines(access: Access, effect: Effect) -> Seen:
    expected, order = effect.expected, await order_now(access, effect)
    # Refunds that 0.1 planned name one line.
    wanted = expected.get("lines") or [expected["line_id"]]
    lines = [line for line in order.lines if line.line_id in wanted]
    text = _summary(lines) if lines else "Back Market does not list the line any more."
    states = {line.state for line in lines}
    if states == {expected["to"]}:
        if effect.kind == EffectKind.SHIP and order.tracking_number != effect.body["tracking_number"]:
            other = order.tracking_number or "none"
            return Seen(Verdict.OVERTAKEN, f"{text} It was shipped with another tracking number: {other}.")
        return Seen(Verdict.DONE, text)
    if not expected["guarded"]:
        why = "Back Market does not show partial refunds, so nobody can prove that this one did or did not happen."
        return Seen(Verdict.OPEN, f"{text} {why}")
    return Seen(Verdict.ABSENT if states == {expected["from"]} else Verdict.OVERTAKEN, text)


async def _identifiers(access: Access, effect: Effect) -> Seen:
    order = await order_now(access, effect)
    line = next((line for line in order.lines if line.line_id == effect.expected["line_id"]), None)
    if line is None:
        return Seen(Verdict.OVERTAKEN, "Back Market does not list the line any more.")
    there = {"imei": line.imei, "serial_number": line.serial_number}
    wanted = {name: value for name, value in effect.body.items() if name in there}
    text = "Registered: " + (", ".join(f"{name} {value}" for name, value in there.items() if value) or "nothing") + "."
    if all(there[name] == value for name, value in wanted.items()):
        return Seen(Verdict.DONE, text)
    if any(there[name] not in ("", value) for name, value in wanted.items()):
        return Seen(Verdict.OVERTAKEN, f"{text} It cannot be changed any more.")
    return Seen(Verdict.ABSENT, text)


async def _invoice(access: Access, effect: Effect) -> Seen:
    at = (await order_now(access, effect)).invoice_provided_at
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


LOOKS: Mapping[str, Callable[[Access, Effect], Awaitable[Seen]]] = {
    EffectKind.ACCEPT: _lines,
    EffectKind.CANCEL_ON_CHANNEL: _lines,
    EffectKind.SHIP: _lines,
    EffectKind.REFUND: _lines,
    EffectKind.IDENTIFIERS: _identifiers,
    EffectKind.INVOICE: _invoice,
    EffectKind.MESSAGE: _message,
}
"""How each kind is proved. What `Effect.expected` holds: of lines see `effects.lines_expected`; of identifiers
`line_id`; of an invoice `before`, when the order had one already; of a message see `desk.care_writes`."""
