"""Calls of the client over real sockets: the requests, the values read, and the hosts that get the token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from channel_wire import TOKEN, Wire, answer, as_json, order, page, then_hang

from bmtui.channel import requests
from bmtui.channel.client import Answer, BackMarket, Clients
from bmtui.channel.connection import Connection
from bmtui.errors import ChannelNotFound, EdgeBlocked, NotUnderstood, Refused, ServerFailed, TimedOut, Unauthorised


def _asked(request: bytes) -> tuple[str, str, dict[str, str]]:
    method, target, _ = request.split(b"\r\n")[0].decode().split()
    parts = urlsplit(target)
    return method, parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def _headers(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def test_order_list_is_requested_with_the_documented_parameters(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, page(order(), "no order", count=2)))
    found = await market.orders(
        page=1,
        page_size=50,
        created_since=datetime(2026, 1, 1, tzinfo=UTC),
        modified_since=datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
        state=1,
        market="de-de",
    )
    assert _asked(wire.requests[0]) == (
        "GET",
        "/ws/orders",
        {
            **{"page": "1", "page-size": "50", "state": "1", "country_code": "de-de"},
            **{"date_creation": "2026-01-01T00:00:00Z", "date_modification": "2026-01-02T03:04:05Z"},
        },
    )
    assert (found.count, found.page, found.last) == (2, 1, True)
    assert list(found.results) == [order(), "no order"]


async def test_requests_have_the_documented_headers(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, page()), as_json(200, {}))
    await market.check()
    await market.send(requests.accept(1, "A"))
    for request in wire.requests:
        headers = _headers(request)
        assert headers["authorization"] == f"Basic {TOKEN}"
        assert headers["user-agent"] == "BM-Muster_Sohne-bmtui;it@example.com"
        assert headers["accept"] == headers["content-type"] == "application/json"
        assert headers["accept-language"] == "fr-fr"
        assert headers["host"] == f"127.0.0.1:{wire.port}"
        assert "cookie" not in headers
    assert wire.connections == 1


@pytest.mark.parametrize(
    ("number", "body", "last"),
    [
        (1, page(*[{}] * 10, count=10), True),
        (1, page(*[{}] * 3, count=3), True),
        (2, page(*[{}] * 3, count=13), True),
        (1, page(*[{}] * 10, count=25, next="x"), False),
        (1, page(count=0), True),
        (4, page(count=99, next="x"), True),  # past the end, answered with an empty page
        (1, page(*[{}] * 3, count=3, next="x"), False),  # a count that is too low, or that of the page
        (1, page(*[{}] * 3, count=25), False),  # fewer than asked: the page size was clamped
        (1, {"count": 3, "results": [{}] * 3}, False),  # nothing is known of a next page
        (1, {"count": "3", "next": None, "results": [{}] * 3}, True),
    ],
)
async def test_order_list_ends_on_the_documented_page(
    wire: Wire, market: BackMarket, number: int, body: Any, last: bool
) -> None:
    wire.play(as_json(200, body))
    assert (await market.orders(page=number, page_size=10)).last is last


@pytest.mark.parametrize("envelope", ['{"error":{"code":"E404","message":"no page"}}', "{}"])
async def test_order_page_past_the_end_may_answer_404(wire: Wire, market: BackMarket, envelope: str) -> None:
    wire.play(answer(404, envelope), as_json(200, page({}, count=120)))
    found = await market.orders(page=3, state=1)
    assert (found.results, found.last, found.count) == ((), True, 120)
    asked = [_asked(request)[2] for request in wire.requests]
    assert asked == [{"page": number, "page-size": "50", "state": "1"} for number in ("3", "1")]


async def test_outage_on_a_later_page_does_not_end_the_list(wire: Wire, market: BackMarket) -> None:
    wire.play(answer(404, "{}"), answer(404, "{}"), answer(404, "{}"), answer(502, "", None))
    with pytest.raises(ChannelNotFound, match="web services"):
        await market.orders(page=3)
    with pytest.raises(ServerFailed):
        await market.orders(page=3)


async def test_request_past_the_end_shares_the_time_of_the_call(wire: Wire, hasty: BackMarket) -> None:
    wire.play(answer(404, "{}"), then_hang(b""))
    with pytest.raises(TimedOut):
        await hasty.orders(page=3)


async def test_answer_404_on_the_first_page_is_an_error(wire: Wire, market: BackMarket) -> None:
    wire.play(answer(404, "{}"), answer(404, "<html>", "text/html"), answer(404, "{}"))
    with pytest.raises(ChannelNotFound, match="web services"):
        await market.orders(page=1)
    with pytest.raises(ChannelNotFound, match="web services"):
        await market.orders(page=2)
    with pytest.raises(ChannelNotFound, match="web services"):
        await market.check()


@pytest.mark.parametrize(
    ("body", "path"),
    [([], "results"), ({"count": 1}, "results"), ({"results": []}, "count"), ({"results": [], "count": True}, "count")],
)
async def test_order_list_that_is_malformed_is_not_understood(
    wire: Wire, market: BackMarket, body: Any, path: str
) -> None:
    wire.play(as_json(200, body))
    with pytest.raises(NotUnderstood) as caught:
        await market.orders(page=1)
    assert caught.value.path == path


@pytest.mark.parametrize("arguments", [{"page": 0}, {"page": 1, "page_size": 51}, {"page": 1, "page_size": 0}])
async def test_page_numbers_out_of_range_raise(market: BackMarket, arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="page"):
        await market.orders(**arguments)  # type: ignore[arg-type]


async def test_single_order_is_read_or_reported_as_missing(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, order()), as_json(200, [1]), answer(404, '{"error":{"message":"gone"}}'))
    assert await market.order(70001) == order()
    assert _asked(wire.requests[0]) == ("GET", "/ws/orders/70001", {})
    with pytest.raises(NotUnderstood):
        await market.order(70001)
    with pytest.raises(ChannelNotFound, match="gone"):
        await market.order(70001)


async def test_connection_check_requests_a_single_order(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, page({}, count=1234, next="x")))
    assert await market.check() == 1234
    assert _asked(wire.requests[0])[2] == {"page": "1", "page-size": "1"}


async def test_write_is_sent_exactly_as_it_was_built(wire: Wire, market: BackMarket) -> None:
    request = requests.refund_after_shipping(7, "Ä-1", 21, "naïve \udc80")
    wire.play(as_json(200, order()))
    assert await market.send(request) == Answer(200, order())
    assert _asked(wire.requests[0]) == ("POST", "/ws/orders/7", {})
    assert json.loads(wire.requests[0].partition(b"\r\n\r\n")[2]) == request.body


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            answer(201, "99.00€ refunded on the sku 1", "text/plain; charset=utf-8"),
            Answer(201, "99.00€ refunded on the sku 1"),
        ),
        (answer(201, b"99\x80\x1b[1m", "text/plain"), Answer(201, "99\ufffd[1m")),
        (answer(200, '{"imei": "1"}', "application/json; charset=utf-8"), Answer(200, {"imei": "1"})),
        (answer(200, b"\xef\xbb\xbf[1.5]", "application/problem+json"), Answer(200, [1.5])),
        (answer(200, "", None), Answer(200, "")),
        (b"HTTP/1.1 204 No\r\n\r\n", Answer(204, "")),
    ],
)
async def test_answers_to_a_write_are_read_in_all_forms(
    wire: Wire, market: BackMarket, reply: bytes, expected: Answer
) -> None:
    wire.play(reply)
    assert await market.send(requests.identifiers(1, imei="1")) == expected
    assert wire.requests[0].startswith(b"PATCH /ws/orderlines/1 ")


@pytest.mark.parametrize(
    "path", ["/other", "@evil.example/ws/", "//evil.example/ws/", "/ws/../x", "/ws/x?y", "/ws/\r\n"]
)
async def test_paths_outside_of_the_contract_cannot_be_called(market: BackMarket, wire: Wire, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        await market.send(requests.WriteRequest("POST", path, {}))
    assert wire.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(wire: Wire, other_host: Wire, market: BackMarket, status: int) -> None:
    wire.play(
        answer(status, "", None, Location=f"{other_host.url}/ws/orders"), answer(status, "", None, Location="/ws/x")
    )
    with pytest.raises(NotUnderstood, match=f"{status}, a redirection") as caught:
        await market.orders(page=1)
    assert "base URL" in caught.value.advice
    with pytest.raises(NotUnderstood):
        await market.send(requests.accept(1, "A"))
    assert (len(wire.requests), other_host.connections) == (2, 0)


async def test_next_link_of_a_page_is_not_followed(wire: Wire, other_host: Wire, market: BackMarket) -> None:
    wire.play(
        as_json(200, page(*[{}] * 10, count=11, next=f"{other_host.url}/ws/orders?page=2")),
        as_json(200, page({}, count=11)),
    )
    first = await market.orders(page=1, page_size=10)
    second = await market.orders(page=2, page_size=10)
    assert (first.last, second.last, other_host.connections) == (False, True, 0)


async def test_proxies_of_the_environment_do_not_see_the_token(
    wire: Wire, other_host: Wire, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, other_host.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    wire.play(as_json(200, page()))
    async with BackMarket(connect(wire.url)) as market:
        await market.check()
    assert (len(wire.requests), other_host.connections) == (1, 0)


async def test_cookies_are_not_kept(wire: Wire, market: BackMarket) -> None:
    wire.play(as_json(200, page(), Set_Cookie="session=1; Path=/"), as_json(200, page()))
    await market.check()
    await market.check()
    assert b"cookie" not in wire.requests[1].lower()


@pytest.mark.parametrize("status", [401, 403, 400, 404, 409, 500])
async def test_token_echoed_in_an_answer_is_removed_from_the_error(wire: Wire, market: BackMarket, status: int) -> None:
    echo = {"error": {"code": f"E {TOKEN}", "message": f"bad header Basic {TOKEN} !"}}
    wire.play(as_json(status, echo), answer(status, f"<title>{TOKEN}</title>", "text/html"))
    for _ in range(2):
        with pytest.raises((Unauthorised, Refused, ChannelNotFound, EdgeBlocked, Exception)) as caught:
            await market.send(requests.accept(1, "A"))
        assert TOKEN not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


async def test_shared_clients_keep_connection_when_next_one_has_same_settings(
    wire: Wire, connect: Callable[..., Connection]
) -> None:
    wire.play(*[as_json(200, page())] * 3)
    clients = Clients()
    for token, connections in ((TOKEN, 1), (TOKEN, 1), ("another", 2)):
        async with BackMarket(connect(wire.url, token=token), clients=clients) as market:
            await market.check()
        assert wire.connections == connections
    assert b"Basic another" in wire.requests[2]
    await clients.aclose()


async def test_shared_client_is_not_lent_again_when_its_use_broke_off(
    wire: Wire, connect: Callable[..., Connection]
) -> None:
    wire.play(*[as_json(200, page())] * 3)
    clients = Clients()
    async with BackMarket(connect(wire.url), clients=clients) as market:
        broken = BackMarket(connect(wire.url), clients=clients)
        await broken.__aenter__()
        await broken.check()
        await broken.__aexit__(asyncio.CancelledError, asyncio.CancelledError(), None)
        # Who still uses it goes on over its open connection.
        await market.check()
        assert wire.connections == 1
    async with BackMarket(connect(wire.url), clients=clients) as market:
        await market.check()
    assert wire.connections == 2
    await clients.aclose()


async def test_client_outside_of_its_context_cannot_be_used(connect: Callable[..., Connection]) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await BackMarket(connect("https://www.backmarket.fr")).check()
