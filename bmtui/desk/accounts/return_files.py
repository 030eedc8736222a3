"""Tax returns as PDF, with the sums that prove them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bmtui.desk.accounts.margin import MarginReport
from bmtui.desk.accounts.oss import OssReport
from bmtui.desk.accounts.vat_return import VatReport
from bmtui.desk.invoicing.files import write_new
from bmtui.invoices.model import Scheme
from bmtui.words import label

Section = tuple[str, list[tuple[str, str]]]
_SCHEMES = {
    Scheme.REGULAR: "Regular",
    Scheme.MARGIN: "Margin scheme",
    Scheme.REVERSE_CHARGE: "Reverse charge",
    Scheme.MARKETPLACE: "Marketplace collects",
}


def write_vat(report: VatReport, path: Path, made_at: datetime) -> int:
    """Write the VAT of a period; the number of its bytes.

    Raises:
        RuleRefused: something else is there. ConfigError: it cannot be written.
    """
    return _write(f"VAT {report.period} · {report.company}", list(_vat(report)), path, made_at)


def write_oss(report: OssReport, path: Path, made_at: datetime) -> int:
    """Write the OSS return of a quarter; as `write_vat`."""
    return _write(f"OSS {report.quarter} · {report.company}", list(_oss(report)), path, made_at)


def scheme_label(scheme: str) -> str:
    """How a scheme is called on a return."""
    return _SCHEMES[Scheme(scheme)] if scheme in set(Scheme) else label(scheme)


def _write(title: str, sections: list[Section], path: Path, made_at: datetime) -> int:
    # Drawing costs start-up time.
    from bmtui.invoices import report as drawing

    data = drawing.render(title, sections, made_at)
    write_new(path, data)
    return len(data)


def _vat(report: VatReport) -> Iterable[Section]:
    yield (
        "VAT by country, scheme and rate (invoices less credit notes)",
        [
            (
                f"{group.country} {scheme_label(group.scheme)} {group.rate} %",
                f"net {group.net} · tax {group.tax} · gross {group.gross} · {group.documents} documents",
            )
            for group in report.groups
        ]
        or [("None", "No document was issued.")],
    )
    yield from _margin(report.margin)
    for proof in report.proofs:
        yield (
            f"Proof, {proof.currency}",
            [
                ("Ledger", f"invoices {proof.invoices} − credit notes {proof.credit_notes} = {proof.ledger}"),
                ("Payments", f"received {proof.received} − refunded {proof.refunded} = {proof.payments}"),
                ("Difference", f"{proof.difference}, in {proof.orders} orders, each named below"),
            ],
        )
    yield (
        "Differences by order",
        [
            (
                f"Order {one.order_id}",
                f"documents {one.documents} − payments {one.payments} = {one.difference} · {one.reason}",
            )
            for one in report.differences
        ]
        or [("None", "Every order's documents of the period come to its payments.")],
    )
    yield "Note", [("Advice", report.advice)]


def _margin(report: MarginReport) -> Iterable[Section]:
    state = "declared" if report.declared else "not declared yet"
    rows = [("Method", f"{label(report.method)}, {report.rate or '–'} %, {state}. {report.rounding}")]
    for total in report.totals:
        rows.append(
            (
                total.currency,
                f"price {total.price} − cost {total.cost} · taxable margin {total.margin} · tax {total.tax} · "
                f"{total.pieces} pieces, {total.corrections} corrections, {total.without_cost} without a cost",
            )
        )
        if total.carried_in.minor or total.carried_out.minor:
            rows.append(("Carried", f"in {total.carried_in}, out {total.carried_out}"))
    yield "Margin scheme", rows
    yield (
        "Margin scheme by piece",
        [
            (
                f"{piece.invoice} {piece.device or piece.sku}",
                f"{'correction · ' if piece.correction else ''}price {piece.price} − "
                f"cost {piece.cost or 'not known'} · margin {piece.margin} · tax {piece.tax}",
            )
            for piece in report.pieces
        ]
        or [("None", "No piece.")],
    )


def _oss(report: OssReport) -> Iterable[Section]:
    yield (
        f"Supplies from {report.seller_country}, by country and rate",
        [
            (f"{group.country} {group.rate} %", f"net {group.net} · tax {group.tax} · {group.source}")
            for group in report.groups
        ]
        or [("None", "No supply.")],
    )
    yield (
        "Corrections of earlier quarters",
        [(f"{one.quarter} {one.country}", f"net {one.net} · tax {one.tax}") for one in report.corrections]
        or [("None", "No correction.")],
    )
    yield "Sum", [("Tax to pay", str(report.tax)), ("Rounding", report.rounding), ("Advice", report.advice)]
