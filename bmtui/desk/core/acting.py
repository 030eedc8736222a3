"""Acting account: the account that logged in, also where the desk runs as the account of a service (reliability §5).

``$USER`` never counts. A team on SQLite works through one account of a service, which alone may touch the store; each
person's `sudo` starts the desk as that account, by a rule of root's (``bmtui deploy sudoers``), and `sudo` writes the
number of its caller into ``SUDO_UID``, over any value that was there.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from bmtui.store.dialect import Dialect

_LOGIN = Path("/proc/self/loginuid")
_NO_LOGIN = 4294967295
"""Number that the kernel gives for "not set"."""


def uid_of(database: Dialect, environ: Mapping[str, str] = os.environ, *, process: int | None = None) -> int:
    """Return the number of the acting account, which decides its rights.

    ``SUDO_UID`` counts only in a process that has full control of the store: a file of its own account, or a database
    that does not check the account itself. Elsewhere a user could write another account's number there.

    Args:
        process: the account of this process.
    """
    own = os.getuid() if process is None else process
    caller = caller_of(environ)
    if caller is None or own == 0 or caller == own or not _writes_freely(database, own):
        return own
    return caller


def caller_of(environ: Mapping[str, str]) -> int | None:
    """Return the account that called `sudo`; None for root, who could call it as any account, and without `sudo`."""
    text = environ.get("SUDO_UID", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return int(text) or None


def login_uid(file: Path = _LOGIN) -> int | None:
    """Return the account that logged in, as the kernel remembers it; None where it does not."""
    try:
        number = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NO_LOGIN else number


def account_of(uid: int) -> str:
    """Return the name of an account, or ``uid`` for one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "uid"


def actor(uid: int, environ: Mapping[str, str] = os.environ) -> str:
    """Return the text that names an account in the audit, with a differing login account and the SSH peer."""
    parts = [f"{account_of(uid)}({uid})"]
    login = login_uid()
    if login not in (uid, None):
        parts.append(f"login {login}")
    peer = environ.get("SSH_CONNECTION", "").split()
    if peer:
        parts.append(f"from {peer[0]}")
    return " ".join(parts)


def _writes_freely(database: Dialect, process: int) -> bool:
    if database.kind != "sqlite":
        return database.may_work()
    try:
        return os.stat(database.where).st_uid == process
    except OSError:
        return False
