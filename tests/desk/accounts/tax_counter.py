"""Shop with invoices, and a desk at any day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers import raw_line
from invoice_shop import ADDRESS, open_shop, sold
from statement_counter import file

from bmtui.desk.accounts import costs
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money

IMEIS = ("356938035643809", "490154203237518", "352099001761481")


def at(desk: Desk, day: str) -> Desk:
    """Return the desk with its clock at noon (UTC) of a day."""
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    return replace(desk, now=lambda: noon)


def phones(desk: Desk, *prices: str, **settings: str) -> Desk:
    """Open a shop with a shipped order of one phone for each price, numbered from 1, each with 5.00 for shipping."""
    raws = [
        sold(number, raw_line(number * 10, 3, price, "PHN", product="Phone", imei=IMEIS[number - 1]))
        for number, price in enumerate(prices, start=1)
    ]
    return open_shop(desk, *raws, **settings)


def cable(order_id: int, price: str, country: str, market: str, **more: Any) -> dict[str, Any]:
    """Return an order of a cable, which is taxed regularly, to a buyer in `country`."""
    line = raw_line(order_id * 10, 3, price, "ACC", product="Cable")
    address = ADDRESS | {"country": country}
    return sold(
        order_id,
        line,
        country_code=market,
        shipping_price="0.00",
        shipping_address=address,
        billing_address=address,
        **more,
    )


def invoice(desk: Desk, day: str, *order_ids: int) -> None:
    for order_id in order_ids:
        issue.make(at(desk, day), order_id)


def give_back(desk: Desk, day: str, order_id: int, amount: str = "", currency: str = "EUR") -> None:
    """Refund outside Back Market on that day, and issue the credit note."""
    money = Money.parse(amount, currency) if amount else None
    refunds.issue(at(desk, day), order_id, RefundRequest("issue_refund", amount=money))
    issue.credit(at(desk, day), order_id)


def cost(desk: Desk, folder: Path, *rows: str) -> None:
    path = file(folder, rows, "costs.csv", "imei;sku;cost;currency;date")
    costs.save(desk, costs.preview(desk, path))
