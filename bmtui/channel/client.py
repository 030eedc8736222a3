"""`BackMarket`: the seller API's calls (API §3 to §9).

One attempt each: repeating is the queue's business (reliability §2).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from bmtui.channel import uploads
from bmtui.channel.answers import Answer, Reply, answer, failure, json_value
from bmtui.channel.connection import Connection
from bmtui.channel.pages import FoldersPage, OrdersPage, ParcelsPage, RawPage, read_page
from bmtui.channel.requests import WriteRequest, instant
from bmtui.channel.transport import BeforeLeaving, Clients, Transport
from bmtui.errors import ChannelNotFound, NotUnderstood, RuleRefused

__all__ = ["Answer", "BackMarket", "Clients", "Connection", "FoldersPage", "OrdersPage", "ParcelsPage"]

_MAX_PAGE_SIZE = 50  # API §3
_FOLDERS_PER_PAGE = 10  # API §9
_PARCEL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class BackMarket:
    """The seller API of one company. Use it as an asynchronous context manager; calls may run at the same time.

    Every call raises, apart from what it names itself: `NotReachable`, `TimedOut`, `ConnectionBroken`, `Throttled`,
    `EdgeBlocked`, `Unauthorised`, `Refused`, `ChannelNotFound`, `ServerFailed`, `NotUnderstood` (`bmtui.errors`).
    A cancellation passes through and leaves nothing open.

    Args:
        before_leaving: awaited just before each request leaves; what it raises, the call raises.
        clients: whose open connections are used, and left open; without, they are its own.
    """

    def __init__(
        self, connection: Connection, before_leaving: BeforeLeaving | None = None, clients: Clients | None = None
    ) -> None:
        self._connection = connection
        self._before_leaving = before_leaving
        self._clients = clients
        self._open_transport: Transport | None = None

    async def __aenter__(self) -> Self:
        self._open_transport = Transport(self._connection, self._before_leaving, self._clients or Clients())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, self._open_transport = self._open_transport, None
        if transport is not None:
            # What was broken off may have left a connection behind: nobody else gets it.
            await transport.aclose(again=self._clients is not None and kind is None)

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
        """Return a page of the orders, `page` from 1, of at most 50 (API §3). Both dates are lower bounds and aware.

        Pages are counted here; `next` is never followed, for it may name any host. `last` is true when nothing can come
        after: the page is empty or past the end, or there is no `next` and the pages so far cover `count`. A clamped
        page size or a count that is too high costs one more page, not an order. Orders move while one pages: drop
        doubles by order id, and stop if a page brings nothing new.

        Raises:
            ChannelNotFound: 404 on the first page, or from the edge: web services are unavailable; never "no orders".
            ValueError: `page` or `page_size` out of range, or a naive date.
        """
        if page < 1 or not 1 <= page_size <= _MAX_PAGE_SIZE:
            raise ValueError("The page must be at least 1, the page_size 1 to 50.")
        params = {"page": str(page), "page-size": str(page_size)}
        if created_since is not None:
            params["date_creation"] = instant(created_since)
        if modified_since is not None:
            params["date_modification"] = instant(modified_since)
        if state is not None:
            params["state"] = str(int(state))
        if market is not None:
            params["country_code"] = market
        found = await self._page("/ws/orders", "order list", params, page, counted=True)
        last = not found.results or (found.ends and (page - 1) * page_size + len(found.results) >= (found.count or 0))
        return OrdersPage(found.count or 0, page, found.results, last)

    async def order(self, order_id: int) -> Mapping[str, Any]:
        """Return an order as it came (API §4). Raises `ChannelNotFound` when there is none of this number."""
        return await self._object(f"/ws/orders/{order_id:d}", "an order")

    async def folders(
        self,
        *,
        page: int = 1,
        last_id: int | None = None,
        state: int | None = None,
        line_id: int | None = None,
        modified_since: datetime | None = None,
        message_since: datetime | None = None,
    ) -> FoldersPage:
        """Return a page of 10 after-sales folders (API §9), `page` from 1. Both dates are aware, and rounded down.

        `state` is 0 (open) or 9 (closed). The contract names no zone for the dates; they are sent in UTC, so look back
        a day further than needed. Pages end, and doubles come, as with `orders`.

        Raises:
            ChannelNotFound: 404 on the first page. ValueError: `page` under 1, or a naive date.
        """
        params = {"page": _page_number(page)}
        numbers = {"last_id": last_id, "state": state, "orderline": line_id}
        params |= {name: str(int(number)) for name, number in numbers.items() if number is not None}
        dates = {"last_modification_date": modified_since, "last_message_date": message_since}
        params |= {name: _minute(moment) for name, moment in dates.items() if moment is not None}
        found = await self._page("/ws/sav", "list of after-sales folders", params, page)
        # `count` is that of the page here, so only a page that is not full can be the last one without a look behind.
        last = not found.results or (found.ends and len(found.results) < _FOLDERS_PER_PAGE)
        return FoldersPage(page, found.results, last)

    async def folder(self, folder_id: int) -> Mapping[str, Any]:
        """Return an after-sales folder with its messages, as it came; read it with `read_folder` (API §9)."""
        return await self._object(f"/ws/sav/{folder_id:d}", "an after-sales folder")

    async def deliveries(self, *, page: int = 1, order_id: int | None = None) -> ParcelsPage:
        """Return a page of the BackShip deliveries, of all orders or one; read each with `read_delivery` (API §9)."""
        return await self._parcels("deliveries", page, order_id)

    async def delivery(self, delivery_id: int | str) -> Mapping[str, Any]:
        """Return a BackShip delivery as it came. Raises `ValueError` for what cannot be an id."""
        return await self._object(f"/ws/shipping/v1/deliveries/{_parcel_id(delivery_id)}", "a delivery")

    async def returns(self, *, page: int = 1, order_id: int | None = None) -> ParcelsPage:
        """Return a page of the BackShip returns; read each with `read_return` (API §9)."""
        return await self._parcels("returns", page, order_id)

    async def return_(self, return_id: int | str) -> Mapping[str, Any]:
        """Return a BackShip return as it came. Raises `ValueError` for what cannot be an id."""
        return await self._object(f"/ws/shipping/v1/returns/{_parcel_id(return_id)}", "a return")

    async def send(self, request: WriteRequest, *, begin_by_s: float | None = None) -> Answer:
        """Send one write, once; the files of a form are read and checked first (`uploads`).

        An exception whose `may_have_applied` is true leaves the outcome open: settle it by reading (reliability §1).

        Args:
            begin_by_s: a moment of `transport.running_s` after which it does not begin to leave: a process that stood
                still must not send what another one took over meanwhile.

        Raises:
            RuleRefused: a file of the form is gone, or is not what it was when it was chosen, or the connection may not
                write; nothing was sent.
        """
        if not self._connection.may_write:
            raise RuleRefused("The company is in shadow: nothing is sent for it.", "Leave the shadow first.")
        if uploads.FORM in request.body:
            body, content_type = await asyncio.to_thread(uploads.encode, request)
        else:
            body, content_type = json.dumps(request.body, allow_nan=False).encode("ascii"), "application/json"
        reply = await self._transport.call(
            request.method, request.path, body=body, content_type=content_type, begin_by_s=begin_by_s
        )
        self._raise_unless_2xx(reply)
        return answer(reply)

    async def check(self) -> int:
        """Return the number of orders that this token sees: a cheap call that proves address, token and user agent."""
        return (await self.orders(page=1, page_size=1)).count

    @property
    def clock_ahead_s(self) -> float | None:
        """Seconds by which this machine's clock is ahead of the channel's, by its last answer; None: unknown."""
        return self._transport.clock_ahead_s

    @property
    def _transport(self) -> Transport:
        if self._open_transport is None:
            raise RuntimeError("use BackMarket in 'async with'")
        return self._open_transport

    async def _page(
        self, path: str, what: str, params: Mapping[str, str], page: int, *, counted: bool = False
    ) -> RawPage:
        """Return a page of a list; an empty one when it is past the end.

        A 404 can mean that web services are unavailable (API §2). On a later page, where it can also mean that there
        is no such page, the first one is asked for: only if that answers was it the end.
        """
        ends_at = time.monotonic() + self._connection.total_timeout_s
        reply = await self._transport.call("GET", path, params=params)
        past_end = reply.status == 404 and page > 1 and reply.kind != "html"
        if past_end:
            left_s = ends_at - time.monotonic()
            reply = await self._transport.call("GET", path, params={**params, "page": "1"}, within_s=left_s)
        if reply.status == 404:
            raise ChannelNotFound(
                f"Back Market's web services are not available for this account (404 on the {what}).",
                "The list may still have entries: try again later, or ask your seller contact.",
            )
        found = read_page(self._value(reply), what, counted=counted)
        return RawPage(found.count, (), True) if past_end else found

    async def _object(self, path: str, what: str) -> Mapping[str, Any]:
        value = self._value(await self._transport.call("GET", path))
        if not isinstance(value, dict):
            raise NotUnderstood(f"Back Market's answer is not {what}.", "Try again later.")
        return value

    async def _parcels(self, kind: str, page: int, order_id: int | None) -> ParcelsPage:
        params = {"page": _page_number(page)}
        if order_id is not None:
            params["order_id"] = str(int(order_id))
        found = await self._page(f"/ws/shipping/v1/{kind}", f"list of BackShip {kind}", params, page)
        return ParcelsPage(page, found.results, not found.results or found.ends)

    def _raise_unless_2xx(self, reply: Reply) -> None:
        if not 200 <= reply.status < 300:
            raise failure(reply, secret=self._connection.token)

    def _value(self, reply: Reply) -> object:
        self._raise_unless_2xx(reply)
        return json_value(reply)


def _page_number(page: int) -> str:
    if page < 1:
        raise ValueError("The page must be at least 1.")
    return str(page)


def _minute(moment: datetime) -> str:
    """Return the time as ``YYYY-MM-DD-hh-mm`` (API §9), in UTC."""
    if moment.tzinfo is None:
        raise ValueError("a time sent to Back Market needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%d-%H-%M")


def _parcel_id(parcel_id: int | str) -> str:
    if not _PARCEL_ID.fullmatch(str(parcel_id)):
        raise ValueError("not an id of a BackShip parcel")
    return str(parcel_id)
