"""Faults inside a page of orders: what it shows, counts and points to (API §3, §10)."""

from typing import Any, Final, NamedTuple

from bmtui.sandbox.token_leak_checks import elsewhere

_MOST_DRIFT: Final = 5
#: A field of an order, or of its first line, and what stands there instead.
_WRONG: Final[tuple[tuple[str, str, Any], ...]] = (
    ("order", "order_id", "80112233"),
    ("order", "price", 319.5),
    ("order", "orderlines", None),
    ("order", "date_creation", 1_790_000_000),
    ("order", "shipping_address", []),
    ("order", "state", "1"),
    ("line", "price", None),
    ("line", "quantity", "one"),
    ("line", "id", None),
    ("order", "currency", 978),
)


class Window(NamedTuple):
    """Orders that a page shows: `size` from the position `first`; `grown` is by how many orders the list seems to have
    grown (below 0: shrunk)."""

    first: int
    size: int
    grown: int = 0


def window(fault: str | None, page: int, size: int, slipped: int) -> Window:
    """The window of a page, as the fault moves it, and those that slipped before."""
    first = (page - 1) * size
    match fault:
        case "overlap":
            return Window(first - 1, size + 1)
        case "drift":
            grown = min(page - 1, _MOST_DRIFT, first)
            return Window(first - grown, size, grown)
    return Window(first + slipped, size, -slipped)


def spoil(fault: str | None, page: dict[str, Any], draw: int) -> None:
    """Change the page as the fault demands; `draw` chooses where there is a choice."""
    match fault:
        case "count-high":
            page["count"] += 7
        case "count-low":
            page["count"] = max(0, page["count"] - max(1, page["count"] // 3))
        case "foreign-next" if page["next"]:
            page["next"] = elsewhere(page["next"])
        case "wrong-type" if page["results"]:
            where, field, value = _WRONG[draw % len(_WRONG)]
            order = page["results"][draw // len(_WRONG) % len(page["results"])]
            (order if where == "order" else order["orderlines"][0])[field] = value
