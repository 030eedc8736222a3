"""Parser of HTTP answers: to a value, or to the exception that says what is known (API §2, reliability §1).

Knows no httpx. A body is never parsed before its content type was checked.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from bmtui.channel import bounded_json
from bmtui.errors import (
    ChannelError,
    ChannelNotFound,
    EdgeBlocked,
    NotUnderstood,
    Refused,
    ServerFailed,
    Throttled,
    TimedOut,
    Unauthorised,
)
from bmtui.text import plain

_WORDS_MAX = 500
# An error page or an unknown envelope is looked at, not read: this many bytes hold its first words.
_LOOK_AT_MAX = 4096
_RETRY_AFTER_MAX_S = 86_400.0
_NOT_IN_CONTRACT = "Try again later; if it stays so, the API has changed or something else answers at this address."


@dataclass(frozen=True, slots=True)
class Reply:
    """HTTP answer: status, header fields by lower-case name, decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """``json``, ``html``, ``text`` or ``other``, by the content type alone."""
        media = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media == "application/json" or media.endswith("+json"):
            return "json"
        return {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "text"}.get(media, "other")

    @property
    def cf_ray(self) -> str:
        """Id of this request at the firewall, which the seller contact asks for (API §2); "" if there is none."""
        ray = self.headers.get("cf-ray", "")
        return ray if re.fullmatch(r"[0-9A-Za-z-]{1,64}", ray) else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of the channel to a successful write: HTTP status, and a JSON value or a text."""

    status: int
    body: object


def json_value(reply: Reply) -> object:
    """Return the JSON value of a 2xx reply. Raises `NotUnderstood` when it is none, or not declared as JSON."""
    if reply.kind != "json":
        found = {"html": "a web page", "text": "plain text"}.get(reply.kind, "something else")
        raise NotUnderstood(f"Back Market answered {reply.status} with {found} instead of JSON.", _NOT_IN_CONTRACT)
    try:
        return bounded_json.loads(reply.body)
    except ValueError:
        raise NotUnderstood(
            f"Back Market answered {reply.status} with JSON that is broken or cut short.", _NOT_IN_CONTRACT
        ) from None


def answer(reply: Reply) -> Answer:
    """Return the answer to a write from a 2xx reply: JSON, plain text (API §7) or empty. Raises `NotUnderstood`."""
    # An answer without a length that ends at once may have been cut off, so an empty one must say that it is.
    empty = reply.status == 204 or reply.headers.get("content-length") == "0"
    if empty or (reply.kind == "text" and reply.body):
        return Answer(reply.status, plain(reply.body.decode("utf-8", "replace"), multiline=True))
    return Answer(reply.status, json_value(reply))


def failure(reply: Reply, *, secret: str) -> ChannelError:
    """Return the exception for a reply that is not 2xx. `secret` is removed from the channel's words."""
    status, error = reply.status, _error_value(reply)
    words, code = _words(reply, error).replace(secret, "[token]")[:_WORDS_MAX], _code(error).replace(secret, "[token]")
    said = f": {words}".rstrip(".") + "." if words else "."
    if status < 400:
        what = "a redirection, which is not followed" if status >= 300 else "which is not in the contract"
        return NotUnderstood(
            f"Back Market answered {status}, {what}.",
            "Check the base URL of the company: the token goes to that host only.",
        )
    if status == 429 or (status < 500 and code == "E008"):
        return Throttled(
            "Back Market says that too many requests were made.",
            "Nothing was changed; wait before the next request.",
            retry_after_s=_retry_after_s(reply.headers.get("retry-after", "")),
        )
    if status == 403 and _is_edge(reply, error):
        ray = f"the cf-ray value {reply.cf_ray}" if reply.cf_ray else "the time of this message"
        return EdgeBlocked(
            "The firewall in front of Back Market blocked the request.",
            f"Send {ray} to your Back Market seller contact.",
            cf_ray=reply.cf_ray,
        )
    if status in (401, 403):
        return Unauthorised(
            f"Back Market refused the token ({status}){said}",
            "Check the token: a password reset ends it. Store a new one with 'bmtui company set NAME --token-file F'.",
        )
    if status == 404:
        return ChannelNotFound(f"Back Market does not know what was asked for (404){said}", "Check its number.")
    if status == 408:
        # The server or its edge gave up waiting; unlike the other 4xx it judged nothing.
        return TimedOut("Back Market gave up waiting for the request (408).", "It is read again before it is repeated.")
    if status < 500:
        return Refused(
            f"Back Market refused the request ({status}){said}",
            "Nothing was changed there; correct what it names.",
            words=words,
            code=code,
            status=status,
        )
    ray = f", cf-ray {reply.cf_ray}" if reply.cf_ray else ""
    return ServerFailed(
        f"Back Market failed with an error of its own ({status}{ray}){said}",
        "Try again later; a write is checked by reading the order before it is repeated.",
    )


