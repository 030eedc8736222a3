"""`BackMarket`: the seller API's calls (API §3, §4, §6).

One attempt each: repeating is the queue's business (reliability §2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from bmtui.channel.answers import Answer, Reply, answer, failure, json_value
from bmtui.channel.connection import Connection
from bmtui.channel.reading import parse_integer
from bmtui.channel.requests import WriteRequest, instant
from bmtui.channel.transport import Transport
from bmtui.errors import ChannelNotFound, NotUnderstood

__all__ = ["Answer", "BackMarket", "Connection", "OrdersPage"]

_MAX_PAGE_SIZE = 50  # API §3


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of the order list.

    `results` are the orders as they came: keep each, then `read_order` each, so that a bad one does not stop the
    others; one that is not even an object is handed over too. `count` is what the channel claims in all; 0 on a page
    past the end.
    """

    count: int
    page: int
    results: tuple[Mapping[str, Any], ...]
    last: bool


class BackMarket:
    """The seller API of one company. Use it as an asynchronous context manager; calls may run at the same time.

    Every call raises, apart from what it names itself: `NotReachable`, `TimedOut`, `ConnectionBroken`, `Throttled`,
    `EdgeBlocked`, `Unauthorised`, `Refused`, `ChannelNotFound`, `ServerFailed`, `NotUnderstood` (`bmtui.errors`).
    A cancellation passes through and leaves nothing open.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open_transport: Transport | None = None

    async def __aenter__(self) -> Self:
        self._open_transport = Transport(self._connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, self._open_transport = self._open_transport, None
        if transport is not None:
            await transport.aclose()

    async def orders(
        self,
        *,
        page: int,
        page_size: int = _MAX_PAGE_SIZE,
        created_since: datetime | None = None,
        modified_since: datetime | None = None,
        state: int | None = None,
        market: str | None = None,
    ) -> OrdersPage:
        """One page of the orders, `page` from 1, of at most 50 (API §3). Both dates are lower bounds and aware.

        Pages are counted here; `next` is never followed, for it may name any host. `last` is true when nothing can come
        after: the page is empty or past the end, or there is no `next` and the pages so far cover `count`. A clamped
        page size or a count that is too high costs one more page, not an order. Orders move while one pages: drop
        doubles by order id, and stop if a page brings nothing new.

        Raises:
            ChannelNotFound: 404 on the first page, or from the edge: web services are unavailable; never "no orders".
            ValueError: `page` or `page_size` out of range, or a naive date.
        """
        if page < 1 or not 1 <= page_size <= _MAX_PAGE_SIZE:
            raise ValueError("page counts from 1, page_size is from 1 to 50")
        params = {"page": str(page), "page-size": str(page_size)}
        if created_since is not None:
            params["date_creation"] = instant(created_since)
        if modified_since is not None:
            params["date_modification"] = instant(modified_since)
        if state is not None:
            params["state"] = str(int(state))
        if market is not None:
            params["country_code"] = market
        reply = await self._transport.call("GET", "/ws/orders", params=params)
        if reply.status == 404:
            if page > 1 and reply.kind != "html":
                return OrdersPage(0, page, (), True)
            raise ChannelNotFound(
                "Back Market's web services are not available for this account (404 on the order list).",
                "This does not mean that there are no orders: try again later, or ask your seller contact.",
            )
        body = self._value(reply)
        results = body.get("results") if isinstance(body, dict) else None
        count = parse_integer(body.get("count"), low=0) if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(results, list) or count is None:
            raise NotUnderstood(
                "Back Market's order list has no results or no count.",
                "Try again later; if it stays so, the API has changed.",
                path="count" if isinstance(results, list) else "results",
            )
        # Without the key nothing is known about what follows, so only an empty page ends the list then.
        no_next = body.get("next", "unknown") is None
        last = not results or (no_next and (page - 1) * page_size + len(results) >= count)
        return OrdersPage(count, page, tuple(results), last)

    async def order(self, order_id: int) -> Mapping[str, Any]:
        """One order as it came (API §4). Raises `ChannelNotFound` when there is none of this number."""
        value = self._value(await self._transport.call("GET", f"/ws/orders/{order_id:d}"))
        if not isinstance(value, dict):
            raise NotUnderstood("Back Market's answer is not an order.", "Try again later.")
        return value

    async def send(self, request: WriteRequest) -> Answer:
        """Send one write, once.

        An exception whose `may_have_applied` is true leaves the outcome open: settle it by reading (reliability §1).
        """
        reply = await self._transport.call(request.method, request.path, body=request.body)
        self._raise_unless_2xx(reply)
        return answer(reply)

    async def check(self) -> int:
        """The number of orders that this token sees: one cheap call, which proves address, token and user agent."""
        return (await self.orders(page=1, page_size=1)).count

    @property
    def _transport(self) -> Transport:
        if self._open_transport is None:
            raise RuntimeError("use BackMarket in 'async with'")
        return self._open_transport

    def _raise_unless_2xx(self, reply: Reply) -> None:
        if not 200 <= reply.status < 300:
            raise failure(reply, secret=self._connection.token)

    def _value(self, reply: Reply) -> object:
        self._raise_unless_2xx(reply)
        return json_value(reply)
