"""Preferences of the screens: `screens.toml` in the folder of `bmtui.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bmtui import plain_file, toml_text
from bmtui.errors import unreadable

NAME = "screens.toml"
STARTS = ("search", "today")
"""Screens that the desk can begin with."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Values of `screens.toml`, and the problems of the file.

    Attributes:
        theme: name of the colours; '' is the terminal's own.
        ascii: draw with ASCII only; None: as the locale says.
        start: the screen to begin with, ``search`` or ``today``.
        columns: names of the order table's columns, from left to right; empty: the usual ones.
        keys: keys by action id.
        problems: a sentence for each thing that cannot be used; the rest of the file counts all the same.
    """

    theme: str = ""
    ascii: bool | None = None
    start: str = "search"
    columns: tuple[str, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def load(config: Path) -> Preferences:
    """Read `screens.toml` in the folder `config`; a missing file counts as an empty one."""
    path = config / NAME
    try:
        values = toml_text.read(plain_file.read_text(path))
    except FileNotFoundError:
        return Preferences()
    except (OSError, UnicodeDecodeError) as error:
        return Preferences(problems=(f"{path} cannot be read: {unreadable(error)}.",))
    except tomllib.TOMLDecodeError as error:
        return Preferences(problems=(f"{path} is not valid TOML: {error}.",))
    return _read(values)


def _read(values: Mapping[str, Any]) -> Preferences:
    problems: list[str] = []

    def text(name: str) -> str:
        value = values.get(name, "")
        if not isinstance(value, str):
            problems.append(f"{NAME}: {name} must be a text in quotes.")
            return ""
        return value

    for name in values.keys() - {"theme", "ascii", "start", "columns", "keys"}:
        problems.append(f"{NAME}: there is no setting '{name}'; there are theme, ascii, start, columns and [keys].")
    theme = text("theme")
    ascii_only = values.get("ascii")
    if ascii_only is not None and not isinstance(ascii_only, bool):
        problems.append(f"{NAME}: ascii must be true or false.")
        ascii_only = None
    start = text("start") or STARTS[0]
    if start not in STARTS:
        problems.append(f"{NAME}: start must be one of {', '.join(STARTS)}.")
        start = STARTS[0]
    columns = _texts(values.get("columns", []))
    if columns is None:
        problems.append(f'{NAME}: columns must be a list of names: columns = ["id", "name", "total"].')
    keys: dict[str, tuple[str, ...]] = {}
    table = values.get("keys", {})
    if not isinstance(table, dict):
        problems.append(f"{NAME}: keys must be a table: [keys].")
        table = {}
    for action_id, value in _flat(table):
        read = _texts([value] if isinstance(value, str) else value)
        if read is None:
            problems.append(f'{NAME}: the keys of {action_id} must be a text or a list of texts: "x" or ["x", "F2"].')
        else:
            keys[action_id] = read
    return Preferences(theme, ascii_only, start, columns or (), keys, tuple(problems))


def _texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return the keys of nested tables joined by dots: TOML reads ``order.note = "x"`` as a table in a table."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return found
