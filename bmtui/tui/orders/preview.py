"""Preview of the order under the cursor, beside the list: next actions, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from bmtui.desk.core.views import address_lines
from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.orders import states
from bmtui.tui.orders.states import Situation
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.tui.widgets.text import Pieces, clip, fold, pieces_width, rule, wrap
from bmtui.words import EffectKind, EffectState, label

if TYPE_CHECKING:
    from bmtui.desk.overview.preview import PreviewView

WIDE = 120
"""Fewest columns of a terminal on which the preview is shown by default."""
_LEAST, _MOST, _SHARE = 50, 84, 0.42
_SEPARATOR = (" │ ", "dim")
_INDENT = 4


def width_at(columns: int) -> int:
    """Return the width of the preview, in cells, for a terminal of so many columns."""
    return min(max(round(columns * _SHARE), _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class Shown:
    """Content of the preview.

    Attributes:
        nexts: keys and names of the actions that the order waits for.
    """

    order: OrderRow
    view: PreviewView
    situation: Situation
    zone: tzinfo
    nexts: Sequence[tuple[str, str]]


class Preview(Lines):
    """Vertical line with the order right of it; follows the cursor once that rests."""

    DEFAULT_CSS = "Preview { height: 1fr; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: Shown | None = None

    @property
    def about(self) -> tuple[str, int] | None:
        """Company and number of the order that is shown."""
        return (self._shown.order.company, self._shown.order.order_id) if self._shown else None

    def show(self, shown: Shown | None) -> None:
        """Replace the order that is shown; None for none."""
        self._shown = shown
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        width = self.size.width - len(_SEPARATOR[0])
        body = list(preview(self._shown, width)) if self._shown else []
        body += [()] * (self.size.height - len(body))
        return tuple((_SEPARATOR, *clip(pieces, width)) for pieces in body)


def preview(shown: Shown, width: int) -> Iterable[Pieces]:
    """Yield the lines of an order at this width in cells."""
    order, view = shown.order, shown.view
    yield from _head(shown, width)
    for kind, state in states.open_effects(order).items():
        yield (of_effect(state).piece, (f" {label(EffectKind(kind))}: {EffectState(state).label}", ""))
    if view.packing:
        yield (Meaning.SOON.piece, (f" {view.packing}", ""))
    yield rule("Lines", width)
    for line in view.lines:
        price = LOCAL.amount(line.price)
        state = f"  {line.state_label}"
        room = max(width - len(price) - len(state) - 2, 12)
        first, *rest = wrap(f"{line.quantity} × {line.product or line.sku}", room)
        yield (
            (first, ""),
            (" " * (width - len(state) - len(price) - pieces_width(((first, ""),))), ""),
            (price + state, ""),
        )
        yield from (((" " * _INDENT + text, ""),) for text in rest)
        # On one line, with or without: below a line more, all others would have moved and be sent again.
        known = _known_by(line.imei, line.serial_number)
        about = " · ".join(filter(None, (line.sku, line.condition, known)))
        lacks = " · no IMEI / serial yet" if order.must_ship and not known else ""
        yield ((" " * _INDENT + about, "dim"), (lacks, ""))
    yield rule("Money", width)
    money = f"received {LOCAL.number(order.received)}  refunded {LOCAL.number(order.refunded)}  "
    yield from fold(((money, ""), (f"left {LOCAL.amount(order.refundable)}", "")), width)
    yield from _told("Ship to", ", ".join(address_lines(order.ship_to)) or "–", width)
    contact = " · ".join(filter(None, (order.customer_email, order.customer_phone)))
    yield from _told("Customer", f"{order.customer_name or '–'}\n{contact or '–'}", width)
    if order.tracking_number:
        yield from _told("Tracking", order.tracking_number, width)
    said = [*(f"#{tag}" for tag in order.tags), *(f"{name} {value}" for name, value in order.fields.items())]
    said += [f"assigned to {order.assignee}"] if order.assignee else []
    if said:
        yield from _told("Tags", " · ".join(said), width)
    yield rule("Last", width)
    for event in view.events:
        at = time_format.short(event.at, shown.zone, shown.situation.now)
        yield ((f"{at} {event.actor}  ", "dim"), (LOCAL.sentence(event.summary), ""))
    if not view.events:
        yield (("nothing was done here yet", "dim"),)
    yield rule("Papers", width)
    papers = (("Folder", view.folders), ("RMA", view.returns), ("Invoice", view.invoices))
    yield from fold(tuple((f"{name} {', '.join(map(str, found)) or 'none'}   ", "") for name, found in papers), width)


def _head(shown: Shown, width: int) -> Iterable[Pieces]:
    order, at = shown.order, shown.situation
    meaning = states.deadline(order, at)
    clock = time_format.deadline(order.deadline, shown.zone, at.now)
    if meaning is Meaning.LATE and order.deadline is not None:
        clock = f"late {time_format.span(at.now - order.deadline)} ({clock})"
    told: list[tuple[str, str]] = [(str(order.order_id), "bold"), (f"  {states.state(order)}", "")]
    if order.deadline is not None:
        told += [("  ", ""), (f"{meaning.glyph} " if meaning else "", meaning.style if meaning else "")]
        told.append((clock if meaning is Meaning.LATE else f"by {clock}", meaning.style if meaning else ""))
    total = LOCAL.amount(order.total)
    gap = width - pieces_width(tuple(told)) - len(total)
    yield (*told, (" " * gap, ""), (total, "bold")) if gap > 0 else tuple(told)
    pieces: list[tuple[str, str]] = [("NEXT  ", "bold")]
    for number, (key, name) in enumerate(shown.nexts):
        pieces += [(" · " if number else "", ""), (key, "key"), (f" {name}", "")]
    yield from fold(tuple(pieces) if shown.nexts else (*pieces, ("nothing waits for you", "dim")), width, indent=6)


def _known_by(imei: str, serial_number: str) -> str:
    return " ".join(filter(None, (f"IMEI {imei}" if imei else "", f"serial {serial_number}" if serial_number else "")))


def _told(title: str, text: str, width: int) -> Iterable[Pieces]:
    """Yield a rule with a title, and the text below it."""
    yield rule(title, width)
    yield from (((line, ""),) for line in wrap(text, width))
