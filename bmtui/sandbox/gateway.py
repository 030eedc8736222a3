"""Gateway before the marketplace, which can stop a request: a CDN with its limit, and faults (API §1, §2)."""

import asyncio
import contextlib
import heapq
import re
import struct
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bmtui.sandbox.control import CONTROL
from bmtui.sandbox.dates import Clock
from bmtui.sandbox.faults import PAGE_FAULTS, Faults, Rule
from bmtui.sandbox.token_leak_checks import BUCKET, Leaks

#: In the scope: what closes the connection for good, the fault of a page of orders, and a number for its choices.
ABORT: Final = "sandbox.abort"
PAGE_FAULT: Final = "sandbox.page-fault"
DRAW: Final = "sandbox.draw"
#: In the scope: the write is answered as if it had been done.
NO_EFFECT: Final = "sandbox.no-effect"
#: In the scope: by how many orders the list has slipped since its first page was read.
SLIPPED: Final = "sandbox.slipped"

_USER_AGENT: Final = re.compile(r"BM-[^;\s-][^;]*-[^;\s][^;]*;\s*[^@;\s]+@[^@;\s]+")
_BOMB_MIB: Final = 256
_MOST_BODY: Final = 40 * 2**20


class RateLimiter:
    """Rate limit: more than `limit` requests in `window_s` seconds block for `window_s` seconds (API §2)."""

    def __init__(self, limit: int, window_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.window_s = window_s
        self._limit = limit
        self._clock = clock
        self._seen: deque[float] = deque()
        self._blocked_until = float("-inf")

    def allows(self) -> bool:
        """Count a request; returns whether it may pass."""
        now = self._clock()
        if now < self._blocked_until:
            return False
        while self._seen and self._seen[0] <= now - self.window_s:
            self._seen.popleft()
        self._seen.append(now)
        if len(self._seen) <= self._limit:
            return True
        self._seen.clear()
        self._blocked_until = now + self.window_s
        return False


class Edge:
    """ASGI middleware: leaks, then a fault if one strikes, then the rate limit, then the form of the User-Agent."""

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        limiter: RateLimiter,
        quirks: Mapping[str, str],
        leaks: Leaks,
        clock: Clock,
    ) -> None:
        self._app = app
        self._faults = faults
        self._limiter = limiter
        self._quirks = quirks
        self._leaks = leaks
        self._clock = clock
        self._rays = count(1)
        self._slipped = 0
        self._late: list[tuple[datetime, int, Scope, Message]] = []
        self._late_seq = count(1)
        self._timers: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._land()
        if scope["path"].startswith("//") and self._quirks["double-slash"] == "accepted":
            scope = {**scope, "path": "/" + scope["path"].lstrip("/")}
        if scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            # The clock may have been moved.
            await self._land()
            return
        # All of it, before anything is answered: the effect does not depend on the caller's patience, and nobody is
        # cut off while they still send.
        request = await _whole_request(receive)
        if request is None:
            return
        await self._serve(scope, request, _replay(request, receive), send)

    async def _serve(self, scope: Scope, request: Message, receive: Receive, send: Send) -> None:
        leaked = self._leaks.check(scope)
        if leaked and _is_document(scope):
            await PlainTextResponse("Only one authorization mechanism is allowed.", 400)(scope, receive, send)
            return
        if len(request["body"]) > _MOST_BODY:
            await self._html(413, "413 Request Entity Too Large")(scope, receive, send)
            return
        page_asked = _page_asked(scope)
        rule = self._faults.strike(scope["method"], scope["path"], page_asked)
        if rule and rule.name == "slip":
            self._slipped += 1
        if scope["path"].rstrip("/") == "/ws/orders":
            # What has slipped stays so until the list is read anew.
            self._slipped = self._slipped if page_asked > 1 else 0
            scope[SLIPPED] = self._slipped
        if rule is None:
            await self._pass(scope, receive, send)
        elif page := self._page_of(rule):
            await page(scope, receive, send)
        else:
            await self._suffer(rule, scope, request, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if _is_document(scope) else self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if not self._limiter.allows():
            if self._quirks["throttled"] == "json":
                return JSONResponse({"error": {"code": "too_many_requests", "message": "Too many requests"}}, 429)
            asked = self._limiter.window_s if self._quirks["throttled"] == "retry-after" else None
            return self._throttled(asked)
        if self._quirks["user-agent"] == "required":
            agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
            if not _USER_AGENT.fullmatch(agent.decode("latin-1")):
                return self._waf()
        return None

    # The pages of the edge

    def _html(self, status: int, title: str, **headers: str) -> Response:
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        return HTMLResponse(page, status, {**self._stamp(), **{k.replace("_", "-"): v for k, v in headers.items()}})

    def _stamp(self) -> dict[str, str]:
        return {"server": "cloudflare", "cf-ray": f"8f{next(self._rays):014x}-CDG"}

    def _waf(self) -> Response:
        return self._html(403, "Attention Required! | Cloudflare", cache_control="max-age=15")

    def _throttled(self, retry_after_s: float | None) -> Response:
        headers = {} if retry_after_s is None else {"retry_after": f"{retry_after_s:.0f}"}
        return self._html(429, "Error 1015: You are being rate limited", **headers)

    def _page_of(self, rule: Rule) -> Response | None:
        """Return the whole answer of a fault that answers in the place of the marketplace."""
        match rule.name:
            case "waf":
                return self._waf()
            case "challenge":
                error = {"code": "bot-need-challenge", "message": "Forbidden", "challengePath": "/testchallengepage"}
                return JSONResponse({"errors": [error]}, 403, self._stamp())
            case "throttle":
                return self._throttled(None)
            case "throttle-retry-after":
                return self._throttled(rule.seconds)
            case "error-500":
                return HTMLResponse("<h1>Server Error (500)</h1>", 500)
            case "html-502":
                return self._html(502, "502 Bad Gateway")
            case "html-200":
                return self._html(200, "We will be back soon")
            case "bomb":
                return Response(_bomb(), 200, {"content-encoding": "gzip"}, "application/json")
        return None

    # Faults that need the marketplace's own answer, or none at all

    async def _suffer(self, rule: Rule, scope: Scope, request: Message, receive: Receive, send: Send) -> None:
        seconds = rule.seconds or 0.0
        if rule.name in PAGE_FAULTS:
            await self._pass({**scope, PAGE_FAULT: rule.name, DRAW: self._faults.draw()}, receive, send)
            return
        if rule.name == "no-effect":
            await self._pass({**scope, NO_EFFECT: True}, receive, send)
            return
        if rule.name == "late":
            self._postpone(scope, request, seconds)
        if rule.name in ("drop", "late"):
            await _hang_up(scope, receive)
            return
        if rule.name == "slow":
            await asyncio.sleep(seconds)
        start, body = await self._answer_to(scope, request)
        match rule.name:
            case "drop-after":
                await _hang_up(scope, receive)
            case "error-500-after":
                await HTMLResponse("<h1>Server Error (500)</h1>", 500)(scope, receive, send)
            case "drip":
                await _drip(start, body, seconds, receive, send)
            case "truncated":
                body = body[: len(body) // 2]
                plain = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                start["headers"] = [*plain, (b"content-length", str(len(body)).encode())]
                await _send(start, body, send)
            case _:  # slow, slow-after
                if rule.name == "slow-after":
                    await asyncio.sleep(seconds)
                await _send(start, body, send)

    def _postpone(self, scope: Scope, request: Message, seconds: float) -> None:
        due = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._late, (due, next(self._late_seq), dict(scope), request))

        async def wait() -> None:
            await asyncio.sleep(seconds + 0.01)
            await self._land()

        # With a clock that stands, its moving on is what counts, not this.
        timer = asyncio.ensure_future(wait())
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _land(self) -> None:
        """Apply the delayed requests that are due by now: before each request, and when their timer ends."""
        while self._late and self._late[0][0] <= self._clock.now():
            _, _, scope, request = heapq.heappop(self._late)
            await self._answer_to(scope, request)

    async def _answer_to(self, scope: Scope, request: Message) -> tuple[Message, bytes]:
        start: Message = {}
        body = bytearray()

        async def receive() -> Message:
            return request

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._pass(scope, receive, send)
        return start, bytes(body)


async def _whole_request(receive: Receive) -> Message | None:
    """Return the request with its body, cut at the largest size; None when the caller left before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= _MOST_BODY:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _replay(request: Message, receive: Receive) -> Receive:
    """Return a receiver that gives the request once, then what the connection gives."""
    waiting: list[Message] = [request]

    async def again() -> Any:
        return waiting.pop() if waiting else await receive()

    return again


def _is_document(scope: Scope) -> bool:
    return bool(scope["path"].startswith(BUCKET + "/"))


def _page_asked(scope: Scope) -> int:
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("page", ["1"])[0]
    return int(asked) if re.fullmatch(r"\d{1,9}", asked, re.ASCII) else 1


async def _send(start: Message, body: bytes, send: Send) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer; return only once the server knows it, else it answers 500."""
    scope[ABORT]()
    await _gone(receive)


async def _drip(start: Message, body: bytes, seconds: float, receive: Receive, send: Send) -> None:
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await send(start)
        for place in range(len(body)):
            await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": True})
            await asyncio.wait({gone}, timeout=seconds)
            if gone.done():
                return
        await send({"type": "http.response.body"})
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


@cache
def _bomb() -> bytes:
    """Return a gzip file of one stream; the same MiB repeated, each packed by itself, so that it is packed once."""
    blanks = b" " * 2**20
    packer = zlib.compressobj(9, wbits=-15)
    head, tail = b'{"results": ["', b'"]}'
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(tail) + packer.flush()
    check = zlib.crc32(head)
    for _ in range(_BOMB_MIB):
        check = zlib.crc32(blanks, check)
    length = len(head) + _BOMB_MIB * len(blanks) + len(tail)
    trailer = struct.pack("<II", zlib.crc32(tail, check), length)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + first + again * _BOMB_MIB + last + trailer
