"""Actions on tags, assignees and fields of orders."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import ORDERS, Action, Many


def _acts() -> ModuleType:
    from bmtui.tui.tags import acts

    return acts


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.tag",
        "Tags",
        "Add tags to the order, or take them away with a minus in front; tag: finds them.",
        ("x",),
        "Order",
        ORDERS,
        lambda screen: _acts().tag(screen),
        why_not=why_not.order_write,
        many=Many(
            lambda screen, rows: _acts().ask_tags(screen, rows),
            lambda desk, row, answer: _acts().tag_each(desk, row, answer),
        ),
        after="order.note",
    ),
    Action(
        "order.assign",
        "Assign",
        "Say whose order it is; assignee:me finds yours.",
        ("at",),
        "Order",
        ORDERS,
        lambda screen: _acts().assign(screen),
        why_not=why_not.order_write,
        many=Many(
            lambda screen, rows: _acts().ask_assignee(screen, rows),
            lambda desk, row, answer: _acts().assign_each(desk, row, answer),
        ),
    ),
    Action(
        "order.fields",
        "Fields",
        "What its named fields say; 'bmtui orders field --add NAME' makes one.",
        ("l",),
        "Order",
        ORDERS,
        lambda screen: _acts().fields(screen),
        why_not=why_not.order_write,
        many=Many(
            lambda screen, rows: _acts().ask_fields(screen, rows),
            lambda desk, row, answer: _acts().set_each(desk, row, answer),
        ),
    ),
)
