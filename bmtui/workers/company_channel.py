"""Channel of a company as jobs use it: every call within the limit that all processes share (API §2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from bmtui.channel.client import BackMarket, Clients, Connection
from bmtui.channel.transport import running_s
from bmtui.desk.companies import channel_access, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import waiting
from bmtui.errors import EdgeBlocked, NotReachable, Refused, Throttled, TooLate, Unauthorised
from bmtui.queue import limits, outages
from bmtui.queue.worker import Reschedule
from bmtui.store.models import Company

T = TypeVar("T")

BLOCKED_S = 10.0
"""Seconds for which the channel blocks a client that was too fast, when it does not say (API §2)."""
LONGEST_TURN_S = 3.0
"""Longest wait for a turn in seconds; a job that must wait longer is put back, for a sleeping job cannot be stopped."""
REFUNDS_A_DAY = 500
"""Refunds a UTC day (API §2)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of a call of Care: requests in any minute and on a UTC day; None: not documented (API §2)."""

    name: str
    a_minute: int | None
    a_day: int | None


CARE_LIST = Pace("after-sales lists", 520, 4_000)
CARE_DETAIL = Pace("after-sales folders", 600, None)
CARE_MESSAGE = Pace("messages", 560, 40_000)
CARE_TRANSFER = Pace("item transfers", None, 500)


class Access:
    """The open channel of one company.

    Args:
        polling: no person waits for the job, so it leaves the reserve of the shared limit to jobs for which one does.
        waited: the job waited for Back Market to be reached again.
        away: Back Market was not reachable a moment ago.
    """

    def __init__(
        self, desk: Desk, company: Company, connection: Connection, *, polling: bool, waited: bool, away: bool
    ) -> None:
        self.desk = desk
        self.company = company
        self.channel = BackMarket(connection, self._leave, _clients.get())
        self._turns: list[float] = []
        self._polling = polling
        self._away = away
        self._out_of_reach = waited or away
        self.order_ids: dict[int, int] = {}
        """Numbers of orders by their rows, as far as they were asked for."""

    async def turn(self) -> None:
        """Wait until one more request fits under the shared limit.

        Raises:
            Reschedule: that is too long to wait for, because the channel asked everybody to stay away.
        """
        store = self.desk.store
        while True:
            wait_s, at_s = await store.write(self._reserve)
            if abs(wait_s) > LONGEST_TURN_S:
                reason = f"Waiting {abs(wait_s):.0f} s: Back Market asked us to slow down."
                raise Reschedule(reason, abs(wait_s), Throttled)
            if wait_s:
                await asyncio.sleep(abs(wait_s))
            if wait_s >= 0:
                self._turns.append(at_s + wait_s + limits.USED_WITHIN_S)
                return

    async def _leave(self) -> None:
        """Use up a turn whose time is now; one that was not used in time is asked for again.

        Raises:
            Reschedule: as `turn`.
        """
        while True:
            while self._turns:
                if running_s() <= self._turns.pop(0):
                    return
            await self.turn()

    def _reserve(self) -> tuple[float, float]:
        """Return the seconds to wait, and the `running_s` from which they count."""
        store, url = self.desk.store, self.company.base_url
        with store.transaction():
            # Not before the lock is there: waiting for it would use up the turn.
            at_s = running_s()
            return limits.reserve(store, url, polling=self._polling, longest_s=LONGEST_TURN_S), at_s

    async def ask_for_all(self) -> None:
        """Go on in an outage only as the one job that tries for all.

        Raises:
            Reschedule: somebody else does; it waits for as long as Back Market cannot be reached.
        """
        store, url = self.desk.store, self.company.base_url
        if self._away and (wait_s := await store.write(outages.ask, store, url)):
            host = url.partition("://")[2]
            reason = f"Waits for Back Market: {host} cannot be reached."
            raise Reschedule(reason, wait_s, NotReachable, outage=True)

    async def call(self, request: Awaitable[T]) -> T:
        """Await a call of the channel; a 429 or the firewall in front of it holds every process of this installation.

        The first one that gets through after an outage wakes all that waits.

        Raises:
            Unauthorised: the token is refused, not only this request; nothing of the company leaves any more.
            ChannelError: as the call itself.
        """
        store, url = self.desk.store, self.company.base_url
        try:
            answer = await request
        except TooLate:
            raise
        except NotReachable as error:
            await store.write(outages.begin, store, url, error.message)
            raise
        except Unauthorised as error:
            await self._must_be_the_token(error)
            raise
        except (Throttled, EdgeBlocked) as error:
            await store.write(limits.hold, store, url, error.retry_after_s or BLOCKED_S, error.message)
            raise
        if self._out_of_reach:
            self._out_of_reach = False
            await store.write(waiting.over, self.desk, url)
        return answer

    async def _must_be_the_token(self, error: Unauthorised) -> None:
        """Check that the token is refused. Raises Refused when it works: a 403 can mean one request (API §2, §7)."""
        await self.turn()
        try:
            await self.channel.check()
        except Unauthorised:
            await self.desk.store.write(sending_pauses.stop_for_token, self.desk, self.company)
        else:
            message = f"Back Market does not allow this to the account. {error.message}"
            raise Refused(message, "Do it in the Back Office.", status=403) from error

    async def spend_refund(self) -> None:
        """Count a refund of the day. Raises Reschedule when the day's budget is used up."""
        await self._spend("refunds", REFUNDS_A_DAY)

    async def care_turn(self, pace: Pace) -> None:
        """Wait until one more of Care's calls fits under its own limits and the shared one.

        Raises:
            Reschedule: that is too long to wait for, or the day's budget is used up.
        """
        if pace.a_minute is not None:
            store = self.desk.store
            name = f"{pace.name} {self.company.base_url}"
            wait_s = await store.write(limits.pace, store, name, pace.a_minute, LONGEST_TURN_S)
            if wait_s < 0:
                raise Reschedule(
                    f"Back Market accepts at most {pace.a_minute} {pace.name} a minute.", -wait_s, Throttled
                )
            await asyncio.sleep(wait_s)
        await self.turn()
        if pace.a_day is not None:
            await self._spend(pace.name, pace.a_day)

    async def _spend(self, what: str, a_day: int) -> None:
        store = self.desk.store
        wait_s = await store.write(limits.spend, store, f"{what} {self.company.base_url}", a_day)
        if wait_s:
            raise Reschedule(f"The {a_day} {what} that Back Market accepts in a day are used up.", wait_s, Throttled)


_clients: ContextVar[Clients | None] = ContextVar("clients", default=None)
"""Clients of the worker that runs here."""


@asynccontextmanager
async def connections_kept() -> AsyncIterator[None]:
    """Keep connections open from one job to the next; each job still reads settings and token anew."""
    clients = Clients()
    token = _clients.set(clients)
    try:
        yield
    finally:
        _clients.reset(token)
        await clients.aclose()


@asynccontextmanager
async def open_access(
    desk: Desk, company_id: int | None, *, polling: bool = False, waited: bool = False
) -> AsyncIterator[Access]:
    """Open the company's channel, with its settings and token as they are now.

    Raises:
        RuleRefused: the company is disabled or not on this integration. ConfigError: its token is missing.
    """

    def look() -> tuple[Company, Connection, bool]:
        company = Company.get_by_id(company_id)
        return company, channel_access.connection(desk, company), outages.since(company.base_url) is not None

    company, connection, away = await desk.store.read(look)
    access = Access(desk, company, connection, polling=polling, waited=waited, away=away)
    async with access.channel:
        yield access
