"""Lines of a refund: the amount of each, and why Back Market can refund none (order-desk §4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine


def share(rest: int, left: int, wanted: int | None) -> int:
    """Return the minor units to refund of a part of an order: `wanted`, or all that is left of the part (`rest`).

    The rest of a part is at most the rest of the order (`left`), so that goodwill counts here, too.
    """
    return min(rest, left) if wanted is None else wanted


def must_fit(
    order: Order, ended: Sequence[OrderLine], amounts: Iterable[tuple[str, OrderLine | None, int]], left: int
) -> None:
    """Check that the unshipped lines are refundable in full: Back Market returns no part of such a line.

    Raises:
        RuleRefused: their prices are more than the minor units `left` of the order, which were received.
    """
    by_line = {line.id: amount for _, line, amount in amounts if line is not None}
    price = sum(line.price for line in ended)
    room = left - sum(by_line.values()) + sum(by_line[line.id] for line in ended)
    if price <= room or sum(by_line.values()) < left:
        return
    named = " and ".join(f"line {line.line_id} ({line.sku})" for line in ended)
    costs, refundable = f"cost{'s' * (len(ended) == 1)} {Money(price, order.currency)}", Money(room, order.currency)
    advice = f"Choose lines of {refundable} or less together, and cancel the others in the Back Office."
    raise RuleRefused(
        f"Before shipping Back Market only refunds a line in full: {named} {costs}, and {refundable} of order "
        f"{order.order_id} is refundable.",
        advice if len(ended) > 1 else "Cancel it in the Back Office.",
    )


def no_line_reason(whys: Iterable[tuple[str, str]]) -> str:
    """Return why Back Market can refund no line; `whys` are pairs of SKU and reason."""
    return f"Back Market can refund no line of this order. {reasons(whys)}".rstrip()


def reasons(whys: Iterable[tuple[str, str]]) -> str:
    """Return the common reason; different ones with their SKUs: ``A, B: It is shipped. C: It is cancelled.``"""
    skus: dict[str, list[str]] = {}
    for sku, why in whys:
        skus.setdefault(why, []).append(sku)
    return " ".join(skus if len(skus) < 2 else (f"{', '.join(named)}: {why}" for why, named in skus.items()))
