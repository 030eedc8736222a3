"""Copying by OSC 52: the bytes sent, their effect in tmux and screen, and messages that promise no more."""

from __future__ import annotations

import base64
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from terminal import Terminal, bmtui

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.tui import clipboard


def test_copied_text_is_sent_whole_or_wrapped_in_pieces_for_screen() -> None:
    coded = base64.b64encode("48000102 é".encode()).decode()
    assert clipboard.sequence("48000102 é", {}) == f"\x1b]52;c;{coded}\x07"
    assert clipboard.sequence("48000102 é", {"TMUX": "1", "STY": "1"}) == f"\x1b]52;c;{coded}\x07"
    long = "x" * 2000
    wrapped = clipboard.sequence(long, {"STY": "1"})
    pieces = re.findall(r"\x1bP([^\x1b]*(?:\x1b\][^\x1b]*)?)\x1b\\", wrapped)
    assert "".join(pieces) == clipboard.sequence(long, {})
    assert max(map(len, pieces)) <= 700


@pytest.mark.parametrize(
    ("environ", "by_tmux"), [({}, False), ({"STY": "1"}, False), ({"TMUX": "1"}, False), ({"TMUX": "1"}, True)]
)
def test_the_sentence_about_an_order_fits_80_columns(environ: dict[str, str], by_tmux: bool) -> None:
    assert len(clipboard.sentence("48000102", environ, by_tmux=by_tmux)) <= 80


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_tmux_keeps_copied_text_in_its_buffer(office: Desk, home: Path, tmp_path: Path) -> None:
    order = search.page(office, "").rows[0].order_id
    tmux = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux")]
    with Terminal([*tmux, "new-session", shlex.join(bmtui(home))], env={"LC_ALL": "C.UTF-8"}) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until("y", lambda: f"{order}: in tmux's buffer" in terminal.text)
        kept = subprocess.run([*tmux, "show-buffer"], capture_output=True, text=True, check=True)
        assert kept.stdout == str(order)
        terminal.press("q")
        terminal.wait_exit()


@pytest.mark.skipif(shutil.which("screen") is None, reason="screen is not installed")
def test_screen_passes_copied_text_on_to_the_terminal(office: Desk, home: Path, tmp_path: Path) -> None:
    order = search.page(office, "").rows[0].order_id
    sockets = tmp_path / "screens"
    sockets.mkdir(mode=0o700)
    env = {"LC_ALL": "C.UTF-8", "SCREENDIR": str(sockets)}
    with Terminal(["screen", "-U", "-c", "/dev/null", *bmtui(home)], env=env) as terminal:
        terminal.wait_for("Enter Open")
        terminal.press_until("y", lambda: f"{order}: sent through screen" in terminal.text)
        assert clipboard.sequence(str(order), {}).encode() in terminal.raw
        terminal.press("q")
        terminal.wait_exit()
