"""HTTP calls bounded in time and in bytes; each knows whether its request began to leave (reliability §1, §4)."""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar
from importlib.util import find_spec
from typing import Any

# Its command line, which nobody uses here, would import what draws in terminals: a third of its time.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
if find_spec("sniffio") is None:
    # httpcore asks at each of its locks which event loop runs: to look for this module takes longer than the lock.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

import certifi  # noqa: E402
import httpcore  # noqa: E402
import httpx  # noqa: E402

from bmtui.channel.answers import Reply  # noqa: E402
from bmtui.channel.connection import Connection  # noqa: E402
from bmtui.errors import ChannelError, ConnectionBroken, NotReachable, NotUnderstood, TimedOut, TooLate  # noqa: E402
from bmtui.text import plain  # noqa: E402

_PATH = re.compile(r"/ws/[A-Za-z0-9/_-]*", re.ASCII)
_PIECE = 64 * 1024
_ERROR_BODY_MAX = 64 * 1024
_IDLE_S = 2.0
"""Seconds without a request after which an open connection is not used again."""
_LOST = "If it was a write, it may have taken effect: the order is read before anything is sent again."


_AGAIN = "bmtui tries again."
BeforeLeaving = Callable[[], Awaitable[None]]
"""Callback awaited just before the first byte of each request leaves; if it raises, so does the call, unsent."""


class Clients:
    """Clients of httpx whose open connections are used again: a new one costs more than a request.

    A client is for one `Connection`: another token or address gets another one.
    """

    def __init__(self) -> None:
        self._open: dict[Connection, httpx.AsyncClient] = {}
        self._users: Counter[httpx.AsyncClient] = Counter()

    def lend(self, connection: Connection) -> httpx.AsyncClient:
        """Return a client for the connection, until `take_back`; several may use it at the same time."""
        client = self._open.get(connection)
        if client is None:
            client = self._open[connection] = _client(connection)
        self._users[client] += 1
        return client

    async def take_back(self, client: httpx.AsyncClient, *, again: bool) -> None:
        """Take a client back; without `again` nobody gets it any more, and its last user closes it."""
        self._users[client] -= 1
        if not again:
            self._open = {connection: known for connection, known in self._open.items() if known is not client}
        if not self._users[client] and client not in self._open.values():
            del self._users[client]
            await client.aclose()

    async def aclose(self) -> None:
        """Close the clients that nobody uses; who still has one closes it."""
        self._open = {}
        for client in [known for known, users in self._users.items() if not users]:
            del self._users[client]
            await client.aclose()


class Transport:
    """Transport to one host with one token: no redirects, no cookies, no settings from the environment."""

    def __init__(self, connection: Connection, before_leaving: BeforeLeaving | None, clients: Clients) -> None:
        self._connection = connection
        self._before_leaving = before_leaving
        self._clients = clients
        self._client = clients.lend(connection)
        self.clock_ahead_s: float | None = None
        """Seconds by which this machine's clock is ahead of the channel's, by its last answer; None: it did not say."""

    async def aclose(self, *, again: bool) -> None:
        """Give the client back; `again`: others may go on with its open connections."""
        await self._clients.take_back(self._client, again=again)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        within_s: float | None = None,
        begin_by_s: float | None = None,
    ) -> Reply:
        """Send one request, once, and return the answer, whatever its status.

        The status of an answer that is not 2xx decides alone; its body is taken as far as it comes.

        Args:
            within_s: replaces the total time-out.
            begin_by_s: a moment of `running_s` after which not a byte leaves any more.

        Raises:
            NotReachable: not one byte of the request had left; TooLate: because this machine stood still.
            TimedOut, ConnectionBroken: the request had begun to leave, and no whole answer came.
            NotUnderstood: a body that is too large, or in an encoding that was not asked for.
            ValueError: `path` is not one of the seller API.
        """
        if not _PATH.fullmatch(path):
            raise ValueError(f"not a path of the seller API: {path!r}")
        exchange = Exchange(begin_by_s, self._before_leaving)
        request = self._client.build_request(
            method,
            self._connection.base_url + path,
            params=params,
            content=body,
            headers={"Content-Type": content_type},
            extensions={"trace": exchange.trace},
        )
        try:
            async with asyncio.timeout(self._connection.total_timeout_s if within_s is None else within_s):
                response = await self._client.send(request, stream=True)
                try:
                    exchange.begin(response)
                    self.clock_ahead_s = _ahead_s(exchange.headers.get("date", ""))
                    await exchange.read(response, self._connection.max_bytes)
                finally:
                    await response.aclose()
        except ChannelError:
            if not exchange.decided:
                raise
        except (httpx.RequestError, TimeoutError) as error:
            if exchange.waits_to_leave:
                raise TooLate("The request waited too long for its turn; nothing was sent.", _AGAIN) from error
            if not exchange.decided:
                how = self._connection
                raise lost(error, how.host, exchange.sending, how.total_timeout_s) from error
        return Reply(exchange.status, exchange.headers, bytes(exchange.body))


