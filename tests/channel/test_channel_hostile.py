"""Hostile servers: every call ends in time, takes little memory, and the token goes to a single host."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from channel_wire import DELIVERY, FOLDER, TOKEN, Step, Wire, answer, as_json, drip, order, page, then_hang

from bmtui.channel import requests, uploads
from bmtui.channel.client import BackMarket
from bmtui.channel.documents import fetch_document
from bmtui.channel.reading import read_order
from bmtui.errors import ChannelError, NotReachable, NotUnderstood, ServerFailed, TimedOut

TIMEOUT_S = 1.0
SLACK_S = 5.0
"""Seconds beyond the time-out that a call may take; many, because the machine may be busy."""
Call = Callable[[BackMarket, str, Path], Awaitable[object]]
CALLS: dict[str, Call] = {
    "orders": lambda client, url, file: client.orders(page=1),
    "order": lambda client, url, file: client.order(1),
    "folders": lambda client, url, file: client.folders(),
    "folder": lambda client, url, file: client.folder(1),
    "deliveries": lambda client, url, file: client.deliveries(),
    "delivery": lambda client, url, file: client.delivery(1),
    "returns": lambda client, url, file: client.returns(),
    "return": lambda client, url, file: client.return_(1),
    "accept": lambda client, url, file: client.send(requests.accept(1, "A")),
    "invoice": lambda client, url, file: client.send(uploads.invoice(1, uploads.choose(file))),
    "document": lambda client, url, file: fetch_document(url, total_timeout_s=TIMEOUT_S, max_bytes=100_000),
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TRICKS: dict[str, Step] = {
    "says nothing": then_hang(b""),
    "never ends its head": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "drips a body": drip(HEAD + b"Content-Length: 99999\r\n\r\n"),
    "drips chunks": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"),
    "says only that it will": then_hang(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"%PDF-1.7")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("trick", TRICKS)
async def test_calls_to_a_hostile_server_end_in_time(wire: Wire, hasty: BackMarket, pdf: Path, trick: str) -> None:
    wire.play(*[TRICKS[trick]] * len(CALLS))

    async def timed(call: Call) -> float:
        started = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            await call(hasty, wire.url, pdf)
        assert caught.value.may_have_applied
        return time.monotonic() - started

    took = await asyncio.gather(*map(timed, CALLS.values()))
    assert all(TIMEOUT_S * 0.9 <= seconds < TIMEOUT_S + SLACK_S for seconds in took)


async def test_upload_to_a_server_that_reads_nothing_times_out(connect: Callable[..., Any], tmp_path: Path) -> None:
    """Upload more than all buffers hold to a server that accepts the connection and never reads."""
    (tmp_path / "large").write_bytes(b"%PDF-" + bytes(uploads.MAX_FILE_BYTES - 5))
    files = [uploads.choose(tmp_path / "large")] * 10
    stuck = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stuck.wait()
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1024)
    port = server.sockets[0].getsockname()[1]
    try:
        async with BackMarket(connect(f"http://127.0.0.1:{port}", total_timeout_s=TIMEOUT_S)) as client:
            with pytest.raises(TimedOut) as caught:
                await client.send(uploads.care_message(1, "x", files))
        assert caught.value.may_have_applied
    finally:
        stuck.set()
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(bytes(200_000_000), 1)


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("name", ["orders", "folder", "invoice", "document"])
async def test_compression_bomb_costs_little_memory(
    wire: Wire, connect: Callable[..., Any], pdf: Path, bomb: bytes, name: str, status: int
) -> None:
    wire.play(answer(status, bomb, Content_Encoding="gzip"))
    async with BackMarket(connect(wire.url)) as client:
        tracemalloc.start()
        try:
            if name == "document":
                with pytest.raises(ChannelError):
                    await fetch_document(wire.url)
            else:
                with pytest.raises(ChannelError) as caught:
                    await CALLS[name](client, wire.url, pdf)
                assert isinstance(caught.value, {200: NotUnderstood, 502: ServerFailed}.get(status, ChannelError))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # httpcore and the other end of the socket are in this figure too.
    assert peak < 20_000_000


async def test_endless_answer_costs_little_memory(wire: Wire, market: BackMarket) -> None:
    async def flood(wire: Wire, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"\r\n")
        for _ in range(3200):
            writer.write(b" " * 65_536)
            await writer.drain()

    wire.play(flood)
    tracemalloc.start()
    try:
        with pytest.raises(NotUnderstood, match="larger than"):
            await market.orders(page=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", [name for name in CALLS if name != "document"])
async def test_the_token_never_follows_a_redirect(
    wire: Wire, other_host: Wire, market: BackMarket, pdf: Path, name: str, status: int
) -> None:
    wire.play(answer(status, "", None, Location=f"{other_host.url}/ws/orders"))
    with pytest.raises(NotUnderstood, match="redirection"):
        await CALLS[name](market, wire.url, pdf)
    assert (len(wire.requests), other_host.connections) == (1, 0)


async def test_the_token_never_follows_a_link(wire: Wire, other_host: Wire, market: BackMarket) -> None:
    """Follow `next`, a delivery note, a label and an attachment to another host: none gets the token."""
    elsewhere = other_host.url
    wire.play(
        as_json(200, page(order(delivery_note=f"{elsewhere}/note"), count=99, next=f"{elsewhere}/ws/orders?page=2")),
        as_json(200, page(count=0)),
        as_json(200, {"results": [FOLDER] * 10, "next": f"{elsewhere}/ws/sav?page=2"}),
        as_json(200, {"results": [], "next": f"{elsewhere}/ws/sav?page=3"}),
        as_json(200, {"results": [DELIVERY], "next": f"{elsewhere}/x"}),
        as_json(200, {"results": []}),
    )
    first = await market.orders(page=1)
    assert (await market.orders(page=2)).last
    for ask in (market.folders, market.deliveries):
        assert not (await ask(page=1)).last
        assert (await ask(page=2)).last
    assert other_host.connections == 0
    other_host.play(answer(302, "", None, Location=f"{wire.url}/back", Set_Cookie="a=b"))
    wire.play(answer(200, b"%PDF-1.4", "application/pdf"))
    assert await fetch_document(read_order(first.results[0]).delivery_note) == b"%PDF-1.4"
    for request in (*other_host.requests, wire.requests[-1]):
        assert b"authorization" not in request.lower()
        assert b"cookie" not in request.lower()
        assert TOKEN.encode() not in request


async def test_host_that_never_answers_tls_is_not_reachable(connect: Callable[..., Any]) -> None:
    """Start TLS with a host that never answers: a call and a document both end within the time-out."""
    silent = Wire()
    await silent.start()
    url = silent.url.replace("http:", "https:")
    async with BackMarket(connect(url, total_timeout_s=TIMEOUT_S)) as client:
        with pytest.raises(NotReachable):
            await client.orders(page=1)
    with pytest.raises(NotReachable):
        await fetch_document(url, total_timeout_s=TIMEOUT_S)
    await silent.stop()
