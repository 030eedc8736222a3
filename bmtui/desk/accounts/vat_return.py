"""VAT of a period by country, scheme and rate, from stored invoices and credit notes, with the sums that prove it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bmtui.desk.accounts import documents, margin
from bmtui.desk.accounts.documents import DocumentLine
from bmtui.desk.accounts.margin import MarginReport
from bmtui.desk.accounts.periods import Period
from bmtui.desk.core.context import Desk
from bmtui.money import Money
from bmtui.store.models import Company, to_micros
from bmtui.store.plain_sql import fetch
from bmtui.words import REFUND_NOT_COUNTED

ACCOUNTANT = "Have your accountant look at it before you declare anything."


@dataclass(frozen=True, slots=True)
class VatGroup:
    """Sums of the documents of a country, scheme, rate and currency; credit notes are subtracted."""

    country: str
    scheme: str
    rate: str
    currency: str
    documents: int
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class OrderDifference:
    """Order whose documents of the period differ from its payments, with the reason."""

    order_id: int
    documents: Money
    payments: Money
    difference: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof of a currency: invoices − credit notes = ledger, and received − refunded = payments.

    `difference` is ledger − payments; it is explained order by order.
    """

    currency: str
    invoices: Money
    credit_notes: Money
    ledger: Money
    received: Money
    refunded: Money
    payments: Money
    difference: Money
    orders: int


@dataclass(frozen=True, slots=True)
class VatReport:
    """VAT of a period. `margin` is the taxed part of the margin scheme's groups, in the seller's country."""

    company: str
    period: str
    groups: tuple[VatGroup, ...]
    proofs: tuple[Proof, ...]
    differences: tuple[OrderDifference, ...]
    margin: MarginReport
    advice: str = ACCOUNTANT


def report(desk: Desk, period: Period, company: str | None = None) -> VatReport:
    """Return the VAT of a period by the day of the documents, in the company's time zone.

    Raises:
        RuleRefused: the rate of the margin scheme is not known.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        lines = list(documents.issued_within(row.id, period.begin, period.end))
        differences, proofs = _proved(row, period, lines, desk.zone(row.name))
        return VatReport(
            row.name, period.name, _groups(lines), proofs, differences, margin.report(desk, period, row.name)
        )


def _groups(lines: list[DocumentLine]) -> tuple[VatGroup, ...]:
    found: dict[tuple[str, str, str, str], list[DocumentLine]] = defaultdict(list)
    for line in lines:
        found[line.country, line.scheme, line.rate, line.currency].append(line)
    return tuple(
        VatGroup(
            *key,
            len({line.number for line in mine}),
            *(Money(sum(getattr(line, name) for line in mine), key[3]) for name in ("net", "tax", "gross")),
        )
        for key, mine in sorted(found.items())
    )


def _proved(
    company: Company, period: Period, lines: list[DocumentLine], zone: tzinfo
) -> tuple[tuple[OrderDifference, ...], tuple[Proof, ...]]:
    invoices: dict[str, int] = defaultdict(int)
    credits: dict[str, int] = defaultdict(int)
    by_order: dict[tuple[int, str], int] = defaultdict(int)
    for line in lines:
        (credits if line.is_credit else invoices)[line.currency] += line.gross
        by_order[line.order_id, line.currency] += line.gross
    moved = _payments(company, period, zone)
    differences = []
    whole = _whole(company, {key[0] for key in by_order.keys() | moved.keys()})
    for key in sorted(by_order.keys() | moved.keys()):
        received, refunded = moved.get(key, (0, 0))
        paid, written = received - refunded, by_order.get(key, 0)
        if paid != written:
            written_down, payments = Money(written, key[1]), Money(paid, key[1])
            reason = _reason(*whole[key[0]])
            differences.append(OrderDifference(key[0], written_down, payments, written_down - payments, reason))
    proofs = []
    for currency in sorted({key[1] for key in by_order.keys() | moved.keys()}):
        mine = [pair for key, pair in moved.items() if key[1] == currency]
        received, refunded = sum(pair[0] for pair in mine), sum(pair[1] for pair in mine)
        ledger = invoices[currency] + credits[currency]
        odd = [one for one in differences if one.difference.currency == currency]
        between = ledger - received + refunded
        assert between == sum(one.difference.minor for one in odd), "every cent is of an order"
        proofs.append(
            Proof(
                currency=currency,
                invoices=Money(invoices[currency], currency),
                credit_notes=Money(-credits[currency], currency),
                ledger=Money(ledger, currency),
                received=Money(received, currency),
                refunded=Money(refunded, currency),
                payments=Money(received - refunded, currency),
                difference=Money(between, currency),
                orders=len(odd),
            )
        )
    return tuple(differences), tuple(proofs)


def _payments(company: Company, period: Period, zone: tzinfo) -> Mapping[tuple[int, str], tuple[int, int]]:
    """Return received and refunded of each order in the period, in minor units."""
    begin = datetime.combine(period.first, time(), zone).astimezone(UTC)
    end = datetime.combine(period.last + timedelta(days=1), time(), zone).astimezone(UTC)
    gone = ", ".join(f"'{state}'" for state in REFUND_NOT_COUNTED)
    rows = fetch(
        "SELECT o.order_id, o.currency, "  # noqa: S608 - words of ours
        "sum(CASE WHEN p.kind = 'received' THEN p.amount ELSE 0 END), "
        "sum(CASE WHEN p.kind = 'refund' THEN p.amount ELSE 0 END) "
        "FROM payments p JOIN orders o ON o.id = p.order_ref LEFT JOIN refunds r ON r.id = p.refund_id "
        f"WHERE o.company_id = ? AND p.at >= ? AND p.at < ? AND (r.id IS NULL OR r.state NOT IN ({gone})) "
        "GROUP BY o.order_id, o.currency",
        (company.id, to_micros(begin), to_micros(end)),
    )
    return {(order_id, currency): (int(received), int(refunded)) for order_id, currency, received, refunded in rows}


def _whole(company: Company, order_ids: set[int]) -> dict[int, tuple[int, int, int]]:
    """Return each order's sum of documents, its payments, and its number of documents, at any time."""
    found: dict[int, tuple[int, int, int]] = {}
    ids = sorted(order_ids)
    for begin in range(0, len(ids), 400):
        some = ids[begin : begin + 400]
        marks = ", ".join("?" for _ in some)
        rows = fetch(
            "SELECT o.order_id, o.received - o.refunded, "  # noqa: S608 - values are apart
            "COALESCE((SELECT sum(CASE WHEN i.kind = 'invoice' THEN i.gross ELSE -i.gross END) FROM invoices i "
            "WHERE i.order_ref = o.id), 0), (SELECT count(*) FROM invoices i WHERE i.order_ref = o.id) "
            f"FROM orders o WHERE o.company_id = ? AND o.order_id IN ({marks})",
            (company.id, *some),
        )
        found |= {order_id: (int(written), int(paid), int(count)) for order_id, paid, written, count in rows}
    return found


def _reason(written: int, paid: int, count: int) -> str:
    if written == paid:
        return "Payment or document in another period"
    if not count:
        return "No invoice"
    return "A refund without a credit note" if written > paid else "The documents add up to less than the payments"
