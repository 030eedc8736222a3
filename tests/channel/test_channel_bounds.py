"""Bounds of the client: hosts to which a token may go, and the time that a list may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from channel_wire import Wire, answer, as_json

from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection
from bmtui.channel.transport import Transport
from bmtui.errors import ConfigError


@pytest.mark.parametrize(
    "url",
    ["http://evillocalhost", "http://localhost.evil.example", "http://evil.localhost", "http://127.0.0.1.evil.example",
     "http://0177.0.0.1", "http://192.0.2.1", "http://[::ffff:192.0.2.1]"],
)  # fmt: skip
def test_token_is_not_sent_unencrypted_to_a_host_that_only_looks_like_this_machine(
    connect: Callable[..., Connection], url: str
) -> None:
    with pytest.raises(ConfigError):
        connect(url)


@pytest.mark.parametrize("url", ["http://localhost", "http://LOCALHOST:8080", "http://127.0.0.1:1", "http://[::1]:1"])
def test_address_of_this_machine_needs_no_encryption(connect: Callable[..., Connection], url: str) -> None:
    assert connect(url).base_url == url.lower()


async def test_first_page_read_again_has_only_the_remaining_time_of_the_call(
    wire: Wire, hasty: BackMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.play(answer(404, "{}"), as_json(200, {"count": 1, "next": None, "previous": None, "results": [{}]}))
    bounds: list[float | None] = []
    call = Transport.call

    async def slowly(self: Transport, *args: Any, **more: Any) -> Any:
        bounds.append(more.get("within_s"))
        reply = await call(self, *args, **more)
        await asyncio.sleep(0.2)
        return reply

    monkeypatch.setattr(Transport, "call", slowly)
    assert (await hasty.orders(page=2)).last
    first, second = bounds
    assert first is None
    # Of one second, a fifth was used up by the later page.
    assert second is not None
    assert 0 < second <= 0.8
