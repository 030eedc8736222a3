"""Actions: their keys, screens, handlers and conditions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bmtui.tui.actions.why_not import Context

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.orders.order_row import OrderRow

EVERYWHERE = ("*",)
"""Value of `Action.places` for all screens."""

ORDERS = ("search", "order")
"""Screens with an order to act on."""

Handler: TypeAlias = Callable[[Any], Any]
"""Function that takes the screen (a `DeskScreen`; an `OrderActs` where the places are `ORDERS`); may be a coroutine."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Result of one order in a bulk action that jobs send; the results list follows the jobs."""

    sentence: str
    job_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Bulk form of an action: ask once, then act order by order, each with its own result.

    Attributes:
        gather: coroutine of the screen and the orders to act on (those to which `why_not` does not object); says what
            will happen, and returns the answer that `each` needs, or None when the dialog was left.
        each: a desk function that acts on one order, in one transaction, with that answer; the desk is that of the
            order's company. Returns a sentence, with the jobs that send the write where there are some; raises from
            `errors` why the order was refused. None: `gather` has acted on all of them.
    """

    gather: Callable[[Any, Sequence[OrderRow]], Awaitable[Any]]
    each: Callable[[Desk, OrderRow, Any], str | Queued] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Action of an operator, with its keys, its screens and its conditions.

    Attributes:
        id: stable name, such as ``order.refund``.
        keys: as Textual names them; the first is the one that is shown; empty: from the palette alone.
        places: `PLACE` of each screen that has the action; `EVERYWHERE`: all but `not_in`.
        handler: does the action; None: the key is only a digit of a count.
        destructive: it removes or sends data; a question always comes first.
        why_not: returns the reason why the action cannot be done now, as a sentence, or None.
        hint: rank in the footer, 1 first; 0 keeps it out, unless `use` returns a word.
        use: returns the word for the footer if the row under the cursor waits for this action, '' if it can be done,
            None if it would be of no use.
        many: the bulk form for marked orders; None: for one order only.
        digit: the digit of this key, which a typed count takes.
        about_orders: False for an action on screens with orders that is not done to an order.
        brief: label for the footer, where `label` is too long.
        after: the id of the action before it in help, palette and footer; '': the previous one in its module. Later
            actions of its module follow it.
        former: keys of the release before, which go on for one release, with a hint.
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
    def more(self) -> str:
        """The help, or '' where it says no more than the label, beside which it is shown."""
        return "" if self.help.rstrip(".").casefold() == self.label.casefold() else self.help

    @property
    def is_about_orders(self) -> bool:
        """True if the action is done to orders, so that it matters which ones are marked."""
        return self.about_orders and (self.many is not None or self.places == ORDERS)

    def is_at(self, place: str) -> bool:
        """Return True if this screen has the action."""
        return (place in self.places or self.places == EVERYWHERE) and place not in self.not_in
