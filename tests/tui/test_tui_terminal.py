"""Bytes that the desk really sends, in a pseudo-terminal of 80×24."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest
from terminal import DEADLINE_S, Terminal, bmtui

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk

MOVE_BYTES = 400
"""Most bytes that a cursor move may cost; a stock table takes 650 in 16 colours."""

PAGE_BYTES = 2_500
MODAL_BYTES = 4_500
PALETTE_BYTES = 4_500
START_BYTES = 5_000


def code(home: Path, text: str) -> Sequence[str]:
    """Return a command that runs the Python code `text` and then opens the desk on `home`."""
    start = "from bmtui.cli.main import main; import sys; sys.exit(main(['--home', sys.argv[1]]))"
    return [sys.executable, "-c", f"from bmtui import tui; tui.prepare_environment()\n{text}\n{start}", str(home)]


def cost(terminal: Terminal, key: str) -> int:
    """Press a key; return the number of bytes that the desk sends for it."""
    before = terminal.received
    terminal.press(key)
    terminal.wait_until(lambda: terminal.received > before, f"an answer to {key}")
    terminal.quiet(0.5)
    return terminal.received - before


def opened(terminal: Terminal) -> int:
    """The bytes of a dialog that is opened, and then closed again."""
    before = terminal.received
    terminal.press("c")
    terminal.wait_until(lambda: "╰" in terminal.text, "a dialog")
    terminal.quiet(0.5)
    sent = terminal.received - before
    terminal.press_until("escape", lambda: "╰" not in terminal.text)
    terminal.quiet(0.5)
    return sent


def test_cursor_move_sends_few_bytes_and_an_idle_desk_none(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        assert terminal.received + terminal.quiet(1) < START_BYTES
        # Rows that wait for the same have the same footer, which is sent once.
        terminal.press("2")
        terminal.wait_for("1–17 of 21", "a Accept")
        terminal.quiet(0.5)
        # Most of them: what the desk finds out meanwhile may come with one.
        assert median(cost(terminal, "j") for _ in range(5)) < MOVE_BYTES
        terminal.press("1")
        terminal.wait_for("1–17 of 117")
        terminal.quiet(0.5)
        assert cost(terminal, "pagedown") < PAGE_BYTES
        assert min(opened(terminal) for _ in range(3)) < MODAL_BYTES
        before = terminal.received
        terminal.press(":")
        terminal.wait_for("Type an action")
        terminal.quiet(0.5)
        assert terminal.received - before < PALETTE_BYTES
        assert not terminal.read(2.5)


def test_change_beside_an_open_dialog_sends_only_the_changed_line(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        terminal.quiet(0.5)
        terminal.press(":")
        terminal.wait_for("Type an action")
        terminal.quiet(0.5)
        before = terminal.received
        subprocess.run([*bmtui(home), "outbox", "pause"], check=True, capture_output=True)
        terminal.wait_for("PAUSED", "Type an action")
        terminal.quiet(0.5)
        assert terminal.received - before < MOVE_BYTES


def test_first_rows_are_shown_before_today_and_the_preview_are_loaded(home: Path, tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    text = f"""
import sys
from pathlib import Path
from bmtui.tui.app import DeskApp
shown = DeskApp.first_rows_shown
def first_rows_shown(app):
    Path({str(loaded)!r}).write_text(" ".join(sys.modules))
    DeskApp.first_rows_shown = shown
    shown(app)
