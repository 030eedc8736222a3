"""Delivery notes, labels and attachments: fetched from where the channel says they lie, never with the token
(reliability §4).

Nothing of a company is in this module, so nothing of it can leak to the host of a document.
"""

from __future__ import annotations

import asyncio
import re

import httpx

from bmtui.channel.connection import is_host, is_loopback
from bmtui.channel.transport import Exchange, lost, quiet_client
from bmtui.errors import ChannelError, ChannelNotFound, NotUnderstood, Refused, ServerFailed, Throttled

MAX_BYTES = 10_000_000
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# As strict as that of a base URL, so that no two parsers can see two hosts in it.
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?][!-\[\]-~]*)?", re.ASCII)
_URL_MAX = 4096
_HEADERS = {"User-Agent": "bmtui", "Accept": "application/pdf, */*;q=0.5", "Accept-Encoding": "gzip"}
_READ_AGAIN = "The links of documents die after some days: read the order or folder again, then fetch it once more."


async def fetch_document(
    url: str, *, total_timeout_s: float = 30.0, connect_timeout_s: float = 5.0, max_bytes: int = MAX_BYTES
) -> bytes:
    """The PDF at `url`, which the channel gave: without token, cookies or anything else of the company.

    `url` must be https, or http on this machine. Up to 3 redirects are followed, each under the same rule; one that
    comes from another machine never leads to this one. `total_timeout_s` bounds all of it.

    Raises:
        NotReachable, TimedOut, ConnectionBroken, Throttled, ServerFailed: as the calls of `BackMarket`.
        ChannelNotFound: it is not there (any more), or the link has died.
        Refused: another refusal.
        NotUnderstood: an address that must not be called, no PDF, too many bytes or redirects.
    """
    host = _host(url, loopback_allowed=True)
    loopback_allowed = is_loopback(host)
    exchange = Exchange()
    try:
        async with asyncio.timeout(total_timeout_s), quiet_client(_HEADERS, connect_timeout_s) as client:
            for _ in range(_MOST_REDIRECTS + 1):
                host = _host(url, loopback_allowed=loopback_allowed)
                exchange = Exchange()
                target = await _ask(client, url, exchange, max_bytes)
                if target is None:
                    return _pdf(exchange)
                url = target
    except (httpx.RequestError, TimeoutError) as error:
        raise lost(error, host, exchange.sending, total_timeout_s) from error
    except httpx.InvalidURL:
        raise _unusable() from None
    raise NotUnderstood("The document's address leads from one redirect to the next.", _READ_AGAIN)


async def _ask(client: httpx.AsyncClient, url: str, exchange: Exchange, max_bytes: int) -> str | None:
    """Request `url`; returns the address that it redirects to, or None when `exchange` holds the body."""
    request = client.build_request("GET", url, extensions={"trace": exchange.trace})
    response = await client.send(request, stream=True)
    try:
        exchange.begin(response)
        if exchange.status in _REDIRECTS:
            return _joined(url, exchange.headers.get("location", ""))
        if exchange.status != 200:
            raise _failure(exchange.status)
        await exchange.read(response, max_bytes)
    finally:
        await response.aclose()
    return None


def _host(url: str, *, loopback_allowed: bool) -> str:
    """Return the host of an address that may be called. Raises `NotUnderstood` without the signed address."""
    match = _URL.fullmatch(url) if len(url) <= _URL_MAX else None
    if match is None or not is_host(match[2]) or (match[3] and not 0 < int(match[3]) < 65536):
        raise _unusable()
    if is_loopback(match[2]):
        if not loopback_allowed:
            raise NotUnderstood("The document's address leads to this machine; it was not followed.", _READ_AGAIN)
    elif not _secure(match[1]):
        raise NotUnderstood("The document's address is not https; it was not called.", _READ_AGAIN)
    return match[2]


def _secure(scheme: str) -> bool:
    return scheme == "https"


def _unusable() -> NotUnderstood:
    return NotUnderstood("The address of the document is not one that can be called.", _READ_AGAIN)


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location).copy_with(fragment=None)) if location else ""
    except (httpx.InvalidURL, ValueError):
        return ""


def _pdf(exchange: Exchange) -> bytes:
    if not exchange.body.startswith(b"%PDF-"):
        raise NotUnderstood("What lies at the document's address is not a PDF.", _READ_AGAIN)
    return bytes(exchange.body)


def _failure(status: int) -> ChannelError:
    # A refusal here says nothing about the token, which was not sent.
    if status in (401, 403, 404, 410):
        return ChannelNotFound(f"The document is not there any more, or its link has died ({status}).", _READ_AGAIN)
    if status == 429:
        return Throttled("The document's host says that too many requests were made.", "Try again a little later.")
    if status >= 500:
        return ServerFailed(f"The document's host failed with an error of its own ({status}).", "Try again later.")
    if 400 <= status < 500:
        return Refused(f"The document's host refused the request ({status}).", _READ_AGAIN, status=status)
    return NotUnderstood(f"The document's host answered {status}, which is no document.", _READ_AGAIN)
