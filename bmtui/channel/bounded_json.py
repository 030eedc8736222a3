"""JSON parser for answers, in which a value of absurd size or depth spoils only its own place.

What Python cannot hold, or cannot write as JSON again, stands there as the text that came: a number of thousands of
digits, ``1e400``, ``NaN``, arrays thousands deep. Whoever reads the field meets a text and says so; the other orders of
the page are read as if nothing had been.
"""

from __future__ import annotations

import json
import math
import re

MOST_DEPTH = 40
"""Largest depth of objects and lists; the deepest known, an after-sales folder in a list, has 11."""
_MOST_DIGITS = 300
# Possessive: a text without an end must not be tried again from each of its quotation marks.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def loads(body: bytes) -> object:
    """Parse a body in UTF-8. Raises `ValueError` when it is no JSON, and nothing else."""
    text = body.decode("utf-8-sig")
    try:
        value = _parsed(text)
        if not _is_deep(value):
            return value
    except RecursionError:
        pass
    return _parsed(_flattened(text))


def _parsed(text: str) -> object:
    value: object = json.loads(text, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)
    return value


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _constant(name: str) -> str:
    # In brackets: three letters alone could be meant as a currency.
    return f"({name})"


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for holder in level
            if isinstance(holder, dict | list)
            for inner in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _flattened(text: str) -> str:
    """Return `text` with each value deeper than `MOST_DEPTH` as a JSON text that holds it."""
    pieces: list[str] = []
    depth = done = begun = 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "[{":
            depth += 1
            if depth == MOST_DEPTH + 1:
                pieces.append(text[done : token.start()])
                begun = token.start()
        elif sign in "]}":
            if depth == MOST_DEPTH + 1:
                done = token.end()
                pieces.append(json.dumps(text[begun:done]))
            depth -= 1
    if depth > MOST_DEPTH:
        raise ValueError("the JSON ends inside a value")
    return "".join([*pieces, text[done:]])
