"""Text on its way to the terminal: measured in cells, styled by name, and never parsed.

A line is `Pieces`: texts with the name of a style each. Nothing here reads markup, so a buyer who is called ``[/b]`` is
shown as such; what could steer the terminal is stripped in `strip_of`, the one place where text becomes output.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from bmtui.text import plain
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.themes import TERMINAL, THEMES

Pieces: TypeAlias = tuple[tuple[str, str], ...]
"""Line: pairs of text and style name; '' is the terminal's own style."""

FIELD_LABEL = 18
"""Cells of the label of a `field`."""

STYLES = dict(TERMINAL)
"""Styles in use; `use_theme` changes them."""


def use_theme(name: str) -> bool:
    """Use the colours of this theme; False if there is no such theme."""
    if name not in THEMES:
        return False
    STYLES.update(THEMES[name])
    return True


def width_of(text: str) -> int:
    """Return the width in terminal cells; a CJK character takes two."""
    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with ``…`` at the end if it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` in exactly `width` cells, padded on the right, or on the left if it is to stand `right`."""
    short = cut(plain(text), width)
    padding = " " * (width - cell_len(short))
    return padding + short if right else short + padding


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, broken at spaces if there are any; at least one line."""
    width = max(width, 1)
    lines: list[str] = []
    for paragraph in plain(text, multiline=True).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if cell_len(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            while cell_len(word) > width:
                head = set_cell_size(word, width).rstrip()
                # A two-cell character in a one-cell column gets a line of its own.
                head = head or word[:1]
                lines.append(head)
                word = word[len(head) :]
            line = word
        lines.append(line)
    return lines


def pieces_width(pieces: Pieces) -> int:
    """Return the width of a line in cells."""
    return sum(cell_len(text) for text, _ in pieces)


def clip(pieces: Pieces, width: int) -> Pieces:
    """Return the beginning of a line that fits into `width` cells."""
    kept: list[tuple[str, str]] = []
    left = width
    for text, style in pieces:
        if left <= 0:
            break
        kept.append((cut(text, left), style))
        left -= cell_len(kept[-1][0])
    return tuple(kept)


def padded(pieces: Pieces, width: int) -> Pieces:
    """Return a line in exactly `width` cells."""
    kept = clip(pieces, width)
    return (*kept, (" " * (width - pieces_width(kept)), ""))


def fold(pieces: Pieces, width: int, indent: int = 2) -> Iterable[Pieces]:
    """Yield a line in as many lines as it needs: a piece that does not fit goes on below, indented."""
    line: list[tuple[str, str]] = []
    for text, style in pieces:
        if line and pieces_width((*line, (text, style))) > width:
            room = max(width - indent, 1)
            yield tuple(line)
            first, *rest = wrap(text.strip(), room)
            line = [(" " * indent, ""), (first, style)]
            for more in rest:
                yield tuple(line)
                line = [(" " * indent, ""), (more, style)]
        else:
            line.append((text, style))
    yield tuple(line)


def rule(title: str, width: int) -> Pieces:
    """Return a line across the screen with a title in it."""
    head = f"─ {title} "
    return ((head + "─" * max(width - cell_len(head), 0), "dim"),)


def field(name: str, text: str, width: int, style: str = "", *, meaning: Meaning | None = None) -> Iterable[Pieces]:
    """Yield the lines of a labelled value; a long value is wrapped, a long label has a line of its own.

    The glyph of its `meaning` stands before it.
    """
    if width_of(name) >= FIELD_LABEL:
        yield ((name, "dim"),)
        name = ""
    glyph = (meaning.piece, (" ", "")) if meaning else ()
    for number, line in enumerate(wrap(text, width - FIELD_LABEL - len(glyph))):
        first = glyph if number == 0 else ((" " * len(glyph), ""),) if glyph else ()
        yield ((fit(name if number == 0 else "", FIELD_LABEL), "dim"), *first, (line, style))


def strip_of(pieces: Iterable[tuple[str, str]], width: int) -> Strip:
    """Return `pieces` as exactly `width` cells of output: plain, neighbours of one style merged, cut with ``…``."""
    texts: list[tuple[str, str]] = []
    for text, style in pieces:
        # A space at which no line is broken looks like any other.
        clean = plain(text).replace("\u00a0", " ")
        if texts and texts[-1][1] == style:
            texts[-1] = (texts[-1][0] + clean, style)
        else:
            texts.append((clean, style))
    widths = [cell_len(text) for text, _ in texts]
    while texts and sum(widths) > width and texts[-1][0].endswith(" "):
        # Drop blanks at the end before anything is cut.
        text, style = texts.pop()
        texts += [(text.rstrip(" "), style)] if text.strip(" ") else []
        widths = [*widths[: len(texts) - 1], *([cell_len(texts[-1][0])] if texts else [])]
    # Keep a cell for ``…`` where not all of it fits.
    left, spare = width, int(sum(widths) > width)
    segments: list[Segment] = []
    for (text, style), cells in zip(texts, widths, strict=True):
        fits = cells <= left - spare
        shown = text if fits else set_cell_size(text, left - 1).rstrip() + "…" if left > 0 else ""
        segments.append(Segment(LOCAL.shown(shown), STYLES[style]))
        left -= cells if fits else cell_len(shown)
        if not fits:
            break
    if left > 0:
        segments.append(Segment(" " * left, STYLES[""]))
    return Strip(segments, width)
