"""Reading of files whose path a person gives: a named pipe in their place is refused, for its writer may never come."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

_OWN = re.compile(r"/dev/(?:stdin|null|fd/[0-9]+)|/proc/self/fd/[0-9]+")
"""Paths of what this process has open already, such as the pipe of a shell's ``<(…)``; and the one that is empty."""
_KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))


def opened(path: str | Path, *, pipes: bool = True) -> BinaryIO:
    """Open a file for reading, without ever waiting.

    Args:
        pipes: a pipe that this process has open already, such as ``/dev/stdin``, will do.

    Raises:
        OSError: it cannot be opened, or is no file; `errors.unreadable` says why. ValueError: that is no path.
    """
    # Without O_NONBLOCK, opening a named pipe waits until somebody writes into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
            if not (pipes and _OWN.fullmatch(str(path))):
                kind = next((word for holds, word in _KINDS if holds(mode)), "something else")
                raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
            os.set_blocking(descriptor, True)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_bytes(path: str | Path, most: int = -1) -> bytes:
    """Return the bytes of a file, at most `most` of them. Raises as `opened` does."""
    with opened(path) as file:
        return file.read(most)


def read_text(path: str | Path, encoding: str = "utf-8-sig") -> str:
    """Return the text of a file, with its line ends as ``\\n``. Raises as `opened` does, and UnicodeDecodeError."""
    return read_bytes(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
