"""What the search and an order's own screen share: an order to act on, and perhaps marked ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import NotFound
from bmtui.tui.actions.action import Action
from bmtui.tui.actions.why_not import Context
from bmtui.tui.screen import DeskScreen

ASKED = 200
"""Of more marked orders the first are asked what can be done to them."""


class OrderActs(DeskScreen):
    """A screen with an order to act on."""

    @property
    def order(self) -> OrderRow | None:
        """The order that is open, or under the cursor."""
        raise NotImplementedError

    @property
    def marked(self) -> tuple[OrderRow, ...]:
        """The orders that are marked, where orders can be."""
        return ()

    def counted(self, count: int) -> tuple[OrderRow, ...]:
        """So many orders from the cursor on, where there are several: a count before what can be done to many."""
        return ()

    def contexts(self) -> Sequence[Context]:
        context = self.context()
        rows = self.marked[:ASKED]
        return [replace(context, order=row) for row in rows] or (context,)

    def unmark(self, order: OrderRow) -> None:
        """This order is marked no longer."""

    def acts_on_marked(self, action: Action) -> bool:
        rows = self.marked or (self.counted(self.times) if self.times and action.many is not None else ())
        if not rows or not action.is_about_orders:
            return False
        if action.many is None:
            self.say(f"{len(rows):,} orders are marked, and {action.label} takes one: Esc clears the marks.", "warn")
            return True
        from bmtui.tui.bulk import do_many

        self.desk_app.begin(do_many(self, action, rows))
        return True

    def desk_and_order(self) -> tuple[Desk, OrderRow]:
        """The order to act on, and the desk of its company: two companies can have an order of the same number."""
        order = self.order
        if order is None:  # it was there when the key was pressed
            raise NotFound("There is no order here any more.")
        return replace(self.desk_app.desk, company=order.company), order

    def takes_back(self, company: str) -> str:
        """Whether what was just planned leaves, and how it is taken back where there is an undo window."""
        waits = " It waits: sending is paused (Q)." if self.desk_app.lookout.is_paused(company) else ""
        return waits + (" u takes it back." if self.desk_app.desk.undo else "") or " J shows how it goes."
