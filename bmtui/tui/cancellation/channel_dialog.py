"""Dialog of Cancel on Back Market: the lines, and exactly what would be sent (order-desk §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from bmtui.desk.cancellation import on_channel, parameters
from bmtui.desk.cancellation.on_channel import ChannelCancelOptions, ChannelCancelPlan
from bmtui.errors import BmtuiError
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.widgets.form import Paragraph
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.locale_format import LOCAL

_OPTIONS = (("yes", "Yes"), ("no", "No"))


class ChannelCancel(DeskModal[tuple[int, ...]]):
    """Dialog for the lines to cancel; all that Back Market can cancel are chosen at first."""

    LEADS_TO_REVIEW = True
    KEYS = (("Tab/↑↓", "Line"), ("←/→", "Change"), ("^s", "Review"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next line", show=False),
        Binding("ctrl+s,f2", "review", "Review", show=False),
    ]

    def __init__(self, options: ChannelCancelOptions) -> None:
        super().__init__(f"Cancel on Back Market · order {options.order_id}")
        self._options = options

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            for line in self._options.lines:
                yield Line((f"{line.sku or line.line_id} · {line.state_label} · {LOCAL.amount(line.price)}", "bold"))
                if line.why_not:
                    yield Paragraph((f"  {line.why_not}", "dim"))
                else:
                    label = f"  {parameters.LINE.label}"
                    yield row(field(parameters.LINE, options=_OPTIONS, label=label, line=line.line_id))
        yield Paragraph(("", ""), (self._options.belief, "warn"), (self._options.here, ""))

    def action_review(self) -> None:
        try:
            chosen = on_channel.chosen(answered(self, parameters.ON_CHANNEL))
        except BmtuiError as error:
            self.wrong(error)
            return
        # For a command, no line means all of them; here it means that none can be chosen.
        if chosen:
            self.finish(chosen)


def review(plan: ChannelCancelPlan, options: ChannelCancelOptions) -> Iterable[tuple[str, str]]:
    """Yield the review of a plan: a text and a style for each line."""
    yield options.belief, "warn"
    yield LOCAL.sentence(plan.sentence), "bold"
    yield "", ""
    if plan.approval:
        yield ("" if plan.all_waits else "Refunds among it: ") + plan.approval, "warn"
    for line in plan.review:
        yield line, ""
