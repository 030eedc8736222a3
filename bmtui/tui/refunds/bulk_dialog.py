"""Dialog of Issue Refund for many orders: one way for all of them; the amount is the whole rest of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.core.parameter import Around
from bmtui.desk.refunds import parameters, request_read
from bmtui.desk.refunds.issue import RefundOptions, RefundRequest
from bmtui.errors import BmtuiError
from bmtui.text import how_many
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.widgets.form import Choice, Paragraph
from bmtui.words import RefundOperation

ON_CHANNEL = RefundOperation.REFUND_ON_BACK_MARKET


class RefundMany(DeskModal[RefundRequest]):
    """Dialog for a `RefundRequest` without amounts.

    Args:
        count: the number of orders.
        options: those of one of the orders: its methods, its reasons, and today.
    """

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Field"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "review", "Review", show=False),
    ]

    def __init__(self, count: int, options: RefundOptions) -> None:
        super().__init__(f"Issue Refund · {how_many(count, 'order')} · all that can be refunded of each")
        self._options = options

    def body(self) -> Iterable[Widget]:
        options = self._options
        yield row(field(parameters.OPERATION, ON_CHANNEL))
        yield row(field(parameters.DATE, hint="today"))
        yield row(field(parameters.METHOD))
        yield row(field(parameters.REFERENCE))
        yield row(field(parameters.NOTE))
        reasons = [(str(code), f"{code} {text}") for code, text in options.reasons.items()]
        self._reason = row(field(parameters.REASON, str(options.default_reason), reasons))
        yield self._reason
        yield Paragraph(("You review the sums before anything is done.", "dim"))

    def on_choice_changed(self) -> None:
        # The reason is needed only where something is sent.
        self._reason.display = self._operation == ON_CHANNEL

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_review(self) -> None:
        try:
            said = answered(self, parameters.COMMON)
            app = self.desk_app
            said.value(parameters.DATE, Around(now=app.desk.now(), zone=app.list_zone))
            request = request_read.read(said, self._options)
        except BmtuiError as error:
            self.wrong(error)
            return
        self.finish(request if self._operation == ON_CHANNEL else replace(request, reason=None))

    @property
    def _operation(self) -> str:
        return self.part("#operation", Choice).value
