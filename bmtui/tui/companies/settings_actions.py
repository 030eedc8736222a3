"""What is done with settings."""

from __future__ import annotations

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import Action

_PLACES = ("settings", "invoice_settings")


ACTIONS: tuple[Action, ...] = (
    Action(
        "settings.edit",
        "Edit",
        "Unlock the settings.",
        ("e",),
        "Settings",
        _PLACES,
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
        _PLACES,
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
        _PLACES,
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
        "settings.rule",
        "Try the acceptance rule",
        "What it would have accepted of the stored orders, and why not the others.",
        ("b",),
        "Settings",
        ("settings",),
        "do_try_rule",
        why_not=why_not.company,
    ),
    Action(
        "settings.next",
        "Next",
        "The settings of the next company, or market.",
        ("l", "right"),
        "Settings",
        _PLACES,
        "do_next",
        why_not=why_not.several,
    ),
    Action(
        "settings.previous",
        "Previous",
        "The settings of the company, or market, before.",
        ("h", "left"),
        "Settings",
        _PLACES,
        "do_previous",
        why_not=why_not.several,
    ),
    Action(
        "settings.editor",
        "In your editor",
        "All settings of the company as a text in $VISUAL or $EDITOR.",
        ("E",),
        "Settings",
        ("settings",),
        "do_in_editor",
        why_not=why_not.edit,
    ),
)
