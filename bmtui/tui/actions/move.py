"""Actions that move the cursor, and the digits of a count."""

from __future__ import annotations

from bmtui.tui.actions.action import EVERYWHERE, Action

ACTIONS: tuple[Action, ...] = (
    Action(
        "move.down",
        "Down",
        "One line down.",
        ("j", "down"),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_down(),
        after="desk.tutorial",
    ),
    Action(
        "move.up",
        "Up",
        "One line up.",
        ("k", "up"),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_up(),
    ),
    Action(
        "move.page_down",
        "Page down",
        "A page down.",
        ("pagedown", "ctrl+f"),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_page_down(),
    ),
    Action(
        "move.page_up",
        "Page up",
        "A page up.",
        ("pageup",),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_page_up(),
    ),
    Action(
        "move.half_down",
        "Half a page down",
        "Half a page down.",
        ("ctrl+d",),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_half_down(),
    ),
    Action(
        "move.half_up",
        "Half a page up",
        "Half a page up.",
        ("ctrl+u",),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_half_up(),
    ),
    Action(
        "move.top",
        "To the top",
        "To the first line.",
        ("g", "home"),
        "Move",
        EVERYWHERE,
        lambda screen: screen.go_top(),
    ),
    Action(
        "move.end",
        "To the end",
        "To the last line.",
        ("G", "end"),
        "Move",
        EVERYWHERE,
        lambda screen: screen.do_end(),
    ),
    *(
        Action(
            f"count.{digit}",
            f"Count {digit}",
            "How often the next move is made, 12j or 40G, or to how many orders the next key does it: 05a. "
            "Where digits have a meaning of their own, begin with 0.",
            (str(digit),),
            "Move",
            EVERYWHERE,
            None,
            digit=digit,
            not_in=("search", "order", "today") if digit else (),
            after="section.9" if digit == 0 else "",
        )
        for digit in range(10)
    ),
)
