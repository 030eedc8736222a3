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

    return None if context.get(WayView) else "There is no way out under the cursor."


def _tried(context: Context) -> str | None:
    return _way(context) or why_not.write(context)


def _dead(context: Context) -> str | None:
    from bmtui.desk.notifications.deliveries import DeliveryView

    row = context.get(DeliveryView)
    if row is None:
        return "There is nothing under the cursor."
    return why_not.write(context) or (None if row.state == "dead" else f"It is {row.state}: nothing is to be done.")


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
        "What went out on it, what waits, and what is dead.",
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
        "Ways are written there; what is wrong with one is told with its line.",
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
        "Try one anew that nobody could take.",
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
        "Nobody tries it again.",
        ("x",),
        "Notifications",
        ("deliveries",),
        lambda screen: _acts().drop(screen),
        destructive=True,
        why_not=_dead,
        hint=2,
    ),
)
