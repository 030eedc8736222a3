"""Lines of a refund: what each gives back, and why Back Market can refund none (order-desk §4)."""

from __future__ import annotations

from collections.abc import Iterable


def share(rest: int, left: int, wanted: int | None) -> int:
    """Return what a part of an order gives back, in minor units: `wanted`, or all that is left of the part (`rest`).

    All of a part is never more than what is left of the order, so that goodwill counts here, too.
    """
    return min(rest, left) if wanted is None else wanted


def no_line_reason(whys: Iterable[tuple[str, str]]) -> str:
    """Why Back Market can refund no line; `whys` is why not for the SKU of each."""
    return f"Back Market can refund no line of this order. {reasons(whys)}".rstrip()


def reasons(whys: Iterable[tuple[str, str]]) -> str:
    """The reason of all lines; where they differ, each with its SKUs: ``A, B: It is shipped. C: It is cancelled.``"""
    skus: dict[str, list[str]] = {}
    for sku, why in whys:
        skus.setdefault(why, []).append(sku)
    return " ".join(skus if len(skus) < 2 else (f"{', '.join(named)}: {why}" for why, named in skus.items()))
