"""Settings of one installation: its folders, its store, and the values of `bmtui.toml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bmtui import configuration
from bmtui.errors import ConfigError

DEFAULT = "default"
_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders of the installation, its store, and what `bmtui.toml` says.

    Attributes:
        config: folder of `bmtui.toml`.
        data: folder of the store and of documents.
        state: folder of logs.
        credentials: folder of tokens, one file of mode 0600 each.
        store_url: ``sqlite:///PATH`` or ``postgresql://…``; it may hold a password, so it is not to be shown.
        store_from: where `store_url` came from, for `info` and for error messages.
        home_from: where the folders came from.
        values: values of all keys but the store.
        origins: where those values came from, by key.
    """

    config: Path
    data: Path
    state: Path
    credentials: Path
    store_url: str = field(repr=False)
    store_from: str
    home_from: str
    values: Mapping[str, Any]
    origins: Mapping[str, str]

    @property
    def file(self) -> Path:
        """`bmtui.toml`, which need not be there."""
        return self.config / configuration.NAME

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a store on SQLite; None for one on a server."""
        return Path(self.store_url.removeprefix(_SQLITE)) if self.store_url.startswith(_SQLITE) else None

    @property
    def log_file(self) -> Path:
        return self.state / "bmtui.log"

    @property
    def store_shown(self) -> str:
        """`store_url` without its password, which may also stand among a server's options."""
        if not self.store_url.startswith(_POSTGRES):
            return self.store_url
        parts = urlsplit(self.store_url)
        user, at, host = parts.netloc.rpartition("@")
        secret = ":…" if ":" in user else ""
        shown = parts._replace(netloc=f"{user.partition(':')[0]}{secret}{at}{host}", query="…" if parts.query else "")
        return urlunsplit(shown)


def load(home: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Find the installation: `home`, else ``BMTUI_HOME``, else the platform's own folders.

    A variable ``BMTUI_`` with the name of a key overrides that key: ``BMTUI_STORE``, ``BMTUI_LOG_LEVEL``.

    Nothing is created.

    Raises:
        ConfigError: `bmtui.toml` cannot be read, or says something unknown; with the line.
    """
    places = folders(home, environ)
    in_file = configuration.read(places.file)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key in configuration.KEYS:
        variable = f"BMTUI_{key.name.upper()}"
        if environ.get(variable):
            values[key.name], origins[key.name] = configuration.typed(key, environ[variable], variable), variable
        elif key.name in in_file:
            values[key.name], origins[key.name] = in_file[key.name], str(places.file)
        else:
            values[key.name], origins[key.name] = key.default, DEFAULT
    store, store_from = values.pop("store"), origins.pop("store")
    url = places.store_url if store is None else absolute(store, places.data, store_from)
    return replace(places, store_url=url, store_from=store_from, values=values, origins=origins)


def folders(home: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Find the folders alone, with every key at its default: `bmtui.toml` is not read."""
    named = home or environ.get("BMTUI_HOME")
    if named:
        root = Path(named).expanduser().absolute()
        config = data = state = root
        home_from = "--home" if home else "BMTUI_HOME"
    else:
        # Costs start-up time, and an installation with a home of its own does not need it.
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("bmtui", appauthor=False)
        config, data, state = dirs.user_config_path, dirs.user_data_path, dirs.user_state_path
        home_from = DEFAULT
    values = {key.name: key.default for key in configuration.KEYS if key.name != "store"}
    return Settings(
        config,
        data,
        state,
        config / "credentials",
        f"{_SQLITE}{data / 'bmtui.sqlite'}",
        DEFAULT,
        home_from,
        values,
        dict.fromkeys(values, DEFAULT),
    )


def absolute(url: str, data: Path, origin: str) -> str:
    """Return a store's URL with an absolute path. Messages never repeat the URL: it may hold a password.

    Raises:
        ConfigError: the URL cannot be read, or names no database that this release can open.
    """
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
    """Return whether the driver reads the URL as meant: a bare @ or / in a password would become part of the host."""
    try:
        parts = urlsplit(url)
        # Several hosts, each with its port, are one text to urlsplit.
        good_port = "," in parts.netloc or parts.port != 0
        apart = parts.netloc.count("@") <= 1 and "@" not in parts.path and not parts.fragment
        return good_port and apart and len(parts.path) > 1
    except ValueError:
        return False
