"""Orders of the marketplace: their register, the events that happen by themselves, and their JSON (API §4, §5)."""

import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bmtui.sandbox.dates import Clock
from bmtui.sandbox.orders.practice_orders import Order, OrderFactory, has_delivery_note, ship_by
from bmtui.sandbox.shared_state import SharedState

_DUE_AFTER_SHIPPING: Final = timedelta(minutes=1)


class OrderRegister:
    """Register of orders by id and by line. Callers of methods that begin with `_` hold the lock."""

    def __init__(self, seed: int, clock: Clock, quirks: dict[str, str], limits: Mapping[str, int]) -> None:
        self.quirks = quirks
        self.clock = clock
        self.state = SharedState(seed, clock, quirks, dict(limits))
        self._lock = self.state.lock
        self._orders = self.state.orders
        self._order_of_line = self.state.order_of_line
        self._factory = OrderFactory(seed, quirks)
        self._due: list[tuple[datetime, int, str]] = []

    def _take_in(self, orders: list[Order]) -> list[int]:
        for order in orders:
            self._orders[order.order_id] = order
            self._order_of_line.update((line["id"], order) for line in order.lines)
            if order.due:
                self._schedule(order, *order.due)
        return [order.order_id for order in orders]

    def _find(self, order_id: int) -> Order:
        return self.state.order(order_id)

    def _done(self, kind: str, order: Order, lines: list[dict[str, Any]], body: Any, amount: str | None = None) -> None:
        self._changed(order, self.clock.tick())
        self.state.log(kind, order, lines, body, amount)

    def _changed(self, order: Order, now: datetime) -> None:
        """Derive the order's state from its lines, as Back Market does (API §5)."""
        order.touch(now)
        states = {line["state"] for line in order.lines}
        if order.payload["state"] not in (1, 3) or states & {0, 1, 8, 9}:
            return
        if 2 in states:
            order.payload["state"] = 3
        elif 3 in states and self.quirks["processed"] == "later":
            order.payload["state"] = 3
            if not order.due:
                self._schedule(order, now + _DUE_AFTER_SHIPPING, "processed")
        else:
            order.payload["state"] = 9
            order.payload["expected_dispatch_date"] = None

    def _schedule(self, order: Order, when: datetime, what: str) -> None:
        order.due = (when, what)
        heapq.heappush(self._due, (when, order.order_id, what))

    def _catch_up(self) -> None:
        """Apply the events that are due by now: late buyers pay, shipped orders are processed."""
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            when, order_id, what = heapq.heappop(self._due)
            order = self._orders[order_id]
            if order.due != (when, what):
                continue
            if what == "paid":
                self._paid(order, when)
            else:
                order.due = None
                order.payload["state"] = 9
                order.touch(when)

    def _paid(self, order: Order, when: datetime) -> None:
        order.due = None
        for line in order.lines:
            line["state"] = 1
        order.payload |= {"state": 1, "date_payment": order.date(when)}
        order.payload["expected_dispatch_date"] = ship_by(order, when)
        order.touch(when)

    def _view(self, order: Order) -> dict[str, Any]:
        """A copy, as deep as anything ever changes, with a link to the delivery note, signed for this reading."""
        note = None
        if has_delivery_note(order, self.quirks):
            note = self.state.signed(f"/delivery_note/{order.order_id}.pdf")
        lines = [dict(line) for line in order.lines]
        return order.payload | {"delivery_note": note, "orderlines": lines}
