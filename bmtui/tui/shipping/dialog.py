"""Dialogs of shipping and of identifiers: the fields, the review of exactly what would happen, then Y."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from bmtui.desk.shipping import request_read
from bmtui.desk.shipping.identifiers import Identifier, IdentifyPlan
from bmtui.desk.shipping.parameters import (
    CARRIER,
    DATE,
    IDENTIFIER,
    IDENTIFY,
    LINE,
    OVERRIDE,
    OVERRIDE_MISSING,
    OVERRIDE_TRACKING,
    SHIP,
    TRACKING,
    URL,
)
from bmtui.desk.shipping.ship import ShipOptions, ShipPlan, ShipRequest
from bmtui.text import how_many
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.dialogs.note import doubts_accepted
from bmtui.tui.widgets.form import Paragraph, Row, label_room
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.text import width_of

FIELD_KEYS: list[BindingType] = [
    *FORM,
    Binding("enter", "app.focus_next", "Next field", show=False),
    Binding("ctrl+s,f2", "review", "Review", show=False),
]


def identifier_rows(lines: Iterable[tuple[int, str, str, int]], wanted: Mapping[int, str]) -> Iterable[Row]:
    """Yield a field for the identifiers of each line, with its SKU as label, in full if there is room."""
    all_lines = tuple(lines)
    room = label_room(max((width_of(sku) + 2 for _, sku, _, _ in all_lines), default=0))
    for line_id, sku, _, pieces in all_lines:
        what = wanted.get(line_id, "IMEI or serial number")
        hint = what if pieces == 1 or what == "nothing" else f"{pieces} with commas: {what}"
        yield row(field(IDENTIFIER, label=f"  {sku}", line=line_id, hint=hint), room=room)


class Ship(DeskModal[ShipRequest]):
    """Dialog for a `ShipRequest`.

    `plan` returns what a request would do, or raises the reason against it; `packing` says who packs the order now.
    """

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Field"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = FIELD_KEYS
    # The carrier is nearly always the order's own.
    AUTO_FOCUS = "#tracking"

    def __init__(
        self, options: ShipOptions, plan: Callable[[ShipRequest], Awaitable[ShipPlan]], packing: str = ""
    ) -> None:
        super().__init__(f"Ship · order {options.order_id}")
        self._options, self._plan, self._packing = options, plan, packing
        self._parts = sum(pieces for *_, pieces in options.lines) > 1
        if options.tracking and options.lines:
            # The tracking number is known already: a scan must not be added to it.
            self.AUTO_FOCUS = f"#{IDENTIFIER.field(options.lines[0][0])}"  # type: ignore[misc]

    def body(self) -> Iterable[Widget]:
        options = self._options
        if self._packing:
            yield Paragraph((f"Warning: {self._packing}", "warn"))
        yield row(field(CARRIER, options.carrier))
        yield row(field(TRACKING, options.tracking))
        yield row(field(URL))
        yield row(field(DATE))
        yield Line(("IMEI / serial", ""), ("     cannot be changed later; leave it empty if there is none", "dim"))
        with VerticalScroll(can_focus=False):
            for line, known_by in zip(options.lines, identifier_rows(options.lines, options.wanted), strict=True):
                yield known_by
                if self._parts:
                    yield _pieces(line)
        yield row(field(OVERRIDE))
        yield row(field(OVERRIDE_TRACKING))
        if options.required:
            yield row(field(OVERRIDE_MISSING))

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_review(self) -> None:
        self.once(self._review)

    async def _review(self) -> None:
        try:
            request = request_read.read(answered(self, SHIP))
            plan = await self._plan(request)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        if plan.doubts:
            if not await doubts_accepted(self.desk_app, plan.doubts):
                return
            request = replace(request, accept_doubts=True)
        heading = f"Review · ship order {self._options.order_id}"
        verb = f"{'Ship' if plan.whole else 'Record a part'} with {plan.carrier} {plan.tracking_number}"
        if await self.desk_app.ask(Confirm(heading, review(plan), verb)):
            self.finish(request)


def _pieces(line: tuple[int, str, str, int]) -> Row:
    """Return the field for the number of pieces that leave now, at first all that are left."""
    line_id, _, _, left = line
    some = [(str(number), f"{number} of {how_many(left, 'piece')}") for number in range(left - 1, 0, -1)]
    options = [(str(left), "all of it"), *some, ("0", "nothing")]
    return row(field(LINE, str(left), options, label=f"    {LINE.label}", line=line_id))


def review(plan: ShipPlan) -> Iterable[tuple[str, str]]:
    """Yield the review of a plan: a text and a style for each line."""
    yield plan.sentence, "bold"
    for warning in plan.warnings:
        yield f"Warning: {warning}", "warn"
    yield "", ""
    for line in plan.review:
        yield line, ""
    if plan.waits:
        yield plan.waits, "warn"


class Identify(DeskModal[tuple[tuple[Identifier, ...], str, bool]]):
    """Dialog for the identifiers of an order's pieces, and for the reason why a failed check is wrong.

    `plan` returns the doubts about them, or raises the reason against them.
    """

    KEYS = (("Tab/↑↓", "Field"), ("^s", "Save"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = FIELD_KEYS

    def __init__(
        self,
        order_id: int,
        lines: Iterable[tuple[int, str, str, int]],
        wanted: Mapping[int, str],
        plan: Callable[[tuple[Identifier, ...], str], Awaitable[IdentifyPlan]],
    ) -> None:
        super().__init__(f"IMEI and serial numbers · order {order_id}")
        self._lines, self._wanted, self._plan = tuple(lines), wanted, plan

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            yield from identifier_rows(self._lines, self._wanted)
        yield row(field(OVERRIDE))
        yield Paragraph(
            ("", ""), ("An identifier cannot be changed once Back Market has it. It is sent after the shipment.", "dim")
        )

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_review(self) -> None:
        self.once(self._review)

    async def _review(self) -> None:
        said = answered(self, IDENTIFY)
        override = said.text(OVERRIDE)
        try:
            given = request_read.read_identifiers(said)
            if not given:
                self.wrong("The IMEI and the serial number are both missing.")
                return
            doubts = (await self._plan(given, override)).doubts
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        if not doubts or await doubts_accepted(self.desk_app, doubts):
            self.finish((given, override, bool(doubts)))
