"""Actions of every screen: help, guides, palette, filter, back and quit."""

from __future__ import annotations

from typing import Any

from bmtui.tui.actions.action import EVERYWHERE, Action


async def _guides(screen: Any) -> None:
    from bmtui.tui.dialogs.guides import Guides

    await screen.desk_app.show(Guides())


async def _suspend(screen: Any) -> None:
    await screen.desk_app.leaving.suspend()


LISTS = (
    *("jobs", "outbox", "uploads", "approvals", "drifts", "rules", "ways", "deliveries", "audit", "numbers"),
    *("statement_rows", "invoice_queue", "invoices", "settings", "invoice_settings", "moving_in", "without_cost"),
)
"""Lists with a filter of words; the other lists have a query."""

ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.guides",
        "Guides",
        "Quick start, screens, queries, security, troubleshooting: what 'bmtui help' shows.",
        ("f2", "ctrl+g"),
        "Desk",
        EVERYWHERE,
        _guides,
        after="search.totals",
    ),
    Action(
        "list.filter",
        "Filter",
        "Only the rows that have some words, in any column.",
        ("slash",),
        "Move",
        LISTS,
        lambda screen: screen.do_filter(),
        after="move.end",
    ),
    Action(
        "desk.palette",
        "Palette",
        "Any action by its name, a saved view, or an order by its id.",
        ("colon", "ctrl+p"),
        "Desk",
        EVERYWHERE,
        lambda screen: screen.do_palette(),
        hint=11,
        brief="All",
        after="desk.settings",
    ),
    Action(
        "desk.help",
        "Help",
        "The keys of where you are.",
        ("question_mark", "f1"),
        "Desk",
        EVERYWHERE,
        lambda screen: screen.do_help(),
        hint=7,
    ),
    Action(
        "desk.repaint",
        "Repaint",
        "Draw the whole screen again.",
        ("ctrl+l",),
        "Desk",
        EVERYWHERE,
        lambda screen: screen.desk_app.repaint(),
    ),
    Action(
        "desk.suspend",
        "Suspend",
        "Back to the shell; 'fg' comes back here. Nothing is sent meanwhile.",
        ("ctrl+z",),
        "Desk",
        EVERYWHERE,
        _suspend,
    ),
    Action(
        "desk.back",
        "Back",
        "To where you came from.",
        ("q", "escape"),
        "Desk",
        EVERYWHERE,
        lambda screen: screen.do_back(),
        not_in=("search",),
        hint=9,
    ),
    Action(
        "desk.quit",
        "Quit",
        "Leave the desk; what is being sent is finished first, and what waits is named.",
        ("q",),
        "Desk",
        ("search",),
        lambda screen: screen.do_quit(),
        hint=9,
    ),
)
