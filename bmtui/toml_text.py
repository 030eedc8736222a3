"""TOML text: set single keys in a file that a person wrote, and write keys with their help as comments.

tomllib reads and tomli-w writes. Neither keeps comments, so a key of an existing text is set by exchanging the
characters of its value alone, and the result is read back before it is returned.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bmtui.errors import ConfigError

Scalar = str | int | float | bool
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=[ \t]*")


class _Statement(NamedTuple):
    """Statement `key = value` above the first table: offsets in the text of its lines and of the value within them.

    `name` is None when the key has dots.
    """

    name: str | None
    start: int
    value_start: int
    value_end: int
    end: int


def read(text: str) -> dict[str, Any]:
    """Parse a TOML text.

    Raises:
        TOMLDecodeError: the text is not TOML, or is nested too deeply to be a settings file.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("nested too deeply") from None


def with_keys(text: str, changes: Mapping[str, Scalar | None]) -> str:
    """Return `text` with keys above its first table set (None: removed, with its line); other characters stay.

    A key that is not there yet gets a line after the last one above the first table. `text` must be valid TOML.

    Raises:
        ConfigError: the result would not be read as the changed values, as when a key is a table there.
    """
    expected = read(text)
    line_end = "\r\n" if "\r\n" in text else "\n"
    changed = text
    for name, value in changes.items():
        statements = list(_statements(changed))
        found = next((one for one in statements if one.name == name), None)
        if value is None:
            expected.pop(name, None)
            if found:
                changed = changed[: found.start] + changed[found.end :]
            continue
        expected[name] = value
        if found:
            changed = changed[: found.value_start] + _value(value) + changed[found.value_end :]
        else:
            at = statements[-1].end if statements else _end_of_head(changed)
            before = changed[:at]
            gap = line_end if before and not before.endswith("\n") else ""
            changed = f"{before}{gap}{key_line(name, value)}{line_end}{changed[at:]}"
    if not _reads_as(changed, expected):
        names = ", ".join(f"'{name}'" for name in changes)
        raise ConfigError(f"{names} cannot be set in this TOML text without harm to the rest.", "Edit it by hand.")
    return changed


def key_line(name: str, value: object) -> str:
    """Return the line `name = value`, without its line break."""
    # Costs start-up time, and few write.
    import tomli_w

    return tomli_w.dumps({name: value}).rstrip("\n")


def header(path: Sequence[str]) -> str:
    """Return the `[heading]` line of a table."""
    return f"[{'.'.join(key_line(part, 0).removesuffix(' = 0') for part in path)}]"


def comment(text: str) -> str:
    """Return the text as a comment on one line."""
    return f"# {' '.join(text.split())}"


def _value(value: Scalar) -> str:
    return key_line("x", value).removeprefix("x = ")


def _statements(text: str) -> Iterator[_Statement]:
    """Yield the statements above the first table, in order. A statement ends where tomllib can read it."""
    at, end = 0, _end_of_head(text)
    while at < end:
        first = _line_end(text, at)
        if text[at:first].strip() == "" or text[at:first].lstrip().startswith("#"):
            at = first
            continue
        last = first
        while last < end and not _is_toml(text[at:last]):
            last = _line_end(text, last)
        key = _KEY.match(text, at)
        if key is None:
            return
        (name, inner), *_ = tomllib.loads(f"{key[1]} = 0").items()
        yield _Statement(name if inner == 0 else None, at, key.end(), _value_end(text, at, key.end(), last), last)
        at = last


def _value_end(text: str, start: int, value_start: int, end: int) -> int:
    """Return the offset at which the value ends: before a comment behind it, or at the end of its line."""
    for mark in re.finditer("#", text[value_start:end]):
        if _is_toml(text[start : value_start + mark.start()]):
            end = value_start + mark.start()
            break
    return value_start + len(text[value_start:end].rstrip())


def _end_of_head(text: str) -> int:
    """Return the offset of the first table, else of the end of the text. Lines within a value may begin with [, too."""
    for match in re.finditer(r"^[ \t]*\[", text, re.MULTILINE):
        if _is_toml(text[: match.start()]):
            return match.start()
    return len(text)


def _line_end(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _reads_as(text: str, expected: Mapping[str, Any]) -> bool:
    """Return whether `text` parses to exactly the expected values; 1, 1.0 and true are told apart."""
    try:
        return repr(sorted(tomllib.loads(text).items())) == repr(sorted(expected.items()))
    except tomllib.TOMLDecodeError:
        return False
