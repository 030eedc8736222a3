"""Screens that close while reads are slow: code after an `await` asks no closed screen for a widget."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from driving import Driver, driving
from textual.dom import NoScreen
from textual.screen import Screen
from waiting import DEADLINE_S

import bmtui.tui
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError
from bmtui.store import Store
from bmtui.tui.actions import registry
from bmtui.tui.app import DeskApp
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.jobs.screen import JobsScreen
from bmtui.tui.orders.screen import SearchScreen
from bmtui.tui.overview.screen import OrderScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.textual_internals import ScreenGone

TUI = Path(bmtui.tui.__file__).parent
ONE = {"query_one", "query_exactly_one", "query_ancestor", "get_child_by_id", "get_child_by_type", "get_widget_by_id"}
OF_MANY = {"first", "last", "only_one"}
LEAVES = {"desk.quit", "desk.back", "desk.backward", "desk.forward", "desk.orders", "desk.suspend"}


def asked_directly(source: str) -> Iterator[int]:
    """Yield the lines that call `query_one` or similar outside of `part`, and so fail on a closed screen."""
    tree = ast.parse(source)
    helpers = {
        node
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and one.name == "part"
        for node in ast.walk(one)
    }
    for node in ast.walk(tree):
        many = node.value if isinstance(node, ast.Subscript | ast.Attribute) else None
        of_many = isinstance(many, ast.Call) and isinstance(many.func, ast.Attribute) and many.func.attr == "query"
        one_of_many = of_many and (isinstance(node, ast.Subscript) or getattr(node, "attr", "") in OF_MANY)
        if node not in helpers and (one_of_many or (isinstance(node, ast.Attribute) and node.attr in ONE)):
            assert isinstance(node, ast.expr)
            yield node.lineno


def test_widgets_are_queried_only_by_the_helper() -> None:
    found = [
        f"{file.relative_to(TUI)}:{line}" for file in TUI.rglob("*.py") for line in asked_directly(file.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("async def show(self):\n    await read()\n    self.query_one('#header').show()", [3]),
        ("def ask(modal): return modal.query('#a').first()", [1]),
        ("def ask(self): return self.query(Line)[0]", [1]),
        ("def ask(self): return [line.text for line in self.query(Line)]", []),
        ("def part(self, what): return self.query_one(what)", []),
    ],
)
def test_direct_widget_queries_are_found(source: str, lines: list[int]) -> None:
    assert list(asked_directly(source)) == lines


def is_widget(value: ast.expr, properties: frozenset[str]) -> bool:
    """Return True when an expression is a widget of the screen: by `part`, or by a property that asks `part`."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Attribute) and value.func.attr == "part"
    return isinstance(value, ast.Attribute) and ast.unparse(value.value) == "self" and value.attr in properties


