"""Screen of the series of numbers, with those that wait for their last number after a restore."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.operations import numbers
from bmtui.desk.operations.numbers import SeriesView
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces


class NumbersScreen(ListScreen[SeriesView]):
    """Screen of the series of invoices, credit notes and RMAs; series that wait for a person come first."""

    PLACE = "numbers"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Numbers"
    EMPTY = (("There is no series yet.", ""),)

    def columns(self) -> Sequence[Column[SeriesView]]:
        return (
            Column("series", "Series", 24, lambda row: row.title, grows=True),
            Column("last", "Last here", 18, lambda row: row.last or "none"),
            Column("number", "Number", 8, lambda row: f"{row.last_number:,}", right=True),
            Column("waits", "Waits", 14, _waits),
        )

    def meaning_of(self, row: SeriesView) -> Meaning:
        return Meaning.LATE if row.waits else Meaning.NOTHING

    def key_of(self, row: SeriesView) -> object:
        return row.name

    async def find(self, query: str, limit: int) -> Sequence[SeriesView]:
        return (await self.desk_app.desk.read(numbers.listing))[:limit]

    def told(self, shown: Sequence[SeriesView], more: bool) -> Pieces:
        waits = sum(row.waits for row in shown)
        said = f"{waits} wait for their last number after a restore" if waits else "none waits"
        return ((f"Series of numbers · {said}", "bad" if waits else "dim"),)

    async def do_confirm(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        app, row = self.desk_app, self.current
        if row is None:
            return
        about = "The last number that was used, in the papers or at Back Market; 0 for none. The next is one higher."
        if row.not_here:
            orders = ", ".join(map(str, row.not_here[:5])) + (" …" if len(row.not_here) > 5 else "")
            about = f"Invoiced after the backup and not here: orders {orders}. {about}"
        asked = await app.ask(
            AskText(f"Last number · {row.title}", str(row.last_number), about=about, parameter=numbers.LAST)
        )
        if asked is not None:
            view = await app.desk.write(numbers.confirm, row.name, numbers.LAST.read(asked))
            await app.check_changes()
            self.say(f"{view.title}: the next number is {view.last_number + 1:,}.", "good")

    async def do_begin(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm
        from bmtui.tui.dialogs.note import AskText

        app, row = self.desk_app, self.current
        if row is None:
            return
        about = (
            "One more than the last number that was used elsewhere. It can be corrected until the first one is made."
        )
        asked = await app.ask(
            AskText(f"Begins with · {row.title}", str(row.last_number + 1), about=about, parameter=numbers.NEXT)
        )
        if asked is None:
            return
        number = numbers.NEXT.read(asked)
        made = await app.desk.read(numbers.beginning, row.name, number)
        question = f"The first number is {made.printed}. Was {number - 1:,} the last one that was used elsewhere?"
        parts = [(question, ""), *((f"\n{doubt}", "warn") for doubt in made.doubts)]
        if not await app.ask(Confirm(f"{row.title} begins with {number:,}?", parts, "Begin")):
            return
        await app.desk.write(numbers.begin, row.name, number, accept_doubts=bool(made.doubts))
        await app.check_changes()
        self.say(f"{row.title} begins with {made.printed}.", "good")


def _waits(row: SeriesView) -> str:
    if not row.waits:
        return ""
    return f"yes, {len(row.not_here)} not here" if row.not_here else "yes"
