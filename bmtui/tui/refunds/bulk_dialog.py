"""Issue Refund for many orders: how, for all of them alike; the amount is all that is left of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.refunds.issue import RefundOptions, RefundRequest
from bmtui.desk.refunds.views import NOTE_IS_PRINTED
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.widgets.form import Choice, Entry, Paragraph, Row
from bmtui.words import RefundOperation, label

ON_CHANNEL = RefundOperation.REFUND_ON_BACK_MARKET


class RefundMany(DeskModal[RefundRequest]):
    """Gathers a `RefundRequest` without amounts.

    Args:
        count: how many orders.
        options: of one of them: its methods, reasons and today.
    """

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Field"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "review", "Review", show=False),
    ]

    def __init__(self, count: int, options: RefundOptions) -> None:
        super().__init__(f"Issue Refund · {count:,} orders · all that can be refunded of each")
        self._options = options

    def body(self) -> Iterable[Widget]:
        options = self._options
        operations = [(word.value, label(word)) for word in RefundOperation]
        yield Row("Operation Type", Choice(operations, ON_CHANNEL, id="operation"))
        yield Row("Refund Method", Choice([(word, label(word)) for word in options.methods], "other", id="method"))
        yield Row("Reference Number", Entry(placeholder="none", limit=100, id="reference"))
        yield Row("Notes", Entry(placeholder=NOTE_IS_PRINTED, limit=500, lines=True, id="note"))
        reasons = [(str(code), f"{code} {text}") for code, text in options.reasons.items()]
        self._reason = Row("Channel's reason", Choice(reasons, str(options.default_reason), id="reason"))
        yield self._reason
        yield Paragraph(("A review of the sums comes before anything is done.", "dim"))

    def on_choice_changed(self) -> None:
        # Where nothing is sent, it would be asked for nothing.
        self._reason.display = self._operation == ON_CHANNEL

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_review(self) -> None:
        self.finish(
            RefundRequest(
                operation=self._operation,
                method=self.part("#method", Choice).value,
                reference=self.part("#reference", Entry).entered,
                note=self.part("#note", Entry).entered,
                reason=int(self.part("#reason", Choice).value) if self._operation == ON_CHANNEL else None,
            )
        )

    @property
    def _operation(self) -> str:
        return self.part("#operation", Choice).value
