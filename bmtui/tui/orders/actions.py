"""Finding orders."""

from __future__ import annotations

from functools import partial
from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import Action


def _open_view(screen: Any, number: int) -> None:
    screen.open_view(number)


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
    Action(
        "search.sort_by",
        "Sort by any column",
        "Choose from all that orders can be sorted by.",
        ("z",),
        "Search",
        ("search",),
        "do_sort_by",
    ),
    Action(
        "search.columns",
        "Columns",
        "Which columns the list has, by their names; they are kept.",
        ("K",),
        "Search",
        ("search",),
        "do_columns",
    ),
    Action(
        "search.preview",
        "Preview",
        "The order under the cursor beside the list, or not.",
        ("v",),
        "Search",
        ("search",),
        "do_preview",
    ),
    Action(
        "search.jump",
        "Jump to a row",
        "A letter on each row; typing it goes there.",
        ("f",),
        "Search",
        ("search",),
        "do_jump",
        why_not=why_not.order,
    ),
    *(
        Action(
            f"view.{number}",
            f"View {number}",
            "The saved view of this digit.",
            (str(number),),
            "Views",
            ("search",),
            partial(_open_view, number=number),
            digit=number,
        )
        for number in range(1, 10)
    ),
    Action("view.next", "Next view", "The tab to the right.", ("tab", "L"), "Views", ("search",), "do_next_view"),
    Action(
        "view.previous",
        "Previous view",
        "The tab to the left.",
        ("shift+tab", "H"),
        "Views",
        ("search",),
        "do_previous_view",
    ),
    Action(
        "view.save",
        "Save as a view",
        "Query, sort and columns under a name, for everybody who works on this store.",
        ("w",),
        "Views",
        ("search",),
        "do_save_view",
        why_not=why_not.write,
    ),
    Action(
        "view.delete",
        "Delete the view",
        "The saved view that the list shows; no order is touched.",
        ("W",),
        "Views",
        ("search",),
        "do_delete_view",
        why_not=why_not.write,
    ),
)
