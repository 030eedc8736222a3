"""Screens of the desk. `run` opens the desk on a terminal; nothing below this package knows Textual."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bmtui.errors import ConfigError
from bmtui.tui.leaving import DEMO as DEMO

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk

_INSTEAD = "The commands need no screen: 'bmtui orders search', 'bmtui jobs list', 'bmtui --help'."


def prepare_environment() -> None:
    """Set the variables that tell Textual how to draw; call this before Textual, which reads them once, is imported.

    The 16 colours of the terminal's own palette cost half the bytes of 24-bit ones, look right on light and dark
    terminals, and stay readable with ``NO_COLOR``.
    """
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    os.environ["TEXTUAL_THEME"] = "ansi-dark"
    os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
    # Frames a second at most: an answer that follows a key's echo waits a frame, and nothing here moves by itself.
    os.environ["TEXTUAL_FPS"] = "240"


def check_terminal() -> None:
    """Raise ConfigError when there is no terminal, or one that cannot show a screen."""
    # Textual draws on the error output.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise ConfigError("The desk needs a terminal; its input, output or error output is not one.", _INSTEAD)
    term = os.environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        raise ConfigError(f"This terminal (TERM={term}) cannot show the desk.", _INSTEAD)


def run(desk: Desk, *, mouse: bool = False, debug: bool = False, greeting: str = "", passing: bool = False) -> int:
    """Show the desk until its operator leaves; return the exit code, or `DEMO`.

    Args:
        mouse: let Textual track the mouse, which costs bytes with every motion.
        debug: print the traceback of a crash, without values.
        greeting: what the status line says at first.
        passing: the data are deleted once the desk is left, as those of a demo that is not kept.

    Raises:
        ConfigError: there is no terminal, or one that cannot show a screen.
    """
    check_terminal()
    prepare_environment()
    from bmtui.tui.app import DeskApp
    from bmtui.words import Role

    # A viewer's desk is read-only, says so, and runs no jobs.
    looking = desk.read_only or desk.role == Role.VIEWER
    app = DeskApp(replace(desk, undo=True, read_only=looking), greeting=greeting, passing=passing)
    return app.run_on_terminal(mouse=mouse, debug=debug)
