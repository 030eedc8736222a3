"""Identifier policy of a company: listed, changed by pattern, and tried on stored lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from bmtui.desk.companies import companies, identifier_policy
from bmtui.desk.companies.identifier_policy import Need, Policy, Product
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.shipping.required_identifiers import usual_kind
from bmtui.errors import NotFound
from bmtui.store.models import Company, Order, OrderLine
from bmtui.text import how_many
from bmtui.values.identifier import Kind

LAST = 5_000
"""Number of the latest lines in a trial."""


@dataclass(frozen=True, slots=True)
class SkuVerdict:
    """Need for an identifier by the policy, for a SKU.

    Attributes:
        proposed: the need that earlier shipments suggest: ``imei``, ``serial``, ``none``, or '' if unknown.
        shipped: shipped lines of the SKU; `stopped`: those that the policy would have stopped.
    """

    sku: str
    product: str
    need: str
    because: str
    proposed: str
    shipped: int
    stopped: int

    @property
    def sentence(self) -> str:
        earlier = f" Earlier ones: {self.proposed}." if self.proposed else ""
        stopped = f" It would have stopped {self.stopped:,} of {self.shipped:,}." if self.stopped else ""
        return f"{self.because[0].upper()}{self.because[1:]}.{earlier}{stopped}"


@dataclass(frozen=True, slots=True)
class Trial:
    """Result of a policy's trial on the latest lines."""

    policy: str
    default: str
    skus: tuple[SkuVerdict, ...]

    @property
    def sentence(self) -> str:
        shipped, stopped = (sum(getattr(one, name) for one in self.skus) for name in ("shipped", "stopped"))
        return (
            f"{how_many(len(self.skus), 'SKU')}. It would have stopped {stopped:,} of "
            f"{how_many(shipped, 'shipped line')}."
        )


def policy(desk: Desk, company: str | None = None) -> Policy:
    """Return the policy of the company. Raises NotFound; RuleRefused if several companies are possible."""
    return identifier_policy.parse(desk.company_row(company).identifier_policy)


def changed(desk: Desk, company: str | None, needs: str, remove: Sequence[str] = ()) -> Policy:
    """Return the policy with the patterns of `needs` added or replaced, and without those of `remove`.

    Raises:
        ConfigError: a pattern that cannot be read. NotFound: a pattern to remove that does not exist.
    """
    kept = dict(policy(desk, company).needs)
    names = {pattern.casefold(): pattern for pattern in kept}
    for pattern in remove:
        if pattern.casefold() not in names:
            raise NotFound(f"There is no pattern '{pattern[:60]}'.", "See 'bmtui identifiers list'.")
        kept.pop(names[pattern.casefold()], None)
    for pattern, need in identifier_policy.parse(needs).needs.items():
        kept.pop(names.get(pattern.casefold(), pattern), None)
        kept[pattern] = need
    return Policy(kept)


def change(desk: Desk, company: str | None, needs: str, remove: Sequence[str] = ()) -> Policy:
    """Add or replace patterns, and remove others. Raises as `changed`, and RuleRefused: only an admin may."""
    after = changed(desk, company, needs, remove)
    companies.change(desk, company, {"identifier_policy": str(after)})
    return after


def tried(desk: Desk, company: str | None = None, text: str | None = None, *, last: int = LAST) -> Trial:
    """Try a policy, by default the company's own, on the SKUs of the `last` lines.

    Raises:
        NotFound; RuleRefused if several companies are possible. ConfigError: a policy that cannot be read.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        chosen = identifier_policy.parse(row.identifier_policy if text is None else text)
        found = [_verdict(chosen, line, counts) for line, counts in _skus(row, last).values()]
    order = {Need.IMEI: 0, Need.SERIAL: 1, Need.ASK: 2, Need.NONE: 3}
    found.sort(key=lambda one: (-one.stopped, order[Need(one.need)], one.sku))
    return Trial(str(chosen), identifier_policy.DEFAULT, tuple(found))


def _skus(row: Company, last: int) -> Mapping[str, tuple[OrderLine, tuple[int, int, int]]]:
    """Return for each SKU its latest line, and its shipped lines: all, with an IMEI, with a serial number."""
    mine: Any = OrderLine.select(OrderLine.id).join(Order).where(Order.company == row)
    latest = mine.order_by(OrderLine.id.desc()).limit(last)
    shipped = OrderLine.state.in_(channel_states.SHIPPED)
    counted: Any = (
        OrderLine.select(
            OrderLine.sku,
            fn.MAX(OrderLine.id),
            fn.SUM(shipped.cast("INTEGER")),
            fn.SUM((shipped & (OrderLine.imei != "")).cast("INTEGER")),
            fn.SUM((shipped & (OrderLine.serial_number != "")).cast("INTEGER")),
        )
        .where(OrderLine.id.in_(latest))
        .group_by(OrderLine.sku)
    )
    rows = list(counted.tuples())
    lines = {}
    for begin in range(0, len(rows), 500):
        ids = [row_id for _, row_id, *_ in rows[begin : begin + 500]]
        lines.update({line.id: line for line in OrderLine.select().where(OrderLine.id.in_(ids))})
    return {sku: (lines[row_id], tuple(map(int, counts))) for sku, row_id, *counts in rows}  # type: ignore[misc]


def _verdict(chosen: Policy, line: OrderLine, counts: tuple[int, int, int]) -> SkuVerdict:
    said = chosen.of(Product(line.sku, line.product, line.brand))
    shipped, imeis, serials = counts
    wrong = {Need.IMEI: shipped - imeis, Need.SERIAL: shipped - serials, Need.NONE: imeis + serials}
    usual = usual_kind(line)
    proposed = {None: "", "": "none", Kind.IMEI.value: "imei", Kind.SERIAL.value: "serial"}[usual]
    return SkuVerdict(
        line.sku, line.product, said.need.value, said.because, proposed, shipped, max(wrong.get(said.need, 0), 0)
    )
