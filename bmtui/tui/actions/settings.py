"""What is done with settings."""

from __future__ import annotations

from bmtui.tui import why_not
from bmtui.tui.actions.action import Action

RANK = 40


ACTIONS: tuple[Action, ...] = (
    Action(
        "settings.edit",
        "Edit",
        "Unlock the settings.",
        ("e",),
        "Settings",
        ("settings",),
        "do_edit",
        why_not=why_not.edit,
        hint=1,
    ),
    Action(
        "settings.change",
        "Change",
        "Switch the toggle, or change the value.",
        ("enter", "space"),
        "Settings",
        ("settings",),
        "do_change",
        why_not=why_not.unlocked,
        hint=2,
    ),
    Action(
        "settings.save",
        "Save",
        "Save all changes at once.",
        ("ctrl+s", "w"),
        "Settings",
        ("settings",),
        "do_save",
        why_not=why_not.save,
        hint=3,
    ),
    Action(
        "settings.test",
        "Test settings",
        "One cheap call to Back Market with what is saved.",
        ("t",),
        "Settings",
        ("settings",),
        "do_test",
        why_not=why_not.company,
        hint=4,
        brief="Test",
    ),
    Action(
        "settings.next",
        "Next company",
        "The settings of the next company.",
        ("l", "right"),
        "Settings",
        ("settings",),
        "do_next",
        why_not=why_not.several,
    ),
    Action(
        "settings.previous",
        "Previous company",
        "The settings of the company before.",
        ("h", "left"),
        "Settings",
        ("settings",),
        "do_previous",
        why_not=why_not.several,
    ),
)
