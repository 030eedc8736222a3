"""Text form of a document, which a terminal shows instead of the PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bmtui.invoices.content import Content
from bmtui.text import width_of

_CELL = 12


def lines_of(content: Content, width: int = 78) -> Iterator[str]:
    """Return the lines, at most `width` cells wide as far as words allow."""
    yield content.title
    yield ""
    label_width = max(width_of(label) for label, _ in content.facts)
    for label, value in content.facts:
        yield f"{_padded(label, label_width)}  {value}"
    for heading, party in ((content.seller_heading, content.seller), (content.buyer_heading, content.buyer)):
        yield ""
        yield f"{heading}: {', '.join(party)}"
    yield ""
    yield _columns(content.headings, width)
    yield "─" * width
    for row in content.rows:
        yield _columns((row.text, *row.cells), width)
        for detail in row.details:
            yield f"  {detail}"
    yield "─" * width
    if content.summary:
        yield _columns(content.summary_headings, width)
        for cells in content.summary:
            yield _columns(cells, width)
    yield _columns(content.total, width)
    for texts in (content.notes, content.mentions):
        if texts:
            yield ""
            yield from texts


def _columns(cells: Sequence[str], width: int) -> str:
    first, *rest = cells
    right = "  ".join(" " * max(0, _CELL - width_of(cell)) + cell for cell in rest)
    room = max(width - width_of(right) - 2, 1)
    # A text that is too long for its column goes on a line of its own: nothing is cut.
    if width_of(first) > room:
        return f"{first}\n{' ' * max(width - width_of(right), 0)}{right}"
    return f"{_padded(first, room)}  {right}"


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - width_of(text))
