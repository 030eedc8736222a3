"""State that all parts of the marketplace share: lock, clock, orders, effects, signatures of document links."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from bmtui.sandbox.dates import Clock
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.limits import Budgets
from bmtui.sandbox.orders.practice_orders import Order


class SharedState:
    """`base` is the address that the links to documents begin with. Callers hold `lock`."""

    def __init__(self, seed: int, clock: Clock, quirks: dict[str, str], limits: dict[str, int]) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self.clock = clock
        self.quirks = quirks
        self.budgets = Budgets(limits, clock)
        self.orders: dict[int, Order] = {}
        self.order_of_line: dict[int, Order] = {}
        self.effects: list[dict[str, Any]] = []
        #: Applies what is due by now; called before anything is read.
        self.catch_up: Callable[[], None] = lambda: None
        self.base = "https://bucket.example.com"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("lock", "catch_up")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.lock = threading.RLock()
        self.catch_up = lambda: None

    def order(self, order_id: int) -> Order:
        """Return the order. Raises Refused (404)."""
        if order_id not in self.orders:
            raise Refused("Order not found", 404)
        return self.orders[order_id]

    def log(self, kind: str, order: Order, lines: list[dict[str, Any]], body: Any, amount: str | None = None) -> None:
        """Add an effect, at the present moment."""
        self.effects.append(
            {
                "seq": len(self.effects) + 1,
                "at": self.clock.now().isoformat(),
                "kind": kind,
                "order_id": order.order_id,
                "line_ids": [line["id"] for line in lines],
                "amount": amount,
                "currency": order.payload["currency"],
                "body": dict(body),
            }
        )

    def signed(self, path: str) -> str:
        """A link that dies within 5 days (API §4)."""
        # The day is the grain, so that reading twice does not look like a change.
        midnight = self.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        expires = str(int((midnight + timedelta(days=5)).timestamp()))
        return f"{self.base}{path}?Signature={self._signature(path, expires)}&Expires={expires}"

    def opens(self, path: str, signature: str, expires: str) -> bool:
        """Return whether that signature still opens the document."""
        alive = expires.isascii() and expires.isdigit() and int(expires[:12]) > self.clock.now().timestamp()
        return alive and signature == self._signature(path, expires)

    def _signature(self, path: str, expires: str) -> str:
        return hashlib.sha256(f"link {self.seed} {path} {expires}".encode()).hexdigest()[:24]
