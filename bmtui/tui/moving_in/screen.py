"""Screen of the moving-in checklist: each step with its findings and the next thing to do."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import checklist
from bmtui.desk.moving_in.checklist import Step
from bmtui.desk.sync import shadow_report
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces


class MovingInScreen(ListScreen[Step]):
    """Screen of the steps, in the order in which they are done; above them the last day of the company in shadow."""

    PLACE = "moving_in"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._day = ""

    def columns(self) -> Sequence[Column[Step]]:
        return (
            Column("step", "Step", 26, lambda row: row.title),
            Column("found", "Found", 20, lambda row: row.found, grows=True),
            Column("next", "Next", 30, lambda row: row.next, rank=1, grows=True),
        )

    def meaning_of(self, row: Step) -> Meaning:
        return Meaning.DONE if row.done else Meaning.SOON

    def key_of(self, row: Step) -> object:
        return row.key

    async def find(self, query: str, limit: int) -> Sequence[Step]:
        steps, self._day = await self.desk_app.desk.read(_read)
        return steps[:limit]

    def told(self, shown: Sequence[Step], more: bool) -> Pieces:
        left = sum(not row.done for row in shown)
        said = f"{left} of {how_many(len(shown), 'step is', 'steps are')} left" if left else "all steps are done"
        day = f" · {self._day}" if self._day else ""
        return ((f"Moving in · {said}{day}", "warn" if left else "good"),)

    async def do_open(self) -> None:
        from bmtui.tui.dialogs.confirm import Notice

        if self.current is not None:
            await self.desk_app.ask(Notice(self.current.title, (self.current.found, self.current.next)))


def _read(desk: Desk) -> tuple[tuple[Step, ...], str]:
    """Return the steps, and a sentence on the last day of the only company in shadow, '' for none or several."""
    steps = checklist.steps(desk)
    companies = shadow_report.in_shadow(desk)
    day = shadow_report.read(desk, companies[0]).sentence if len(companies) == 1 else ""
    return steps, day
