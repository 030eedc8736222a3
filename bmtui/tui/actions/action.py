"""What an action is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bmtui.tui.actions.why_not import Context

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.orders.order_row import OrderRow

EVERYWHERE = ("*",)
"""As the places of an action: all screens."""

ORDERS = ("search", "order")
"""The screens with an order to act on."""

Handler: TypeAlias = Callable[[Any], Any]
"""Takes the screen (a `DeskScreen`; an `OrderActs` where the places are `ORDERS`); may be a coroutine function."""


@dataclass(frozen=True, slots=True)
class Queued:
    """What one of many became that jobs send: its results follow them."""

    sentence: str
    job_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """How an action works on all marked orders: ask once, then do it order by order, each with a result of its own.

    Attributes:
        gather: asks what has to be known, from the screen and the orders that it would be done to (those to which
            `why_not` does not object); says what will happen, and gives what `each` needs, or None when it was left.
        each: a desk function that does it to one order, in one transaction, with what was gathered; the desk is that
            of the order's company. Returns the result as a sentence, with the jobs that send it where some do; raises
            from `errors` why it was not done. None: `gather` has done it to all of them.
    """

    gather: Callable[[Any, Sequence[OrderRow]], Awaitable[Any]]
    each: Callable[[Desk, OrderRow, Any], str | Queued] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something an operator can do.

    Attributes:
        id: stable name, such as ``order.refund``.
        keys: as Textual names them; the first is the one that is shown; none: from the palette alone.
        places: screens where it is to be had, by their `PLACE`; `EVERYWHERE` but `not_in`.
        handler: does it; None: it counts only.
        destructive: it takes something away or sends something; there is always a question first.
        why_not: the reason why it cannot be done now, as a sentence, or None.
        hint: rank for a place in the footer, 1 first; 0 keeps it out, unless `use` has a word for it.
        use: how it serves the row under the cursor: the word for the footer where the row waits for just that, ''
            where it can be done, None where it would be of no use.
        many: how it works on marked orders; None: on one only.
        digit: which digit it stands for, so that a count that was begun takes it.
        about_orders: of an action to be had with orders: it is done to one of them.
        brief: what the footer says, where `label` is too long for it.
        after: the id of the action that it follows in help, palette and footer; '': the one before it in its module.
            What follows it in its module stays behind it.
        former: keys that it had in the release before, which go on for one release, with a hint.
    """

    id: str
    label: str
    help: str
    keys: tuple[str, ...]
    group: str
    places: tuple[str, ...]
    handler: Handler | None
    destructive: bool = False
    why_not: Callable[[Context], str | None] = lambda context: None
    hint: int = 0
    use: Callable[[Context], str | None] = lambda context: ""
    brief: str = ""
    many: Many | None = None
    digit: int | None = None
    about_orders: bool = True
    not_in: tuple[str, ...] = ()
    after: str = ""
    former: tuple[str, ...] = ()

    @property
    def is_about_orders(self) -> bool:
        """Whether it is done to the order under the cursor, so that it matters which are marked."""
        return self.about_orders and (self.many is not None or self.places == ORDERS)

    def is_at(self, place: str) -> bool:
        """Whether it is to be had on this screen."""
        return (place in self.places or self.places == EVERYWHERE) and place not in self.not_in
