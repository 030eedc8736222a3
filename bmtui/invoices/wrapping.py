"""Line breaks of a text in a column."""

from __future__ import annotations

from collections.abc import Iterator

from fpdf import FPDF

from bmtui.invoices.fpdf2_internals import width_of


def wrapped(pdf: FPDF, text: str, width: float) -> list[str]:
    """Return the text in lines of at most `width`, in the current font of `pdf`; nothing is ever cut off."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _broken(pdf, paragraph, width) if _too_wide(pdf, paragraph, width) else [paragraph]
    return lines


def _broken(pdf: FPDF, text: str, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if not _too_wide(pdf, longer, width):
            line = longer
            continue
        if line:
            yield line
        line = word
        # A word without an end, or a script without spaces, breaks anywhere.
        while _too_wide(pdf, line, width):
            cut = len(line) - 1
            while cut > 1 and _too_wide(pdf, line[:cut], width):
                cut -= 1
            yield line[:cut]
            line = line[cut:]
    if line:
        yield line


def _too_wide(pdf: FPDF, text: str, width: float) -> bool:
    return width_of(pdf, text) > width
