"""Dialog of Issue Refund: the fields, then the review of exactly what would happen, then Y (order-desk §4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from bmtui.desk.refunds import parameters, request_read
from bmtui.desk.refunds.issue import RefundOptions, RefundPlan, RefundRequest
from bmtui.desk.refunds.lines import share
from bmtui.desk.refunds.parameters import ALL
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.money import Money
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.widgets.form import Choice, Entry, Paragraph
from bmtui.tui.widgets.lines import Line, Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import Pieces, cut, width_of
from bmtui.values import amount
from bmtui.words import RefundOperation, label

ON_CHANNEL = RefundOperation.REFUND_ON_BACK_MARKET


class Part(Lines):
    """Line of a name, which is cut where room is short, and a rest that is always shown in full."""

    DEFAULT_CSS = "Part { height: 1; width: 1fr; }"

    def __init__(self, name: str, rest: str) -> None:
        super().__init__()
        self._name_text, self._rest = name, rest

    def show_rest(self, rest: str) -> None:
        """Replace the text after the name."""
        self._rest = rest
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        name = cut(self._name_text, self.size.width - width_of(self._rest))
        return (((name, ""), (self._rest, "")),)


class AmountEntry(Entry):
    """Field of an amount."""


ROOMY = 70
"""Cells of a row from which on it shows how much is left."""


class AmountRow(Horizontal):
    """Row of a part of the order: its name, the amount to refund, and what can be refunded of it after that."""

    DEFAULT_CSS = """
    AmountRow { height: 1; width: 100%; }
    AmountRow > Entry { width: 11; margin-left: 1; }
    AmountRow > Line { width: 15; margin-left: 1; }
    """

    def __init__(self, name: str, rest: str, entry: str) -> None:
        super().__init__()
        hint, longest = parameters.AMOUNT.hint, parameters.AMOUNT.longest
        self._part = Part(name, rest)
        self.entry = AmountEntry(placeholder=hint, limit=longest, replaced=True, id=entry)
        self._left = Line()

    def compose(self) -> ComposeResult:
        yield self._part
        yield self.entry
        yield self._left

    def show_rest(self, rest: str) -> None:
        """Replace the text after the name."""
        self._part.show_rest(rest)

    def on_resize(self) -> None:
        # The sum shows it, too: in narrow rows the names get the room.
        self._left.display = self.size.width >= ROOMY

    def show_left(self, text: str) -> None:
        """Show how much can still be refunded of this part, once the amounts of all rows are."""
        self._left.show((text, "dim"))


class Refund(DeskModal[RefundRequest]):
    """Dialog for a `RefundRequest`.

    Args:
        options: the amounts that can be refunded, and the choices.
        plan: returns what a request would do; raises the reason why it is refused.
    """

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Field"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "review", "Review", show=False),
    ]

    def __init__(self, options: RefundOptions, plan: Callable[[RefundRequest], Awaitable[RefundPlan]]) -> None:
        super().__init__(f"Issue Refund · order {options.order_id} · {LOCAL.amount(options.refundable)} refundable")
        self._options = options
        self._plan = plan
        self._lines = {parameters.LINE.field(line.line_id): line for line in options.lines}
        self._filled: dict[str, str] = {}

    def body(self) -> Iterable[Widget]:
        options = self._options
        operations = [(option.operation, label(option.operation)) for option in options.operations]
        yield row(field(parameters.OPERATION, options.default_operation, operations))
        yield Line((parameters.LINE.label, ""), (f"  a number, '{ALL}' for the rest, empty for nothing", "dim"))
        with VerticalScroll(can_focus=False, id="parts"):
            for name, line in self._lines.items():
                rest = f" · {line.state_label} · up to {LOCAL.number(line.refundable)}"
                # Use the SKU, as the review and the outbox do: product names differ only at their ends, which are cut.
                yield AmountRow(f"  {line.sku or line.product}", rest, name)
            self._shipping = AmountRow(f"  {parameters.SHIPPING.label}", "", parameters.SHIPPING.name)
            yield self._shipping
            yield AmountRow(f"  {parameters.AMOUNT.label}", "", parameters.AMOUNT.name)
        yield row(field(parameters.DATE, options.today))
        yield row(field(parameters.METHOD))
        yield row(field(parameters.REFERENCE))
        yield row(field(parameters.NOTE))
        reasons = [(str(code), f"{code} {text}") for code, text in options.reasons.items()]
        self._reason = row(field(parameters.REASON, str(options.default_reason), reasons))
        yield self._reason
        yield Line(id="sum")
        yield Paragraph(id="about")

    def on_mount(self) -> None:
        self._prefill()
        self._show_sum()
        self._say_about_operation()
        self._show_reason()
        self._show_shipping()

    def _show_reason(self) -> None:
        # The reason is needed only where something is sent.
        self._reason.display = self._operation == ON_CHANNEL
        self.call_after_refresh(self.fit)

    def _show_shipping(self) -> None:
        """Show how much of the shipping charges can be refunded, or how Back Market returns them."""
        shipping, who = LOCAL.number(self._options.shipping), self._options.shipping_on_channel
        said = f"{shipping} {who}" if self._operation == ON_CHANNEL and who else f"up to {shipping}"
        self._shipping.show_rest(f" · {said}")

    def _prefill(self) -> None:
        """Fill the amounts with all that the operation can refund, the common case; typed amounts stay."""
        entries = list(self.query(AmountEntry))
        if {entry.id: entry.value for entry in entries if entry.value} != self._filled:
            return
        left, filled = self._options.refundable, {}
        rows = [(name, line.refundable, bool(line.channel)) for name, line in self._lines.items()]
        rows.append(("shipping", self._options.shipping, False))
        for name, rest, on_channel in rows:
            if rest.minor > 0 and left.minor > 0 and (on_channel or self._operation != ON_CHANNEL):
                filled[name] = ALL if name in self._lines or rest <= left else left.decimal
                left = left - _share(rest, left)
        self._filled = filled
        for entry in entries:
            entry.fill(filled.get(entry.id or "", ""))

    # While typing

    def on_input_changed(self, event: Entry.Changed) -> None:
        entry = event.input
        if isinstance(entry, AmountEntry) and self._filled and event.value != self._filled.get(entry.id or "", ""):
            # The first typed amount clears all prefilled ones, so that nothing is refunded by accident.
            self._filled = {}
            for other in self.query(AmountEntry):
                if other is not entry:
                    other.fill("")
        self._show_sum()

    def on_input_submitted(self) -> None:
        self.focus_next()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        self.wrong("")
        if event.choice.id == "operation":
            self._prefill()
            self._say_about_operation()
            self._show_reason()
            self._show_shipping()

    def on_entry_focused(self, event: Entry.Focused) -> None:
        line = self._lines.get(event.entry.id or "")
        if line is None:
            self._say_about_operation()
            if event.entry.id == "shipping" and self._operation == ON_CHANNEL and self._options.shipping_on_channel:
                by_itself = self._options.shipping_on_channel.startswith("follows")
                there = (
                    "Back Market returns it once the whole order ended."
                    if by_itself
                    else ("Refund it in the Back Office, then record it here as Issue Refund.")
                )
                self._about(f"Back Market accepts no refund of shipping over its API. {there}")
            return
        said = ""
        if self._operation == ON_CHANNEL and line.channel_why_not:
            said = f" Back Market cannot refund it. {line.channel_why_not}"
        elif self._operation == ON_CHANNEL and line.channel == "full":
            said = " Before shipping, Back Market refunds it in full only."
        self._about(f"{line.product or line.sku}, line {line.line_id}.{said}")

    @property
    def _operation(self) -> str:
        return self.part("#operation", Choice).value

    def _say_about_operation(self) -> None:
        option = next(option for option in self._options.operations if option.operation == self._operation)
        if option.why_not:
            self._about(f"Not now: {option.why_not}")
        elif option.operation == ON_CHANNEL:
            self._about("Is sent to Back Market, line by line, after a review.")
        else:
            self._about("Is recorded here; nothing is sent to Back Market.")

    def _about(self, text: str) -> None:
        self.part("#about", Paragraph).show((text, "dim"))

    def _show_sum(self) -> None:
        refundable = self._options.refundable
        try:
            total = self._add_up()
            rest = refundable - total
        except BmtuiError as error:
            self.part("#sum", Line).show((str(error), "bad"))
            for part in self.query(AmountRow):
                part.show_left("")
            return
        words = f"{LOCAL.number(refundable)} refundable − {LOCAL.number(total)} this refund = "
        over = rest.minor < 0
        left = f"{LOCAL.number(Money(-rest.minor, rest.currency))} too much" if over else f"{LOCAL.number(rest)} left"
        self.part("#sum", Line).show((words, ""), (f"{left} ({refundable.currency})", "bad" if over else "bold"))

    def _add_up(self) -> Money:
        """Return the sum of all rows; beside each row with an amount, show how much of its part is left after that.

        Of no part more is left than of the order.
        """
        left = self._options.refundable
        total = Money(0, left.currency)
        rests: dict[AmountRow, Money] = {}
        for part in self.query(AmountRow):
            entry = part.entry
            text, line = entry.entered, self._lines.get(entry.id or "")
            rest = line.refundable if line else self._options.shipping if entry.id == "shipping" else left
            if text:
                given = _share(rest, left) if text.lower() == ALL else self._money(text, entry.id or "")
                total, left, rests[part] = total + given, left - given, rest - given
        for part in self.query(AmountRow):
            shown = min(rests[part], left) if part in rests else left
            part.show_left(f"{LOCAL.number(shown)} left" if part in rests and shown.minor >= 0 else "")
        return total

    def _money(self, text: str, name: str) -> Money:
        return amount.read(text, self._options.refundable.currency, field=name)

    # Review and confirmation

    def action_review(self) -> None:
        self.once(self._review)

    async def _review(self) -> None:
        try:
            request = request_read.read(answered(self, parameters.REFUND), self._options)
            if self._operation != ON_CHANNEL:
                request = replace(request, reason=None)
            if not request.lines and request.shipping is None and request.amount is None:
                # For a command, no amount means everything; on a form it means that the amount was forgotten.
                raise RuleRefused("There is no amount to refund yet.", f"Enter one, or '{ALL}' beside a line.")
            plan = await self._plan(request)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        verb = "Send to Back Market" if plan.operation == ON_CHANNEL else "Record"
        verb = "Ask for approval" if plan.approval else verb
        heading = f"Review · refund {LOCAL.amount(plan.total)} of order {self._options.order_id}"
        if await self.desk_app.ask(Confirm(heading, review(plan), f"{verb}: {LOCAL.amount(plan.total)}")):
            self.finish(request)


def review(plan: RefundPlan) -> Iterable[tuple[str, str]]:
    """Yield the review of a plan: a text and a style for each line."""
    yield LOCAL.sentence(plan.sentence), "bold"
    yield "", ""
    yield LOCAL.sentence(f"Recorded here: {plan.recorded}."), ""
    left = f"{LOCAL.amount(plan.refundable_after)} stays refundable"
    yield f"Payment status becomes {label(plan.payment_status_after)}; {left}.", ""
    yield "", ""
    if plan.approval:
        yield "Only once a second person approved it:", "warn"
    for line in plan.review:
        yield line, ""


def _share(rest: Money, left: Money) -> Money:
    return Money(share(rest.minor, left.minor, None), left.currency)
