"""Waits for conditions: one that times out says what was awaited, and what was there."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEADLINE_S = 30.0
_PLAIN = (str, int, float, list, tuple, set, dict)


def until(condition: Callable[[], bool], *, seen: Callable[[], object] = lambda: "", within_s: float = 20.0) -> None:
    """Wait until `condition` holds, such as for a database server that notices a death.

    Args:
        seen: what is there instead, for the message.

    Raises:
        AssertionError: it did not hold in time.
    """
    give_up = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(in_vain(condition, seen()))
        time.sleep(0.005)


def until_ended(pid: int) -> None:
    """Wait until a process is gone, or has ended and waits only for its parent. Raises AssertionError.

    A process that was killed runs on for as long as it waits for a processor.
    """
    stat = Path(f"/proc/{pid}/stat")

    def state() -> str:
        with suppress(FileNotFoundError, ProcessLookupError):
            return stat.read_text().rpartition(")")[2].split()[0]
        return "gone"

    until(lambda: state() in ("gone", "Z"), seen=state)


def in_vain(condition: Callable[[], bool], seen: object) -> str:
    """Return the message of a failed wait for `condition`: its source, the plain values in it, and what was there."""
    names = inspect.getclosurevars(condition).nonlocals
    plain = {name: value for name, value in names.items() if isinstance(value, _PLAIN)}
    held = f"\nwith {', '.join(f'{name} = {value!r}' for name, value in plain.items())}" if plain else ""
    there = f"\nThere was:\n{seen}" if seen not in (None, "") else ""
    return f"waited in vain for: {_source(condition)}{held}{there}"


def _source(condition: Callable[[], bool]) -> str:
    """Return the source of a lambda, or the name of a function."""
    try:
        lines = inspect.getsource(condition)
    except OSError:
        return condition.__qualname__
    found = re.search(r"lambda[^:]*:\s*(.*)", lines, re.DOTALL)
    return " ".join((found[1] if found else condition.__qualname__).split())