def _error_value(reply: Reply) -> object:
    if reply.kind != "json":
        return None
    try:
        return bounded_json.loads(reply.body)
    except ValueError:
        return None


def _is_edge(reply: Reply, error: object) -> bool:
    """Return whether a 403 came from the firewall or bot management, not from the application (API §2).

    `cf-ray` and `server: cloudflare` alone prove nothing: the application's own answers pass the edge too.
    """
    if reply.kind == "html" or "cf-mitigated" in reply.headers:
        return True
    # The answer of the edge to a client that does not ask for HTML.
    if reply.kind == "text" and reply.body.startswith(b"error code: "):
        return True
    return any("challengePath" in entry or str(entry.get("code")).startswith("bot-") for entry in _entries(error))


def _entries(error: object) -> Iterator[Mapping[str, object]]:
    """The error objects of any envelope: V1 and V3 `error`, V2 `errors`, else the object itself (API §2)."""
    if not isinstance(error, dict):
        return
    listed = error.get("errors")
    found = [error.get("error"), *(listed if isinstance(listed, list) else [])]
    entries = [entry for entry in found if isinstance(entry, dict)]
    yield from entries or [error]


def _code(error: object) -> str:
    codes = (entry.get("code") for entry in _entries(error))
    return next((plain(code)[:64] for code in codes if isinstance(code, str)), "")


def _words(reply: Reply, error: object) -> str:
    """Return the channel's own words in one line of plain text; "" when there are none."""
    if reply.kind == "html":
        text = _html_words(reply.body[:_LOOK_AT_MAX].decode("utf-8", "replace"))
    elif error is None:
        text = reply.body[:_LOOK_AT_MAX].decode("utf-8", "replace") if reply.kind == "text" else ""
    else:
        known = "; ".join(dict.fromkeys(_json_words(error)))
        text = known or reply.body[:_LOOK_AT_MAX].decode("utf-8", "replace")
    return " ".join(plain(text).split())


def _json_words(error: object) -> Iterator[str]:
    if isinstance(error, str):
        yield error
        return
    if isinstance(error, list):
        yield from (item for item in error if isinstance(item, str))
        return
    if not isinstance(error, dict):
        return
    for entry in _entries(error):
        names = ("message", "detail", "title", "error", "code")
        yield from [text for name in names if isinstance(text := entry.get(name), str) and text][:1]
        # E009 is seen with `data` inside the error and beside it.
        for holder in (entry, error):
            data = holder.get("data")
            fields = data.get("fields") if isinstance(data, dict) else None
            for name, problems in fields.items() if isinstance(fields, dict) else ():
                texts = problems if isinstance(problems, list) else [problems]
                yield f"{name}: {' '.join(text for text in texts if isinstance(text, str))}"
    listed: object = error.get("errors")
    yield from (item for item in (listed if isinstance(listed, list) else []) if isinstance(item, str))


def _html_words(page: str) -> str:
    title = re.search(r"<title[^>]{0,100}>([^<]{1,300})", page, re.IGNORECASE)
    return html.unescape(title[1] if title else re.sub(r"<[^>]*>", " ", page))


def _retry_after_s(value: str) -> float | None:
    """Return `Retry-After` as seconds from now, given in seconds or as a date; None when it is neither."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        seconds = float(value)
    else:
        try:
            moment = parsedate_to_datetime(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()
        except (ValueError, OverflowError, IndexError, TypeError):
            return None
    # Bounded, so that a slip of the other side does not stop a company for years.
    return min(max(seconds, 0.0), _RETRY_AFTER_MAX_S)
