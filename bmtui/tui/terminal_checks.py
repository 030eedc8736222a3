"""Terminal checks of `bmtui doctor`: size, colours, letters, tmux, clipboard."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping

from bmtui.desk.operations.host_checks import Finding

SYNCHRONISED = (3, 4)
"""First tmux version that draws a screen change at once, without flicker."""

SLOW_MS = 100
"""Longest delay of Esc that is not felt; the bytes of one key arrive together, over SSH, too."""


def examine(environ: Mapping[str, str], size: tuple[int, int]) -> tuple[Finding, ...]:
    """Return findings about the terminal; `size` is its columns and rows."""
    return tuple(_findings(environ, size))


def _findings(environ: Mapping[str, str], size: tuple[int, int]) -> Iterator[Finding]:
    from bmtui.tui.widgets.locale_format import names_no_utf8

    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        yield Finding("terminal", False, f"TERM={term} cannot show the desk.", "Set TERM, such as xterm-256color.")
    else:
        colours = "none (NO_COLOR)" if environ.get("NO_COLOR") else "16 of its own palette"
        fits = size[0] >= 60 and size[1] >= 20
        advice = "" if fits else "The desk is complete from 80×24 on and usable from 60×20 on: make the window larger."
        yield Finding("terminal", fits, f"TERM={term}, {size[0]}×{size[1]}, colours: {colours}.", advice)
    if names_no_utf8(environ):
        yield Finding("locale", True, "The locale names no UTF-8: the desk draws with ASCII only.")
    else:
        named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "none"
        yield Finding("locale", True, f"The desk draws with UTF-8 (locale: {named}).")
    yield from _tmux(environ) if environ.get("TMUX") else _clipboard(environ)


def _tmux(environ: Mapping[str, str]) -> Iterator[Finding]:
    said = _run("tmux", "-V")
    found = re.search(r"(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    # Findings about comfort are no faults, so that no monitor raises an alarm for them.
    yield Finding(
        "tmux",
        True,
        f"{said or 'tmux'} is around the desk.",
        "" if version >= SYNCHRONISED else "From 3.4 on, tmux shows changes without flicker.",
    )
    waits = _run("tmux", "show-options", "-sv", "escape-time")
    if waits.isdecimal() and int(waits) > SLOW_MS:
        yield Finding(
            "keys",
            True,
            f"tmux keeps Esc back for {waits} ms each time, to see whether it begins a longer key.",
            "Put 'set -s escape-time 20' into ~/.tmux.conf.",
        )
    can = version >= (3, 2)
    setting = _run("tmux", "show-options", "-gv", "set-clipboard") or "external"
    yield Finding(
        "clipboard",
        can or setting == "on",
        f"Copied text goes to tmux's buffer and on to the terminal (set-clipboard is {setting}).",
        "" if can or setting == "on" else "Put 'set -s set-clipboard on' into ~/.tmux.conf.",
    )


def _clipboard(environ: Mapping[str, str]) -> Iterator[Finding]:
    through = "through screen " if environ.get("STY") else ""
    yield Finding(
        "clipboard",
        True,
        f"Copied text goes {through}to the terminal by OSC 52; whether it takes it, only a try shows.",
    )


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
