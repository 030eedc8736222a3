"""Actions on companies and their settings."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context, Pages

_PLACES = ("settings", "invoice_settings")


def _acts() -> ModuleType:
    from bmtui.tui.companies import acts

    return acts


def _edit(context: Context) -> str | None:
    unlocked = "The settings are unlocked already: change a field with enter." if context.editing else None
    return why_not.write(context) or why_not.company(context) or unlocked


def _unlocked(context: Context) -> str | None:
    return None if context.editing else "The settings are locked: press e to edit."


def _save(context: Context) -> str | None:
    if not context.editing:
        return _unlocked(context)
    return None if context.changed else "Nothing was changed yet."


def _several(context: Context) -> str | None:
    pages = context.companies > 1 or context.get(Pages) is not None
    return None if pages else "There is only one company."


ACTIONS: tuple[Action, ...] = (
    Action(
        "settings.edit",
        "Edit",
        "Unlock the settings.",
        ("e",),
        "Settings",
        _PLACES,
        lambda screen: screen.do_edit(),
        why_not=_edit,
        hint=1,
        after="audit.verify",
    ),
    Action(
        "settings.change",
        "Change",
        "Switch the toggle, or change the value.",
        ("enter", "space"),
        "Settings",
        _PLACES,
        lambda screen: screen.do_change(),
        why_not=_unlocked,
        hint=2,
    ),
    Action(
        "settings.save",
        "Save",
        "Save all changes at once.",
        ("ctrl+s", "w"),
        "Settings",
        _PLACES,
        lambda screen: screen.do_save(),
        why_not=_save,
        hint=3,
    ),
    Action(
        "settings.test",
        "Test settings",
        "One cheap call to Back Market with what is saved.",
        ("t",),
        "Settings",
        ("settings",),
        lambda screen: screen.do_test(),
        why_not=why_not.company,
        hint=4,
        brief="Test",
    ),
    Action(
        "settings.rule",
        "Try the acceptance rule",
        "What it would have accepted of the stored orders, and why not the others.",
        ("r",),
        "Settings",
        ("settings",),
        lambda screen: screen.do_try_rule(),
        why_not=why_not.company,
        former=("b",),
    ),
    Action(
        "settings.policy",
        "Try the policy of IMEI and serial numbers",
        "What each SKU would leave with, and why, and what of it was shipped otherwise.",
        ("n",),
        "Settings",
        ("settings",),
        lambda screen: screen.do_try_policy(),
        why_not=why_not.company,
    ),
    Action(
        "settings.next",
        "Next",
        "The settings of the next company, or market.",
        ("l", "right"),
        "Settings",
        _PLACES,
        lambda screen: screen.do_next(),
        why_not=_several,
    ),
    Action(
        "settings.previous",
        "Previous",
        "The settings of the company, or market, before.",
        ("h", "left"),
        "Settings",
        _PLACES,
        lambda screen: screen.do_previous(),
        why_not=_several,
    ),
    Action(
        "settings.editor",
        "In your editor",
        "All settings of the company as a text in $VISUAL or $EDITOR.",
        ("v",),
        "Settings",
        ("settings",),
        lambda screen: screen.do_in_editor(),
        why_not=_edit,
        former=("E",),
    ),
    Action(
        "company.add",
        "Add a company",
        "Its name, platform, contact and token; the rest has defaults.",
        ("a",),
        "Settings",
        ("settings",),
        lambda screen: _acts().add(screen),
        why_not=why_not.write,
        hint=5,
        brief="Add",
        after="desk.first",
    ),
    Action(
        "company.remove",
        "Remove the company",
        "Out of the desk with its token, once all of it is settled; its history is kept, or its buyers forgotten.",
        ("x",),
        "Settings",
        ("settings",),
        lambda screen: screen.do_remove(),
        destructive=True,
        why_not=lambda context: why_not.write(context) or why_not.company(context),
    ),
    Action(
        "desk.company",
        "Next company",
        "Show one company after the other, then all of them again.",
        ("ctrl+n",),
        "Desk",
        ("search", "jobs"),
        lambda screen: _acts().next_company(screen),
        why_not=_several,
        after="outbox.resume",
    ),
    Action(
        "desk.options",
        "General Settings › Options",
        "Allow Order Download, Allow Fulfillment Upload, Enable IMEI# Update On Orders.",
        (),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_options(screen),
        why_not=why_not.company,
        not_in=("settings",),
        after="desk.settings",
    ),
    Action(
        "desk.settings",
        "Settings",
        "Companies and their settings.",
        ("comma",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_settings(screen),
        not_in=("settings",),
        after="desk.jobs",
    ),
)
