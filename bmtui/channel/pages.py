"""Pages of the channel's lists (API §3, §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bmtui.channel.fields import parse_integer
from bmtui.errors import NotUnderstood


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Page of the order list.

    `results` are the orders as they came: keep each, then `read_order` each, so that a bad one does not stop the
    others; one that is not even an object is handed over too. `count` is what the channel claims in all.
    """

    count: int
    page: int
    results: tuple[Mapping[str, Any], ...]
    last: bool


@dataclass(frozen=True, slots=True)
class FoldersPage:
    """Page of after-sales folders, as they came: keep each, then `read_folder` each. No total is known (API §9)."""

    page: int
    results: tuple[Mapping[str, Any], ...]
    last: bool


@dataclass(frozen=True, slots=True)
class ParcelsPage:
    """Page of BackShip deliveries or returns, as they came: keep each, then `read_delivery` or `read_return`."""

    page: int
    results: tuple[Mapping[str, Any], ...]
    last: bool


@dataclass(frozen=True, slots=True)
class RawPage:
    """Common part of all lists. `ends` is true when the channel says that there is no next page."""

    count: int | None
    results: tuple[Any, ...]
    ends: bool


def read_page(value: object, what: str, *, counted: bool) -> RawPage:
    """Parse a JSON value as a page; `what` names the list for a person. Raises `NotUnderstood`."""
    body = value if isinstance(value, dict) else {}
    results, count = body.get("results"), parse_integer(body.get("count"), low=0)
    if not isinstance(results, list) or (counted and count is None):
        path = "count" if isinstance(results, list) else "results"
        missing = "results or no count" if counted else "results"
        raise NotUnderstood(
            f"Back Market's {what} has no {missing}.",
            "Try again later; if it stays so, the API has changed.",
            path=path,
        )
    # Without the key nothing is known about what follows.
    return RawPage(count, tuple(results), body.get("next", "unknown") is None)