def _ahead_s(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def running_s() -> float:
    """Return the seconds of a clock that goes on while machine or process are stopped, and that cannot be set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _client(connection: Connection) -> httpx.AsyncClient:
    headers = {
        "Authorization": f"Basic {connection.token}",
        "User-Agent": connection.user_agent,
        "Accept": "application/json",
        "Accept-Language": connection.market,
        "Accept-Encoding": "gzip",
    }
    return quiet_client(headers, connection.connect_timeout_s)


def quiet_client(headers: Mapping[str, str], connect_timeout_s: float) -> httpx.AsyncClient:
    """Return an httpx client that follows no redirect, keeps no cookie and takes nothing from the environment."""
    return httpx.AsyncClient(
        headers=headers,
        # Whole calls are bounded by their callers; a time-out per read would not stop a body that drips.
        timeout=httpx.Timeout(None, connect=connect_timeout_s),
        # Well below the 5 s and more after which servers close: a write into a closing connection has an open outcome.
        limits=httpx.Limits(keepalive_expiry=_IDLE_S),
        follow_redirects=False,
        trust_env=False,
        verify=_tls(),
        cookies=_NoCookies(),
    )


class _NoCookies(CookieJar):
    """Jar that takes and gives no cookie; with a policy that says so, both are still looked for in each message."""

    def add_cookie_header(self, request: Any) -> None:
        pass

    def extract_cookies(self, response: Any, request: Any) -> None:
        pass


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are always verified. Made once: reading all authorities takes some 30 ms.

    Not by `ssl.create_default_context`, which writes the keys of every connection where SSLKEYLOGFILE says.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=certifi.where())
    return context


def lost(error: Exception, host: str, sending: bool, total_timeout_s: float) -> ChannelError:
    """Return the exception for a call that `error` (of httpx, or a time-out) ended before the answer was complete."""
    if not sending:
        reason = plain(str(error))[:200].rstrip(".") or "no connection in time"
        return NotReachable(
            f"No connection to {host} could be made ({reason}).",
            "Nothing was sent. Check the network, the firewall and the company's base URL.",
        )
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return TimedOut(f"{host} did not answer completely within {total_timeout_s:g} s.", _LOST)
    return ConnectionBroken(f"The connection to {host} broke before the answer was complete.", _LOST)


class Exchange:
    """State of a call so far; it outlives the call's time-out."""

    def __init__(self, begin_by_s: float | None = None, before_leaving: BeforeLeaving | None = None) -> None:
        self._begin_by_s = begin_by_s
        self._before_leaving = before_leaving
        self.waits_to_leave = False
        self.sending = False
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self._stream: httpcore.AsyncNetworkStream | None = None

    @property
    def decided(self) -> bool:
        """True when the status alone decides the outcome."""
        return self.status != 0 and not 200 <= self.status < 300

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        # httpcore tells this just before it writes; what precedes it is name look-up, connecting and TLS.
        if event == "http11.send_request_headers.started":
            if self._before_leaving is not None:
                self.waits_to_leave = True
                await self._before_leaving()
                self.waits_to_leave = False
            # Nothing waits from here to the first byte.
            if self._begin_by_s is not None and running_s() > self._begin_by_s:
                raise TooLate("This machine stopped for a while before the request; nothing was sent.", _AGAIN)
            self.sending = True
        elif event == "connection.connect_tcp.complete":
            self._stream = info["return_value"]
        elif event == "connection.start_tls.failed" and self._stream is not None:
            # httpcore 1.0.9 leaves the socket open when the handshake is cancelled, as our time-out does.
            await self._stream.aclose()

    def begin(self, response: httpx.Response) -> None:
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.status = response.status_code

    async def read(self, response: httpx.Response, max_bytes: int) -> None:
        """Read and decode the body piece by piece. httpx would decode a piece whole, however large it comes out."""
        limit = min(max_bytes, _ERROR_BODY_MAX) if self.decided else max_bytes
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise NotUnderstood("Back Market's answer is in an encoding that was not asked for.", _LOST)
        inflate = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        async for chunk in response.aiter_raw():
            if inflate is None:
                self._keep(chunk, limit)
                continue
            try:
                while chunk and not inflate.unused_data:
                    self._keep(inflate.decompress(chunk, _PIECE), limit)
                    chunk = inflate.unconsumed_tail
            except zlib.error:
                raise NotUnderstood("Back Market's answer is damaged: it is not gzip as declared.", _LOST) from None
            if inflate.unused_data:
                # zlib would gather all that follows, without a bound.
                raise NotUnderstood("Back Market's answer goes on after its gzip data has ended.", _LOST)
        if inflate is not None and not inflate.eof:
            raise ConnectionBroken("Back Market's answer ended early: its gzip data is cut short.", _LOST)

    def _keep(self, piece: bytes, limit: int) -> None:
        room = limit - len(self.body)
        self.body += piece[:room]
        if len(piece) > room:
            raise NotUnderstood(f"Back Market's answer is larger than {limit} bytes.", _LOST)
