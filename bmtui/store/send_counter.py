"""Counter of sent requests, in a file beside an SQLite database: an older state of the database is detected by it.

Several processes raise it, each after the commit of what it counted; a late one never lowers it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

ENDS = ".sent"
"""Suffix of the file's name, behind that of the database."""
_DIGITS = 18
"""Fixed number of digits, so that a number overwrites the last one, and the file is never empty in between."""


def read(file: Path) -> int:
    """Return the number; 0 when there is no file."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        return _number(opened)
    finally:
        os.close(opened)


def raise_to(file: Path, number: int) -> None:
    """Write the number, unless a higher one is there. Raises OSError."""
    opened = os.open(file, os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        if _number(opened) < number:
            os.pwrite(opened, f"{number:0{_DIGITS}}".encode(), 0)
    finally:
        os.close(opened)


def _number(opened: int) -> int:
    try:
        return int(os.pread(opened, _DIGITS, 0))
    except (OSError, ValueError):
        return 0
