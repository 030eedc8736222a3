"""Where everything of one installation lies, and `bmtui.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bmtui.errors import ConfigError

_KEYS = ("store",)
_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders of the installation and its store.

    Attributes:
        config: folder of `bmtui.toml`.
        data: folder of the store and of documents.
        state: folder of logs.
        credentials: folder of tokens, one file of mode 0600 each.
        store_url: ``sqlite:///PATH`` or ``postgresql://…``; it may hold a password, so it is not to be shown.
        store_from: where `store_url` came from, for `info` and for error messages.
    """

    config: Path
    data: Path
    state: Path
    credentials: Path
    store_url: str = field(repr=False)
    store_from: str


def load(home: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Find the installation: `home`, else ``BMTUI_HOME``, else the platform's own folders.

    ``BMTUI_STORE`` overrides the store.

    Nothing is created.

    Raises:
        ConfigError: `bmtui.toml` cannot be read, or says something unknown.
    """
    named = home or environ.get("BMTUI_HOME")
    if named:
        root = Path(named).expanduser().absolute()
        config = data = state = root
    else:
        # Costs start-up time, and an installation with a home of its own does not need it.
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("bmtui", appauthor=False)
        config, data, state = dirs.user_config_path, dirs.user_data_path, dirs.user_state_path
    values = _read(config / "bmtui.toml")
    if environ.get("BMTUI_STORE"):
        url, origin = environ["BMTUI_STORE"], "BMTUI_STORE"
    elif "store" in values:
        url, origin = values["store"], str(config / "bmtui.toml")
    else:
        url, origin = f"sqlite:///{data / 'bmtui.sqlite'}", "default"
    return Settings(config, data, state, config / "credentials", _absolute(url, data, origin), origin)


def _read(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read ({type(error).__name__}).", "It must be a UTF-8 text file."
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", "Correct that line.") from error
    for key, value in values.items():
        if key not in _KEYS:
            raise ConfigError(f"{file} has an unknown key '{key}'.", f"Known keys: {', '.join(_KEYS)}.")
        if not isinstance(value, str):
            raise ConfigError(
                f"{file}: '{key}' must be a text in quotes.", 'For example: store = "sqlite:///bmtui.sqlite".'
            )
    return values


def _absolute(url: str, data: Path, origin: str) -> str:
    """`url` with a path from the root on. A message never repeats one: it may hold a password."""
    if url.startswith(_POSTGRES):
        if not _readable(url):
            raise ConfigError(
                f"The store's URL (from {origin}) cannot be read.",
                "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded.",
            )
        return url
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise ConfigError(
            f"The store (from {origin}) is not one that this release can open.",
            "Write it as sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE.",
        )
    return _SQLITE + str(data / Path(url.removeprefix(_SQLITE)).expanduser())


def _readable(url: str) -> bool:
    """Whether the driver will read it as it was meant: a bare @ or / in a password would make it part of the host."""
    try:
        parts = urlsplit(url)
        # Several hosts, each with its port, are one text to urlsplit.
        good_port = "," in parts.netloc or parts.port != 0
        apart = parts.netloc.count("@") <= 1 and "@" not in parts.path and not parts.fragment
        return good_port and apart and len(parts.path) > 1
    except ValueError:
        return False
