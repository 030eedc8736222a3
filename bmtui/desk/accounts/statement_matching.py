"""Matching of statement rows with the orders, lines, refunds and fees in the store.

All rows of an order are matched together and anew, oldest first, so that the result does not depend on when they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.accounts.kinds import RowKind, RowProblem
from bmtui.money import Money
from bmtui.store import models
from bmtui.store.plain_sql import fetch
from bmtui.words import REFUND_NOT_MADE

CHUNK = 400
"""Number of orders that are matched with one set of queries."""
_ENDED = (LineState.CANCELLED, LineState.REFUNDED_BEFORE_SHIPPING, LineState.REFUNDED_AFTER_SHIPPING, LineState.UNPAID)


@dataclass(slots=True)
class _Line:
    row: int
    line_id: int
    sku: str
    price: int
    shipping: int
    fee: int | None
    adjustment: int | None
    ended: bool
    sold: bool = False
    shipped: bool = False
    charged: bool = False
    given_back: bool = False
    adjusted: bool = False


@dataclass(slots=True)
class _Refund:
    row: int
    line_ref: int | None
    amount: int
    taken: bool = False


@dataclass(slots=True)
class _Known:
    """Order in the store, with marks of its amounts that rows have used so far."""

    row: int
    order_id: int
    currency: str
    total: int
    shipping: int
    adjustment: int | None
    charged: int | None
    lines: list[_Line] = field(default_factory=list)
    refunds: list[_Refund] = field(default_factory=list)
    sold: bool = False
    shipped: int = 0
    adjusted: bool = False


@dataclass(slots=True)
class _Row:
    """Stored row, with the line or refund that explains it, or the problem."""

    id: int
    sku: str
    kind: str
    amount: int
    currency: str
    before: tuple[Any, ...]
    line_ref: int | None = None
    refund_id: int | None = None
    problem: str = ""
    detail: str = ""

    def explained(self, line: _Line | None = None, refund: _Refund | None = None, detail: str = "") -> None:
        self.line_ref = line.row if line else None
        self.refund_id = refund.row if refund else None
        self.problem, self.detail = "", detail

    def refuse(self, problem: RowProblem, detail: str, line: _Line | None = None) -> None:
        self.line_ref, self.refund_id = (line.row if line else None), None
        self.problem, self.detail = problem, detail


def match(company_id: int, order_ids: Iterable[int]) -> None:
    """Match all rows of these orders (by number, 0 for the account), inside the caller's transaction."""
    wanted = sorted(set(order_ids))
    for begin in range(0, len(wanted), CHUNK):
        _match_some(company_id, wanted[begin : begin + CHUNK])


def _match_some(company_id: int, order_ids: Sequence[int]) -> None:
    known = _known(company_id, order_ids)
    marks = ", ".join("?" for _ in order_ids)
    found = fetch(
        "SELECT id, order_id, sku, kind, amount, currency, order_ref, line_ref, refund_id, problem, detail "  # noqa: S608
        f"FROM statement_rows WHERE company_id = ? AND order_id IN ({marks}) ORDER BY order_id, day, id",
        (company_id, *order_ids),
    )
    of_order: dict[int, list[_Row]] = defaultdict(list)
    for row_id, order_id, sku, kind, amount, currency, *before in found:
        of_order[order_id].append(_Row(row_id, sku, kind, amount, currency, tuple(before)))
    changed = []
    for order_id, rows in of_order.items():
        order = known.get(order_id)
        if order is None:
            _without_order(order_id, rows)
        else:
            _of_order(order, rows)
        order_ref = order.row if order else None
        for row in rows:
            after = (order_ref, row.line_ref, row.refund_id, row.problem, row.detail)
            if after != row.before:
                changed.append((*after, row.id))
    database = models.database
    if changed:
        columns = "order_ref = ?, line_ref = ?, refund_id = ?, problem = ?, detail = ?"
        sql = f"UPDATE statement_rows SET {columns} WHERE id = ?"  # noqa: S608 - names of ours
        database.execute_many(sql.replace("?", database.param), changed)
    charges = []
    for order_id, rows in of_order.items():
        fees = [row.amount for row in rows if row.kind == RowKind.COMMISSION]
        charged = -sum(fees) if fees else None
        if order_id in known and known[order_id].charged != charged:
            charges.append((charged, known[order_id].row))
    if charges:
        database.execute_many(f"UPDATE orders SET fee_charged = {database.param} WHERE id = {database.param}", charges)  # noqa: S608


