"""Registry of all actions. Bindings, footer, help, palette and documentation come from it.

An action never disappears. When it cannot be done now, `why_not` says why, and pressing its key shows that sentence.

`MODULES` lists the modules that have `ACTIONS`. Help, palette, footer and documentation list them in this order,
except for actions that name the one that they come `after`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from textual.binding import Binding, BindingType

from bmtui.tui.actions.action import EVERYWHERE as EVERYWHERE
from bmtui.tui.actions.action import ORDERS as ORDERS
from bmtui.tui.actions.action import Action as Action
from bmtui.tui.actions.why_not import Context

MODULES = (
    "orders.actions",
    "tags.actions",
    "overview.actions",
    "cancellation.actions",
    "refunds.actions",
    "acceptance.actions",
    "shipping.actions",
    "jobs.actions",
    "invoicing.actions",
    "sync.actions",
    "accounts.actions",
    "operations.actions",
    "companies.actions",
    "first_steps.actions",
    "returns.actions",
    "after_sales.actions",
    "outbox.actions",
    "rules.actions",
    "notifications.actions",
    "moving_in.actions",
    "actions.desk",
    "actions.move",
)
"""Modules with `ACTIONS`, imported by name: a plain import would be a circle, since actions open screens."""


def in_order(modules: Iterable[Iterable[Action]]) -> tuple[Action, ...]:
    """Return the actions of all modules in the order of `after`. Raise KeyError if one is unknown, or in a circle."""
    following: dict[str, list[Action]] = {}
    known, previous = {""}, ""
    for module in modules:
        for action in module:
            # Actions with `after` come before those that only follow in their module.
            siblings = following.setdefault(action.after or previous, [])
            siblings.insert(0 if action.after else len(siblings), action)
            previous = action.id
            known.add(action.id)
    unknown = following.keys() - known
    if unknown:
        raise KeyError(f"no action {', '.join(sorted(unknown))} for another to come after")
    ordered: list[Action] = []
    waiting = following.get("", [])[::-1]
    while waiting:
        ordered.append(waiting.pop())
        waiting += following.get(ordered[-1].id, [])[::-1]
    lost = sorted(known - {"", *(action.id for action in ordered)})
    if lost:
        raise KeyError(f"in a circle, each after another: {', '.join(lost)}")
    return tuple(ordered)


ACTIONS = in_order(importlib.import_module(f"bmtui.tui.{name}").ACTIONS for name in MODULES)
BY_ID = {action.id: action for action in ACTIONS}

HINTS = 8
"""Most hints in the footer; more are not read."""

_keys: dict[str, tuple[str, ...]] = {}
"""Chosen keys by action id, in place of the action's own."""

