"""Dialog for a write of unknown outcome: the evidence, and a person's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.errors import explain
from bmtui.tui.actions import advice
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.dialogs.confirm import Safe
from bmtui.tui.widgets.form import Paragraph


class Settle(DeskModal[bool]):
    """Dialog that asks whether a write took effect; only H and D answer, Enter and Esc leave it open.

    Args:
        what: name of the thing that is settled, such as ``outbox 12``.
        facts: the request, its time, and the answer.
        evidence: asks Back Market what it shows now.
    """

    KEYS = (("Enter", "Leave it open"), ("H", "It happened"), ("D", "It did not"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Leave it open", show=False),
        Binding("H", "answer(True)", "It happened", show=False),
        Binding("D", "answer(False)", "It did not happen", show=False),
    ]

    def __init__(self, what: str, facts: Iterable[str], evidence: Callable[[], Awaitable[str]]) -> None:
        super().__init__(f"Did it happen? · {what}")
        self._facts = [fact for fact in facts if fact]
        self._evidence = evidence

    def body(self) -> Iterable[Widget]:
        yield Paragraph(*((fact, "") for fact in self._facts))
        yield Paragraph(("Back Market is asked what it shows now …", "dim"), id="evidence")
        yield Paragraph(("Look in the Back Office if you are not sure: the answer is for good.", ""))
        yield Safe("Leave it open")

    def on_mount(self) -> None:
        self.run_worker(self._ask(), exit_on_error=False)

    async def _ask(self) -> None:
        try:
            said, style = await self._evidence(), "bold"
            if any(said in fact for fact in self._facts):
                said = "Back Market was asked again just now, and shows the same."
        except Exception as error:  # noqa: BLE001 - said in the dialog: a person can look for themselves
            words = explain(error)
            said, style = f"Back Market cannot be asked now: {words.message} {words.advice}".strip(), "warn"
        self.part("#evidence", Paragraph).show((advice.spoken(said), style))

    def action_answer(self, happened: bool) -> None:
        self.finish(happened)
