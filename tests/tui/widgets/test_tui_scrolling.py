"""Scrolling of lists by the terminal: they look as if drawn anew, whatever was typed and however fast."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from terminal import Terminal, bmtui

from bmtui.tui.orders.preview import WIDE

MOVES = ("j", "j", "j", "k", "k", "k", "down", "up", "ctrl+d", "ctrl+u", "pagedown", "pageup", "g", "G", "5j", "7k")
MARKS = ("V", "space")

pytestmark = pytest.mark.slow


def same_when_drawn_anew(terminal: Terminal, what: object) -> None:
    terminal.quiet(0.4)
    shown = terminal.text
    terminal.press("ctrl+l")
    terminal.quiet(0.4)
    assert terminal.text == shown, what


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_a_scrolled_list_is_as_if_drawn_anew(home: Path, columns: int, rows: int) -> None:
    chance = random.Random(columns)
    with Terminal(bmtui(home, "--read-only"), columns=columns, rows=rows) as terminal:
        terminal.wait_for("Enter Open", "as of")
        if columns >= WIDE:
            # A terminal scrolls whole lines: a list with something beside it is painted.
            terminal.wait_for("NEXT")
            terminal.press("v")
            terminal.wait_until(lambda: "NEXT" not in terminal.text, "the list alone")
        for _ in range(6):
            typed = [chance.choice(MOVES + MARKS[: chance.randrange(3)]) for _ in range(chance.randrange(1, 25))]
            for keys in typed:
                terminal.press(*(keys if keys[0].isdigit() else (keys,)))
                if chance.random() < 0.3:
                    terminal.read(0.02)
            same_when_drawn_anew(terminal, typed)
        # A dialog lies over the list while it is read anew, and the list is moved right after it.
        terminal.press("?")
        terminal.wait_for("Keys of this screen")
        terminal.press_until("escape", lambda: "Keys of this screen" not in terminal.text)
        terminal.press("G", "k", "k", "g", "j")
        same_when_drawn_anew(terminal, "after a dialog")


def test_a_scrolled_text_is_as_if_drawn_anew(home: Path) -> None:
    with Terminal(bmtui(home, "--read-only")) as terminal:
        terminal.wait_for("Enter Open", "as of")
        terminal.press("enter")
        terminal.wait_for("1 Summary")
        chance = random.Random(3)
        for _ in range(4):
            typed = [chance.choice(MOVES) for _ in range(chance.randrange(1, 12))]
            for keys in typed:
                terminal.press(*(keys if keys[0].isdigit() else (keys,)))
            same_when_drawn_anew(terminal, typed)


def test_cursor_move_sends_only_its_rows_even_when_the_list_scrolls(home: Path) -> None:
    with Terminal(bmtui(home, "--read-only")) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        terminal.quiet(0.5)
        costs = []
        for _ in range(20):
            terminal.press("j")
            costs.append(terminal.quiet(0.25))
        terminal.wait_for("5–21 of")
    # A repaint of the list is about 2,500 bytes.
    assert max(costs) < 800, costs
