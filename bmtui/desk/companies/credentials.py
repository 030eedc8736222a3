"""Tokens of companies: a systemd credential, a file of mode 0600 or the environment, never the database (reliability
§5).

Read afresh at each use, so that a rotation needs no restart.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from bmtui.errors import ConfigError
from bmtui.settings import Settings

IN_FILE = "file"
_ENV_PREFIX = "env:"
_CREDENTIAL_PREFIX = "credential:"
_FOLDER = "CREDENTIALS_DIRECTORY"
"""Environment variable in which systemd names the folder of the credentials."""
_TOKEN_MAX = 64 * 1024


def from_environment(variable: str) -> str:
    """Return the token source that names an environment variable.

    Raises:
        ConfigError: no variable can be called so.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", variable, re.ASCII):
        raise ConfigError(
            "That is no name of an environment variable.", "Name the variable; the token itself does not belong there."
        )
    return _ENV_PREFIX + variable


def from_credential(name: str) -> str:
    """Return the token source that names a systemd credential (``LoadCredential=NAME:PATH``).

    Raises:
        ConfigError: no credential can be called so.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name, re.ASCII):
        raise ConfigError("That is no name of a credential.", "Write it like shop.token.")
    return _CREDENTIAL_PREFIX + name


def source(text: str) -> str:
    """Check a token source as a person wrote it: ``file``, ``env:VAR`` or ``credential:NAME``.

    Raises:
        ConfigError: none of these.
    """
    kind, _, name = text.partition(":")
    if text == IN_FILE:
        return IN_FILE
    if kind == "env":
        return from_environment(name)
    if kind == "credential":
        return from_credential(name)
    # Not repeated: it may be a token that was put there by mistake.
    raise ConfigError("That is no source of a token.", "Sources: file, env:VARIABLE, credential:NAME.")


def is_of_service(source: str) -> bool:
    """Return whether the token is a credential that systemd gives to a service, and this process has no credentials."""
    return source.startswith(_CREDENTIAL_PREFIX) and not os.environ.get(_FOLDER)


@lru_cache(maxsize=16)
def account(url: str, token: str) -> str:
    """Return a digest of host and token, which tells whether two companies use the same account of a channel.

    It is slow on purpose: a token may be made of a mail address and a password.
    """
    host = urlsplit(url).netloc.lower()
    return hashlib.scrypt(token.encode(), salt=f"bmtui account {host}".encode(), n=2**12, r=8, p=1, dklen=16).hex()


def kept(settings: Settings) -> int:
    """Return the number of tokens that are kept in files."""
    return sum(1 for _ in settings.credentials.glob("company-*.token"))


def read(settings: Settings, company_id: int, source: str) -> str:
    """Read a company's token. A systemd credential called ``company-ID.token`` comes before `source`.

    Raises:
        ConfigError: it is missing, or its file is one that others could have written or read.
    """
    folder = os.environ.get(_FOLDER, "")
    if folder:
        given = Path(folder) / _name(company_id)
        if given.exists():
            return _read_credential(given)
    if source.startswith(_CREDENTIAL_PREFIX):
        name = source.removeprefix(_CREDENTIAL_PREFIX)
        if not folder:
            raise ConfigError(
                f"The token is the systemd credential {name}, and this process has no credentials.",
                "Let the worker do it, or start this as a service with LoadCredential=: 'bmtui help security'.",
            )
        return _read_credential(Path(folder) / name)
    if source.startswith(_ENV_PREFIX):
        variable = source.removeprefix(_ENV_PREFIX)
        token = os.environ.get(variable, "").strip()
        if not token:
            raise ConfigError(
                f"The token's environment variable {variable} is not set here.", "Set it where this process starts."
            )
        return token
    return _read_own(
        settings, _path(settings, company_id), "Store the token again with 'bmtui company set NAME --token-file F'."
    )


def _read_own(settings: Settings, path: Path, advice: str) -> str:
    """Read a file of the credentials folder. Raises ConfigError when others could have written or read it."""
    problem = folder_problem(settings.credentials)
    if problem:
        raise ConfigError(f"The folder {settings.credentials} {problem}.", f"Run: chmod 700 {settings.credentials}")
    text, info = _open(path, advice)
    if not stat.S_ISREG(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise ConfigError(
            f"The token file {path} is not a plain file that only its owner can read.", f"Run: chmod 600 {path}"
        )
    return text


def read_secret(settings: Settings, name: str) -> str:
    """Read a secret: the systemd credential of that name, else the file of that name in the credentials folder.

    Raises:
        ConfigError: it is missing, or its file is one that others could have written or read.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name, re.ASCII):
        raise ConfigError("That is no file of a secret.", f"Write the name of a file in {settings.credentials}.")
    given = Path(os.environ.get(_FOLDER, "")) / name
    if os.environ.get(_FOLDER) and given.exists():
        return _read_credential(given)
    text = _read_own(settings, settings.credentials / name, "Write the secret into that file, mode 600.")
    if not text:
        raise ConfigError(f"The file {settings.credentials / name} is empty.", "Write the secret into it.")
    return text


def folder_problem(folder: Path) -> str:
    """Return the reason why others could put a file into this folder, or ''."""
    try:
        info = folder.stat()
    except OSError:
        return ""  # reading its files fails then, with a message
    if info.st_uid not in (0, os.getuid()):
        return "belongs to another account"
    return "can be written to by others" if info.st_mode & 0o022 and not info.st_mode & stat.S_ISVTX else ""


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
    """Remove the company's token file: the token has another source now."""
    _path(settings, company_id).unlink(missing_ok=True)


def _read_credential(path: Path) -> str:
    text, info = _open(path, f"Name it in the service: LoadCredential={path.name}:/path/to/the/file.")
    # systemd gives them to root with an access list, or to the service's account; never to everybody.
    if not stat.S_ISREG(info.st_mode) or info.st_uid not in (0, os.getuid()) or info.st_mode & 0o027:
        raise ConfigError(
            f"The credential {path} is not a plain file that only this service can read.",
            "Let systemd place it: LoadCredential= or SetCredentialEncrypted=.",
        )
    return text


def _open(path: Path, advice: str) -> tuple[str, os.stat_result]:
    try:
        # A pipe in its place must not keep us waiting.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigError(f"The token file {path} cannot be read ({error.strerror}).", advice) from error
    try:
        info = os.fstat(file)
        # Whatever is no plain file is not read: the caller says what is wrong with it.
        text = os.read(file, _TOKEN_MAX).decode("utf-8", "replace").strip() if stat.S_ISREG(info.st_mode) else ""
        return text, info
    finally:
        os.close(file)


def _path(settings: Settings, company_id: int) -> Path:
    return settings.credentials / _name(company_id)


def _name(company_id: int) -> str:
    return f"company-{company_id}.token"
