"""Actions of the first steps: the welcome, and the tutorial."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _first() -> ModuleType:
    from bmtui.tui.first_steps import first

    return first


def _tutorial() -> ModuleType:
    from bmtui.tui.first_steps import tutorial

    return tutorial


def _none_yet(context: Context) -> str | None:
    return "There is a company already: in the settings (,) a adds another one." if context.companies else None


ACTIONS: tuple[Action, ...] = (
    Action("desk.first", "First steps", "The demo, or a company: shown by itself while there is none.", ("b",), "Desk",
           ("search",), lambda screen: _first().guide(screen), why_not=_none_yet, after="settings.editor"),
    Action("desk.tutorial", "Tutorial", "A shift in eight steps, in practice; the footer says each.", ("ctrl+y",),
           "Desk", EVERYWHERE, lambda screen: _tutorial().begin(screen.desk_app), after="desk.recent"),
)  # fmt: skip
