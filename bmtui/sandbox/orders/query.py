"""Filter of the order list (API §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bmtui.sandbox.orders.practice_orders import Order

_HIDDEN: Final = frozenset({0, 8})


@dataclass(frozen=True)
class Query:
    """Filter of an order list (API §3); the dates are lower bounds, inclusive."""

    state: int | None = None
    created_from: datetime | None = None
    modified_from: datetime | None = None
    country_code: str | None = None

    def select(self, orders: Iterable[Order]) -> list[Order]:
        """Return the orders that match, in their order; orders in 0 and 8 never do."""
        state, created, modified, country = self.state, self.created_from, self.modified_from, self.country_code
        # One plain pass for each bound that is asked for: every page looks at every order.
        found = [order for order in orders if order.payload["state"] not in _HIDDEN]
        if state is not None:
            found = [order for order in found if order.payload["state"] == state]
        if created is not None:
            found = [order for order in found if order.created >= created]
        if modified is not None:
            found = [order for order in found if order.modified >= modified]
        if country is not None:
            found = [order for order in found if order.payload["country_code"] == country]
        return found
