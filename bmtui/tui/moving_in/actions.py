"""Actions for moving in from another system."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.moving_in import acts

    return acts


def _step(context: Context) -> str | None:
    from bmtui.desk.moving_in.checklist import Step

    return None if context.get(Step) else "There is no step under the cursor."


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.moving_in",
        "Moving in",
        "The checklist of a change-over from another system: what is done, and what is next.",
        ("greater_than_sign", "f3"),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_checklist(screen),
        after="desk.notifications",
    ),
    Action(
        "moving.open",
        "Step",
        "All that was found, and what to do next.",
        ("enter", "o"),
        "Moving in",
        ("moving_in",),
        lambda screen: screen.do_open(),
        why_not=_step,
        hint=1,
    ),
)
