"""Addresses of messages: URLs, mail addresses and mail servers, read and checked without importing the senders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bmtui.errors import ConfigError
from bmtui.text import plain

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """SMTP server; without TLS only on this machine."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def checked_address(text: str) -> str:
    """Return `text`, if it is one mail address. Raises ConfigError."""
    if not _ADDRESS.fullmatch(text) or plain(text) != text:
        raise ConfigError(f"'{plain(text)[:60]}' is not a mail address.", "Write one like desk@shop.example.")
    return text


def read_server(url: str) -> Server:
    """The server that ``smtps://HOST``, ``smtp://HOST:PORT`` means; the latter begins with STARTTLS.

    Raises:
        ConfigError: it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.path.strip("/") or plain(url) != url:
        raise ConfigError(
            "That is not a mail server.", "Write it like smtps://mail.example or smtp://mail.example:587."
        )
    implicit = parts.scheme == "smtps"
    local = parts.hostname in _LOOPBACK
    return Server(parts.hostname, port or (25 if local and not implicit else _PORTS[parts.scheme]), implicit, not local)


def checked_url(url: str) -> str:
    """`url`, if a message can be sent there.

    Raises:
        ConfigError: it is none, has a user or password in it, or is not encrypted and leads off this machine.
    """
    advice = "Write it like https://hooks.example/orders."
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        raise ConfigError("That is not a URL.", advice) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_good or plain(url) != url:
        raise ConfigError("That is not a URL.", advice)
    if " " in url or parts.username or parts.password or parts.fragment:
        # Not repeated: what is in it may be a secret.
        raise ConfigError("The URL has a user, a blank or a # in it.", "Give the secret in secret_file.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError("The URL is not encrypted.", "Use https; http is for this machine only.")
    return url
