"""Connection settings: platform, token, user agent, and limits of time and size (API §1, reliability §4)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from ipaddress import ip_address

from bmtui.errors import ConfigError

# Scheme, host and port, and nothing that could make two parsers see two hosts (user info, path, escapes).
_BASE_URL = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAIL = re.compile(r"[!-~]+@[!-~]+")
_MARKET = re.compile(r"[a-z]{2}-[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Connection:
    """Connection of a company to its platform. Times are in seconds; `max_bytes` is the size of a decoded body.

    `token` is sent as issued, and only to `base_url` (API §1); it is in no repr. `total_timeout_s` bounds a call from
    the first look-up of the name to the last byte of the answer.

    Raises:
        ConfigError: anything here that cannot be used as it is. The message never holds the token.
    """

    base_url: str
    token: str = field(repr=False)
    user_agent_company: str
    contact_mail: str
    market: str = "fr-fr"
    integration: str = "bmtui"
    total_timeout_s: float = 30.0
    connect_timeout_s: float = 5.0
    max_bytes: int = 8 * 1024 * 1024
    may_write: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _checked_base_url(self.base_url))
        if not re.fullmatch(r"[!-~]+", self.token):
            raise ConfigError(
                "The token is empty, or has spaces, line breaks or letters that no token has.",
                "Copy it again from the Back Office and store it with 'bmtui company set NAME --token-file F'.",
                field="token",
            )
        if not _MARKET.fullmatch(self.market):
            raise ConfigError(f"{self.market!r} is not a market.", "Write it like fr-fr.", field="market")
        if min(self.total_timeout_s, self.connect_timeout_s, self.max_bytes) <= 0:
            raise ConfigError("A time-out or size limit of the connection is not above zero.")
        _ = self.user_agent

    @property
    def host(self) -> str:
        """Host, and port if it is not the scheme's, for messages."""
        return self.base_url.partition("://")[2]

    @property
    def user_agent(self) -> str:
        """``BM-{Company}-{Integration};{mail}``, without which a request may be refused (API §1)."""
        company, integration = _word(self.user_agent_company), _word(self.integration)
        if not company or not integration:
            raise ConfigError(
                "The company name for the user agent has no letter from A to Z and no digit.",
                "Set the user-agent company name in Latin letters.",
                field="user_agent_company",
            )
        if not _MAIL.fullmatch(self.contact_mail) or ";" in self.contact_mail:
            raise ConfigError(
                f"{self.contact_mail!r} cannot be used as contact mail.",
                "Write one address like it@shop.example.",
                field="contact",
            )
        return f"BM-{company}-{integration};{self.contact_mail}"


def _word(text: str) -> str:
    """`text` as one word of a header: accents dropped, any run of what is no ASCII letter or digit as one ``_``."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")


def _checked_base_url(url: str) -> str:
    advice = "Write it like https://www.backmarket.fr, without a path."
    match = _BASE_URL.fullmatch(url)
    if match is None or not is_host(match[2]) or (match[3] and not 0 < int(match[3]) < 65536):
        # Not repeated in the message: user info in it may be a secret.
        raise ConfigError("The base URL is not an address of a Back Market platform.", advice, field="url")
    if match[1] == "http" and not is_loopback(match[2]):
        said = f"{url} would send the token unencrypted."
        raise ConfigError(said, "Use https; http is for this machine only.", field="url")
    return url.rstrip("/").lower()


def is_host(host: str) -> bool:
    """Return whether `host`, of ASCII letters, digits, dots and hyphens or in brackets, is a name or an IP address."""
    if host.startswith("[") or not re.search("[A-Za-z]", host):
        try:
            ip_address(host.strip("[]"))
        except ValueError:
            return False
        return True
    return all(_LABEL.fullmatch(label) for label in host.split("."))


def is_loopback(host: str) -> bool:
    """Return whether `host` is a loopback address or ``localhost``."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
