"""Compact driver: it sends fewer bytes for the same picture."""

from __future__ import annotations

import re

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size

from bmtui.tui.widgets.compact_driver import shorter

WIDTH = 30
COLOURS: tuple[str, ...] = (
    "",
    "1",
    "2",
    "4",
    "7",
    "36",
    "1;31",
    "39;49",
    "90;49",
    "2;39;49",
    "44",
    "7;36",
    "38;5;49",
    "38;5;7;48;5;39",
)
COLOURS += ("38;2;39;49;7", "39;48;2;1;2;3", "1;4", "53", "107;49")
texts = st.one_of(
    st.text("ab é─漢", max_size=14),
    st.integers(0, 30).map(" ".__mul__),
    st.integers(5, 13).map(lambda n: "x" + " " * n),
)
pieces = st.lists(st.tuples(texts, st.sampled_from(COLOURS)), max_size=5)
lines = st.lists(st.tuples(st.integers(1, 6), st.integers(1, WIDTH), pieces), min_size=1, max_size=8)


def sent(drawn: list[tuple[int, int, list[tuple[str, str]]]]) -> str:
    """Return lines as Textual sends them: cursor position, each piece with its colours and a reset, line feeds."""
    parts: list[str] = []
    for number, (y, x, line) in enumerate(drawn):
        parts.append(f"\x1b[{y};{x}H")
        left = WIDTH - x + 1
        for text, colours in line:
            # No line is longer than the terminal is wide.
            shown = set_cell_size(text, min(left, cell_len(text)))
            left -= cell_len(shown)
            parts.append(f"\x1b[{colours}m{shown}\x1b[0m" if colours else shown)
        if number < len(drawn) - 1 and y < 6:
            parts.append("\n")
    return "".join(parts)


def picture(*data: str) -> list[list[tuple[object, ...]]]:
    """Return the cells of a terminal after `data`; of a blank only its visible attributes."""
    screen = pyte.Screen(WIDTH, 6)
    screen.reset_mode(pyte.modes.DECAWM)
    stream = pyte.Stream(screen)
    # Something stands there already.
    for y in range(1, 7):
        stream.feed(f"\x1b[{y};1H" + "\x1b[1;35m#.\x1b[0m" * 15)
    for part in data:
        stream.feed(part)
    cells: list[list[tuple[object, ...]]] = []
    for y in range(6):
        row = [screen.buffer[y][x] for x in range(WIDTH)]
        # In reverse the text's own colour is that of the blank.
        cells.append(
            [
                (cell.data, cell.bg, cell.reverse, cell.underscore, cell.strikethrough)
                + ((cell.fg, cell.bold) if cell.data != " " or cell.reverse or cell.underscore else ())
                for cell in row
            ]
        )
    return cells


@pytest.mark.slow
@given(lines, lines)
def test_compact_driver_draws_the_same_picture(first: list[object], second: list[object]) -> None:
    raw = [sent(drawn) for drawn in (first, second)]  # type: ignore[arg-type]
    less = [shorter(data) for data in raw]
    assert picture(*less) == picture(*raw)
    assert all(len(after) <= len(before) for after, before in zip(less, raw, strict=True))


@pytest.mark.parametrize(
    ("data", "less"),
    [
        ("\x1b[39;49mplain\x1b[0m", "plain"),
        ("\x1b[90;49ma\x1b[0m\x1b[90;49mb\x1b[0m", "\x1b[90mab\x1b[m"),
        ("\x1b[1ma\x1b[0m\x1b[2mb\x1b[0m", "\x1b[1ma\x1b[0;2mb\x1b[m"),
        ("a" + " " * 40 + "\n\x1b[2;1Hb", "a\x1b[40X\n\x1b[2;1Hb"),
        ("a" + " " * 40 + "b", "a\x1b[40X\x1b[40Cb"),
        ("\x1b[7m" + " " * 40 + "\x1b[0m", "\x1b[7m" + " " * 40 + "\x1b[m"),
        ("\x1b]52;c;QUJD\x07", "\x1b]52;c;QUJD\x07"),
    ],
)
def test_compact_driver_leaves_out_redundant_sequences(data: str, less: str) -> None:
    assert shorter(data) == less


def test_terminal_without_erase_commands_gets_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "vt100")
    assert re.fullmatch(r"a {40}b", shorter("a" + " " * 40 + "b"))
