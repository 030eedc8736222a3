"""Checks for a token that goes where it must not: to a document's URL, or to another host (API §3, §4)."""

import threading
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from starlette.types import Scope

#: Under this path lie the documents, as if on a host of their own: no token, no limit, no form of the User-Agent.
BUCKET: Final = "/bucket"
#: A parameter that the sandbox adds to a `next` on another host: the host that the list was asked for on.
HOME: Final = "home"


class Leaks:
    """Log of requests that carried an Authorization header to a place where it does not belong; never the header."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[dict[str, Any]] = []

    def check(self, scope: Scope) -> bool:
        """Log the request if it leaks; returns whether it did."""
        headers = dict(scope["headers"])
        if b"authorization" not in headers:
            return False
        host = headers.get(b"host", b"").decode("latin-1")
        if scope["path"].startswith(BUCKET + "/"):
            kind = "document"
        elif home := parse_qs(scope["query_string"].decode("latin-1")).get(HOME):
            if home[0] == host:
                return False
            kind = "foreign-host"
        else:
            return False
        with self._lock:
            self._seen.append({"kind": kind, "method": scope["method"], "host": host, "path": scope["path"]})
        return True

    @property
    def seen(self) -> list[dict[str, Any]]:
        """Return the leaks so far, oldest first: `kind` (`document` or `foreign-host`), `method`, `host`, `path`."""
        with self._lock:
            return [dict(leak) for leak in self._seen]


def elsewhere(url: str) -> str:
    """Return `url` on another host name that still leads to the sandbox, which so sees who follows it."""
    parts = urlsplit(url)
    other = "127.0.0.1" if parts.hostname == "localhost" else "localhost"
    query = f"{parts.query}&{HOME}={parts.netloc}"
    return urlunsplit(parts._replace(netloc=f"{other}:{parts.port or 80}", query=query))
