"""Where everything of one installation lies, and `bmtui.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bmtui.errors import ConfigError

_KEYS = ("store",)


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders of the installation and its store.

    Attributes:
        config: folder of `bmtui.toml`.
        data: folder of the store and of documents.
        state: folder of logs.
        credentials: folder of tokens, one file of mode 0600 each.
        store_url: ``sqlite:///PATH``.
        store_from: where `store_url` came from, for `info` and for error messages.
    """

    config: Path
    data: Path
    state: Path
    credentials: Path
    store_url: str
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
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix:
        raise ConfigError(
            f"The store '{url.split('@')[-1]}' (from {origin}) is not one that this release can open.",
            "Write it as sqlite:///PATH.",
        )
    return prefix + str(data / Path(url.removeprefix(prefix)).expanduser())
