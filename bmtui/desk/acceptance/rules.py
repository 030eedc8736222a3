"""Test of an acceptance rule (`acceptance_settings`) on stored orders, and the stock flags that rules use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bmtui.desk.companies import acceptance_settings
from bmtui.desk.companies.acceptance_rule import ADVICE, Facts, parse
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError
from bmtui.money import Money
from bmtui.store.models import Company, Order, OrderLine, StockFlag
from bmtui.text import how_many, plain


@dataclass(frozen=True, slots=True)
class BackTest:
    """Result of a rule on the latest `total` paid orders; `refused` are order numbers, each with the reason."""

    rule: str
    total: int
    accepted: int
    refused: tuple[tuple[int, str], ...]

    @property
    def sentence(self) -> str:
        return f"It would have accepted {self.accepted:,} of the last {how_many(self.total, 'order')}."


def back_test(desk: Desk, company: str | None = None, text: str | None = None, *, last: int = 1000) -> BackTest:
    """Test a rule, by default the company's own, on its `last` paid orders.

    Raises:
        NotFound, RuleRefused: no such company, or several and none named. ConfigError: no rule, or one that cannot be
            read.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        text = acceptance_settings.text_of(row.id) if text is None else text
        rule = parse(text)
        if not rule.terms:
            raise ConfigError(f"{row.name} has no acceptance rule.", ADVICE)
        paid = (Order.company == row) & (Order.received > 0)
        rows = list(Order.select().where(paid).order_by(Order.created_at.desc(), Order.id.desc()).limit(last))
        verdicts = [(order.order_id, rule.why_not(facts)) for order, facts in facts_of(rows)]
        refused = tuple((order_id, why) for order_id, why in verdicts if why)
        return BackTest(text, len(rows), len(rows) - len(refused), refused)


def facts_of(orders: Sequence[Order]) -> Iterable[tuple[Order, Facts]]:
    """Yield each order with the facts that a rule checks, read by few statements. All orders are of one company."""
    skus: dict[int, list[str]] = {order.id: [] for order in orders}
    for begin in range(0, len(orders), 500):
        some = [order.id for order in orders[begin : begin + 500]]
        for line in OrderLine.select(OrderLine.order, OrderLine.sku).where(OrderLine.order.in_(some)):
            skus[line.order_ref].append(line.sku)
    flags = {}
    if orders:
        flags = {
            flag.sku: flag.in_stock for flag in StockFlag.select().where(StockFlag.company == orders[0].company_id)
        }
    for order in orders:
        yield order, Facts(order.market, Money(order.total, order.currency), tuple(skus[order.id]), flags)


def flag(desk: Desk, company: str | None, skus: Sequence[str], *, in_stock: bool) -> int:
    """Flag SKUs as in stock or out of stock; return how many.

    Raises:
        NotFound, RuleRefused: no such company, or several and none named.
    """
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(company)
        for sku in skus:
            facts = {"in_stock": in_stock, "at": desk.now(), "made_by": desk.actor}
            StockFlag.insert(company=row, sku=plain(sku).strip(), **facts).on_conflict(
                conflict_target=[StockFlag.company, StockFlag.sku], update=facts
            ).execute()
        what = "in stock" if in_stock else "out of stock"
        audit.record(desk, "stock.flagged", f"{', '.join(map(plain, skus))}: {what}.", company_id=row.id)
    return len(skus)


def flags(desk: Desk, company: str | None = None) -> tuple[tuple[str, bool], ...]:
    """Return the flagged SKUs of a company, each with True for in stock."""
    row: Company = desk.company_row(company)
    query = StockFlag.select().where(StockFlag.company == row).order_by(StockFlag.sku)
    return tuple((flag.sku, flag.in_stock) for flag in query)
