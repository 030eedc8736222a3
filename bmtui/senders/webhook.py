"""A webhook: one POST, signed. The only room beside channel/ that knows httpx.

The receiver knows by the signature who sent it and when:

    Bmtui-Id: evt-4711
    Bmtui-Time: 1764489600
    Bmtui-Signature: v1=<HMAC-SHA256 of "<id>.<time>.<body>" in hexadecimal digits>
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from bmtui.senders.message import Message, NotDelivered
from bmtui.text import plain

_LATER = (408, 425, 429)
"""HTTP statuses of the 4xx after which a later try may succeed."""


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """Return the value of the header ``Bmtui-Signature``."""
    signed = f"{message_id}.{at}.".encode() + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


async def send(url: str, secret: str, message: Message, timeout_s: float) -> None:
    """Post the message; an answer of 2xx is delivered, and its body is not read. Redirects are not followed.

    Raises:
        NotDelivered: no answer in time, or another one.
    """
    at = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "bmtui",
        "Bmtui-Id": message.id,
        "Bmtui-Time": str(at),
        "Bmtui-Event": message.event,
    }
    if secret:
        headers["Bmtui-Signature"] = signature(secret, message.id, at, message.body)
    host = urlsplit(url).netloc
    try:
        async with (
            asyncio.timeout(timeout_s),
            _client(timeout_s) as client,
            client.stream("POST", url, content=message.body, headers=headers) as answer,
        ):
            status = answer.status_code
    except TimeoutError:
        raise NotDelivered(f"{host} did not answer within {timeout_s:g} s.", away=True) from None
    except httpx.HTTPError as error:
        reason = plain(str(error))[:200].rstrip(".") or type(error).__name__
        raise NotDelivered(f"{host} cannot be reached ({reason}).", away=True) from None
    if 300 <= status < 400:
        raise NotDelivered(f"{host} answered {status}: redirects are not followed.", "Give the URL that it leads to.")
    if status >= 500:
        raise NotDelivered(f"{host} answered {status}.", away=True)
    if status >= 400:
        raise NotDelivered(f"{host} answered {status}.", final=status not in _LATER)


def _client(timeout_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=timeout_s),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
