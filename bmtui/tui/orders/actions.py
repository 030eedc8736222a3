"""Actions of the order search: query, sort, columns, marks, views, and the way back."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action


def _acts() -> ModuleType:
    from bmtui.tui.orders import acts

    return acts


def _open_view(screen: Any, number: int) -> None:
    screen.open_view(number)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.open",
        "Open",
        "Everything about the order.",
        ("enter", "o"),
        "Order",
        ("search",),
        lambda screen: screen.do_open(),
        why_not=why_not.order,
        use=lambda context: None if context.marked else "",
        hint=7,
    ),
    Action(
        "order.mark",
        "Mark",
        "Mark the order, or no longer; what can be done to many is then done to all that are marked.",
        ("space",),
        "Order",
        ("search",),
        lambda screen: screen.do_mark(),
        why_not=why_not.order,
        hint=8,
        after="order.copy",
    ),
    Action(
        "order.range",
        "Mark a range",
        "From here to where you move; V or Space again marks it.",
        ("V",),
        "Order",
        ("search",),
        lambda screen: screen.do_range(),
        why_not=why_not.order,
    ),
    Action(
        "search.query",
        "Search",
        "Type a query; results come as you type.",
        ("slash",),
        "Search",
        ("search", "today"),
        lambda screen: screen.do_query(),
        hint=9,
        after="upload.dismiss",
    ),
    Action(
        "search.sort",
        "Sort",
        "By the next of: created, ship by, updated, total, customer.",
        ("s",),
        "Search",
        ("search",),
        lambda screen: screen.do_sort(),
    ),
    Action(
        "search.reverse",
        "Reverse the sort",
        "Ascending or descending.",
        ("S",),
        "Search",
        ("search",),
        lambda screen: screen.do_reverse(),
    ),
    Action(
        "search.clear",
        "Clear the query",
        "Back to all orders.",
        ("escape",),
        "Search",
        ("search",),
        lambda screen: screen.do_clear(),
        hint=12,
        use=lambda context: "Unmark" if context.marked else None,
    ),
    Action(
        "search.sort_by",
        "Sort by any column",
        "Choose from all that orders can be sorted by.",
        ("z",),
        "Search",
        ("search",),
        lambda screen: screen.do_sort_by(),
    ),
    Action(
        "search.columns",
        "Columns",
        "Which columns the list has, by their names; they are kept.",
        ("K",),
        "Search",
        ("search",),
        lambda screen: screen.do_columns(),
    ),
    Action(
        "search.preview",
        "Preview",
        "The order under the cursor beside the list, or not.",
        ("v",),
        "Search",
        ("search",),
        lambda screen: screen.do_preview(),
    ),
    Action(
        "search.jump",
        "Jump to a row",
        "A letter on each row; typing it goes there.",
        ("f",),
        "Search",
        ("search",),
        lambda screen: screen.do_jump(),
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
    Action(
        "view.next",
        "Next view",
        "The tab to the right.",
        ("tab", "L"),
        "Views",
        ("search",),
        lambda screen: screen.do_next_view(),
    ),
    Action(
        "view.previous",
        "Previous view",
        "The tab to the left.",
        ("shift+tab", "H"),
        "Views",
        ("search",),
        lambda screen: screen.do_previous_view(),
    ),
    Action(
        "view.save",
        "Save as a view",
        "Query, sort and columns under a name, for everybody who works on this store.",
        ("w",),
        "Views",
        ("search",),
        lambda screen: screen.do_save_view(),
        why_not=why_not.write,
    ),
    Action(
        "view.delete",
        "Delete the view",
        "The saved view that the list shows; no order is touched.",
        ("W",),
        "Views",
        ("search",),
        lambda screen: screen.do_delete_view(),
        why_not=why_not.write,
    ),
    Action(
        "search.totals",
        "Totals",
        "What the orders of the query come to, per currency.",
        ("ctrl+t",),
        "Search",
        ("search",),
        lambda screen: _acts().totals(screen),
        after="desk.company",
    ),
    Action(
        "desk.backward",
        "Back to before",
        "The query or order that was looked at before this one.",
        ("left_square_bracket", "ctrl+o"),
        "Desk",
        ORDERS,
        lambda screen: screen.desk_app.travel(-(screen.times or 1)),
        about_orders=False,
        after="desk.quit",
    ),
    Action(
        "desk.forward",
        "Forward again",
        "The query or order from which one came back.",
        ("right_square_bracket",),
        "Desk",
        ORDERS,
        lambda screen: screen.desk_app.travel(screen.times or 1),
        about_orders=False,
    ),
    Action(
        "desk.recent",
        "Recent orders",
        "The orders that were opened last.",
        ("ctrl+r",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().recent(screen),
    ),
)
