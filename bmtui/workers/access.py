"""A company's channel as jobs use it: every call within the limit that all processes share (API §2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from bmtui.channel.client import BackMarket
from bmtui.desk import companies
from bmtui.desk.context import Desk
from bmtui.errors import Throttled
from bmtui.queue import limits
from bmtui.queue.worker import Again
from bmtui.store.models import Company

T = TypeVar("T")

BLOCKED_S = 10.0
"""How long the channel blocks who was too fast, when it does not say (API §2)."""
LONGEST_TURN_S = 3.0
"""A job that must wait longer than that for its turn is put back: nothing can stop one that sleeps."""


class Access:
    """The open channel of one company."""

    def __init__(self, desk: Desk, company: Company, channel: BackMarket) -> None:
        self.desk = desk
        self.company = company
        self.channel = channel

    async def turn(self) -> None:
        """Wait until one more request fits under the shared limit.

        Raises:
            Again: that is too long to wait for, because the channel asked everybody to stay away.
        """
        store = self.desk.store
        wait_s = await store.write(limits.reserve, store, self.company.base_url)
        if wait_s > LONGEST_TURN_S:
            raise Again(f"Waiting {wait_s:.0f} s: Back Market asked us to slow down.", wait_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def call(self, request: Awaitable[T]) -> T:
        """Await one call of the channel; a 429 holds every process of this installation.

        Raises:
            ChannelError: as the call itself.
        """
        try:
            return await request
        except Throttled as error:
            store = self.desk.store
            await store.write(limits.hold, store, self.company.base_url, error.retry_after_s or BLOCKED_S)
            raise


@asynccontextmanager
async def open_access(desk: Desk, company_id: int | None) -> AsyncIterator[Access]:
    """The company's channel, with its settings and token as they are now.

    Raises:
        RuleRefused: the company is disabled or not on this integration. ConfigError: its token is missing.
    """
    company = await desk.store.read(Company.get_by_id, company_id)
    connection = await desk.store.read(companies.connection, desk, company)
    async with BackMarket(connection) as channel:
        yield Access(desk, company, channel)
