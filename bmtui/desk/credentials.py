"""Tokens: in a file of mode 0600 of our own, or in an environment variable; never in the database (reliability §5)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bmtui.errors import ConfigError
from bmtui.settings import Settings

IN_FILE = "file"
_ENV_PREFIX = "env:"
_TOKEN_MAX = 64 * 1024


def from_environment(variable: str) -> str:
    """The token source that names an environment variable."""
    return _ENV_PREFIX + variable


def read(settings: Settings, company_id: int, source: str) -> str:
    """The token, read afresh at each use, so that a rotation needs no restart.

    Raises:
        ConfigError: it is missing, or its file is one that others could have written or read.
    """
    if source.startswith(_ENV_PREFIX):
        variable = source.removeprefix(_ENV_PREFIX)
        token = os.environ.get(variable, "").strip()
        if not token:
            raise ConfigError(
                f"The token's environment variable {variable} is not set here.", "Set it where this process starts."
            )
        return token
    path = _path(settings, company_id)
    try:
        # A pipe in its place must not keep us waiting.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigError(
            f"The token file {path} cannot be read ({error.strerror}).",
            "Store the token again with 'bmtui company set NAME --token-file F'.",
        ) from error
    try:
        info = os.fstat(file)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
            raise ConfigError(
                f"The token file {path} is not a plain file that only its owner can read.", f"Run: chmod 600 {path}"
            )
        return os.read(file, _TOKEN_MAX).decode("utf-8", "replace").strip()
    finally:
        os.close(file)


def store(settings: Settings, company_id: int, token: str) -> None:
    """Write the token so that a reader sees the old one or the new one, never a part."""
    path = _path(settings, company_id)
    settings.credentials.mkdir(mode=0o700, parents=True, exist_ok=True)
    pending = path.with_suffix(f".{os.getpid()}.new")
    pending.unlink(missing_ok=True)
    with os.fdopen(os.open(pending, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    pending.replace(path)


def forget(settings: Settings, company_id: int) -> None:
    """Remove the stored token: the company has another source now."""
    _path(settings, company_id).unlink(missing_ok=True)


def _path(settings: Settings, company_id: int) -> Path:
    return settings.credentials / f"company-{company_id}.token"
