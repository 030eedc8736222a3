"""Clipboard of the operator's terminal, through tmux and screen, and the sentences about a copy.

A program cannot know whether a terminal took what it was sent (OSC 52 has no answer), so the sentences say no more than
what is true.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping

_OSC = "\x1b]52;c;{}\x07"
_SCREEN_PART = 700
"""Most characters of a control string; GNU screen drops longer ones."""


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """Return the control string that copies `text`; in GNU screen wrapped so that the outer terminal gets it."""
    osc = _OSC.format(base64.b64encode(text.encode()).decode())
    if not environ.get("STY") or environ.get("TMUX"):
        return osc
    parts = [osc[at : at + _SCREEN_PART] for at in range(0, len(osc), _SCREEN_PART)]
    return "".join(f"\x1bP{part}\x1b\\" for part in parts)


async def into_tmux(text: str) -> bool:
    """Copy `text` to tmux, which keeps it in its own buffer and passes it on, whatever its ``set-clipboard`` says.

    False when tmux is missing or too old (it is new in 3.2).
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await process.communicate(text.encode())
    except OSError:
        return False
    return process.returncode == 0


def sentence(what: str, environ: Mapping[str, str], *, by_tmux: bool) -> str:
    """Return the sentence about the copy, as far as the outcome can be known; it fits 80 columns."""
    if by_tmux:
        return f"{what}: in tmux's buffer (prefix ]), and offered to your terminal's clipboard."
    if environ.get("TMUX"):
        return f"{what}: sent to tmux, which drops it unless 'set -s set-clipboard on' is set."
    if environ.get("STY"):
        return f"{what}: sent through screen; your terminal takes it if it knows OSC 52."
    return f"{what}: sent to your terminal's clipboard, if it knows OSC 52 and allows it."
