"""Rows of Today about money: the number of orders that need a person, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.accounts import settings
from bmtui.desk.accounts.kinds import RowProblem
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import ledger
from bmtui.money import Money
from bmtui.store.models import Company, from_micros, to_micros
from bmtui.store.plain_sql import fetch
from bmtui.words import RefundState, ReturnResolution, ReturnStatus

_LOOKED_BACK = timedelta(days=365)
_NEVER_COMES_BACK = (11, 12, 13)
"""Reasons of returns after which no device comes back: no such address, not arrived, lost (API §6)."""


@dataclass(frozen=True, slots=True)
class MoneyAttention:
    """Number of orders that need a person; `order_id`, `at` and `about` are of the worst one, None and "" for none."""

    kind: str
    count: int
    order_id: int | None = None
    company: str = ""
    at: datetime | None = None
    about: str = ""


def refunded_above_received(desk: Desk) -> MoneyAttention:
    """Count orders of which more was refunded than received: booked as excess, or shown by a billing statement.

    The worst is the one with the highest excess.
    """
    found = []
    for company in _companies(desk):
        rows = fetch(
            # The few rows lead: else a million orders of the company are looked through. So does the state, named.
            "SELECT o.order_id, o.currency, min(r.made_at), sum(r.amount) FROM refunds r "  # noqa: S608 - a word of ours
            f"CROSS JOIN orders o WHERE o.id = r.order_ref AND r.state = '{RefundState.EXCESS.value}' "
            "AND o.company_id = ? GROUP BY o.order_id, o.currency",
            (company.id,),
        )
        rows += fetch(
            "SELECT o.order_id, o.currency, max(o.updated_at), o.refunded - o.received - sum(s.amount) "
            "FROM statement_rows s CROSS JOIN orders o WHERE o.id = s.order_ref AND s.problem = ? AND s.company_id = ? "
            "GROUP BY o.id, o.order_id, o.currency, o.refunded, o.received "
            "HAVING o.refunded - sum(s.amount) > o.received",
            (str(RowProblem.REFUND_NOT_KNOWN_HERE), company.id),
        )
        found += [
            (-int(over), company.name, order_id, at, f"{Money(int(over), currency)} too much")
            for order_id, currency, at, over in rows
        ]
    return _worst("refunded_above_received", found)


def refund_without_return(desk: Desk) -> MoneyAttention:
    """Count orders with a shipped line refunded in full ``refund_alone_days`` ago or earlier, and no announced return.

    The worst is the oldest. Lost parcels, and refunds of a part, need no return.
    """
    found = []
    reasons = ", ".join(map(str, _NEVER_COMES_BACK))
    for company in _companies(desk):
        before = desk.now() - timedelta(days=settings.number(company.id, "refund_alone_days"))
        rows = fetch(
            "SELECT o.order_id, o.currency, min(r.made_at), sum(r.amount) FROM refunds r "  # noqa: S608 - numbers of ours
            "CROSS JOIN orders o LEFT JOIN order_lines l ON l.id = r.line_ref "
            "WHERE o.id = r.order_ref AND o.company_id = ? AND r.made_at > ? AND r.made_at <= ? AND r.state IN (?, ?) "
            "AND ((l.id IS NULL AND r.part = ? AND r.amount >= o.goods AND o.shipping_status <> 'unshipped') "
            "OR (r.amount >= l.price AND l.state IN (?, ?))) "
            f"AND (r.reason IS NULL OR r.reason NOT IN ({reasons})) "
            "AND NOT EXISTS (SELECT 1 FROM returns t WHERE t.order_ref = o.id) GROUP BY o.order_id, o.currency",
            (
                *(company.id, to_micros(before - _LOOKED_BACK), to_micros(before)),
                *(str(RefundState.CONFIRMED), str(RefundState.RECORDED), ledger.ORDER),
                *(int(LineState.SHIPPED), int(LineState.REFUNDED_AFTER_SHIPPING)),
            ),
        )
        found += [
            (at, company.name, order_id, at, f"{Money(int(amount), currency)} refunded, nothing came back")
            for order_id, currency, at, amount in rows
        ]
    return _worst("refund_without_return", found)


def received_and_not_refunded(desk: Desk) -> MoneyAttention:
    """Count orders with an item received ``rma_unpaid_days`` ago or earlier, to refund or undecided, and not refunded.

    The worst is the oldest.
    """
    found = []
    for company in _companies(desk):
        before = desk.now() - timedelta(days=settings.number(company.id, "rma_unpaid_days"))
        rows = fetch(
            "SELECT o.order_id, t.id, min(p.at) FROM return_items i JOIN returns t ON t.id = i.return_id "
            "JOIN return_receipts p ON p.item_id = i.id JOIN order_lines l ON l.id = i.line_ref "
            "JOIN orders o ON o.id = t.order_ref WHERE t.company_id = ? AND t.status <> ? AND i.received > 0 "
            "AND i.resolution IN (?, ?) AND l.refunded = 0 AND o.refunded < o.received GROUP BY o.order_id, t.id "
            "HAVING min(p.at) <= ?",
            (
                *(company.id, str(ReturnStatus.CLOSED), str(ReturnResolution.REFUND)),
                *(str(ReturnResolution.NOT_DECIDED), to_micros(before)),
            ),
        )
        found += [
            (at, company.name, order_id, at, f"RMA {rma} is received and not refunded") for order_id, rma, at in rows
        ]
    return _worst("received_and_not_refunded", found)


def _companies(desk: Desk) -> Iterable[Company]:
    return [desk.company_row()] if desk.company else list(Company.select().order_by(Company.id))


def _worst(kind: str, found: Sequence[tuple[Any, ...]]) -> MoneyAttention:
    if not found:
        return MoneyAttention(kind, 0)
    _, company, order_id, at, about = min(found)
    return MoneyAttention(kind, len({row[1:3] for row in found}), order_id, company, from_micros(at), about)
