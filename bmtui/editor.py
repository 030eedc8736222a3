"""Text input: the user's own editor, text files and yes-or-no questions on the terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from bmtui import plain_file
from bmtui.errors import ConfigError, RuleRefused, unreadable

_LONGEST = 1_000_000


def edit(text: str, name: str) -> str:
    """Open `text` in `$VISUAL`, `$EDITOR` or ``vi`` and return the edited text; the private file is deleted afterwards.

    Raises:
        ConfigError: no editor could be run, or it ended with an error: the text is not to be used then.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="bmtui-edit-") as folder:
        file = Path(folder) / "".join(char if char.isalnum() or char in "-_." else "-" for char in name)
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*command, str(file)], check=False)  # noqa: S603 - the person's own choice
        except OSError as error:
            raise ConfigError(
                f"The editor '{command[0]}' cannot be run ({error.strerror}).", "Set EDITOR to an installed editor."
            ) from error
        if done.returncode != 0:
            raise ConfigError(f"The editor ended with {done.returncode}; nothing was changed.")
        return read_text(str(file))


def read_text(file: str) -> str:
    """Return the text of a file, or of stdin for ``-``. Raises ConfigError."""
    try:
        text = sys.stdin.read(_LONGEST + 1) if file == "-" else plain_file.read_text(file, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {unreadable(error)}.", "It must be a UTF-8 text.") from error
    if len(text) > _LONGEST:
        raise ConfigError(f"{file} is longer than {_LONGEST:,} characters.")
    return text


def agreed(question: str, *, default: bool = False, again: str = "") -> bool:
    """Ask a yes-or-no question on the terminal and return the answer.

    With `again`, the answer `again` returns False, and any other no raises.

    Raises:
        RuleRefused: the answer was no, and `again` is given.
    """
    print(question, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().lower()
    if again and answer == again:
        return False
    if answer in ("y", "yes") or (default and not answer):
        return True
    if again:
        raise RuleRefused("Not confirmed; nothing was changed.")
    return False
