"""What a half-typed query can become: filters, their values, dates."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.store.query import CLOCKS, DATE_KEYS, KEYS, PRESETS, WORD_KEYS

SHOWN = 12


def completions(text: str) -> tuple[str, ...]:
    """The whole queries that `text` can be completed to, the likeliest first; empty where nothing is known."""
    head, _, last = text.rpartition(" ")
    head += " " if head or text.startswith(" ") else ""
    minus = "-" if last.startswith("-") else ""
    key, colon, value = last.removeprefix("-").partition(":")
    if not colon:
        wanted = key.lower()
        return tuple(f"{head}{minus}{known}:" for known in KEYS if wanted and known.startswith(wanted))
    before, comma, started = value.rpartition(",")
    typed = started.lower().replace("_", "")
    return tuple(
        f"{head}{minus}{key}:{before}{comma}{word}"
        for word in _values(key.lower())
        if word.replace("_", "").startswith(typed) and word != started
    )


def _values(key: str) -> Sequence[str]:
    if key in WORD_KEYS:
        return tuple(str(word) for word in WORD_KEYS[key])
    if key == "shipby":
        return tuple(dict.fromkeys((*CLOCKS, *PRESETS)))
    return PRESETS if key in DATE_KEYS else ()


def hint(text: str) -> str:
    """The words that may follow, for a line under the query; '' where there are none."""
    found = [whole.rpartition(" ")[2].rpartition(",")[2].rpartition(":") for whole in completions(text)]
    words = [last or f"{first}:" for first, _, last in found]
    shown = " ".join(words[:SHOWN])
    return f"Tab: {shown}{' …' if len(words) > SHOWN else ''}" if words else ""