SHOWN = {
    "slash": "/",
    "full_stop": ".",
    "at": "@",
    "equals_sign": "=",
    "ampersand": "&",
    "asterisk": "*",
    "dollar_sign": "$",
    "comma": ",",
    "greater_than_sign": ">",
    "colon": ":",
    "question_mark": "?",
    "exclamation_mark": "!",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "S-Tab",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
"""Keys as people write them, by Textual's names."""


def use_keys(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Replace the keys of these actions; `bmtui.tui.actions.keymap.rebind` has checked that they are possible."""
    _keys.clear()
    _keys.update(keys)


def keys_of(action_id: str) -> tuple[str, ...]:
    """Return the keys of an action as Textual names them: the chosen ones, else its own."""
    return _keys.get(action_id, BY_ID[action_id].keys)


def key_to_say(action_id: str, *, writing: bool = False) -> str:
    """Return the key of an action as people write it; '' without one. While `writing`, characters do not count."""
    return _hint(replace(BY_ID[action_id], keys=keys_of(action_id)), writing)


def textual_keymap() -> dict[str, str]:
    """Return the chosen keys in the form that Textual wants."""
    return {action_id: ",".join(keys) for action_id, keys in _keys.items()}


def shown_key(key: str) -> str:
    """Return a key as people write it: ``slash`` → ``/``, ``ctrl+s`` → ``^s``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdecimal() else SHOWN.get(key, key)


def of_place(place: str, *, rebound: bool = True) -> list[Action]:
    """Return the actions of a screen, in the registry's order, with their chosen keys."""
    here = [action for action in ACTIONS if action.is_at(place)]
    return [replace(action, keys=_keys[action.id]) if rebound and action.id in _keys else action for action in here]


def rows(place: str, *, writing: bool = False) -> list[tuple[str, Action]]:
    """Return the actions of a screen with their keys as people write them; a family of digits is one row.

    While `writing`, characters are typed into a field: actions that have no other key show the palette's.
    """
    if writing:
        palette = _hint(BY_ID["desk.palette"], writing)
        here = (action for action in of_place(place) if action.group != "Move" and action.digit is None)
        return [(_hint(action, writing) or palette, action) for action in here]
    found: list[tuple[str, Action]] = []
    digits: dict[str, list[Action]] = {}
    for action in of_place(place):
        if action.digit is None:
            # Actions without a key are done from the palette.
            keys = action.keys or keys_of("desk.palette")
            found.append(("  ".join(shown_key(key) for key in keys), action))
            continue
        family = digits.setdefault(action.id.partition(".")[0], [])
        family.append(action)
        if len(family) == 1:
            found.append(("", action))
    return [(keys, action) if keys else _as_one(digits[action.id.partition(".")[0]]) for keys, action in found]


def _as_one(family: list[Action]) -> tuple[str, Action]:
    first, last = family[0], family[-1]
    if first is last:
        return shown_key(first.keys[0]), first
    return f"{first.keys[0]}–{last.keys[0]}", replace(first, label=first.label.rstrip(" 0123456789"))


def owner(place: str, key: str) -> Action | None:
    """Return the action of a key on a screen, by the chosen keys; None without one."""
    return next((action for action in of_place(place) if key in action.keys), None)


def formerly(place: str) -> dict[str, Action]:
    """Return the actions that keys of a screen had in the release before this one, by Textual's name of the key."""
    return {key: action for action in of_place(place) for key in action.former}


def bindings(place: str) -> list[BindingType]:
    """Return Textual's bindings of a screen; the app's keymap changes their keys by their ids.

    A key of the release before this one that is free here still does its former action.
    """
    here = of_place(place, rebound=False)
    taken = {key for action in here for key in action.keys}
    former = [(key, action) for action in here for key in action.former if key not in taken]
    return [
        *(
            Binding(",".join(action.keys), f"act('{action.id}')", action.label, id=action.id, show=False)
            for action in here
            if action.keys
        ),
        *(
            Binding(key, f"act_by_former_key('{key}', '{action.id}')", action.label, show=False)
            for key, action in former
        ),
    ]


_NAMED = 21
"""Longest action name that is shown in full beside others, in characters."""
_LAST = ("desk.help", "desk.back", "desk.quit")
"""Actions at the end of each footer, however little room there is: help and the way out."""


def footer(place: str, contexts: Sequence[Context], *, writing: bool = False) -> list[tuple[str, str]]:
    """Return the footer's hints: at most `HINTS` pairs of key and label.

    First the actions that the row waits for, then the others, each by rank; only those that can be done now.

    Args:
        contexts: that of the row under the cursor, or those of all marked rows: actions that fit one of these are
            shown, actions that take only one row are not.
        writing: a field is being typed into: show only keys that are no characters.
    """
    found: list[tuple[tuple[int, ...], str, str]] = []
    for number, (key, action) in enumerate(_shown(place, writing)):
        word = _word(action, contexts)
        if not key or word is None or not (word or action.hint):
            continue
        rank = (2, _LAST.index(action.id)) if action.id in _LAST else (0 if word else 1, action.hint, number)
        found.append((rank, key, word or action.brief or action.label))
    found.sort()
    ends = [hint for hint in found if hint[0][0] == 2]
    return [(key, label) for _, key, label in (*found[: -len(ends) or None][: HINTS - len(ends)], *ends)]


def _shown(place: str, writing: bool) -> list[tuple[str, Action]]:
    """Return the actions of a screen, each with one of its keys; a family of digits is one entry."""
    if writing:
        return [(_hint(action, writing), action) for action in of_place(place)]
    return [(keys.partition("  ")[0], action) for keys, action in rows(place)]


def nexts(place: str, context: Context) -> list[tuple[str, str]]:
    """Return key and name of the actions that the row waits for, likeliest first; a word replaces a long name."""
    here = [(action, word) for action in of_place(place) if action.keys and (word := _word(action, [context]))]
    here.sort(key=lambda pair: pair[0].hint)
    return [(shown_key(one.keys[0]), one.label if len(one.label) <= _NAMED else word) for one, word in here]


def _word(action: Action, contexts: Sequence[Context]) -> str | None:
    """Return the footer's word for an action, '' for its own name, None where it cannot be done."""
    if contexts[0].marked and action.is_about_orders and action.many is None:
        return None
    words = [word for context in contexts if (word := _use(action, context)) is not None]
    return next(filter(None, words), "") if words else None


def _use(action: Action, context: Context) -> str | None:
    word = action.use(context)
    # Skip `why_not` of actions that the footer does not show: some reasons take a while.
    if word is None or not (word or action.hint) or action.why_not(context):
        return None
    return word


def _hint(action: Action, writing: bool) -> str:
    keys = [shown_key(key) for key in action.keys]
    return next((key for key in keys if not writing or (len(key) > 1 and key != "Space")), "")
