"""The marketplace lives: buyers order, pay, cancel, complain and write; parcels arrive. One seeded event at a time."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bmtui.sandbox.books import Books

if TYPE_CHECKING:
    from bmtui.sandbox.orders.marketplace import Marketplace

#: How often each kind of event comes next, when there is something for it to happen to.
_WEIGHTS: Final = {
    "order": 30,
    "order-unpaid": 12,
    "pay": 14,
    "cancel": 5,
    "deliver": 16,
    "process": 8,
    "open-folder": 6,
    "write": 9,
}
#: The newest so many of what an event can happen to: life is where the orders are fresh.
_NEWEST: Final = 200


class Life:
    """Draws the next event and lets it happen. The same seed, the same calls between: the same events."""

    def __init__(self, marketplace: Marketplace, books: Books, seed: int) -> None:
        self._marketplace = marketplace
        self._books = books
        self._random = random.Random(f"life {seed}")  # noqa: S311 - practice, not secrets
        self.events: list[dict[str, Any]] = []

    def step(self) -> dict[str, Any]:
        """One event; the caller holds the lock."""
        able = {kind: candidates for kind in _WEIGHTS if (candidates := self._candidates(kind))}
        kind = self._random.choices(list(able), [_WEIGHTS[kind] for kind in able])[0]
        order_id, folder_id = self._happen(kind, self._random.choice(able[kind][-_NEWEST:]))
        event = {
            "seq": len(self.events) + 1,
            "at": self._books.clock.now().isoformat(),
            "kind": kind,
            "order_id": order_id,
            "folder_id": folder_id,
        }
        self.events.append(event)
        return dict(event)

    def _candidates(self, kind: str) -> Sequence[Any]:
        orders = self._books.orders.values()
        match kind:
            case "pay":
                return [order for order in orders if order.payload["state"] in (0, 10)]
            case "cancel":
                return [
                    order
                    for order in orders
                    if order.payload["state"] == 1 and any(line["state"] == 1 for line in order.lines)
                ]
            case "deliver":
                return [order for order in orders if order.shipped and not order.delivered]
            case "process":
                return [order for order in orders if order.due and order.due[1] == "processed"]
            case "open-folder":
                return self._marketplace.care.lines_without()
            case "write":
                return self._marketplace.care.open_folders()
        return [None]

    def _happen(self, kind: str, what: Any) -> tuple[int, int | None]:
        """The ids of the order and of the folder that it happened to."""
        market, care = self._marketplace, self._marketplace.care
        match kind:
            case "order":
                self._books.clock.tick()
                return market.add_orders(1)[0], None
            case "order-unpaid":
                return market.add_pending_order(), None
            case "open-folder":
                order, line = what
                return order.order_id, care.open_one(order, line)
            case "write":
                return care.customer_writes(what), what
            case "pay":
                market.pay(what.order_id)
            case "cancel":
                market.cancel_by_buyer(what.order_id)
            case "deliver":
                market.deliver(what.order_id)
            case "process":
                market.process(what.order_id)
        return what.order_id, None


class Pulse:
    """Makes an event happen so many times a minute, in a thread of its own, between `start` and `stop`."""

    def __init__(self, step: Callable[[], object], per_minute: float) -> None:
        self._step = step
        self._pause_s = 60 / per_minute if per_minute else 0.0
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox life", daemon=True)

    def start(self) -> None:
        if self._pause_s:
            self._thread.start()

    def stop(self) -> None:
        """Harmless twice, and when it was never started."""
        self._leave.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._leave.wait(self._pause_s):
            self._step()
