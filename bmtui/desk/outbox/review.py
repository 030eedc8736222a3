"""Review of a plan: the exact requests that would be sent, as text for screens and commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from bmtui.channel.requests import WriteRequest
from bmtui.channel.uploads import FORM


def request_line(write: WriteRequest) -> str:
    """Return a write in one line, for a person and for logs."""
    form = write.body.get(FORM)
    if form is None:
        return f"{write.method} {write.path} {json.dumps(dict(write.body), ensure_ascii=False)}"
    files = ", ".join(f"{entry['name']} ({entry['size']:,} bytes)" for entry in form["files"])
    fields = json.dumps(form["fields"], ensure_ascii=False) if form["fields"] else ""
    return " ".join(filter(None, (write.method, write.path, fields, files and f"files: {files}")))


class Sends:
    """Base class of plans that may send requests and list exactly which."""

    __slots__ = ()

    READ_FIRST: ClassVar[bool] = False
    """True if the order is read again before anything leaves."""

    @property
    def requests(self) -> Sequence[WriteRequest]:
        """Requests that would be sent, in order."""
        raise NotImplementedError

    @property
    def request_lines(self) -> tuple[str, ...]:
        """Requests that would be sent, one line each."""
        return tuple(map(request_line, self.requests))

    @property
    def review(self) -> tuple[str, ...]:
        """Text to read before saying yes: a heading, and a line for each request."""
        if not self.requests:
            return ("Nothing is sent to Back Market.",)
        read = ", after the order was read again" if self.READ_FIRST else ""
        return (f"Sent to Back Market, exactly{read}:", *self.request_lines)
