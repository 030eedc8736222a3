"""Textual app of the desk: its screens, its background tasks, and the only place where an error becomes a sentence."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from textual import events
from textual.dom import NoScreen
from textual.screen import ModalScreen, Screen

from bmtui.desk.companies import views as company_views
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import CompanyView
from bmtui.errors import BmtuiError, explain
from bmtui.tui import crash, editing, preferences
from bmtui.tui.actions import keymap, registry
from bmtui.tui.keyboard import Keyboard, Typed, settled
from bmtui.tui.leaving import Leaving
from bmtui.tui.navigation_history import Opened, Query, Trail
from bmtui.tui.orders.columns import unknown as unknown_columns
from bmtui.tui.orders.screen import SearchScreen
from bmtui.tui.recent import Memory
from bmtui.tui.screen import DeskScreen, topmost
from bmtui.tui.shell import Guidance, Question
from bmtui.tui.store_watcher import Lookout
from bmtui.tui.widgets import textual_internals
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.painting import PaintingApp
from bmtui.tui.widgets.text import use_theme, width_of
from bmtui.tui.widgets.themes import unknown

T = TypeVar("T")

log = logging.getLogger("bmtui.tui")

DEAF_S = 0.3
"""Seconds that keys are ignored after a guarded dialog opened or closed: they were meant for the screen before."""


class DeskApp(PaintingApp, inherit_bindings=False):
    """Textual app that shows one desk.

    Args:
        run_jobs: run due jobs beside the screens.
        deaf_s: see `DEAF_S`.
        company: where the download dialog and the settings begin.
        greeting: what the status line says at first.
        passing: the data are deleted once the desk is left.
    """

    ENABLE_COMMAND_PALETTE = False
    # Load all style sheets at the start: one that came later would make Textual read the others again.
    CSS_PATH: ClassVar = ["app.tcss", *sorted(str(path) for path in Path(__file__).parent.glob("*/*.tcss"))]
    TITLE = "bmtui"

    def __init__(
        self,
        desk: Desk,
        *,
        run_jobs: bool = True,
        deaf_s: float = DEAF_S,
        company: str | None = None,
        greeting: str = "",
        passing: bool = False,
    ) -> None:
        super().__init__()
        self.desk = desk
        self.preferences = preferences.load(desk.settings.config)
        self._use_keys()
        self.memory = Memory(desk.settings.state, read_only=desk.read_only, uid=desk.uid)
        self.trail = Trail()
        self.first_company = company or desk.company
        self._greeting = greeting
        self.companies: tuple[CompanyView, ...] = ()
        self.companies_read = asyncio.Event()
        self._painted = asyncio.Event()
        self._doing: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self.keyboard = Keyboard(self, self._give, deaf_s, self._begun, self.paint)
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving_screens: set[asyncio.Task[None]] = set()
        self.leaving = Leaving(self, works=run_jobs and not desk.read_only, passing=passing)
        self.lookout = Lookout(self)
        self.tutorial: Guidance | None = None
        self._crashed: BaseException | None = None
        self._opening = contextlib.ExitStack()
        self._opening.enter_context(self.batch_update())

    def _use_keys(self) -> None:
        keys, problems = keymap.rebind(self.preferences.keys, keymap.places())
        registry.use_keys(keys)
        self.set_keymap(registry.textual_keymap())
        theme = os.environ.get("BMTUI_THEME") or self.preferences.theme or "terminal"
        if not use_theme(theme):
            problems.append(unknown(theme))
        LOCAL.read(os.environ, ascii_only=self.preferences.ascii)
        self.set_class(LOCAL.ascii, "ascii")
        self._problems = (*self.preferences.problems, *problems, *unknown_columns(self.preferences.columns))

    # Coming and going

    def get_default_screen(self) -> Screen[Any]:
        return SearchScreen()

    def on_mount(self) -> None:
        self.spawn(self._open())

    async def _open(self) -> None:
        try:
            await self.lookout.begin()
            await self.read_companies()
        finally:
            self.companies_read.set()
        # The list is drawn first; the rest of the header follows.
        await self.top.answered()
        await self._painted.wait()
        await self.lookout.first()
        if self.preferences.start == "today" and self.companies:
            self.home.action_act("desk.today")
        if self._greeting:
            self.top.say(self._greeting)
        from bmtui.tui.first_steps import problems

        await problems.tell(self, self._problems)
        self.leaving.begin_work()
        if not self.companies:
            from bmtui.tui.first_steps import first

            self.begin(first.guide(self.top))

    def run_on_terminal(self, *, mouse: bool, debug: bool = False) -> int:
        """Run until the operator leaves; return the exit code. After a crash a line on stderr names the report."""
        asyncio.run(self._run_on_terminal(mouse))
        if self._crashed is not None:
            crash.tell(self._crashed, self.desk.settings.state, debug=debug)
            return 1
        if self.leaving.last_words:
            # After a closed connection there is no terminal to print on.
            with contextlib.suppress(OSError):
                print(self.leaving.last_words, file=sys.stderr)
        return self.return_value or 0

    async def _run_on_terminal(self, mouse: bool) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # A closed SSH connection ends the desk as `q` does: writes that are being sent are finished.
            loop.add_signal_handler(number, self.leaving.go)
        gone = asyncio.create_task(self.leaving.go_with_terminal())
        try:
            await self.run_async(mouse=mouse)
        finally:
            gone.cancel()
            await self.leaving.end_work()

    def takes_crash(self, error: Exception) -> bool:
        # Textual would print a traceback with all local variables: tokens and customers' addresses.
        if self.is_headless:
            return False
        self._crashed = self._crashed or error
        textual_internals.stop(self, 1)
        return True

    @property
    def top(self) -> DeskScreen:
        """Topmost screen that is not a dialog."""
        return topmost(self.screen_stack)

    def zone(self, company: str | None) -> tzinfo:
        """Return the zone of the shown times: that of `bmtui.toml`, else the company's, else UTC."""
        return self.desk.fixed_zone or self._company_zone(company)

    @property
    def list_zone(self) -> tzinfo:
        """Time zone of every list."""
        return self.zone(self.desk.company)

    @property
    def zone_said(self) -> str:
        """Words that name the zone in the head of a list; '' where it is the only company's own."""
        zones = {view.time_zone for view in self.companies if view.enabled}
        several = self.desk.company is None and len(zones) > 1
        return f" · times in {self.list_zone}" if several or self.desk.fixed_zone else ""

    def _company_zone(self, company: str | None) -> tzinfo:
        names = {
            view.time_zone for view in self.companies if view.name == company or (company is None and view.enabled)
        }
        return ZoneInfo(names.pop()) if len(names) == 1 else ZoneInfo("UTC")

    @property
    def today(self) -> date:
        """Today's date in the zone of the company in view."""
        return self.desk.now().astimezone(self._company_zone(self.desk.company)).date()

    @property
    def at_work(self) -> bool:
        return self.keyboard.at_work

    @property
    def is_quiet(self) -> bool:
        """True when no read is under way and its result is shown: two pictures taken now would be the same."""
        shown = self.screen.is_mounted and not self._leaving_screens
        read = self.home.is_quiet and self.lookout.is_quiet and all(worker.is_finished for worker in self.workers)
        return shown and read and self.top.is_resting

    @property
    def minute(self) -> datetime:
        """Current time, which moves once a minute so that clocks redraw no oftener."""
        return self.lookout.minute

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start an action in a task of the app, so that it outlives its screen; refused while another one runs."""
        if self._doing is not None and not self._doing.done():
            work.close()
            self.top.say("The last action is not finished yet.", "warn")
            return
        self._opened.clear()
        self._doing = self.spawn(work)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NoScreen:
            pass
        except Exception as error:  # noqa: BLE001 - the one place where an error becomes a sentence
            if self._crashed is None and not textual_internals.is_exiting(self):
                self.tell(error)
            else:  # no screen is left to say it on
                log.error("%s", crash.report(error))

    def tell(self, error: BaseException, *, briefly: bool = False) -> None:
        """Show an error in the status line; a text too long for it gets a dialog, unless told `briefly`."""
        from bmtui.tui.dialogs.confirm import Notice

        if not isinstance(error, BmtuiError):
            log.error("%s", crash.report(error))
        words = explain(error)
        text = f"{words.title}: {words.message} {words.advice}".strip()
        if briefly or (width_of(text) <= self.size.width and not isinstance(self.screen, ModalScreen)):
            self.top.say(text, "bad")
        else:
            # During exit there may be no screen any more.
            for screen in self.screen_stack:
                if isinstance(screen, DeskScreen):
                    screen.stops_asking()
            self.spawn(self.show(Notice(words.title, (words.message, words.advice))))

    async def ask(self, modal: Question[T]) -> T | None:
        """Open a dialog and return its answer; None when it was left."""
        await self.show(modal)
        answer = await modal.answer
        if self._leaving_screens:
            # Wait until this dialog is closed: below the next one it would stay open.
            await asyncio.wait(self._leaving_screens)
        return answer

    async def show(self, screen: Screen[Any]) -> None:
        """Open a screen or a dialog; it is drawn once, when it is complete."""
        with self.batch_update():
            await self.push_screen(screen)
            await settled(screen)
        self._opened.set()

    def close(self, screen: Screen[Any]) -> None:
        """Close this screen or dialog, unless it is closing already."""
        if isinstance(self.screen_stack[-2], DeskScreen):
            # The action that opened it goes on: keys wait until it ends or opens another screen.
            self._opened.clear()
        task = self.spawn(self._close(screen))
        self._leaving_screens.add(task)
        task.add_done_callback(self._leaving_screens.discard)

    async def _close(self, screen: Screen[Any]) -> None:
        if self.screen is screen:
            with self.batch_update():
                await self.pop_screen()
                await settled(self.screen)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in a task beside the current action. Errors become sentences."""
        task = asyncio.create_task(self._guarded(work))
        # asyncio itself would forget a task that nobody holds.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def first_rows_shown(self) -> None:
        """Draw the home screen, now that it is complete."""
        self._opening.close()
        if not gc.isenabled():
            # Present objects stay: garbage collection over them would delay keys.
            gc.freeze()
            gc.enable()

    def post_display_hook(self) -> None:
        if not textual_internals.in_batch(self):
            self._painted.set()

    def ignore_keys(self) -> None:
        """Ignore keys for a moment, because a dangerous dialog opened or closed."""
        self.keyboard.ignore()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.keyboard.take(event)
        else:
            await super().on_event(event)

    async def _begun(self, event: events.Event) -> None:
        """Wait until the last key's action has ended or opened a screen, where this key has its own meaning."""
        while self._doing is not None and not self._doing.done() and not self._opened.is_set():
            waiting = {self._doing, opened := asyncio.create_task(self._opened.wait())}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            opened.cancel()
        if self._leaving_screens:
            await asyncio.wait(self._leaving_screens)
        writing = isinstance(self.focused, Entry) and isinstance(event, events.Key) and event.is_printable
        if isinstance(self.screen, DeskScreen) and not writing:
            await self.screen.answered()

    async def _give(self, event: Typed) -> None:
        # Lists without labels use no keys: skip the queues of the widgets around them.
        short = isinstance(self.focused, Lines) and not self.focused.takes_keys
        if not (short and isinstance(event, events.Key) and await textual_internals.do_binding(self, event.key)):
            await super().on_event(event)

    async def open_order(self, order_id: int, company: str | None = None) -> None:
        """Show an order on its own screen; `company` tells two orders of the same number apart.

        Raises:
            NotFound: no such order.
        """
        from bmtui.desk.overview import order as overview
        from bmtui.tui.overview.screen import OrderScreen

        company = company or self.desk.company
        view = await replace(self.desk, company=company).read(overview.show, order_id)
        self.memory.opened(order_id, view.row.company)
        self.trail.visit(Opened(order_id, view.row.company))
        await self.show(OrderScreen(view, company))

    async def travel(self, by: int) -> None:
        """Go back (-1) or forward (1) in the history of queries and orders."""
        home = self.screen_stack[0]
        if isinstance(home, SearchScreen) and self.top is home:
            # Add the present query to the history, so that there is a way back to it.
            self.trail.arrive(home.here)
        place = self.trail.step(by)
        if place is None:
            self.top.say(f"There is no place {'before' if by < 0 else 'after'} this one.", "warn")
            return
        await self.go_home()
        if isinstance(place, Query) and isinstance(home, SearchScreen):
            home.go_to(place)
        elif isinstance(place, Opened):
            from bmtui.desk.overview import order as overview
            from bmtui.tui.overview.screen import OrderScreen

            view = await replace(self.desk, company=place.company).read(overview.show, place.order_id)
            await self.show(OrderScreen(view, place.company))

    async def in_editor(self, text: str, name: str) -> str:
        """Return `text` as the operator edited it in their own editor, as `editing.in_editor`."""
        return await editing.in_editor(self, text, name)

    async def go_home(self, to: Screen[Any] | None = None) -> None:
        """Close screens down to the list of orders, or to the screen `to`."""
        while isinstance(self.screen, DeskScreen) and self.screen not in (to, self.home):
            await self._close(self.screen)

    @property
    def home(self) -> SearchScreen:
        """Order search, the lowest screen."""
        home = self.screen_stack[0]
        assert isinstance(home, SearchScreen)
        return home

    async def check_changes(self) -> None:
        """Reload the visible data if anything was committed, without waiting for the next check."""
        await self.lookout.check()

    async def read_companies(self) -> None:
        """Read the companies again: at the start, and after their settings were changed."""
        self.companies = await self.desk.read(company_views.listing, counted=False)