DeskApp.first_rows_shown = first_rows_shown
"""
    with Terminal(code(home, text)) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
    assert {"bmtui.desk.overview.today", "bmtui.desk.overview.preview"}.isdisjoint(loaded.read_text().split())


def test_figures_screen_sends_no_bytes_while_nothing_changes(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        terminal.press("$")
        terminal.wait_for("Paid to shipped")
        terminal.quiet(0.5)
        assert not terminal.read(2.5)


def test_dialog_and_list_are_painted_without_another_key(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        for key, seen in (("n", "Note · order"), ("J", "newest first")):
            terminal.press(key)
            terminal.wait_for(seen)
            terminal.press_until("escape", lambda seen=seen: seen not in terminal.text)  # type: ignore[misc]


def test_key_q_leaves_and_restores_the_terminal(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert b"\x1b[?1049l" in terminal.raw


def test_closed_connection_ends_the_desk_like_the_key_q(home: Path) -> None:
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("Enter Open")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait_exit() == 0
        assert b"\x1b[?1049l" in terminal.raw


def test_no_color_is_respected(home: Path) -> None:
    with Terminal(bmtui(home), env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("1–17 of", "Enter Open")
        terminal.quiet(0.5)
        colours = re.findall(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|[34]8)(?:;[0-9;]*)?m", terminal.raw)
        assert colours == []


def test_small_terminal_and_resize_keep_the_desk_usable(home: Path) -> None:
    with Terminal(bmtui(home), columns=60, rows=20) as terminal:
        terminal.wait_for("1–13 of", "q Quit")
        terminal.resize(120, 40)
        terminal.wait_for("NEXT", "1–33 of")
        # Each size is seen before the next thing happens: else it depends on the machine where the list begins.
        terminal.resize(20, 5)
        terminal.wait_for("1–1 of")
        terminal.press("j", "j")
        terminal.wait_for("3–3 of")
        terminal.resize(80, 24)
        terminal.wait_for("3–19 of")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_crash_shows_no_values_and_leaves_a_private_report(home: Path) -> None:
    broken = """
from bmtui.tui.widgets.lines import Line
def lines(self):
    token = 'TOPSECRET-TOKEN'
    raise KeyError(token)
Line.lines = lines
"""
    with Terminal(code(home, broken)) as terminal:
        assert terminal.wait_exit() == 1
        shown = terminal.raw.decode(errors="replace")
    assert "TOPSECRET" not in shown
    assert "Traceback" not in shown
    assert re.search(r"unexpected error \(KeyError, id [0-9a-f]{8}\)", shown)
    (report,) = (home / "crashes").iterdir()
    assert "TOPSECRET" not in report.read_text()
    assert "KeyError" in report.read_text()
    assert re.search(r"lines\.py:\d+", report.read_text())
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_an_unexpected_error_in_an_action_is_a_sentence_and_the_desk_goes_on(home: Path) -> None:
    broken = """
from bmtui.desk.refunds import issue as refunds
def options(desk, order_id):
    secret = 'TOPSECRET-TOKEN'
    raise KeyError(secret)
refunds.options = options
"""
    with Terminal(code(home, broken)) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press("r")
        terminal.wait_for("Something unexpected happened (KeyError)")
        assert "TOPSECRET" not in terminal.text
        terminal.press_until("enter", lambda: "unexpected" not in terminal.text)
        terminal.press_until("J", lambda: "newest first" in terminal.text)
        terminal.press("q")
        terminal.wait_for("Enter Open", "Order ")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    logged = (home / "bmtui.log").read_text()
    assert "KeyError" in logged
    assert "TOPSECRET" not in logged


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_show_a_screen_is_refused_with_the_commands(home: Path, term: str) -> None:
    with Terminal(bmtui(home), env={"TERM": term}) as terminal:
        assert terminal.wait_exit() == 2
        assert "bmtui orders search" in " ".join(terminal.text.split())


def test_desk_without_a_terminal_is_refused_with_a_sentence(home: Path) -> None:
    done = subprocess.run(bmtui(home), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert done.stdout == ""


def test_viewer_gets_a_read_only_desk(office: Desk, home: Path) -> None:
    permissions.set_rights(office, "4242", role="admin")
    permissions.set_rights(office, str(os.getuid()), role="viewer")
    with Terminal(bmtui(home)) as terminal:
        terminal.wait_for("READ-ONLY", "Help")
        terminal.press("r")
        terminal.wait_for("read-only")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_desk_ends_when_its_terminal_is_gone_without_a_signal(home: Path) -> None:
    master, slave = os.openpty()
    # In a session that has no terminal of its own, nobody is told that one is closed.
    with subprocess.Popen(bmtui(home), stdin=slave, stdout=slave, stderr=slave, start_new_session=True) as process:
        os.close(slave)
        try:
            assert os.read(master, 1)
            os.close(master)
            assert process.wait(DEADLINE_S) is not None
        finally:
            process.kill()
