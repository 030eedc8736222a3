"""Leaving the desk: the end of the worker beside the screens, without half-sent writes, and the work that remains."""

from __future__ import annotations

import asyncio
import select
import sys
from typing import TYPE_CHECKING

from bmtui.errors import BmtuiError

if TYPE_CHECKING:
    from bmtui.desk.outbox.unsent import Remaining
    from bmtui.tui.shell import Shell


DEMO = -1
"""Return value in place of an exit code: the operator left for the demo."""


HANG_UP_S = 2.0
"""Seconds between two looks whether the terminal is still there."""


class Leaving:
    """Worker beside the screens, and the way out of the app.

    Args:
        works: jobs are run beside the screens, once these stand.
        passing: all data are deleted once the desk is left, so that it always asks first.

    Attributes:
        last_words: what remains to be done when the desk is left, for the terminal; '' when nothing does.
    """

    def __init__(self, app: Shell, *, works: bool, passing: bool = False) -> None:
        self._app = app
        self._passing = passing
        self._to_work = works
        self._stop = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._going: asyncio.Task[None] | None = None
        self._asking = False
        self._named: tuple[str, ...] = ()
        """Writes of unknown outcome that the last question named; the same ones are not asked about again."""
        self.last_words = ""

    def begin_work(self) -> None:
        """Start running due jobs, now that the screens are drawn."""
        if self._to_work and self._going is None:
            self._worker = asyncio.create_task(self._work())

    async def _work(self) -> None:
        from bmtui.workers import run_worker

        try:
            await run_worker(self._app.desk, stop=self._stop)
        except Exception as error:  # noqa: BLE001 - the screens go on without a worker, and say so
            self._app.tell(error)

    @property
    def _works(self) -> bool:
        return self._worker is not None and not self._worker.done()

    @property
    def _takes_work_away(self) -> bool:
        # A worker that has not begun yet counts as running.
        return self._works or (self._to_work and self._worker is None)

    async def _left(self) -> Remaining:
        from bmtui.desk.outbox import unsent

        return await self._app.desk.read(unsent.of, 1 if self._works else 0)

    async def ask(self) -> None:
        """Leave the desk; ask first if work would wait, if an outcome is unknown, or if the data are deleted then."""
        if self._asking or self._going is not None:
            return
        self._asking = True
        try:
            if await self._may_go():
                self.go()
        finally:
            self._asking = False

    async def _may_go(self) -> bool:
        from bmtui.desk.outbox import unsent
        from bmtui.tui.dialogs.leave import Leave

        if self._app.desk.read_only and not self._passing:
            return True
        try:
            left = await self._left()
        except BmtuiError:
            # An unreadable store must not keep the operator from leaving.
            return True
        # Only a desk that runs a worker stops work by closing.
        takes_away = self._takes_work_away and bool(left.job_ids) and not left.elsewhere
        if not takes_away and left.unknown in ((), self._named) and not self._passing:
            return True
        self._named = left.unknown
        answer = await self._app.ask(Leave(left, self._left, passing=self._passing))
        if answer == "done" and await self._app.desk.read(unsent.failed, left.job_ids):
            self._app.top.say("Some work failed: see the jobs (J) and the outbox (Q).", "bad")
            return False
        return answer is not None

    async def go_with_terminal(self) -> None:
        """Leave the desk once its terminal is gone.

        A closed connection sends a signal only to the terminal's own session; Textual would read on for ever.
        """
        poll = select.poll()
        # Nothing is waited for: a hang-up is told all the same.
        poll.register(sys.stdin.fileno(), 0)
        while not poll.poll(0):  # noqa: ASYNC110 - there is no event of it
            await asyncio.sleep(HANG_UP_S)
        self.go()

    def go(self, code: int = 0) -> None:
        """Stop the worker as soon as no write is half sent, then exit."""
        if self._going is None:
            self._going = asyncio.create_task(self._go(code))

    async def _go(self, code: int) -> None:
        if self._takes_work_away:
            self._app.top.say("Finishing what is being sent to Back Market, then leaving …")
            await self.end_work()
            try:
                left = await self._left()
                told = left.sentences(self._app.desk.now())
            except BmtuiError:
                told = ()
            if told and not self._passing:
                who = "The running worker goes on with it." if left.elsewhere else "The next desk or worker goes on."
                self.last_words = " ".join((*told, who if left.job_ids else ""))
        self._app.exit(code)

    async def suspend(self) -> None:
        """Stop this process, as ^Z does elsewhere, unless its worker is sending a write; 'fg' draws the screen anew."""
        sent = (await self._left()).sending if self._works else ""
        if sent:
            self._app.top.say(f"Being sent to Back Market: {sent}. Press ^z again in a moment.", "warn")
        else:
            self._app.action_suspend_process()

    async def end_work(self) -> None:
        """Let the worker finish the write that it sends, and wait for it; jobs not yet started go back to the queue."""
        self._stop.set()
        if self._worker is not None:
            await asyncio.gather(self._worker, return_exceptions=True)
