"""Finding orders (order-desk §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bmtui.desk.context import Desk
from bmtui.desk.views import OrderRow, Page
from bmtui.errors import ConfigError
from bmtui.money import Money
from bmtui.store.models import Company, Order, OrderLine
from bmtui.store.search import COUNT_CAP, Search
from bmtui.store.search import SORTS as SORTS


def page(
    desk: Desk, query: str = "", *, sort: str = "created", descending: bool = True, offset: int = 0, limit: int = 50
) -> Page:
    """A window of the orders that match the typed `query`, of the company in view or of all.

    Raises:
        QueryError: the query cannot be read; has the position. ConfigError: no such sort.
    """
    if sort not in SORTS:
        raise ConfigError(f"Orders cannot be sorted by '{sort}'.", f"Sorts: {', '.join(SORTS)}.")
    with desk.store.snapshot():
        company_id = desk.company_row().id if desk.company else None
        search = Search(query, desk.now(), desk.zone(), company_id)
        found = search.page(sort, descending, offset, limit)
        count = search.count()
        return Page(rows_of(found), offset, min(count, COUNT_CAP), count > COUNT_CAP)


def count_exactly(desk: Desk, query: str = "") -> int:
    """How many orders match, however many."""
    company_id = desk.company_row().id if desk.company else None
    return Search(query, desk.now(), desk.zone(), company_id).count(cap=None)


def rows_of(orders: list[Order]) -> tuple[OrderRow, ...]:
    """The rows of `orders`, with the SKUs of their lines."""
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.select().where(OrderLine.order.in_([order.id for order in orders])).order_by(OrderLine.id):
        lines[line.order_ref].append(line)
    names = {row.id: row.name for row in Company.select(Company.id, Company.name)}
    return tuple(_row(order, names[order.company_id], lines[order.id]) for order in orders)


def _row(order: Order, company: str, lines: Iterable[OrderLine]) -> OrderRow:
    def money(minor: int) -> Money:
        return Money(minor, order.currency)

    return OrderRow(
        order_id=order.order_id,
        company=company,
        status=order.status,
        shipping_status=order.shipping_status,
        payment_status=order.payment_status,
        channel_status=order.channel_status,
        channel_notified=order.channel_notified,
        market=order.market,
        currency=order.currency,
        goods=money(order.goods),
        shipping=money(order.shipping),
        total=money(order.total),
        received=money(order.received),
        refunded=money(order.refunded),
        created_at=order.created_at,
        updated_at=order.updated_at,
        paid_at=order.paid_at,
        ship_by=order.ship_by,
        shipped_at=order.shipped_at,
        customer_name=order.customer_name,
        customer_email=order.customer_email,
        customer_phone=order.customer_phone,
        tracking_number=order.tracking_number,
        skus=", ".join(line.sku + (f" ×{line.quantity}" if line.quantity > 1 else "") for line in lines),
        ship_to=order.ship_to,
        bill_to=order.bill_to,
    )