def _known(company_id: int, order_ids: Sequence[int]) -> dict[int, _Known]:
    marks = ", ".join("?" for _ in order_ids)
    orders = {
        row[0]: _Known(*row)
        for row in fetch(
            "SELECT id, order_id, currency, total, shipping, sales_dp_adjustment, fee_charged FROM orders "  # noqa: S608
            f"WHERE company_id = ? AND order_id IN ({marks})",
            (company_id, *order_ids),
        )
    }
    if not orders:
        return {}
    marks, rows = ", ".join("?" for _ in orders), list(orders)
    for order_ref, *values, state, refunded in fetch(
        "SELECT order_ref, id, line_id, sku, price, shipping, fee, adjustment, state, refunded FROM order_lines "  # noqa: S608
        f"WHERE order_ref IN ({marks}) ORDER BY id",
        rows,
    ):
        line_row, line_id, sku, price, shipping, fee, adjustment = values
        ended = state in _ENDED or 0 < price <= refunded
        line = _Line(line_row, line_id, sku, price, shipping, fee, adjustment, ended)
        orders[order_ref].lines.append(line)
    gone = ", ".join(f"'{state}'" for state in REFUND_NOT_MADE)
    for order_ref, row, line_ref, amount in fetch(
        "SELECT order_ref, id, line_ref, amount FROM refunds "  # noqa: S608
        f"WHERE order_ref IN ({marks}) AND state NOT IN ({gone}) AND operation = 'refund_on_back_market' ORDER BY id",
        rows,
    ):
        orders[order_ref].refunds.append(_Refund(row, line_ref, amount))
    return {order.order_id: order for order in orders.values()}


def _without_order(order_id: int, rows: Iterable[_Row]) -> None:
    for row in rows:
        if order_id:
            row.refuse(RowProblem.NO_SUCH_ORDER, f"Order {order_id} is not in bmtui: download it.")
        else:
            row.explained(detail="Of the account")


def _of_order(order: _Known, rows: Sequence[_Row]) -> None:
    for row in rows:
        if row.currency != order.currency:
            row.refuse(RowProblem.AMOUNT_DIFFERS, f"Order {order.order_id} is in {order.currency}.")
            continue
        lines = [line for line in order.lines if not row.sku or line.sku == row.sku]
        if not lines:
            row.refuse(RowProblem.NO_SUCH_LINE, f"Order {order.order_id} has no line of this SKU.")
            continue
        match row.kind:
            case RowKind.SALE:
                _sale(order, row, lines)
            case RowKind.SHIPPING:
                _shipping(order, row, lines)
            case RowKind.REFUND:
                _refund(order, row, lines)
            case RowKind.COMMISSION:
                _commission(order, row, lines)
            case RowKind.ADJUSTMENT:
                _adjustment(order, row, lines)
            case _:
                row.refuse(RowProblem.NOT_EXPLAINED, "No amount of the order here is this amount.")


def _sale(order: _Known, row: _Row, lines: Sequence[_Line]) -> None:
    line = next((line for line in lines if not line.sold and line.price == row.amount), None)
    if line is not None:
        line.sold = True
        row.explained(line)
    elif not row.sku and row.amount == order.total and not order.sold and not any(line.sold for line in order.lines):
        order.sold, order.shipped = True, order.shipping
        for line in order.lines:
            line.sold = line.shipped = True
        row.explained()
    elif again := next((line for line in lines if line.sold and line.price == row.amount), None):
        row.refuse(RowProblem.TWICE, "This line was paid for before.", again)
    else:
        _differs(order, row, lines, RowProblem.AMOUNT_DIFFERS, "price", [line.price for line in lines])


def _shipping(order: _Known, row: _Row, lines: Sequence[_Line]) -> None:
    line = next((line for line in lines if not line.shipped and line.shipping == row.amount), None)
    if line is not None and order.shipped + row.amount <= order.shipping:
        line.shipped = True
        order.shipped += row.amount
        row.explained(line)
    elif 0 < row.amount == order.shipping - order.shipped:
        order.shipped = order.shipping
        row.explained()
    elif order.shipped and order.shipped >= order.shipping:
        row.refuse(RowProblem.TWICE, "All shipping charges were paid before.")
    else:
        _differs(order, row, lines, RowProblem.AMOUNT_DIFFERS, "shipping", [order.shipping - order.shipped])


