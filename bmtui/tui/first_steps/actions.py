"""The first minutes: a company, or the demo."""

from __future__ import annotations

from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import Action
from bmtui.tui.actions.why_not import Context


def _none_yet(context: Context) -> str | None:
    return "There is a company already: in the settings (,) a adds another one." if context.companies else None


async def _begin(screen: Any) -> None:
    from bmtui.tui.first_steps import first

    await first.guide(screen)


async def _add(screen: Any) -> None:
    from bmtui.tui.companies import adding

    await adding.add(screen)


ACTIONS: tuple[Action, ...] = (
    Action("desk.first", "First steps", "The demo, or a company: shown by itself while there is none.", ("b",), "Desk",
           ("search",), _begin, why_not=_none_yet),
    Action("company.add", "Add a company", "Its name, platform, contact and token; the rest has defaults.", ("a",),
           "Settings", ("settings",), _add, why_not=why_not.write, hint=5, brief="Add"),
)  # fmt: skip
