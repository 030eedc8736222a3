"""Preview dialog of shipments from a file, before anything is stored: the plan or the problem of every row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.shipping.shipments_csv import FileRow, ShipmentFile
from bmtui.text import how_many
from bmtui.tui.dialogs.base import READING, DeskModal
from bmtui.tui.dialogs.confirm import Safe
from bmtui.tui.widgets.form import Paragraph
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.text import Pieces, fit, wrap

_NUMBER, _ORDER, _WORD = 6, 11, 6
_BESIDE = _NUMBER + _ORDER + _WORD + 2


class ShipmentPreview(DeskModal[bool]):
    """Dialog of the rows, wrong ones first. Only a capital Y saves; Enter and Esc go back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *READING,
        Binding("enter,n", "close", "Back", show=False),
        Binding("Y", "save", "Save", show=False),
    ]
    AUTO_FOCUS = "Safe"

    def __init__(self, file: ShipmentFile, result: str) -> None:
        self._file, self._good = file, file.good
        super().__init__(f"{file.path.name}: {self._good:,} of {how_many(len(file.rows), 'row')} will be sent")
        self._rows = sorted(file.rows, key=lambda row: (row.good, not row.warnings))
        self._result = result

    def body(self) -> Iterable[Widget]:
        wrong = len(self._file.rows) - self._good
        left_out = (
            f"{how_many(wrong, 'row is', 'rows are')} wrong and left out; they come first."
            if wrong
            else "No row is wrong."
        )
        yield Paragraph(
            (left_out, "bad" if wrong else "good"),
            *((note, "warn") for note in self._file.notes),
            (next(iter(self._file.understood), ""), "dim"),
            (f"The result of each row is written into {self._result}." if self._good else "", "dim"),
        )
        reader = Reader(id="rows")
        reader.can_focus = False
        yield reader
        yield Safe("Back")

    def keys(self) -> Iterable[tuple[str, str]]:
        save = [("Y", f"Save: ship {how_many(self._good, 'order')}")] if self._good else []
        return (("Enter", "Back"), ("j/k", "Scroll"), *save)

    def on_reader_resized(self) -> None:
        reader = self.part(Reader)
        reader.show(line for row in self._rows for line in _lines(row, reader.size.width))

    def action_save(self) -> None:
        if self._good:
            self.finish(True)
        else:
            self.wrong("No row can be sent: correct the file, then preview it again.")


def _lines(row: FileRow, width: int) -> Iterable[Pieces]:
    word, style = ("wrong", "bad") if row.problem else ("look", "warn") if row.warnings else ("send", "good")
    text = row.wrong or " ".join((*row.warnings, row.sentence))
    order = str(row.order_id or row.cells.get("order", ""))
    for number, line in enumerate(wrap(text, width - _BESIDE)):
        begin = (str(row.number), order, word) if number == 0 else ("", "", "")
        yield (
            (f"{fit(begin[0], _NUMBER, right=True)} {fit(begin[1], _ORDER)} ", ""),
            (fit(begin[2], _WORD), style),
            (line, ""),
        )
