"""What an action is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from bmtui.tui.why_not import Context

EVERYWHERE = ("*",)
"""As the places of an action: all screens."""

ORDERS = ("search", "order")
"""The screens with an order to act on."""

Handler: TypeAlias = Callable[[Any], Any]
"""Takes the screen (a `DeskScreen`; an `OrderActs` where the places are `ORDERS`); may be a coroutine function."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something an operator can do.

    Attributes:
        id: stable name, such as ``order.refund``.
        keys: as Textual names them; the first is the one that is shown.
        places: screens where it is to be had, by their `PLACE`; `EVERYWHERE` but `not_in`.
        handler: does it: a function that takes the screen, or the name of a method of its own.
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
    handler: str | Handler
    destructive: bool = False
    why_not: Callable[[Context], str | None] = lambda context: None
    hint: int = 0
    brief: str = ""
    not_in: tuple[str, ...] = ()

    def is_at(self, place: str) -> bool:
        """Whether it is to be had on this screen."""
        return (place in self.places or self.places == EVERYWHERE) and place not in self.not_in
