"""`bmtui.toml`: its keys, reading (errors name the line), and writing that keeps the user's comments."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bmtui import plain_file, toml_text
from bmtui.errors import ConfigError, NotRead, unreadable
from bmtui.values.date import read_zone

NAME = "bmtui.toml"
SCHEMA_NAME = "bmtui.schema.json"
_FIRST_LINE = "# Keys of bmtui.toml: 'bmtui help configuration'.\n"


@dataclass(frozen=True, slots=True)
class Key:
    """Key of the file.

    Attributes:
        default: value as in the file; None where the value is found in another way, which `help` says.
        lowest, highest: bounds of a number.
    """

    name: str
    kind: Literal["text", "number", "choice", "zone"]
    default: str | int | None
    help: str
    choices: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0


COMPANY_ZONE = "company"
"""Value of `zone` with which the time zone of each company counts."""

KEYS = (
    Key(
        "store",
        "text",
        None,
        "Where orders are kept: sqlite:///PATH (relative to the data folder), or "
        "postgresql://USER:PASSWORD@HOST/DATABASE. Without it: bmtui.sqlite in the data folder.",
    ),
    Key(
        "log_format",
        "choice",
        "text",
        "How bmtui.log is written: lines for people, or a JSON object a line.",
        ("text", "json"),
    ),
    Key("log_level", "choice", "info", "Lowest level that is logged.", ("debug", "info", "warning", "error")),
    Key("log_megabytes", "number", 2, "Size at which bmtui.log is rotated.", lowest=1, highest=1000),
    Key("log_files", "number", 3, "How many rotated logs are kept.", lowest=0, highest=100),
    Key(
        "retention_days",
        "number",
        0,
        "After how many days 'bmtui purge' anonymises finished orders; 0: only with --older-than.",
        lowest=0,
        highest=36_500,
    ),
    Key(
        "zone",
        "zone",
        COMPANY_ZONE,
        "Time zone of lists and queries: company (the company's own; of several companies with different zones UTC), "
        "UTC, or a name such as Europe/Paris.",
    ),
)
BY_NAME = {key.name: key for key in KEYS}
TABLES = {"notify": "Notification ways: 'bmtui help notifications'."}
"""Arrays of tables that stand below the keys, such as ``[[notify]]``, with their descriptions."""


def read(file: Path) -> dict[str, Any]:
    """Return the checked keys and tables of the file; an empty dict when there is no file.

    Raises:
        ConfigError: the file cannot be read, or has an unknown key or a wrong value; with the line.
    """
    values, _ = _read(file)
    return values


def write(file: Path, changes: Mapping[str, str | None]) -> str:
    """Set keys (None: remove) and leave every other character of the file as it is; all or nothing.

    Returns:
        The text before, empty when there was no file.

    Raises:
        ConfigError: an unknown key, a value that cannot be used, or a file that cannot be read or written.
    """
    _, text = _read(file)
    values: dict[str, str | int | None] = {}
    for name, value in changes.items():
        key = BY_NAME.get(name)
        if key is None:
            raise _unknown(name, "")
        values[name] = None if value is None else typed(key, value, NAME)
    replace_file(file, toml_text.with_keys(text or _FIRST_LINE, values))
    return text


def typed(key: Key, text: str, where: str) -> str | int:
    """Return the value of a key that was given as a text, in `where`. Raises ConfigError when it cannot be used."""
    value: str | int = int(text) if key.kind == "number" and re.fullmatch(r"[0-9]{1,9}", text) else text
    _check(key, value, where)
    return value


def replace_file(file: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file by a text, readable by its owner only by default: a reader sees the old file or the new one.

    Raises:
        ConfigError: the file cannot be written.
    """
    replace_bytes(file, text.encode(), mode)


