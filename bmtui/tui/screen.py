"""Base of all screens: header, status line, footer, and the way from a key to an action."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.dom import NoScreen
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from bmtui.errors import NotFound
from bmtui.tui.actions import advice, registry
from bmtui.tui.actions.action import Action
from bmtui.tui.actions.why_not import Context
from bmtui.tui.moving_keys import MovingKeys
from bmtui.tui.shell import OnDesk, Shift
from bmtui.tui.widgets import textual_internals
from bmtui.tui.widgets.header import Header
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.table import Table
from bmtui.tui.widgets.text import Pieces, cut, pieces_width, wrap

if TYPE_CHECKING:
    from bmtui.desk.outbox.actions import EffectView


MOST_TIMES = 999_999_999
"""Highest count that can be typed."""

STANDS_S = 3
"""Seconds that a sentence about a planned write stays before the countdown takes its place."""

LEAVES_COUNT = ("desk.back", "search.clear")
"""Actions of Esc; after typed digits they only clear the count."""

NEXT = "n"
"""Key that leads from a worked item to the next, whatever it does on a screen otherwise."""

REST_S = 0.15
"""Seconds that the cursor rests before the words about its row follow: a held key would draw them for each row."""


class Status(Line):
    """Status line; a sentence that is too long goes on in the footer."""

    def lines(self) -> Sequence[Pieces]:
        if pieces_width(self._pieces) <= self.size.width:
            return super().lines()
        return (((self._wrapped[0], self._pieces[0][1]),),)

    @property
    def rest(self) -> Pieces:
        """Rest of the sentence, which does not fit the status line."""
        more = " ".join(self._wrapped[1:])
        return ((more, self._pieces[0][1]),) if more else ()

    @property
    def _wrapped(self) -> list[str]:
        return wrap(self.text, max(self.size.width, 1))


class DeskScreen(MovingKeys, OnDesk[None], inherit_bindings=False):
    """Screen of the desk. Its `PLACE` decides which actions of the registry it has."""

    PLACE: ClassVar[str]
    UNDO: ClassVar[str] = "u"
    """Input that takes back a write that waits: a key, or a scanned code where letters are typed."""
    WRITES: ClassVar[bool] = False
    """Flag: a field has the focus all the time, so that letters are text and no keys of actions."""
    AUTO_FOCUS: ClassVar[str | None] = "Table, Reader"

    def __init__(self) -> None:
        super().__init__()
        self._first_read = asyncio.Event()
        self._count: int | None = None
        self._goes_on = False
        self._rest: Timer | None = None
        self._countdown = ""
        self._stands_until = 0.0
        self.shift: Shift | None = None
        """Shift in which this screen was opened, from one item to the next; None outside of one."""

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield from self.body()
        yield Status(id="status")
        yield Line(id="footer")

    def body(self) -> Iterable[Widget]:
        """Return the widgets between header and status line."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.show_header()

    def on_screen_resume(self) -> None:
        self.show_header()
        self.show_footer()
        self.changed()

    def changed(self) -> None:
        """Read again after a commit or on return to this screen, and check whether the shift's item is worked."""
        self.reload()
        if self.shift is not None:
            self.desk_app.spawn(self.shift.look(self))

    def on_resize(self) -> None:
        self.show_footer()

    def read(self, work: Callable[[], Coroutine[Any, Any, None]], *, latest: bool = True) -> None:
        """Run a read for this screen, cancelled when the screen is left; with `latest` also by a newer read.

        Use it only for work that may be cancelled at any moment: never for a write.
        """

        async def told() -> None:
            try:
                await work()
            except NoScreen:
                pass
            except Exception as error:  # noqa: BLE001 - the app turns it into a sentence
                # Not in a dialog: when it closes, the screen reads again, and an error that stays would open it again.
                self.desk_app.tell(error, briefly=True)
            finally:
                self._first_read.set()

        _: Worker[None] = self.run_worker(told, exclusive=latest, exit_on_error=False)

    # To be overridden

    def context(self) -> Context:
        """Return the context that `why_not` of the registry's actions looks at."""
        return Context(read_only=self.desk_app.desk.read_only, companies=len(self.desk_app.companies))

    def contexts(self) -> Sequence[Context]:
        """Return the contexts of the footer: that of the row under the cursor, or those of all marked rows."""
        return (self.context(),)

    def cursor_moved(self) -> None:
        """Note that the cursor moved, or the rows changed; the words about the row follow once the cursor rests."""
        if self._rest is None:
            self._rest = self.set_timer(REST_S, self._rests)
        else:
            self._rest.reset()

    def _rests(self) -> None:
        self._rest = None
        self.cursor_rests()

    def cursor_rests(self) -> None:
        """Draw the words about the row, as the cursor has not moved for a moment."""
        self.show_footer()

    @property
    def is_resting(self) -> bool:
        """True when all words about the row under the cursor are up to date."""
        return self._rest is None

    async def answered(self) -> None:
        """Wait until the rows for the last query are shown: no key may act on a row that is about to go."""
        await self._first_read.wait()

    def reload(self) -> None:
        """Read the visible data again: the store has changed, or the screen is back on top."""

    @property
    def is_complete(self) -> bool:
        """True once the screen's widgets are there, until it closes."""
        return not textual_internals.is_closing(self) and bool(self.query("#footer"))

    def second_passed(self) -> None:
        """Redraw the seconds until a write leaves, on screens that show them; called each second before it leaves."""

    def minute_passed(self) -> None:
        """Redraw clocks; called each minute."""

    @property
    def list_or_text(self) -> Table[object] | Reader:
        return cast("Table[object] | Reader", self.part("Table, Reader"))

    # Lines around the body

    def show_header(self) -> None:
        """Draw the header: company and environment, freshness of the data, counts of work that needs a person."""
        self.part("#header", Header).show_parts(*self.desk_app.lookout.header())

    def show_footer(self) -> None:
        """Draw as many key hints as fit; help and the way out come first when there is little room."""
        status = self.part("#status", Status)
        self._goes_on = bool(status.rest)
        if self._goes_on:
            self.part("#footer", Line).show(*status.rest)
            return
        tutorial = self.desk_app.tutorial
        if tutorial is not None:
            self.part("#footer", Line).show((tutorial.text, "warn"))
            return
        width = self.size.width
        hints = registry.footer(self.PLACE, self.contexts(), writing=self.WRITES)
        while len(hints) > 2 and sum(len(key) + len(name) + 3 for key, name in hints) - 2 > width:
            hints.pop(-3)
        pieces: list[tuple[str, str]] = []
        for key, name in hints:
            pieces += [("  " if pieces else "", ""), (key, "key"), (f" {name}", "")]
        self.part("#footer", Line).show(*pieces)

    def say(self, text: str, style: str = "", *, planned: bool = False) -> None:
        """Show a sentence in the status line; the rest of a long one is in the footer until the next key.

        Args:
            planned: of something that leaves soon: the countdown takes its place, once there was time to read it.
        """
        if not self.is_complete:
            # The operator left this screen meanwhile: show the sentence on the present one.
            if self.desk_app.top is not self:
                self.desk_app.top.say(text, style, planned=planned)
            return
        status = self.part("#status", Status)
        status.show((advice.spoken(text), style))
        self._stands_until = 0.0
        if planned:
            self._countdown = status.text
            self._stands_until = time.monotonic() + STANDS_S
        if self._goes_on or status.rest:
            self.show_footer()

    def stops_asking(self) -> None:
        """Clear a sentence in the status line that ends in "…", because its work failed."""
        for status in self.query("#status").results(Status):
            if status.text.endswith("…"):
                self.say("")

    def count_down(self, effects: Sequence[EffectView], now: datetime, *, waits: str) -> None:
        """Show how long the effects of one job can be taken back, unless the status line shows another sentence."""
        line = next(iter(self.query("#status").results(Line)), None)
        # A screen that is being opened has no lines yet.
        if line is None or (line.text and line.text != self._countdown) or time.monotonic() < self._stands_until:
            return
        self._countdown = ""
        if effects:
            from bmtui.desk.outbox import actions as outbox

            seconds = math.ceil((effects[0].not_before - now).total_seconds())
            when = f"Waits, {waits}" if waits else f"Sent in {seconds} s"
            what = LOCAL.sentence(outbox.summary(effects))
            self._countdown = cut(f"{when}; {self.UNDO} takes it back: {what}", self.size.width)
        line.show((self._countdown, "warn"))
        if self._goes_on:
            self.show_footer()

    # From a key to an action

    def on_key(self, _: Any) -> None:
        """Clear the typed count after a key without a meaning here: its digits must not count for a later key."""
        if self._count is not None:
            self._count = None
            self.say("")

    def action_act_by_former_key(self, key: str, action_id: str) -> None:
        """Do the action that the key had in the release before this one, and name its new key."""
        chosen = registry.owner(self.PLACE, key)
        self.action_act(chosen.id if chosen is not None else action_id, "" if chosen is not None else key)

    def action_act(self, action_id: str, former_key: str = "") -> None:
        """Do an action of the registry, or say why it cannot be done now."""
        action = registry.BY_ID[action_id]
        if not action.is_at(self.PLACE):
            return
        self.say("")
        if action.id in LEAVES_COUNT and self._count is not None:
            self._count = None
            return
        if action.digit is not None and (self._count is not None or action.handler is None):
            self._count = min((self._count or 0) * 10 + action.digit, MOST_TIMES)
            self.say(f"{self._count} …")
            return
        self.times, self._count = self._count, None
        if self.acts_on_marked(action):
            return
        if self.shift is not None and self.shift.worked and NEXT in registry.keys_of(action.id):
            self.desk_app.begin(self.shift.go_on())
            return
        why = action.why_not(self.context())
        if why:
            self.say(why, "warn")
            return
        hint = self._of_keys(action, former_key)
        if hint:
            self.say(hint, "warn")
        result = action.handler(self) if action.handler else None
        if inspect.iscoroutine(result):
            self.desk_app.begin(self._hinting(result, hint) if hint else result)

    def _of_keys(self, action: Action, former_key: str) -> str:
        """Return the hint about a key that changed in this release; '' for none, or if it was given before."""
        if former_key:
            return f"{action.label} is {registry.shown_key(action.keys[0])} now; {former_key} goes in the next release."
        for key, other in registry.formerly(self.PLACE).items():
            told = f"{key} {other.id}"
            if key in action.keys and other is not action and told not in self.desk_app.memory.hinted:
                self.desk_app.memory.hinted.add(told)
                here = registry.key_to_say(other.id)
                return f"{key} is {action.label} on every screen now; {other.label} is {here} on the one before."
        return ""

    async def _hinting(self, work: Coroutine[Any, Any, None], hint: str) -> None:
        """Show the hint on the screen that the work opened, too."""
        await work
        if self.desk_app.top is not self:
            self.desk_app.top.say(hint, "warn")

    def acts_on_marked(self, action: Action) -> bool:
        """Do the action to all marked orders; False when none are marked, or the action is about something else."""
        return False

    async def do_palette(self) -> None:
        from bmtui.desk.orders import saved_views
        from bmtui.tui.dialogs.palette import Palette

        app, context = self.desk_app, self.context()
        # A view leads to the list, so none is offered while changes are unsaved.
        views = () if self.WRITES or context.changed else await app.desk.read(saved_views.listing)
        chosen = await app.ask(Palette(registry.of_place(self.PLACE), views, context))
        if isinstance(chosen, int):
            await self.open_or_fetch(chosen)
        elif isinstance(chosen, str):
            # Not in this task: the action may start a task of its own, and only one runs at a time.
            self.call_later(self.action_act, chosen)
        elif chosen is not None:
            await app.go_home()
            app.home.show_view(chosen)

    async def open_or_fetch(self, order_id: int, company: str | None = None) -> None:
        """Open an order; for one that is not stored, offer to download it."""
        try:
            await self.desk_app.open_order(order_id, company)
        except NotFound as error:
            from bmtui.tui.sync import fetching

            await fetching.offer(self.desk_app, self.say, error, order_id, company)

    async def do_help(self) -> None:
        from bmtui.tui.dialogs.help import Help

        await self.desk_app.ask(Help(self.PLACE, self.context(), writing=self.WRITES))

    def do_back(self) -> None:
        self.desk_app.close(self)

    def do_quit(self) -> None:
        # Not as an action: a hanging one before it must not keep the operator from leaving.
        self.desk_app.spawn(self.desk_app.leaving.ask())


def topmost(stack: Sequence[Screen[Any]]) -> DeskScreen:
    """Return the topmost screen that is not a dialog; one that is still being opened only if there is no other.

    Raises:
        ScreenGone: all are closed, on the way out.
    """
    screens = [screen for screen in reversed(stack) if isinstance(screen, DeskScreen)]
    if not screens:
        raise textual_internals.ScreenGone("All screens are closed.")
    return next((screen for screen in screens if screen.is_complete), screens[0])
