"""The one registry of actions. Bindings, footer, help, palette and documentation come from it.

An action is always in its place. When it cannot be done now, `why_not` says why, and pressing its key says so too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from bmtui.tui import why_not
from bmtui.tui.why_not import Context


@dataclass(frozen=True, slots=True)
class Action:
    """Something an operator can do.

    Attributes:
        id: stable name, such as ``order.refund``.
        keys: as Textual names them; the first is the one that is shown.
        places: screens where it is to be had.
        handler: name of the screen's method that does it.
        destructive: it takes something away or sends something; there is always a question first.
        why_not: the reason why it cannot be done now, as a sentence, or None.
        hint: rank for a place in the footer, 1 first; 0 keeps it out.
        brief: what the footer says, where `label` is too long for it.
    """

    id: str
    label: str
    help: str
    keys: tuple[str, ...]
    group: str
    places: tuple[str, ...]
    handler: str
    destructive: bool = False
    why_not: Callable[[Context], str | None] = lambda context: None
    hint: int = 0
    brief: str = ""


_LISTS = ("search", "jobs", "settings")
_TEXTS = ("order", "job")
_ALL = _LISTS + _TEXTS
_ORDERS = ("search", "order")

ACTIONS: tuple[Action, ...] = (
    # What is done with an order
    Action(
        "order.open",
        "Open",
        "Everything about the order.",
        ("enter", "o"),
        "Order",
        ("search",),
        "do_open",
        why_not=why_not.order,
        hint=1,
    ),
    Action(
        "order.cancel",
        "Cancel Order Internally",
        "Set it to Cancelled, On Hold, Problem Order or Void; nothing is sent.",
        ("c",),
        "Order",
        _ORDERS,
        "do_cancel",
        destructive=True,
        why_not=why_not.order_write,
        hint=3,
        brief="Cancel",
    ),
    Action(
        "order.refund",
        "Issue Refund",
        "Give money back, on Back Market or outside it.",
        ("r",),
        "Order",
        _ORDERS,
        "do_refund",
        destructive=True,
        why_not=why_not.order_write,
        hint=4,
        brief="Refund",
    ),
    Action(
        "order.note",
        "Note",
        "Write a note about the order.",
        ("n",),
        "Order",
        _ORDERS,
        "do_note",
        why_not=why_not.order_write,
        hint=10,
    ),
    Action(
        "order.copy",
        "Copy the order id",
        "To the terminal's clipboard (OSC 52).",
        ("y",),
        "Order",
        _ORDERS,
        "do_copy",
        why_not=why_not.order,
    ),
    # Search
    Action(
        "search.query",
        "Search",
        "Type a query; results come as you type.",
        ("slash",),
        "Search",
        ("search",),
        "do_query",
        hint=2,
    ),
    Action(
        "search.sort",
        "Sort",
        "By the next of: created, ship by, updated, total, customer.",
        ("s",),
        "Search",
        ("search",),
        "do_sort",
    ),
    Action(
        "search.reverse", "Reverse the sort", "Ascending or descending.", ("S",), "Search", ("search",), "do_reverse"
    ),
    Action("search.clear", "Clear the query", "Back to all orders.", ("escape",), "Search", ("search",), "do_clear"),
    Action(
        "orders.download",
        "Download orders",
        "Download Back Market orders from a Start Date on.",
        ("D",),
        "Desk",
        ("search", "jobs"),
        "do_download",
        why_not=why_not.download,
        hint=5,
        brief="Download",
    ),
    Action(
        "orders.sync",
        "Update orders",
        "Download what changed since the last time, of every company in view.",
        ("U",),
        "Desk",
        ("search", "jobs"),
        "do_sync",
        why_not=why_not.download,
    ),
    # Jobs
    Action(
        "job.open",
        "Open",
        "Log, parameters, error and orders of the job.",
        ("enter", "o"),
        "Job",
        ("jobs",),
        "do_open",
        why_not=why_not.job,
        hint=1,
    ),
    Action(
        "job.cancel",
        "Cancel job",
        "What is being sent is finished first.",
        ("x",),
        "Job",
        ("jobs", "job"),
        "do_cancel_job",
        destructive=True,
        why_not=why_not.cancel_job,
        hint=2,
    ),
    Action(
        "job.retry",
        "Retry",
        "Run it again, or what failed of it.",
        ("R",),
        "Job",
        ("jobs", "job"),
        "do_retry",
        why_not=why_not.retry_job,
        hint=3,
    ),
    # Settings
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
    # Elsewhere
    Action(
        "desk.jobs",
        "Jobs",
        "What is queued, running and done.",
        ("J",),
        "Desk",
        ("search", "order", "settings"),
        "do_jobs",
        hint=6,
    ),
    Action(
        "desk.settings",
        "Settings",
        "Companies and their settings.",
        ("comma",),
        "Desk",
        ("search", "order", "jobs"),
        "do_settings",
    ),
    Action(
        "desk.palette",
        "Palette",
        "Any action by its name, or an order by its id.",
        ("colon", "ctrl+p"),
        "Desk",
        _ALL,
        "do_palette",
    ),
    Action("desk.help", "Help", "The keys of where you are.", ("question_mark", "f1"), "Desk", _ALL, "do_help", hint=7),
    Action("desk.repaint", "Repaint", "Draw the whole screen again.", ("ctrl+l",), "Desk", _ALL, "do_repaint"),
    Action(
        "desk.back",
        "Back",
        "To where you came from.",
        ("q", "escape"),
        "Desk",
        ("order", "jobs", "job", "settings"),
        "do_back",
        hint=9,
    ),
    Action(
        "desk.quit",
        "Quit",
        "Leave the desk; what is being sent is finished first.",
        ("q",),
        "Desk",
        ("search",),
        "do_quit",
        hint=9,
    ),
    # Moving
    Action("move.down", "Down", "One line down.", ("j", "down"), "Move", _ALL, "go_down"),
    Action("move.up", "Up", "One line up.", ("k", "up"), "Move", _ALL, "go_up"),
    Action("move.page_down", "Page down", "A page down.", ("pagedown", "ctrl+f"), "Move", _ALL, "go_page_down"),
    Action("move.page_up", "Page up", "A page up.", ("pageup",), "Move", _ALL, "go_page_up"),
    Action("move.half_down", "Half a page down", "Half a page down.", ("ctrl+d",), "Move", _ALL, "go_half_down"),
    Action("move.half_up", "Half a page up", "Half a page up.", ("ctrl+u",), "Move", _ALL, "go_half_up"),
    Action("move.top", "To the top", "To the first line.", ("g", "home"), "Move", _ALL, "go_top"),
    Action("move.end", "To the end", "To the last line.", ("G", "end"), "Move", _ALL, "go_end"),
    *(
        Action(
            f"section.{number}",
            name,
            f"Jump to {name.lower()}.",
            (str(number),),
            "Sections",
            ("order",),
            f"go_section_{number}",
        )
        for number, name in enumerate(
            ("Summary", "Lines", "Addresses", "Payments", "Refunds", "Notes", "History", "Jobs"), start=1
        )
    ),
)
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
    return [action for action in ACTIONS if place in action.places]


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
