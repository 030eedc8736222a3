"""Completions of a half-typed query: filters, their values, dates."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.store.query import AMOUNT_KEYS, CLOCKS, DATE_KEYS, KEYS, PRESETS, TEXT_KEYS, WORD_KEYS

SHOWN = 12


def completions(text: str) -> tuple[str, ...]:
    """Return the whole queries that `text` can be completed to, likeliest first; empty for none."""
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


def filters() -> list[tuple[str, str, str]]:
    """Return all filters, as name, label and the values that can follow; the most used first."""
    about = {
        "id": "order numbers, separated by commas",
        "any": "words of which one must stand in the order",
        **{key: ", ".join(map(str, words)) for key, words in WORD_KEYS.items()},
        **TEXT_KEYS,
        **dict.fromkeys(DATE_KEYS, "a day, a span or a preset: 2026-11-23, last7"),
        **dict.fromkeys(AMOUNT_KEYS, "an amount: >100, 50..80"),
    }
    about["shipby"] = ", ".join(dict.fromkeys((*CLOCKS, *PRESETS)))
    first = ("channel", "status", "shipby", "market", "sku", "name", "created", "has")
    return [(key, f"{key}:", about[key].replace("`", "")) for key in sorted(KEYS, key=lambda key: key not in first)]


def _values(key: str) -> Sequence[str]:
    if key in WORD_KEYS:
        return tuple(str(word) for word in WORD_KEYS[key])
    if key == "shipby":
        return tuple(dict.fromkeys((*CLOCKS, *PRESETS)))
    return PRESETS if key in DATE_KEYS else ()


def hint(text: str) -> str:
    """Return the words that may follow, for the line under the query; '' for none."""
    found = [whole.rpartition(" ")[2].rpartition(",")[2].rpartition(":") for whole in completions(text)]
    words = [last or f"{first}:" for first, _, last in found]
    shown = " ".join(words[:SHOWN])
    return f"Tab: {shown}{' …' if len(words) > SHOWN else ''}" if words else ""
