"""Crash reports: types and places of an error, never values, which may be a token or a customer's address."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from bmtui import __version__


def identity(error: BaseException) -> str:
    """Return eight digits, the same for the same mistake: a hash of the type and the places, never of a value."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [type(error).__qualname__, *(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)]
    return hashlib.sha256("|".join(places).encode()).hexdigest()[:8]


def report(error: BaseException) -> str:
    """Return the redacted report: exception types of the whole chain and file:line of each frame, without values."""
    lines = [
        f"Crash {identity(error)}",
        f"bmtui {__version__}, Python {platform.python_version()}, {platform.system()}",
        "",
    ]
    current: BaseException | None = error
    while current is not None:
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        for frame in traceback.extract_tb(current.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} {frame.name}")
        following = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if following is not None:
            lines += ["", "which came from" if current.__cause__ else "which happened while handling"]
        current = following
    return "\n".join(lines) + "\n"


def write(error: BaseException, state: Path) -> Path | None:
    """Write the report into `state`/crashes with mode 0600; None when that fails, too."""
    folder = state / "crashes"
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(report(error))
    except OSError:
        return None
    return path


def tell(error: BaseException, folder: Path, *, debug: bool) -> None:
    """Print on stderr that the screens ended and where the report is; with `debug` also the traceback."""
    if debug:
        traceback.print_tb(error.__traceback__)
    print(sentence(error, write(error, folder)), file=sys.stderr)


def sentence(error: BaseException, path: Path | None) -> str:
    """Return the sentence about a crash: the error's type, its id, and the path of the report."""
    where = f"The report is in {path}." if path else "No report could be written."
    return f"bmtui stopped because of an unexpected error ({type(error).__name__}, id {identity(error)}). {where}"
