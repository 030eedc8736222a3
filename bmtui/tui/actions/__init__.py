"""The one registry of actions. Bindings, footer, help, palette and documentation come from it.

An action is always in its place. When it cannot be done now, `why_not` says why, and pressing its key says so too.

Each module of this package has a group of them, its `ACTIONS`, and a `RANK` that says where it stands among the others,
the lowest first. A new module is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from textual.binding import Binding, BindingType

from bmtui.tui.actions.action import ORDERS as ORDERS
from bmtui.tui.actions.action import Action as Action


def _collected() -> tuple[Action, ...]:
    names = [found.name for found in pkgutil.iter_modules(__path__) if found.name != "action"]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(action for module in sorted(modules, key=lambda module: module.RANK) for action in module.ACTIONS)


ACTIONS = _collected()
BY_ID = {action.id: action for action in ACTIONS}

HINTS = 8
"""More than this in the footer is not read any more."""

_SHOWN = {
    "slash": "/",
    "comma": ",",
    "colon": ":",
    "question_mark": "?",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "f1": "F1",
}


def shown_key(key: str) -> str:
    """A key as people write it: ``slash`` → ``/``, ``ctrl+s`` → ``^s``."""
    return f"^{key.removeprefix('ctrl+')}" if key.startswith("ctrl+") else _SHOWN.get(key, key)


def of_place(place: str) -> list[Action]:
    """The actions to be had on a screen, in the registry's order."""
    return [action for action in ACTIONS if action.is_at(place)]


def bindings(place: str) -> list[BindingType]:
    """Textual's bindings of a screen."""
    return [
        Binding(
            key, f"act('{action.id}')", action.label, id=f"{place}.{action.id}.{key}", tooltip=action.help, show=False
        )
        for action in of_place(place)
        for key in action.keys
    ]


def footer(place: str) -> list[tuple[str, str]]:
    """The footer's hints: at most `HINTS` pairs of key and label, chosen by `hint`, in the registry's order."""
    hinted = [action for action in of_place(place) if action.hint]
    chosen = sorted(hinted, key=lambda action: action.hint)[:HINTS]
    return [(shown_key(action.keys[0]), action.brief or action.label) for action in hinted if action in chosen]