def replace_bytes(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file by bytes, as `replace_file` does by a text. Raises ConfigError."""
    pending = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pending.unlink(missing_ok=True)
        with open(os.open(pending, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        pending.replace(file)
    except OSError as error:
        with suppress(OSError):
            pending.unlink(missing_ok=True)
        raise ConfigError(f"{file} cannot be written ({error.strerror}).", "Check the folder and the disk.") from error


def schema() -> dict[str, Any]:
    """Return the JSON schema of the file, for editors."""
    properties: dict[str, Any] = {}
    for key in KEYS:
        about: dict[str, Any] = {"description": key.help}
        if key.kind == "number":
            about |= {"type": "integer", "minimum": key.lowest, "maximum": key.highest}
        elif key.kind == "choice":
            about |= {"enum": list(key.choices)}
        else:
            about |= {"type": "string"}
        properties[key.name] = about | ({"default": key.default} if key.default is not None else {})
    for table, told in TABLES.items():
        properties[table] = {"type": "array", "items": {"type": "object"}, "description": told}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": NAME,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def parse(text: str, where: str) -> dict[str, Any]:
    """Parse a TOML text. Raises ConfigError, which names `where` and the line."""
    try:
        return toml_text.read(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is not valid TOML: {error}.", "Correct that line.") from error


def line_of(text: str, name: str, table: str = "") -> int:
    """Return the line, from 1, of a key of a table (of the table itself when `name` is ''); 0 when not found."""
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        if header:
            inside = _bare(header[1])
            if not name and (inside == table or inside.startswith(f"{table}.")):
                return number
        elif name and inside == table and re.match(rf"""\s*["']?{re.escape(name)}["']?\s*[=.]""", line):
            return number
    return 0


def tables(file: Path, name: str) -> tuple[list[Any], str]:
    """Return the tables of an array of the file, and the file's text.

    Raises:
        ConfigError: the file cannot be read.
    """
    values, text = _read(file)
    found = values.get(name, [])
    return found if isinstance(found, list) else [found], text


def line_in_array(text: str, name: str, number: int, key: str = "") -> int:
    """Return the line, from 1, of a key of the array's table `number` (from 0), else of the table's heading."""
    at, begun = -1, 0
    for line_number, line in enumerate(text.split("\n"), 1):
        if re.match(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]", line):
            at += 1
            if at == number:
                begun = line_number
        elif at == number and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return line_number
    return begun


def placed(text: str, where: str, key: str, table: str, problem: str) -> str:
    """Return a sentence that names the problem and its line in a text: the key's line, else that of its table."""
    line = line_of(text, key, table) or line_of(text, "", f"{table}.{key}".strip("."))
    line = line or line_of(text, "", table)
    return f"{where}{f', line {line}' if line else ''}: {problem}."


def _bare(header: str) -> str:
    return header.replace('"', "").replace("'", "").replace(" .", ".").replace(". ", ".")


def _read(file: Path) -> tuple[dict[str, Any], str]:
    try:
        # As bytes: the line ends stay what they are.
        text = plain_file.read_bytes(file).decode("utf-8-sig")
    except FileNotFoundError:
        return {}, ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {unreadable(error)}.", "It must be a UTF-8 text file.") from error
    values = parse(text, str(file))
    for name, value in values.items():
        if name in TABLES:
            # The user of the table reports what is wrong with it; the rest goes on.
            continue
        at = f"{file}, line {line_of(text, name) or line_of(text, '', name)}"
        key = BY_NAME.get(name)
        if key is None:
            raise _unknown(name, at)
        _check(key, value, at)
    return values, text


def _unknown(name: str, at: str) -> ConfigError:
    told = f"{at}: there is an unknown key '{name}'." if at else f"bmtui.toml has no key '{name}'."
    return ConfigError(told, f"Known keys: {', '.join(BY_NAME)}.")


def _check(key: Key, value: object, at: str) -> None:
    if key.kind == "number":
        if not isinstance(value, int) or isinstance(value, bool) or not key.lowest <= value <= key.highest:
            raise ConfigError(
                f"{at}: '{key.name}' must be a whole number from {key.lowest} to {key.highest}.",
                f"For example: {key.name} = {key.default}.",
            )
        return
    if not isinstance(value, str):
        raise ConfigError(
            f"{at}: '{key.name}' must be a text in quotes.",
            f'For example: {key.name} = "{key.default or "sqlite:///bmtui.sqlite"}".',
        )
    if key.kind == "zone" and value != COMPANY_ZONE:
        try:
            read_zone(value, field=key.name)
        except NotRead as error:
            raise ConfigError(f"{at}: {error.message}", f"{error.advice} Or company, or UTC.") from error
    if key.kind == "choice" and value not in key.choices:
        raise ConfigError(f"{at}: '{key.name}' cannot be '{value[:40]}'.", f"Values: {', '.join(key.choices)}.")
