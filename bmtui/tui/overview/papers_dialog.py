"""Dialog for papers: the kind, and the file or printer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.overview.packing_documents import OUTPUT, PAPERS, PRINTER
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.form import answered, field, row
from bmtui.tui.widgets.form import Choice, Paragraph, Row


@dataclass(frozen=True, slots=True)
class PapersAnswer:
    """Answer of the dialog; with `file` '' it is printed on `printer`, '' for the usual one."""

    kind: str
    file: str
    printer: str


class Papers(DeskModal[PapersAnswer]):
    """Dialog for the kind of paper and its file or printer; `kinds` are pairs of word and label."""

    GUARDED = False
    KEYS = (("Tab", "Next field"), ("^s", "Make it"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "make", "Make it", show=False),
    ]

    def __init__(self, heading: str, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__(heading)
        self._kinds = kinds

    def body(self) -> Iterable[Widget]:
        yield Row("Paper", Choice(self._kinds, self._kinds[0][0], id="kind"))
        yield row(field(OUTPUT))
        yield row(field(PRINTER))
        yield Paragraph(("", ""), ("What lies with Back Market is fetched afresh: its links die.", "dim"))

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_make(self) -> None:
        said = answered(self, PAPERS)
        self.finish(PapersAnswer(self.part("#kind", Choice).value, said.text(OUTPUT), said.text(PRINTER)))
