"""Navigation history: back and forward between the queries and the orders that an operator looked at."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 200


@dataclass(frozen=True, slots=True)
class Query:
    """Query with its sort."""

    text: str
    sort: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Opened order; `company` tells two orders of the same number apart."""

    order_id: int
    company: str | None


Place = Query | Opened


class Trail:
    """Visited places, oldest first, and the current one among them."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, place: Place) -> None:
        """Append a new place after the current one; the places that were ahead are forgotten."""
        if self._at >= 0 and self._places[self._at] == place:
            return
        self._places = [*self._places[: self._at + 1], place][-MOST:]
        self._at = len(self._places) - 1

    def arrive(self, place: Place) -> None:
        """Append the operator's present place, unless it is the current one or the history goes on after it."""
        if self._at < 0 or (self._places[self._at] != place and self._at == len(self._places) - 1):
            self.visit(place)

    def step(self, by: int) -> Place | None:
        """Go back (-1) or forward (1), and return that place; None at either end."""
        if not 0 <= self._at + by < len(self._places):
            return None
        self._at += by
        return self._places[self._at]
