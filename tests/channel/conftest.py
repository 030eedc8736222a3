from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channel_wire import TOKEN, Wire

from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    server = Wire()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def other_host() -> AsyncIterator[Wire]:
    """Server of another host, which must never receive the token."""
    server = Wire()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def connect() -> Callable[..., Connection]:
    def make(base_url: str, **changes: Any) -> Connection:
        fields = {"token": TOKEN, "user_agent_company": "Muster & Söhne", "contact_mail": "it@example.com"}
        return Connection(base_url, **(fields | changes))

    return make


@pytest.fixture
async def market(wire: Wire, connect: Callable[..., Connection]) -> AsyncIterator[BackMarket]:
    async with BackMarket(connect(wire.url)) as client:
        yield client


@pytest.fixture
async def hasty(wire: Wire, connect: Callable[..., Connection]) -> AsyncIterator[BackMarket]:
    """Client that waits 1 s at most and accepts 100,000 bytes at most."""
    async with BackMarket(connect(wire.url, total_timeout_s=1.0, max_bytes=100_000)) as client:
        yield client
