"""Billing statements as files, and the orders in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers import raw_line, raw_order

from bmtui.desk.accounts import statement_import
from bmtui.desk.accounts.statement_import import Imported
from bmtui.desk.core.context import Desk

HEAD = "invoice_key,value_date,sku,order_id,designation,amount,currency"
PHONE = {"orderline_fee": "10.00", "shipping_price": "5.00"}


def phone(order_id: int, state: int = 3, **more: Any) -> dict[str, Any]:
    """An order of one phone of 100.00 with a fee of 10.00 and shipping charges of 5.00."""
    return raw_order(order_id, [raw_line(order_id * 10, state, "100.00", "PHN", **(PHONE | more))])


def row(order_id: int | str, designation: str, amount: str, sku: str = "PHN", **more: str) -> str:
    values = {"key": "BM-1", "day": "2026-11-05", "currency": "EUR", **more}
    return ",".join([values["key"], values["day"], sku, str(order_id), designation, amount, values["currency"]])


def sold(order_id: int) -> list[str]:
    """Return the rows of a correct sale: price, shipping, commission."""
    return [row(order_id, "sale", "100.00"), row(order_id, "shipping", "5.00"), row(order_id, "commission", "-10.00")]


def file(folder: Path, rows: Sequence[str], name: str = "statement.csv", head: str = HEAD) -> str:
    path = folder / name
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return str(path)


def bring_in(desk: Desk, path: str) -> Imported:
    _, contents = statement_import.preview(desk, path)
    return statement_import.save(desk, contents)


def problems(done: Imported) -> list[tuple[int, str, str]]:
    """Return order, reason and amount of the unexplained rows."""
    return sorted((row.order_id, row.problem, row.amount.decimal) for row in done.unexplained)
