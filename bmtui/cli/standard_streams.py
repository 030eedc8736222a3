"""Standard streams that are closed, full, or lack characters: reported without a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import sys


def make_usable() -> None:
    """Make the standard streams safe; call it first. Closed ones swallow output, missing characters are escaped.

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
    """Return why standard output took no data, '' if `error` has another cause. Later output is discarded then."""
    if not isinstance(error, OSError) or isinstance(error, BrokenPipeError):
        return ""
    try:
        sys.stdout.flush()
    except OSError as failed:
        give_up()
        return failed.strerror or str(failed)
    return ""


def give_up() -> None:
    """Discard the output that is not yet written: Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
