"""Completion of a half-typed path, as a shell does it."""

from __future__ import annotations

import os
from pathlib import Path


def completed(text: str) -> tuple[str, tuple[str, ...]]:
    """Return `text` completed as far as it is unambiguous, and the names that match it; folders end in a slash."""
    if text == "~":
        return "~/", ()
    folder, slash, begin = text.rpartition("/")
    try:
        with os.scandir(Path(folder + slash or ".").expanduser()) as entries:
            names = sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                if entry.name.startswith(begin) and (begin or not entry.name.startswith("."))
            )
    except (OSError, RuntimeError):  # no such folder, or no such user's
        return text, ()
    # Common characters are wanted here, not common folders.
    return (folder + slash + os.path.commonprefix(names) if names else text), tuple(names)  # noqa: RUF071
