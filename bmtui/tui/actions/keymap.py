"""Keymap of the operator: keys for actions, read from `screens.toml`, checked for conflicts."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from bmtui.tui.actions import registry
from bmtui.tui.actions.action import Action
from bmtui.tui.actions.registry import SHOWN

_WRITTEN = {shown: key for key, shown in SHOWN.items()}
_KEY = re.compile(r"[^\s,]|(?:ctrl\+|shift\+|alt\+)*[a-z0-9_]+")
_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Textual's names of keys that differ from the Unicode name of their character."""
_NEVER = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
}
"""Keys that old terminals send as other keys, so that they cannot be told apart."""


def places() -> list[str]:
    """Return the screens that have actions, by their `PLACE`."""
    return sorted({place for action in registry.ACTIONS for place in action.places} - {"*"})


def rebind(wanted: Mapping[str, Sequence[str]], places: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the wanted keys that are possible, by action id, and a sentence for each refused one.

    An action whose new key means something else on one of its screens keeps its old keys.
    """
    problems: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for action_id, keys in wanted.items():
        if action_id not in registry.BY_ID:
            close = difflib.get_close_matches(action_id, registry.BY_ID, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            problems.append(f"There is no action '{action_id}'.{hint}")
            continue
        read = [key_named(key) for key in keys]
        bad = [key for key, known in zip(keys, read, strict=True) if known is None]
        if bad or not keys:
            problems.append(f"{action_id}: '{bad[0]}' is no key." if bad else f"{action_id} has no key.")
            continue
        lost = [key for key in read if key in _NEVER]
        if lost:
            problems.append(f"{action_id}: many terminals send {lost[0]} as {_NEVER[str(lost[0])]}.")
            continue
        chosen[action_id] = tuple(str(key) for key in read)
    # Dropping a choice gives the action its old keys back, which may clash with another choice.
    while clash := _clash(chosen, tuple(places)):
        action, other, place, key = clash
        problems.append(
            f"{registry.shown_key(key)} is both {action.label} ({action.id}) and {other.label} ({other.id}) "
            f"in {place}: {action.id} keeps its own keys."
        )
        del chosen[action.id]
    return chosen, problems


def key_named(text: str) -> str | None:
    """Return Textual's name of a key that a person wrote: ``/``, ``^s``, ``ctrl+s``, ``F2``, ``Esc``; else None."""
    if text in _WRITTEN:
        return _WRITTEN[text]
    if len(text) == 1 and text.isprintable() and not text.isspace():
        name = unicodedata.name(text, "").lower().replace("-", "_").replace(" ", "_")
        return text if text.isalnum() else _NAMES.get(name, name)
    if text.startswith("^") and len(text) == 2:
        return f"ctrl+{text[1].lower()}"
    lower = text.lower()
    known = {shown.lower(): key for shown, key in _WRITTEN.items()}
    if lower in known:
        return known[lower]
    return lower if _KEY.fullmatch(lower) else None


def _clash(chosen: Mapping[str, tuple[str, ...]], places: Iterable[str]) -> tuple[Action, Action, str, str] | None:
    for place in places:
        owners: dict[str, Action] = {}
        for action in registry.of_place(place, rebound=False):
            for key in chosen.get(action.id, action.keys):
                other = owners.setdefault(key, action)
                if other is not action and (action.id in chosen or other.id in chosen):
                    mine, theirs = (action, other) if action.id in chosen else (other, action)
                    return mine, theirs, place, key
    return None
