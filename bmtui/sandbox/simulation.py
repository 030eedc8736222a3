"""Simulation of buyers and carriers: they order, pay, cancel, complain, deliver. One seeded event at a time."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from bmtui.sandbox.marketplace import Marketplace

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
#: Events happen to the newest so many candidates, as in a real shop.
_NEWEST: Final = 200


class Simulation:
    """Simulation that draws events and applies them. The same seed and the same calls between give the same events."""

    def __init__(self, marketplace: Marketplace) -> None:
        self._marketplace = marketplace
        self._state = marketplace.state
        self._random = random.Random(f"life {marketplace.state.seed}")  # noqa: S311 - practice, not secrets
        self._events: list[dict[str, Any]] = []

    def step(self, count: int = 1) -> list[dict[str, Any]]:
        """Apply `count` events now; returns them as `events` does."""
        with self._state.lock:
            self._state.catch_up()
            return [self._next() for _ in range(count)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the events so far, oldest first: `seq`, `at` (UTC), `kind`, `order_id`, `folder_id`."""
        with self._state.lock:
            return list(self._events)

    def _next(self) -> dict[str, Any]:
        able = {kind: candidates for kind in _WEIGHTS if (candidates := self._candidates(kind))}
        kind = self._random.choices(list(able), [_WEIGHTS[kind] for kind in able])[0]
        order_id, folder_id = self._happen(kind, self._random.choice(able[kind][-_NEWEST:]))
        event = {
            "seq": len(self._events) + 1,
            "at": self._state.clock.now().isoformat(),
            "kind": kind,
            "order_id": order_id,
            "folder_id": folder_id,
        }
        self._events.append(event)
        return dict(event)

    def _candidates(self, kind: str) -> Sequence[Any]:
        orders = self._state.orders.values()
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
        """Apply an event; returns the ids of its order and its folder."""
        market, care = self._marketplace, self._marketplace.care
        match kind:
            case "order":
                self._state.clock.tick()
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


class Ticker:
    """Timer that calls a function so many times a minute, in a thread of its own, between `start` and `stop`."""

    def __init__(self, step: Callable[[], object], per_minute: float) -> None:
        self._step = step
        self._pause_s = 60 / per_minute if per_minute else 0.0
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox simulation", daemon=True)

    def start(self) -> None:
        if self._pause_s:
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread; harmless twice, and when it was never started."""
        self._leave.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._leave.wait(self._pause_s):
            self._step()
