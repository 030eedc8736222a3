"""Queue of typed keys: each waits until the work of the one before is done.

Textual hands each key to the widget that has the focus when the key arrives, not when its turn comes. On a slow line,
or typed ahead, ``/channel`` arrives at once: ``/`` would still be on its way to the action that moves the focus while
``c`` and ``h`` already go to the table, where they mean something else. So each key waits until the one before it has
done its work.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

from bmtui.tui.widgets import textual_internals

Typed = events.Key | events.Paste

AT_WORK_S = 0.02
"""Seconds that others wait at most for the end of a key's work."""

WORD_S = 0.2
"""Seconds between the keys of a word at most."""


class Keyboard:
    """Queue of typed keys.

    Args:
        give: hands one to Textual.
        deaf_s: seconds that keys are dropped after `ignore`.
        ready: returns when what the last key began has shown its screen or ended, so that this key means what its
            operator sees.
        done: called when a key has done its work, or the first part of it.
    """

    def __init__(
        self,
        app: App[int],
        give: Callable[[Typed], Awaitable[None]],
        deaf_s: float,
        ready: Callable[[Typed], Awaitable[None]],
        done: Callable[[], None],
    ) -> None:
        self._app = app
        self._give = give
        self._deaf_s = deaf_s
        self._deaf_until = 0.0
        self._ready = ready
        self._done = done
        self._given = -AT_WORK_S
        self._typed: deque[Typed] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def at_work(self) -> bool:
        """True for a moment after a key was handed over, until its work is done."""
        return time.monotonic() - self._given < AT_WORK_S

    def ignore(self) -> None:
        """Drop what is typed from now on for a moment, and the rest of a word that begins in it."""
        self._deaf_until = time.monotonic() + self._deaf_s

    def _heard(self, event: Typed) -> bool:
        if event.time >= self._deaf_until:
            return True
        # Half of a word would be keys of another meaning.
        self._deaf_until = max(self._deaf_until, event.time + WORD_S)
        return False

    def take(self, event: Typed) -> None:
        """Queue a key that has just arrived."""
        self._typed.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hand_over())

    async def _hand_over(self) -> None:
        while self._typed:
            event = self._typed.popleft()
            await self._ready(event)
            if not self._heard(event):
                continue
            self._given = time.monotonic()
            await self._give(event)
            # Most keys have done their work here; the rest is painted below.
            self._done()
            # A key goes to the focused widget and, if that has no use for it, up to the app, one queue after the other.
            node: DOMNode | None = self._app.focused or self._app.screen
            while node is not None:
                await settled(node)
                node = node.parent
            self._given = -AT_WORK_S
            self._done()


async def settled(node: MessagePump) -> None:
    """Wait until `node` has worked through its present queue, or is closed."""
    done = asyncio.Event()
    if node.call_later(done.set):

        def ended(_: asyncio.Task[None]) -> None:
            done.set()

        tasks = textual_internals.tasks_of(node)
        for task in tasks:
            task.add_done_callback(ended)
        # Wake at once: one turn of the loop later, the painting at the end of the batch would be missed.
        await done.wait()
        for task in tasks:
            task.remove_done_callback(ended)
