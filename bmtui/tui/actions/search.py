"""Finding orders."""

from __future__ import annotations

from bmtui.tui.actions.action import Action

RANK = 20


ACTIONS: tuple[Action, ...] = (
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
)
