"""Interface of the app for screens, dialogs and actions, so that none of them imports the app itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast, overload

from textual.css.query import NoMatches
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from bmtui.tui.widgets import textual_internals
from bmtui.tui.widgets.painting import Painted

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.timer import Timer

    from bmtui.desk.core.context import Desk
    from bmtui.desk.core.views import CompanyView
    from bmtui.desk.orders.order_row import OrderRow
    from bmtui.desk.orders.saved_views import ViewOfOrders
    from bmtui.desk.outbox.actions import EffectView
    from bmtui.tui.navigation_history import Trail
    from bmtui.tui.preferences import Preferences
    from bmtui.tui.recent import Memory
    from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")
W = TypeVar("W", bound=Widget)


class Top(Protocol):
    """Topmost screen that is not a dialog."""

    PLACE: ClassVar[str]

    def say(self, text: str, style: str = "", *, planned: bool = False) -> None: ...
    def show_header(self) -> None: ...
    def show_footer(self) -> None: ...
    def reload(self) -> None: ...
    def changed(self) -> None: ...
    def minute_passed(self) -> None: ...
    def second_passed(self) -> None: ...
    def count_down(self, effects: Sequence[EffectView], now: datetime, *, waits: str) -> None: ...
    @property
    def is_complete(self) -> bool: ...


class Shift(Protocol):
    """Items that need a person, worked one after the other."""

    worked: bool
    """Flag: the open item needs nothing more."""

    async def look(self, screen: Any) -> None:
        """Check whether the item is worked, and say so once."""

    async def go_on(self) -> None:
        """Open the next item in place of this one."""


class Home(Protocol):
    """Order search, the lowest screen."""

    @property
    def text(self) -> str: ...
    @property
    def is_typing(self) -> bool: ...
    @property
    def marked(self) -> tuple[OrderRow, ...]: ...
    def show_view(self, view: ViewOfOrders) -> None: ...
    def do_query(self) -> None: ...


class Watcher(Protocol):
    """Watcher of the store, which tells changes and the header."""

    def header(self) -> tuple[Pieces, Pieces, Pieces]: ...
    def is_paused(self, company: str) -> bool: ...
    async def check_everything(self) -> None: ...


class Exit(Protocol):
    """Way out of the desk."""

    async def ask(self) -> None: ...
    def go(self, code: int = 0) -> None: ...
    async def suspend(self) -> None: ...


class Guidance(Protocol):
    """Tutorial, whose text takes the footer's place."""

    @property
    def text(self) -> str: ...


class Shell(Protocol):
    """Interface of the app. `bmtui.tui.app.DeskApp` documents its members."""

    desk: Desk
    first_company: str | None
    tutorial: Guidance | None

    @property
    def companies(self) -> tuple[CompanyView, ...]: ...
    @property
    def companies_read(self) -> asyncio.Event: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def trail(self) -> Trail: ...
    @property
    def lookout(self) -> Watcher: ...
    @property
    def leaving(self) -> Exit: ...
    @property
    def top(self) -> Top: ...
    @property
    def home(self) -> Home: ...
    @property
    def today(self) -> date: ...
    @property
    def minute(self) -> datetime: ...
    def zone(self, company: str | None) -> tzinfo: ...
    @property
    def list_zone(self) -> tzinfo: ...
    @property
    def zone_said(self) -> str: ...

    def begin(self, work: Coroutine[Any, Any, None]) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def tell(self, error: BaseException, *, briefly: bool = False) -> None: ...
    async def ask(self, modal: Question[T]) -> T | None: ...
    async def show(self, screen: Screen[Any]) -> None: ...
    def close(self, screen: Screen[Any]) -> None: ...
    async def open_order(self, order_id: int, company: str | None = None) -> None: ...
    async def travel(self, by: int) -> None: ...
    async def go_home(self, to: Screen[Any] | None = None) -> None: ...
    async def in_editor(self, text: str, name: str) -> str: ...
    async def check_changes(self) -> None: ...
    async def read_companies(self) -> None: ...
    def first_rows_shown(self) -> None: ...
    def ignore_keys(self) -> None: ...

    # The terminal

    @property
    def size(self) -> Size: ...
    @property
    def screen(self) -> Screen[Any]: ...
    def write(self, sequence: str) -> None: ...
    def repaint(self) -> None: ...
    def action_suspend_process(self) -> None: ...
    def bell(self) -> None: ...
    def exit(self, result: int | None = None) -> None: ...
    def set_interval(self, interval: float, callback: Callable[[], Any]) -> Timer: ...


class OnDesk(Painted[T], inherit_bindings=False):
    """Base of screens and dialogs: the app that they are on."""

    @property
    def desk_app(self) -> Shell:
        """App that this screen is on, typed."""
        return cast("Shell", self.app)

    @overload
    def part(self, what: type[W]) -> W: ...
    @overload
    def part(self, what: str, kind: type[W]) -> W: ...
    @overload
    def part(self, what: str) -> Widget: ...
    def part(self, what: Any, kind: Any = None) -> Any:
        """Return a widget of this screen. Use no other way: the screen may be gone after any `await`.

        Args:
            what: a selector, or the widget's type.

        Raises:
            ScreenGone: the screen is being closed, or not complete yet.
        """
        if textual_internals.is_closing(self):
            raise textual_internals.ScreenGone("The screen is closed.")
        try:
            return self.query_one(what, kind) if kind is not None else self.query_one(what)
        except NoMatches as error:
            if self.is_mounted:
                raise
            raise textual_internals.ScreenGone("The screen is not complete yet.") from error


class Question(ModalScreen[T], OnDesk[T], inherit_bindings=False):
    """Dialog whose answer `Shell.ask` waits for."""

    answer: asyncio.Future[T | None]
    """Answer of the dialog; None when it was left."""
