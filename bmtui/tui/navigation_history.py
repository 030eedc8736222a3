"""Where an operator has been: back and forward between queries and orders."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 200


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its sort, as it was looked at."""

    text: str
    sort: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """An order that was opened; `company` tells two of one number apart."""

    order_id: int
    company: str | None


Place = Query | Opened


class Trail:
    """The places in the order in which they were visited, and where among them one is."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, place: Place) -> None:
        """Go to a new place; what lay ahead is forgotten."""
        if self._at >= 0 and self._places[self._at] == place:
            return
        self._places = [*self._places[: self._at + 1], place][-MOST:]
        self._at = len(self._places) - 1

    def arrive(self, place: Place) -> None:
        """One is here, by whatever way: a place of its own, unless the trail knows it as this one."""
        if self._at < 0 or (self._places[self._at] != place and self._at == len(self._places) - 1):
            self.visit(place)

    def step(self, by: int) -> Place | None:
        """Go back (-1) or forward (1); None where there is nothing."""
        if not 0 <= self._at + by < len(self._places):
            return None
        self._at += by
        return self._places[self._at]
