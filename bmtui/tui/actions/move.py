"""Moving about."""

from __future__ import annotations

from functools import partial
from typing import Any

from bmtui.tui.actions.action import EVERYWHERE, Action


def _go_section(screen: Any, number: int) -> None:
    screen.go_section(number)


ACTIONS: tuple[Action, ...] = (
    Action("move.down", "Down", "One line down.", ("j", "down"), "Move", EVERYWHERE, "go_down"),
    Action("move.up", "Up", "One line up.", ("k", "up"), "Move", EVERYWHERE, "go_up"),
    Action("move.page_down", "Page down", "A page down.", ("pagedown", "ctrl+f"), "Move", EVERYWHERE, "go_page_down"),
    Action("move.page_up", "Page up", "A page up.", ("pageup",), "Move", EVERYWHERE, "go_page_up"),
    Action("move.half_down", "Half a page down", "Half a page down.", ("ctrl+d",), "Move", EVERYWHERE, "go_half_down"),
    Action("move.half_up", "Half a page up", "Half a page up.", ("ctrl+u",), "Move", EVERYWHERE, "go_half_up"),
    Action("move.top", "To the top", "To the first line.", ("g", "home"), "Move", EVERYWHERE, "go_top"),
    Action("move.end", "To the end", "To the last line.", ("G", "end"), "Move", EVERYWHERE, "do_end"),
    *(
        Action(
            f"section.{number}",
            f"Section {number}",
            f"Jump to section {number} of the order.",
            (str(number),),
            "Sections",
            ("order",),
            partial(_go_section, number=number),
            digit=number,
        )
        for number in range(1, 10)
    ),
    *(
        Action(
            f"count.{digit}",
            f"Count {digit}",
            "How often the next move is made: 12j, 40G. Where digits have a meaning of their own, begin with 0.",
            (str(digit),),
            "Move",
            EVERYWHERE,
            "",
            digit=digit,
            not_in=("search", "order") if digit else (),
        )
        for digit in range(10)
    ),
)
