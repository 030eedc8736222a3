"""Screens that act on an order: the search and the order's own screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import NotFound
from bmtui.text import how_many
from bmtui.tui.actions.action import Action
from bmtui.tui.actions.why_not import Context
from bmtui.tui.screen import DeskScreen

ASKED = 200
"""Most marked orders that are asked which actions fit them."""


class OrderActs(DeskScreen):
    """Screen with an order to act on, and marked orders where it has a list."""

    @property
    def order(self) -> OrderRow | None:
        """Order that is open, or under the cursor."""
        raise NotImplementedError

    @property
    def marked(self) -> tuple[OrderRow, ...]:
        """Marked orders; empty where orders cannot be marked."""
        return ()

    def counted(self, count: int) -> tuple[OrderRow, ...]:
        """Return the next `count` orders from the cursor on, for a bulk action after a count; empty without a list."""
        return ()

    def contexts(self) -> Sequence[Context]:
        context = self.context()
        rows = self.marked[:ASKED]
        return [replace(context, order=row) for row in rows] or (context,)

    def unmark(self, order: OrderRow) -> None:
        """Remove the mark of this order."""

    def acts_on_marked(self, action: Action) -> bool:
        rows = self.marked or (self.counted(self.times) if self.times and action.many is not None else ())
        if not rows or not action.is_about_orders:
            return False
        if action.many is None:
            self.say(
                f"{how_many(len(rows), 'order is', 'orders are')} marked, and {action.label} works on one order: "
                "Esc clears the marks.",
                "warn",
            )
            return True
        from bmtui.tui.bulk import do_many

        self.desk_app.begin(do_many(self, action, rows))
        return True

    def desk_and_order(self) -> tuple[Desk, OrderRow]:
        """Return the order to act on, and its company's desk: two companies can have an order of the same number."""
        order = self.order
        if order is None:  # it has gone since the key was pressed
            raise NotFound("This order no longer exists.")
        return replace(self.desk_app.desk, company=order.company), order

    def takes_back(self, company: str) -> str:
        """Return the words about a planned write: that sending is paused, that `u` takes it back or `J` shows it."""
        waits = " It waits: sending is paused (Q)." if self.desk_app.lookout.is_paused(company) else ""
        return waits + (" u takes it back." if self.desk_app.desk.undo else "") or " J shows how it goes."
