"""Themes: the named styles of the screens in several sets of colours. No colour says more than the words do."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style

TERMINAL: Mapping[str, Style] = {
    "": Style(),
    "bold": Style(bold=True),
    "dim": Style(dim=True),
    "title": Style(bold=True, underline=True),
    "cursor": Style(reverse=True),
    "here": Style(bold=True),
    "key": Style(bold=True, color="cyan"),
    "bad": Style(bold=True, color="red"),
    "unknown": Style(reverse=True, color="red"),
    "warn": Style(color="yellow"),
    "going": Style(color="blue"),
    "good": Style(color="green"),
    "mark": Style(color="magenta"),
    "label": Style(bold=True, reverse=True),
}
"""Styles in the 16 colours of the terminal's own palette: fewest bytes, and right on light and dark terminals."""

THEMES: Mapping[str, Mapping[str, Style]] = {
    "terminal": TERMINAL,
    "soft": {
        **TERMINAL,
        "key": Style(bold=True, color="#5fafd7"),
        "bad": Style(bold=True, color="#ff5f5f"),
        "unknown": Style(reverse=True, color="#ff5f5f"),
        "warn": Style(color="#ffaf5f"),
        "going": Style(color="#87afff"),
        "good": Style(color="#87d787"),
        "mark": Style(color="#d787d7"),
        "dim": Style(color="#8a8a8a"),
    },
    # No grey, and important styles are underlined or reversed besides their colour.
    "high-contrast": {
        **TERMINAL,
        "dim": Style(),
        "key": Style(bold=True, underline=True, color="bright_cyan"),
        "bad": Style(bold=True, underline=True, color="bright_red"),
        "unknown": Style(bold=True, reverse=True, color="bright_red"),
        "warn": Style(bold=True, underline=True, color="bright_yellow"),
        "going": Style(bold=True, color="bright_blue"),
        "good": Style(bold=True, color="bright_green"),
        "mark": Style(bold=True, color="bright_magenta"),
        "cursor": Style(bold=True, reverse=True),
    },
    # Okabe and Ito's palette: distinct with any kind of colour vision.
    "colour-blind": {
        **TERMINAL,
        "key": Style(bold=True, color="#56b4e9"),
        "bad": Style(bold=True, underline=True, color="#d55e00"),
        "unknown": Style(reverse=True, color="#d55e00"),
        "warn": Style(color="#e69f00"),
        "going": Style(color="#56b4e9"),
        "good": Style(color="#009e73"),
        "mark": Style(color="#cc79a7"),
    },
}
"""Themes by name; a terminal shows a missing colour as the nearest of its 256 or 16 colours."""


def unknown(name: str) -> str:
    """Return the sentence that there is no theme of this name; '' if there is one."""
    return "" if name in THEMES else f"There is no theme '{name}'; there are {', '.join(THEMES)}."
