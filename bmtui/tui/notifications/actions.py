"""Actions on notifications: opening, testing and editing the ways out, and handling dead deliveries."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.notifications import acts

    return acts


def _way(context: Context) -> str | None:
    from bmtui.desk.notifications.deliveries import WayView

    return None if context.get(WayView) else "There is no notification way under the cursor."


def _tried(context: Context) -> str | None:
    return _way(context) or why_not.write(context)


def _dead(context: Context) -> str | None:
    from bmtui.desk.notifications.deliveries import DeliveryView

    row = context.get(DeliveryView)
    if row is None:
        return "There is nothing under the cursor."
    return why_not.write(context) or (None if row.state == "dead" else f"It is {row.state}: no action is needed.")


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.notifications",
        "Notifications",
        "The ways by which events reach people: command, webhook, mail.",
        ("asterisk",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_ways(screen),
        not_in=("ways",),
        after="desk.rules",
    ),
    Action(
        "way.open",
        "Open",
        "Sent, waiting and dead notifications of the way.",
        ("enter",),
        "Notifications",
        ("ways",),
        lambda screen: _acts().open_way(screen),
        why_not=_way,
        former=("o",),
        hint=1,
        after="rule.delete",
    ),
    Action(
        "way.test",
        "Try",
        "Send a message on it now.",
        ("t",),
        "Notifications",
        ("ways",),
        lambda screen: _acts().test(screen),
        why_not=_tried,
        hint=2,
    ),
    Action(
        "way.edit",
        "Edit bmtui.toml",
        "Ways are written there; errors are shown with their line.",
        ("e",),
        "Notifications",
        ("ways",),
        lambda screen: _acts().edit(screen),
        why_not=why_not.write,
        hint=3,
        brief="Edit",
    ),
    Action(
        "delivery.again",
        "Send again",
        "Send a dead notification again.",
        ("r",),
        "Notifications",
        ("deliveries",),
        lambda screen: _acts().send_again(screen),
        why_not=_dead,
        hint=1,
    ),
    Action(
        "delivery.drop",
        "Let it go",
        "Drop it: it is not sent again.",
        ("x",),
        "Notifications",
        ("deliveries",),
        lambda screen: _acts().drop(screen),
        destructive=True,
        why_not=_dead,
        hint=2,
    ),
)
