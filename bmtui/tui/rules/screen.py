"""Screens of rules: the list, and one rule with its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from bmtui.desk.rules import rules
from bmtui.desk.rules.views import RuleLogView, RuleView
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces

LOGGED = 200


class RulesScreen(ListScreen[RuleView]):
    """Screen of the rules by name, those of acceptance first."""

    PLACE = "rules"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Rules"
    EMPTY = (("There are no rules yet: n writes one.", ""),)

    def __init__(self) -> None:
        super().__init__()
        self._all_off = False

    def columns(self) -> Sequence[Column[RuleView]]:
        return (
            Column("on", "On", 3, lambda row: "yes" if row.enabled else "no"),
            Column("name", "Rule", 22, lambda row: row.name, grows=True, rank=-1),
            Column("when", "When", 16, lambda row: row.when, rank=3),
            Column("if", "If", 18, lambda row: row.query, grows=True, rank=1),
            Column("then", "Then", 16, lambda row: row.problem or "; ".join(row.then), grows=True),
            Column("today", "Today", 9, _today, right=True, rank=2),
        )

    def meaning_of(self, row: RuleView) -> Meaning:
        return _meaning(row)

    def key_of(self, row: RuleView) -> object:
        return row.name

    async def find(self, query: str, limit: int) -> Sequence[RuleView]:
        desk = self.desk_app.desk
        self._all_off = await desk.read(rules.all_off) is not None
        return await desk.read(rules.listing)

    def told(self, shown: Sequence[RuleView], more: bool) -> Pieces:
        off = ("ALL RULES ARE OFF: p turns them on", "bad") if self._all_off else ("rules never move money", "dim")
        return (("RULES", "bold"), (f" · {len(shown)} · ", "dim"), off)


class RuleScreen(DeskScreen):
    """Screen of one rule, with its log."""

    PLACE = "rule"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._rule = name
        self.current: RuleView | None = None

    def context(self) -> Context:
        return super().context().knowing(*([self.current] if self.current else []))

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="rule")

    def on_reader_resized(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        desk = self.desk_app.desk
        self.current = view = await desk.read(rules.show, self._rule)
        found = await desk.read(rules.log, name=self._rule, limit=LOGGED)
        self.part("#title", Line).show((view.name, "bold"), (_told(view), "dim"))
        self.part("#rule", Reader).show([*_lines(view), *self._logged(found)])

    def _logged(self, found: Sequence[RuleLogView]) -> Iterable[Pieces]:
        yield (("", ""),)
        yield (("What it did, newest first", "bold"),)
        for row in found:
            at = time_format.stamp(row.at, self.desk_app.zone(row.company or None))
            order = f"order {row.order_id}" if row.order_id else ""
            yield (
                (f"{at}  {order:<16} {row.action}", ""),
                (f"  {row.error}" if row.error else "", "bad"),
                (f"  v{row.version}", "dim"),
            )
        if not found:
            yield (("Nothing yet.", "dim"),)


def _lines(view: RuleView) -> Iterable[Pieces]:
    yield (("When  ", "dim"), (view.when, ""))
    yield (("If    ", "dim"), (view.query or "every order", ""))
    for act in view.then:
        yield (("Then  ", "dim"), (act, ""))
    if view.company:
        yield (("Of    ", "dim"), (view.company, ""))
    if view.problem:
        yield ((view.problem, "bad"),)


def _told(view: RuleView) -> str:
    return f" · version {view.version} · {'on' if view.enabled else 'off'} · orders today {_today(view)}"


def _today(view: RuleView) -> str:
    return f"{view.done_today:,}/{view.limit:,}" if view.limit else f"{view.done_today:,}"


def _meaning(view: RuleView) -> Meaning:
    return Meaning.LATE if view.problem else Meaning.DONE if view.enabled else Meaning.NOTHING
