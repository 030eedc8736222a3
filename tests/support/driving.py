"""Driver of the app by Pilot: it waits for what the screen shows, never for a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input
from waiting import DEADLINE_S, in_vain

from bmtui.desk.core.context import Desk
from bmtui.tui.app import DeskApp
from bmtui.tui.orders.screen import SearchScreen
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.textual_internals import painted_strips


class Driver:
    """Person at the screens of a desk, without a worker beside them."""

    def __init__(self, app: DeskApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not condition():
                    await self.pilot.pause()
        except TimeoutError:
            raise AssertionError(in_vain(condition, self.seen())) from None
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def at(self, name: str) -> None:
        """Wait until the topmost screen or dialog is of the class called `name`."""
        await self.until(lambda: type(self.app.screen).__name__ == name and self.app.screen.is_mounted)

    async def settled(self) -> None:
        """Wait until the app has read all data and drawn it."""
        await self.until(lambda: self.app.is_quiet)

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and wait until all of it is drawn."""
        if self.app.size != (columns, rows):
            await self.pilot.resize_terminal(columns, rows)
        await self.settled()

    async def open_list(self, key: str, name: str, text: str) -> None:
        """Open a list by its key, and wait until it shows `text`."""
        await self.press(key)
        await self.at(name)
        await self.until(lambda: text in self.seen())

    async def search(self, query: str) -> SearchScreen:
        """Type a query on the home screen and wait for its answer."""
        screen = self.home
        screen.query_one(Input).value = query
        await self.until(lambda: screen.shows(query))
        return screen

    @property
    def home(self) -> SearchScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, SearchScreen)
        return screen

    @property
    def status(self) -> str:
        """Text of the line of messages, with blanks as a terminal shows them."""
        return self.app.top.query_one("#status", Line).text.replace("\N{NO-BREAK SPACE}", " ")

    async def says(self, text: str) -> None:
        await self.until(lambda: text in self.status)

    def line(self, selector: str) -> str:
        return self.app.screen.query_one(selector, Line).text

    @property
    def words(self) -> str:
        """Text of the screen with single spaces, without line breaks."""
        return " ".join(self.seen().replace("│", " ").split())

    def seen(self) -> str:
        """Return the lines that the terminal would show."""
        strips = painted_strips(self.app)
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@contextlib.asynccontextmanager
async def driving(desk: Desk, *, deaf_s: float = 0, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Driver]:
    app = DeskApp(desk, run_jobs=False, deaf_s=deaf_s)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.home.shows(""))
        yield driver
