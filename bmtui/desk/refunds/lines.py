"""Lines of a refund: the amount of each, and why Back Market can refund none (order-desk §4)."""

from __future__ import annotations

from collections.abc import Iterable


def share(rest: int, left: int, wanted: int | None) -> int:
    """Return the minor units to refund of a part of an order: `wanted`, or all that is left of the part (`rest`).

    The rest of a part is at most the rest of the order (`left`), so that goodwill counts here, too.
    """
    return min(rest, left) if wanted is None else wanted


def no_line_reason(whys: Iterable[tuple[str, str]]) -> str:
    """Return why Back Market can refund no line; `whys` are pairs of SKU and reason."""
    return f"Back Market can refund no line of this order. {reasons(whys)}".rstrip()


def reasons(whys: Iterable[tuple[str, str]]) -> str:
    """Return the common reason; different ones with their SKUs: ``A, B: It is shipped. C: It is cancelled.``"""
    skus: dict[str, list[str]] = {}
    for sku, why in whys:
        skus.setdefault(why, []).append(sku)
    return " ".join(skus if len(skus) < 2 else (f"{', '.join(named)}: {why}" for why, named in skus.items()))
