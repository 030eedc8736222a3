"""Standard output that is closed, full, or of an encoding that lacks characters: told, and never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import sys


def make_usable() -> None:
    """Call it first: a stream that is closed swallows what is written; a character that one lacks is escaped.

    The number of a closed stream would go to the next file that is opened, and what is printed into that.
    """
    for number in range(3):
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - until the end
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def why_not_written(error: BaseException) -> str:
    """Why standard output does not take what was written; '' when the error is another one. It is given up then."""
    if not isinstance(error, OSError) or isinstance(error, BrokenPipeError):
        return ""
    try:
        sys.stdout.flush()
    except OSError as failed:
        give_up()
        return failed.strerror or str(failed)
    return ""


def give_up() -> None:
    """Let what is still to be written go nowhere: Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