def properties_of(source: str) -> Iterator[str]:
    """Yield the names of properties that return a widget."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.FunctionDef)
            and "property" in map(ast.unparse, node.decorator_list)
            and any(
                isinstance(one, ast.Return | ast.AnnAssign) and one.value and is_widget(one.value, frozenset())
                for one in ast.walk(node)
            )
        ):
            yield node.name


def kept_over_an_await(source: str, properties: frozenset[str]) -> Iterator[str]:
    """Yield the names that hold a widget from before an `await` and are used after it."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        awaits = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Await)]
        kept: dict[str, list[int]] = {}
        for node in ast.walk(function):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                pairs = (
                    zip(target.elts, node.value.elts, strict=False)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
                for name, value in pairs:
                    if isinstance(name, ast.Name) and is_widget(value, properties):
                        kept.setdefault(name.id, []).append(name.lineno)
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in kept:
                since = max((line for line in kept[node.id] if line <= node.lineno), default=node.lineno)
                if any(since < line < node.lineno for line in awaits):
                    yield f"{node.id} in line {node.lineno}"


def test_code_of_screens_keeps_no_widget_over_an_await() -> None:
    sources = {file.relative_to(TUI): file.read_text() for file in TUI.rglob("*.py")}
    properties = frozenset(name for source in sources.values() for name in properties_of(source))
    assert "table" in properties
    found = [f"{file}: {use}" for file, source in sources.items() for use in kept_over_an_await(source, properties)]
    assert found == []
    for value in ("self.part(Table)", "self.table"):
        wrong = f"async def f(self):\n    table = {value}\n    found = await read()\n    table.fill(found)"
        assert list(kept_over_an_await(wrong, properties)) == ["table in line 4"]


async def test_widget_missing_on_an_open_screen_raises(office: Desk) -> None:
    async with driving(office) as person:
        with pytest.raises(Exception, match="No nodes match"):
            person.home.part("#nothing", Line)


async def test_widget_of_a_closed_screen_raises_screen_gone(office: Desk) -> None:
    async with driving(office) as person:
        screen = JobsScreen()
        with pytest.raises(ScreenGone):
            screen.part("#header", Line)
        await person.app.show(screen)
        screen.part("#header", Line)
        person.app.close(screen)
        await person.until(lambda: person.app.screen is person.home)
        with pytest.raises(ScreenGone):
            screen.part("#header", Line)


async def test_message_of_a_closed_screen_is_shown_on_the_open_one(office: Desk) -> None:
    async with driving(office) as person:
        screen = JobsScreen()
        await person.app.show(screen)
        person.app.close(screen)
        await person.until(lambda: person.app.screen is person.home)
        screen.say("The refund is queued.")
        assert person.status == "The refund is queued."


async def test_wait_for_a_screen_that_is_closed_meanwhile_ends(office: Desk) -> None:
    async with driving(office) as person:
        for _ in range(20):
            screen = JobsScreen()
            shown = person.app.spawn(person.app.show(screen))
            await person.until(lambda screen=screen: screen in person.app.screen_stack)  # type: ignore[misc]
            person.app.close(screen)
            await person.until(shown.done)
            assert shown.exception() is None


class Hurried:
    """Person in a hurry: opens what each key of a screen opens, and leaves it at once, while reads are slow."""

    def __init__(self, person: Driver, turns: Iterator[int]) -> None:
        self.app, self.turns = person.app, turns
        self.opened: set[str] = set()

    async def through(self, screen: DeskScreen) -> None:
        for action in registry.of_place(screen.PLACE):
            if action.handler is None or action.id in LEAVES or action.why_not(screen.context()):
                continue
            result = action.handler(screen)
            if asyncio.iscoroutine(result):
                await self._leave(screen, self.app.spawn(result))

    async def _leave(self, screen: DeskScreen, task: asyncio.Task[None]) -> None:
        while screen in self.app.screen_stack and (self.app.screen is not screen or not task.done()):
            await asyncio.sleep(0)
            for _ in range(next(self.turns)):
                await asyncio.sleep(0)
            top = self.app.screen
            if top is screen:
                continue
            self.opened.add(type(top).__name__)
            self._close(top)

    def _close(self, top: Screen[Any]) -> None:
        if isinstance(top, DeskModal):
            top.finish(None)
        elif len(self.app.screen_stack) > 1:
            self.app.close(top)


@contextlib.asynccontextmanager
async def looked_at(app: DeskApp) -> Any:
    """Run the store watcher, clocks and countdown at every turn of the loop, instead of twice a second."""

    async def look() -> None:
        while True:
            with contextlib.suppress(ScreenGone):
                await app.lookout.check()
            for call in (app.lookout._count_down, app.top.show_header, app.top.show_footer, app.top.reload):
                with contextlib.suppress(ScreenGone):
                    call()
            await asyncio.sleep(0)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        if task.done():
            task.result()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("place", [SearchScreen, OrderScreen], ids=lambda place: place.PLACE)
async def test_screens_opened_and_closed_during_slow_reads_do_not_crash(
    office: Desk, place: type[DeskScreen], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, minutes = itertools.cycle([0, 3, 1, 7, 2, 0, 11, 5]), itertools.count()
    read = Store.read

    async def slow(self: Store, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        found = await read(self, function, *args, **kwargs)
        for _ in range(next(turns)):
            await asyncio.sleep(0)
        return found

    monkeypatch.setattr(Store, "read", slow)
    start = office.now()
    faults: list[BaseException] = []
    # A minute passes whenever somebody asks.
    desk = replace(office, read_only=True, now=lambda: start + timedelta(minutes=next(minutes)))
    async with driving(desk) as person:
        monkeypatch.setattr(person.app, "tell", lambda error, briefly=False: faults.append(error))
        monkeypatch.setattr(person.app, "_handle_exception", faults.append)
        if place is OrderScreen:
            await person.press("enter")
            await person.at("OrderScreen")
        top = person.app.top
        hurried = Hurried(person, turns)
        async with looked_at(person.app):
            async with asyncio.timeout(4 * DEADLINE_S):
                for _ in range(2):
                    await hurried.through(top)
    # A rule may refuse what a key would do.
    assert [repr(error) for error in faults if not isinstance(error, NoScreen | BmtuiError)] == []
    assert len(hurried.opened) > 5
