"""Dialog of Cancel Order Internally: the new status and a note (order-desk §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.cancellation import parameters
from bmtui.desk.cancellation.internal import CancelPreview
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.widgets.form import Choice, Entry, Paragraph
from bmtui.words import label

NEEDS_NOTE = ("on_hold", "problem_order")


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """Answer of the dialog: the new status, and the note."""

    status: str
    note: str


class Cancel(DeskModal[CancelAnswer]):
    """Dialog for the new status and a note. Enter moves on; only ^s saves."""

    KEYS = (("Tab", "Next field"), ("^s", "Save"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "save", "Save", show=False),
    ]

    def __init__(self, preview: CancelPreview, heading: str = "") -> None:
        super().__init__(heading or f"Cancel Order Internally · order {preview.order_id}")
        self._preview = preview

    def body(self) -> Iterable[Widget]:
        first = self._preview.statuses[0]
        yield row(field(parameters.STATUS, first))
        yield row(field(parameters.NOTE, self._preview.templates.get(first, ""), goes_on=True))
        yield Paragraph(
            ("", ""),
            (self._preview.channel_belief, "warn"),
            ("Nothing is sent to Back Market: this changes orders here only.", ""),
        )

    def on_choice_changed(self) -> None:
        note = self.part("#note", Entry)
        if note.entered in ("", *(text.strip() for text in self._preview.templates.values())):
            note.fill(self._preview.templates.get(self.part("#status", Choice).value, ""))
        self.wrong("")

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_save(self) -> None:
        said = answered(self, parameters.CANCEL)
        answer = CancelAnswer(said.text(parameters.STATUS), said.text(parameters.NOTE))
        if answer.status in NEEDS_NOTE and not answer.note:
            self.wrong(f"{label(answer.status)} needs a note: write why.")
            self.part("#note", Entry).focus()
            return
        self.finish(answer)
