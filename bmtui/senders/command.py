"""Sender to a program, which gets the message as JSON on its standard input, without a shell."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from bmtui.senders.message import Message, NotDelivered
from bmtui.text import plain

_PATH = "/usr/local/bin:/usr/bin:/bin"
_SAID = 200
_OUTPUT_MAX = 64 * 1024


async def send(argv: Sequence[str], message: Message, timeout_s: float) -> None:
    """Run the program and wait for its end; exit code 0 is delivered.

    Raises:
        NotDelivered: it could not be started, took too long and was ended, or ended with another code.
    """
    await _run(argv, message.body, {"BMTUI_EVENT": message.event, "BMTUI_ID": message.id}, timeout_s)


async def sendmail(argv: Sequence[str], text: bytes, timeout_s: float) -> None:
    """Hand a mail over to a sendmail program. Raises NotDelivered."""
    await _run(argv, text, {}, timeout_s)


async def _run(argv: Sequence[str], given: bytes, more: dict[str, str], timeout_s: float) -> None:
    environment = {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/"), **more}
    name = os.path.basename(argv[0])
    try:
        # A session of its own: what it starts ends with it.
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise NotDelivered(f"{name} cannot be started ({error.strerror}).", "Check its path and its mode.") from error
    try:
        async with asyncio.timeout(timeout_s):
            said = await _talk(process, given)
            code = await process.wait()
    except TimeoutError:
        raise NotDelivered(f"{name} took longer than {timeout_s:g} s and was ended.", away=True) from None
    finally:
        # Also what it left behind; it may be gone by itself.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]
    if code:
        raise NotDelivered(f"{name} ended with {code}{f': {said}' if said else ''}.".replace("..", "."))


async def _talk(process: asyncio.subprocess.Process, given: bytes) -> str:
    """Write the message to the program, and read the last line of its error output."""
    stdin, stderr = process.stdin, process.stderr
    assert stdin is not None
    assert stderr is not None

    async def write() -> None:
        # The program need not read its input.
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(given)
            await stdin.drain()
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.close()
            await stdin.wait_closed()

    async def read() -> str:
        tail = b""
        while piece := await stderr.read(4096):
            tail = (tail + piece)[-_OUTPUT_MAX:]
        lines = tail.decode("utf-8", "replace").strip().splitlines()
        return plain(lines[-1])[:_SAID] if lines else ""

    said, _ = await asyncio.gather(read(), write())
    return said
