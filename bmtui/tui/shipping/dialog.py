"""Ship an order: carrier, tracking number, identifiers; then the review of exactly what would happen, then Y."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping.identifiers import Identifier, IdentifyPlan
from bmtui.desk.shipping.ship import ShipOptions, ShipPlan, ShipRequest
from bmtui.errors import RuleRefused
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.note import doubts_accepted
from bmtui.tui.widgets.form import Choice, Entry, Paragraph, Row, label_room
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.text import width_of

FIELD_KEYS: list[BindingType] = [
    *FORM,
    Binding("enter", "app.focus_next", "Next field", show=False),
    Binding("ctrl+s,f2", "review", "Review", show=False),
]


def identifier_rows(lines: Iterable[tuple[int, str, str, int]], wanted: Mapping[int, str]) -> Iterable[Row]:
    """A field a line for what its pieces are known by, beside its SKU, in full wherever there is room."""
    all_lines = tuple(lines)
    room = label_room(max((width_of(sku) + 2 for _, sku, _, _ in all_lines), default=0))
    for line_id, sku, _, pieces in all_lines:
        what = wanted.get(line_id, "IMEI or serial number")
        hint = what if pieces == 1 or what == "nothing" else f"{pieces} with commas: {what}"
        yield Row(f"  {sku}", Entry(placeholder=hint, limit=500, id=f"line-{line_id}"), room=room)


def given_in(
    modal: DeskModal[ShipRequest] | DeskModal[tuple[tuple[Identifier, ...], str, bool]], line_ids: Iterable[int]
) -> tuple[Identifier, ...]:
    """What the fields of `identifier_rows` say."""
    texts = ((line_id, modal.part(f"#line-{line_id}", Entry).entered) for line_id in line_ids)
    return tuple(
        identifiers.given(line_id, part) for line_id, text in texts for part in text.split(",") if part.strip()
    )


class Ship(DeskModal[ShipRequest]):
    """Gathers a `ShipRequest`; `plan` says what it would do, or raises what is wrong; `packing` who packs it."""

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Field"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = FIELD_KEYS
    # The carrier is that of the order nearly always.
    AUTO_FOCUS = "#tracking"

    def __init__(
        self, options: ShipOptions, plan: Callable[[ShipRequest], Awaitable[ShipPlan]], packing: str = ""
    ) -> None:
        super().__init__(f"Ship · order {options.order_id}")
        self._options, self._plan, self._packing = options, plan, packing
        self._parts = sum(pieces for *_, pieces in options.lines) > 1
        if options.tracking and options.lines:
            # The label is there already: what is scanned is not to be put behind it.
            self.AUTO_FOCUS = f"#line-{options.lines[0][0]}"  # type: ignore[misc]

    def body(self) -> Iterable[Widget]:
        options = self._options
        if self._packing:
            yield Paragraph((f"Look: {self._packing}", "warn"))
        yield Row("Carrier", Entry(options.carrier, placeholder="such as UPS", limit=200, replaced=True, id="carrier"))
        yield Row(
            "Tracking number",
            Entry(options.tracking, placeholder="as on the label", limit=250, replaced=True, id="tracking"),
        )
        yield Row("Tracking URL", Entry(placeholder="from the carrier's template", limit=300, id="url"))
        yield Row("Ship date", Entry(placeholder="now", limit=16, id="date"))
        yield Line(("Known by", ""), ("          cannot be changed once Back Market has it; empty: nothing", "dim"))
        with VerticalScroll(can_focus=False):
            for line, row in zip(options.lines, identifier_rows(options.lines, options.wanted), strict=True):
                yield row
                if self._parts:
                    yield Row("    leaves now", _pieces(line))
        yield Row("Override reason", Entry(placeholder="only when a check is wrong", limit=200, id="override"))
        hint = "only when its check is wrong"
        yield Row("Override, tracking", Entry(placeholder=hint, limit=200, id="override-tracking"))
        if options.required:
            hint = "only when a required number is not there"
            yield Row("Override, missing", Entry(placeholder=hint, limit=200, id="override-missing"))

    def on_input_submitted(self) -> None:
        self.focus_next()

    def _leaving(self) -> dict[int, int | None]:
        """Pieces by line; empty when all of the order leaves. Raises RuleRefused when nothing does."""
        if not self._parts:
            return {}
        chosen = {line_id: int(self.part(f"#pieces-{line_id}", Choice).value) for line_id, *_ in self._options.lines}
        if all(chosen[line_id] == left for line_id, _, _, left in self._options.lines):
            return {}
        found: dict[int, int | None] = {line_id: number for line_id, number in chosen.items() if number}
        if not found:
            raise RuleRefused("Nothing of the order is chosen.", "Say how many pieces leave now.")
        return found

    def action_review(self) -> None:
        self.desk_app.spawn(self._review())

    async def _review(self) -> None:
        def text(name: str) -> str:
            return next((entry.entered for entry in self.query(f"#{name}").results(Entry)), "")

        try:
            request = ShipRequest(
                tracking=text("tracking"),
                carrier=text("carrier"),
                url=text("url"),
                date=text("date") or None,
                lines=self._leaving(),
                identifiers=given_in(self, (line_id for line_id, *_ in self._options.lines)),
                override=text("override"),
                tracking_override=text("override-tracking"),
                missing_override=text("override-missing"),
            )
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


def _pieces(line: tuple[int, str, str, int]) -> Choice:
    """How many pieces of a line leave now, at first all that are left of it."""
    line_id, _, _, left = line
    some = [(str(number), f"{number} of {left} pieces") for number in range(left - 1, 0, -1)]
    return Choice([(str(left), "all of it"), *some, ("0", "nothing")], str(left), id=f"pieces-{line_id}")


def review(plan: ShipPlan) -> Iterable[tuple[str, str]]:
    """What would happen, in plain text: a text and a style a line."""
    yield plan.sentence, "bold"
    for warning in plan.warnings:
        yield f"Look: {warning}", "warn"
    yield "", ""
    for line in plan.review:
        yield line, ""
    if plan.waits:
        yield plan.waits, "warn"


class Identify(DeskModal[tuple[tuple[Identifier, ...], str, bool]]):
    """Asks by what the pieces of an order are known, and for the reason where a check is wrong.

    `plan` says what is in doubt of them, or raises what is wrong.
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
        yield Row("Override reason", Entry(placeholder="only when a check is wrong", limit=200, id="override"))
        yield Paragraph(
            ("", ""), ("An identifier cannot be changed once Back Market has it. It leaves after the shipment.", "dim")
        )

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_review(self) -> None:
        self.desk_app.spawn(self._review())

    async def _review(self) -> None:
        override = self.part("#override", Entry).entered
        try:
            given = given_in(self, (line_id for line_id, *_ in self._lines))
            if not given:
                self.wrong("There is neither an IMEI nor a serial number yet.")
                return
            doubts = (await self._plan(given, override)).doubts
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        if not doubts or await doubts_accepted(self.desk_app, doubts):
            self.finish((given, override, bool(doubts)))