def _refund(order: _Known, row: _Row, lines: Sequence[_Line]) -> None:
    of_lines = {line.row for line in lines}
    mine = [refund for refund in order.refunds if refund.line_ref in of_lines or refund.line_ref is None]
    # A refund of the line itself comes before one of the order as a whole.
    mine.sort(key=lambda refund: (refund.line_ref is None) == bool(row.sku))
    open_ones = [refund for refund in mine if not refund.taken]
    fitting = [refund for refund in open_ones if refund.amount == -row.amount]
    if fitting:
        fitting[0].taken = True
        line = next((line for line in lines if line.row == fitting[0].line_ref), None)
        row.explained(line, fitting[0])
        return
    whole = [refund for refund in open_ones if not row.sku or refund.line_ref is not None]
    if len(whole) > 1 and sum(refund.amount for refund in whole) == -row.amount:
        for refund in whole:
            refund.taken = True
        line = lines[0] if row.sku else None
        row.explained(line, whole[0], f"Refunds {', '.join(str(refund.row) for refund in whole)}")
    elif any(refund.taken and refund.amount == -row.amount for refund in mine):
        row.refuse(RowProblem.TWICE, "This refund was charged before.", lines[0] if len(lines) == 1 else None)
    else:
        here = ", ".join(Money(refund.amount, order.currency).decimal for refund in open_ones) or "none"
        amount = Money(-row.amount, order.currency)
        row.refuse(
            RowProblem.REFUND_NOT_KNOWN_HERE,
            f"Back Market returned {amount}; refunds here that are not explained yet: {here}.",
            lines[0] if len(lines) == 1 else None,
        )


def _commission(order: _Known, row: _Row, lines: Sequence[_Line]) -> None:
    back = row.amount > 0
    if not row.sku and len(order.lines) > 1:
        _commission_of_order(order, row, back)
        return
    ready = [line for line in lines if not (line.given_back if back else line.charged)]
    line = next((line for line in ready if line.fee in (None, abs(row.amount)) and (line.ended or not back)), None)
    if line is not None:
        line.given_back, line.charged = back or line.given_back, line.charged or not back
        row.explained(line, detail="" if line.fee is not None else "No fee came with the order")
    elif not ready:
        said = "returned" if back else "charged"
        row.refuse(RowProblem.TWICE, f"The fee of this line was {said} before.", lines[0])
    elif back and not any(line.ended for line in ready):
        row.refuse(RowProblem.FEE_DIFFERS, "The fee was returned although the order is not refunded here.", ready[0])
    else:
        ready[0].given_back, ready[0].charged = back or ready[0].given_back, ready[0].charged or not back
        _differs(order, row, ready[:1], RowProblem.FEE_DIFFERS, "fee", [line.fee or 0 for line in ready])


def _commission_of_order(order: _Known, row: _Row, back: bool) -> None:
    """Match one fee for all lines, or one given back for the ended lines."""
    lines = [line for line in order.lines if line.ended or not back]
    if any(line.given_back if back else line.charged for line in lines):
        row.refuse(RowProblem.TWICE, f"The fees of the order were {'given back' if back else 'charged'} before.")
        return
    for line in lines:
        line.given_back, line.charged = back or line.given_back, line.charged or not back
    expected = sum(line.fee or 0 for line in lines)
    if expected == abs(row.amount):
        row.explained()
    else:
        _differs(order, row, (), RowProblem.FEE_DIFFERS, "fee", [expected])


def _adjustment(order: _Known, row: _Row, lines: Sequence[_Line]) -> None:
    line = next((line for line in lines if not line.adjusted and line.adjustment == -row.amount), None)
    if line is not None:
        line.adjusted = True
        row.explained(line)
    elif order.adjustment and not order.adjusted and order.adjustment == -row.amount:
        order.adjusted = True
        row.explained()
    else:
        row.refuse(RowProblem.ADJUSTMENT_NOT_KNOWN, "No adjustment of this amount came with the order.")


def _differs(
    order: _Known, row: _Row, lines: Sequence[_Line], problem: RowProblem, what: str, here: Iterable[int]
) -> None:
    known = ", ".join(Money(amount, order.currency).decimal for amount in dict.fromkeys(here))
    there = Money(row.amount, order.currency)
    row.refuse(problem, f"Here the {what} is {known}, in the statement {there}.", lines[0] if len(lines) == 1 else None)
