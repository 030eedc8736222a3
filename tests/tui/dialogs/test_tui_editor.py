"""A text of several lines is written in the person's own editor, which has the terminal meanwhile."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from terminal import Terminal


@pytest.mark.parametrize(
    ("editor", "said"),
    [("/nowhere/editor", "cannot be run"), ("false", "ended with 1")],
)
def test_the_desk_comes_back_from_an_editor_that_failed(home: Path, editor: str, said: str) -> None:
    env = {**os.environ, "VISUAL": "", "EDITOR": editor}
    with Terminal([sys.executable, "-m", "bmtui", "--home", str(home)], env=env) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press("n")
        terminal.wait_for("In your editor")
        terminal.press("ctrl+o")
        terminal.wait_for(said, "In your editor")
        terminal.press("escape")
        terminal.wait_until(lambda: "In your editor" not in terminal.text, "the list")
        terminal.press("q")
        assert terminal.wait_exit() == 0
