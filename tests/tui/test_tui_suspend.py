"""Suspending by ^Z on a real terminal: the desk stops, and is drawn anew when it comes back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from terminal import Terminal, bmtui


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize("key", ["", ":"])
def test_desk_when_it_was_suspended_is_drawn_anew_in_the_foreground(home: Path, key: str) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("Enter Open", "as of")
        if key:
            terminal.press(key)
            terminal.wait_for("Type an action")
        terminal.quiet(0.4)
        # The header counts what comes meanwhile.
        before = terminal.lines[3:15]
        terminal.press("ctrl+z")
        terminal.wait_until(lambda: is_stopped(terminal.process.pid), "the process to be stopped")
        received = terminal.received
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait_until(lambda: terminal.received > received + 1_000, "the screen to be drawn anew")
        terminal.wait_until(lambda: terminal.lines[3:15] == before, "the same screen")
        assert not is_stopped(terminal.process.pid)
