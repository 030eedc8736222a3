"""Dialog for leaving while work remains: stay, wait for it, or leave it to the next worker."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.outbox.unsent import Remaining
from bmtui.errors import BmtuiError
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.dialogs.confirm import Safe
from bmtui.tui.widgets.form import Paragraph

LOOK_S = 1.0
"""Seconds between two reads of the remaining work, which contains a countdown."""

LATER = "Nothing is lost: what remains is stored, and goes on when a desk or a worker runs again."
GONE = "This demo is not kept: all its data are deleted when you leave."
KEEP = "To keep a demo, start it so: bmtui demo --keep DIR"
WAITING = "The desk closes as soon as this is done."


class Leave(DeskModal[Literal["now", "done"]]):
    """Dialog of the remaining work, kept up to date; its answer is ``done`` after a wait until none remains.

    Args:
        left: the work that remains now; `look` reads it again.
        passing: all data are deleted once the desk is left.
    """

    KEYS = (("Enter", "Stay"), ("w", "Wait for it, then leave"), ("Y", "Leave now"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,n", "close", "Stay", show=False),
        Binding("w", "wait", "Wait for it, then leave", show=False),
        Binding("Y", "now", "Leave now", show=False),
    ]

    def __init__(self, left: Remaining, look: Callable[[], Awaitable[Remaining]], *, passing: bool = False) -> None:
        super().__init__("Leave the demo?" if passing else "Leave the desk?")
        self._left, self._look, self._passing = left, look, passing
        self._waits = False

    def body(self) -> Iterable[Widget]:
        yield Paragraph(*self._parts(), id="left")
        yield Safe("Stay")

    def keys(self) -> Iterable[tuple[str, str]]:
        waits = bool(self._left.job_ids) or not self._passing
        return [(key, said) for key, said in self.KEYS if key != "w" or waits]

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._again)

    def _parts(self) -> Iterable[tuple[str, str]]:
        told = self._left.sentences(self.desk_app.desk.now())
        none = () if self._passing and not self._waits else ("Everything is done.",)
        yield from ((sentence, "") for sentence in told or none)
        if self._passing:
            yield GONE, "warn"
            yield KEEP, ""
        elif self._left.job_ids and not self._waits:
            yield LATER, "dim"
        if self._waits:
            yield WAITING, "warn"

    async def _again(self) -> None:
        # A store that is busy for a moment counts as unchanged.
        with contextlib.suppress(BmtuiError):
            self._left = await self._look()
        if self._waits and not self._left.job_ids:
            self.finish("done")
            return
        self.part("#left", Paragraph).show(*self._parts())

    async def action_wait(self) -> None:
        self._waits = True
        await self._again()

    def action_now(self) -> None:
        self.finish("now")
