"""Typed filters of smaller lists, such as ``status:open market:fr-fr dupont``; orders have `store.query`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from bmtui.errors import ConfigError
from bmtui.text import plain
from bmtui.values import whole_number

Condition = Callable[[str], Any]
"""Function that makes a peewee condition of a filter's value; raises ConfigError."""


def conditions(query: str, keys: Mapping[str, Condition], word: Condition, what: str) -> list[Any]:
    """Return the conditions of a query: different filters combine with AND, several values of one with OR.

    Args:
        word: makes the condition of a bare word.
        what: the filtered things, in the plural, for a message.

    Raises:
        ConfigError: no such filter, or no value.
    """
    found = []
    for match in re.finditer(r'([A-Za-z]+):("[^"]*"|\S*)|"[^"]*"|\S+', plain(query)):
        if match[1] is None:
            found.append(word(match[0].strip('"').strip()))
            continue
        key, value = match[1].lower(), match[2].strip('"')
        if key not in keys:
            raise ConfigError(f"There is no filter '{key}:' for {what}.", f"Filters: {', '.join(keys)}.")
        values = [part.strip() for part in value.split(",") if part.strip()]
        if not values:
            raise ConfigError(f"'{key}:' has no value.", "Write a value, or remove it.")
        found.append(reduce(or_, [keys[key](part) for part in values]))
    return found


def all_of(parts: Sequence[Any]) -> Any:
    """Return `parts`, at least one, combined with AND."""
    return reduce(and_, parts)


def number(column: Any) -> Condition:
    """Return a filter that compares the column with a number."""

    def condition(value: str) -> Any:
        return column == whole_number.read(value, wanted="number", low=0)

    return condition


def meant(words: Sequence[str], value: str, name: str) -> str:
    """Return the word that `value` names, in any case, without underscores, or by its beginning. Raises ConfigError."""
    folded = value.lower().replace("_", "").replace("-", "")
    known = {word.replace("_", ""): word for word in words}
    found = [known[folded]] if folded in known else [word for text, word in known.items() if text.startswith(folded)]
    if len(found) != 1:
        raise ConfigError(f"'{value[:40]}' is no value of '{name}:'.", f"Values: {', '.join(words)}.")
    return found[0]
