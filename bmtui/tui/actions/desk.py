"""Elsewhere, and what every screen has."""

from __future__ import annotations

from bmtui.tui import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action

RANK = 80


ACTIONS: tuple[Action, ...] = (
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
    Action(
        "desk.jobs",
        "Jobs",
        "What is queued, running and done.",
        ("J",),
        "Desk",
        EVERYWHERE,
        "do_jobs",
        not_in=("jobs", "job"),
        hint=6,
    ),
    Action(
        "desk.settings",
        "Settings",
        "Companies and their settings.",
        ("comma",),
        "Desk",
        EVERYWHERE,
        "do_settings",
        not_in=("settings", "job"),
    ),
    Action(
        "desk.palette",
        "Palette",
        "Any action by its name, or an order by its id.",
        ("colon", "ctrl+p"),
        "Desk",
        EVERYWHERE,
        "do_palette",
    ),
    Action(
        "desk.help",
        "Help",
        "The keys of where you are.",
        ("question_mark", "f1"),
        "Desk",
        EVERYWHERE,
        "do_help",
        hint=7,
    ),
    Action("desk.repaint", "Repaint", "Draw the whole screen again.", ("ctrl+l",), "Desk", EVERYWHERE, "do_repaint"),
    Action(
        "desk.back",
        "Back",
        "To where you came from.",
        ("q", "escape"),
        "Desk",
        EVERYWHERE,
        "do_back",
        not_in=("search",),
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
)
