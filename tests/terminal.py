"""Pseudo-terminal for tests: run a program in it, type, and see what a person would see.

Waiting is always for output, by `select`; nothing here sleeps.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "space": " ",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

# Questions to the terminal, which pyte would print as text.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
_UNFINISHED = re.compile(rb"\x1b(\[[0-9;?<>=$]*)?$")

_OF_ANOTHER_TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "COLORTERM", "TMUX", "STY")

DEADLINE_S = 30.0
"""Seconds after which a wait for expected output fails."""


def bmtui(home: Path, *words: str) -> list[str]:
    """Return the command that opens the desk on `home`."""
    return [sys.executable, "-m", "bmtui", "--home", str(home), *words]


class Terminal:
    """A program in a pseudo-terminal of its own. Use it as a context manager; at its end the program is gone.

    Attributes:
        received: bytes that the program has sent so far.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.received = 0
        self.raw = b""
        self._carry = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        self._resize(columns, rows)
        # What the surroundings say about their own terminal is not true of this one.
        inherited = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_TERMINAL}
        environ = {**inherited, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    # What a person does

    def type(self, text: str) -> None:
        """Type this text as it is."""
        os.write(self._master, text.encode())

    def press(self, *keys: str) -> None:
        """Press keys: names of `KEYS`, or single characters."""
        for key in keys:
            self.type(KEYS.get(key, key))

    def press_until(self, key: str, condition: Callable[[], bool]) -> None:
        """Press a key until `condition` holds: a dialog that ignores keys for a moment misses the first one.

        It is pressed more and more slowly: a desk on a busy machine would get keys faster than it can open screens.
        """
        end, pause = time.monotonic() + DEADLINE_S, 0.1
        while not condition() and time.monotonic() < end:
            self.press(key)
            self.quiet(0.2)
            again = time.monotonic() + pause
            while not condition() and (left := again - time.monotonic()) > 0:
                self.read(left)
            pause *= 2
        self.wait_until(condition, f"{key} to be heard")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._screen.resize(rows, columns)
        self._resize(columns, rows)

    # What a person sees

    @property
    def lines(self) -> list[str]:
        """The visible lines, without the blanks at their ends."""
        # The second cell of a wide character is empty; pyte's own `display` stumbles over half of one.
        screen = self._screen
        rows = ((screen.buffer[y][x].data for x in range(screen.columns)) for y in range(screen.lines))
        return ["".join(row).rstrip() for row in rows]

    @property
    def text(self) -> str:
        """Visible text, with line breaks."""
        return "\n".join(self.lines)

    def wait_for(self, *texts: str, timeout_s: float = DEADLINE_S) -> str:
        """Wait until all of `texts` are visible, and the screen around them; return the visible text."""
        self.wait_until(lambda: all(text in self.text for text in texts), f"{texts} to appear", timeout_s)
        # A screen comes in pieces: what was waited for may stand in the first of them.
        end = time.monotonic() + 1
        while time.monotonic() < end and self.read(0.05):
            pass
        return self.text

    def wait_gone(self, *texts: str, timeout_s: float = DEADLINE_S) -> str:
        """Wait until none of `texts` is visible any more; return the visible text."""
        self.wait_until(lambda: not any(text in self.text for text in texts), f"{texts} to go", timeout_s)
        return self.text

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float = DEADLINE_S) -> None:
        """Read output until `condition` holds."""
        end = time.monotonic() + timeout_s
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or (not self.read(left) and self.process.poll() is not None):
                raise AssertionError(f"waited in vain for: {what}\nThe terminal shows:\n{self.text}")

    def wait_exit(self, timeout_s: float = DEADLINE_S) -> int:
        """Wait until the program ends; return its exit code."""
        end = time.monotonic() + timeout_s
        while self.read(max(end - time.monotonic(), 0)):
            pass
        return self.process.wait(max(end - time.monotonic(), 1))

    def quiet(self, for_s: float, timeout_s: float = DEADLINE_S) -> int:
        """Read until nothing came for `for_s` seconds; return how many bytes came before that."""
        before, end = self.received, time.monotonic() + timeout_s
        while self.read(for_s):
            if time.monotonic() > end:
                raise AssertionError(f"it never falls silent; the terminal shows:\n{self.text}")
        return self.received - before

    def read(self, timeout_s: float) -> bool:
        """Wait for output and take it; return False when none came in time, or the program has ended."""
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return False
        data = b""
        with contextlib.suppress(OSError):  # Linux says EIO when the other side is closed
            data = os.read(self._master, 65536)
        self.received += len(data)
        self.raw = (self.raw + data)[-200_000:]
        data = self._carry + data
        unfinished = _UNFINISHED.search(data)
        self._carry = unfinished[0] if unfinished else b""
        whole = data[: len(data) - len(self._carry)]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", whole))
        return bool(data)

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
