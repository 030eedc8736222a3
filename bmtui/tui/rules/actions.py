"""Actions on rules: reading, writing and trying them, turning them on and off."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context

BOTH = ("rules", "rule")


def _acts() -> ModuleType:
    from bmtui.tui.rules import acts

    return acts


def _rule(context: Context) -> str | None:
    from bmtui.desk.rules.views import RuleView

    return None if context.get(RuleView) else "There is no rule under the cursor."


def _written(context: Context) -> str | None:
    return _rule(context) or why_not.write(context)


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.rules",
        "Rules",
        "What is done by itself: when, if, then; tried on stored orders before it runs.",
        ("ampersand",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_rules(screen),
        not_in=("rules",),
        after="desk.outbox",
    ),
    Action(
        "rule.open",
        "Open",
        "The rule, and what it did.",
        ("enter",),
        "Rules",
        ("rules",),
        lambda screen: _acts().open_rule(screen),
        why_not=_rule,
        former=("o",),
        hint=1,
        after="outbox.resume",
    ),
    Action(
        "rule.write",
        "New rule",
        "Write one: when, if, then.",
        ("n",),
        "Rules",
        ("rules",),
        lambda screen: _acts().write(screen),
        why_not=why_not.write,
        hint=2,
        brief="New",
    ),
    Action(
        "rule.edit",
        "Change",
        "Write a new version of the rule.",
        ("e",),
        "Rules",
        BOTH,
        lambda screen: _acts().edit(screen),
        why_not=_written,
    ),
    Action(
        "rule.test",
        "Try",
        "What it would have done with stored orders; nothing is changed.",
        ("t",),
        "Rules",
        BOTH,
        lambda screen: _acts().test(screen),
        why_not=_rule,
        hint=4,
    ),
    Action(
        "rule.turn",
        "On or off",
        "Let the rule act, or not.",
        ("space",),
        "Rules",
        BOTH,
        lambda screen: _acts().turn(screen),
        why_not=_written,
        hint=5,
    ),
    Action(
        "rules.turn_all",
        "All rules on or off",
        "One key stops all of them, those of acceptance too.",
        ("p",),
        "Rules",
        BOTH,
        lambda screen: _acts().turn_all(screen),
        why_not=why_not.write,
        hint=6,
        brief="All off",
        former=("P",),
    ),
    Action(
        "rule.delete",
        "Delete",
        "Its log stays.",
        ("x",),
        "Rules",
        ("rules",),
        lambda screen: _acts().delete(screen),
        destructive=True,
        why_not=_written,
    ),
)
