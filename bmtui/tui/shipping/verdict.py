"""Verdict on the last code in letters three rows high, and the last parcels of a station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.geometry import Size

from bmtui.desk.shipping.station_state import RECENT, Parcel
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, fit, wrap

HEIGHT = 3
_GAP = 2
_LEAST = 40
"""Fewest cells for which the letters fit beside the words."""
_BLOCKS: Mapping[str, tuple[str, str, str]] = {
    "O": ("█▀█", "█ █", "▀▀▀"),
    "K": ("█ █", "█▀▄", "▀ ▀"),
    "S": ("█▀▀", "▀▀█", "▀▀▀"),
    "T": ("▀█▀", " █ ", " ▀ "),
    "P": ("█▀█", "█▀▀", "▀  "),
}
_ASCII: Mapping[str, tuple[str, str, str]] = {
    "O": ("/-\\", "| |", "\\-/"),
    "K": ("| /", "|< ", "| \\"),
    "S": ("/--", "\\-\\", "--/"),
    "T": ("---", " | ", " | "),
    "P": ("|-\\", "|-/", "|  "),
}


def letters(word: str) -> tuple[str, ...]:
    """Return `word` in letters three rows high."""
    shapes = [(_ASCII if LOCAL.ascii else _BLOCKS)[letter] for letter in word]
    return tuple(" ".join(shape[row] for shape in shapes) for row in range(HEIGHT))


class Verdict(Lines):
    """Verdict on the last code: OK or STOP and a sentence; before the first code only the sentence.

    Glyph and word stand before the sentence, so that it does without colour.
    """

    DEFAULT_CSS = "Verdict { height: auto; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._judged, self._bad, self._message = False, False, ""

    def show(self, message: str, *, bad: bool, judged: bool) -> None:
        """Replace the verdict."""
        before = self.get_content_height(self.size, self.size, self.size.width)
        self._message, self._bad, self._judged = message, bad, judged
        if self.is_mounted and self.get_content_height(self.size, self.size, self.size.width) != before:
            self.refresh(layout=True)
        self.redraw()

    @property
    def text(self) -> str:
        """Glyph, word and sentence."""
        if not self._judged:
            return self._message
        return f"{self._meaning.glyph} {self._word}  {self._message}"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(HEIGHT, len(self._wrapped(width)))

    def lines(self) -> Sequence[Pieces]:
        width = self.size.width
        big = self._big(width)
        words = self._wrapped(width)
        style = self._meaning.style
        indent = len(big[0]) + _GAP if big else 0
        rows = []
        for number in range(max(HEIGHT, len(words))):
            letter = big[number] if number < len(big) else ""
            word = words[number] if number < len(words) else ""
            rows.append(((fit(letter, indent), style), (word, style if self._judged else "")))
        return rows

    @property
    def _meaning(self) -> Meaning:
        return Meaning.LATE if self._bad else Meaning.DONE

    @property
    def _word(self) -> str:
        return "STOP" if self._bad else "OK"

    def _big(self, width: int) -> tuple[str, ...]:
        return letters(self._word) if self._judged and width >= _LEAST else ()

    def _wrapped(self, width: int) -> list[str]:
        big = self._big(width)
        return wrap(self.text, max(width - (len(big[0]) + _GAP if big else 0), 1))


class RecentParcels(Lines):
    """Last parcels that were shipped at the station, newest first."""

    DEFAULT_CSS = f"RecentParcels {{ height: {RECENT + 1}; width: 100%; margin-top: 1; }}"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parcels: tuple[Parcel, ...] = ()

    def show(self, parcels: Sequence[Parcel]) -> None:
        """Replace the parcels."""
        self._parcels = tuple(parcels)
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if not self._parcels:
            return ((("Last parcels: none yet", "dim"),),)
        return ((("Last parcels", "dim"),), *map(_parcel, self._parcels))


def _parcel(parcel: Parcel) -> Pieces:
    devices = ", ".join(parcel.devices)
    undone = " taken back ·" if parcel.undone else ""
    what = f"{undone} {parcel.carrier} {parcel.tracking_number}{f' · {devices}' if devices else ''}"
    glyph, style = (Meaning.NOTHING if parcel.undone else Meaning.DONE).piece
    return ((f"{glyph} ", style), (f"{parcel.at:%H:%M} ", "dim"), (f"{parcel.order_id}", "bold"), (what, ""))
