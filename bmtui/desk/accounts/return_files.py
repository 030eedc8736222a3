"""Tax returns as PDF and as CSV, with the sums that prove them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from bmtui import csv_writer
from bmtui.desk.accounts.margin import MarginReport
from bmtui.desk.accounts.oss import OssReport
from bmtui.desk.accounts.vat_return import VatReport
from bmtui.desk.invoicing.files import write_new
from bmtui.invoices.model import Scheme
from bmtui.money import Money
from bmtui.text import how_many
from bmtui.words import label

Section = tuple[str, list[tuple[str, str]]]
_SCHEMES = {
    Scheme.REGULAR: "Regular",
    Scheme.MARGIN: "Margin scheme",
    Scheme.REVERSE_CHARGE: "Reverse charge",
    Scheme.MARKETPLACE: "Marketplace collects",
}


def write_vat(report: VatReport, path: Path, made_at: datetime) -> int:
    """Write the VAT of a period as PDF; return its size in bytes.

    Raises:
        RuleRefused: something else is there. ConfigError: it cannot be written.
    """
    return _write(f"VAT {report.period} · {report.company}", list(_vat(report)), path, made_at)


def write_oss(report: OssReport, path: Path, made_at: datetime) -> int:
    """Write the OSS return of a quarter as PDF; as `write_vat`."""
    return _write(f"OSS {report.quarter} · {report.company}", list(_oss(report)), path, made_at)


def write_vat_csv(report: VatReport, path: Path) -> int:
    """Write the VAT of a period as CSV: a row for each group, margin, sum and difference, told apart by `part`.

    Raises:
        As `write_vat`.
    """
    return _write_csv(_VAT_COLUMNS, list(_vat_rows(report)), path)


def write_oss_csv(report: OssReport, path: Path) -> int:
    """Write the OSS return of a quarter as CSV; as `write_vat_csv`."""
    return _write_csv(_OSS_COLUMNS, list(_oss_rows(report)), path)


def vat_sections(report: VatReport) -> list[Section]:
    """Return the VAT of a period for people: headings, each with pairs of a name and a text."""
    return list(_vat(report))


def oss_sections(report: OssReport) -> list[Section]:
    """Return the OSS return of a quarter for people, as `vat_sections`."""
    return list(_oss(report))


def scheme_label(scheme: str) -> str:
    """Return the name of a tax scheme on a return."""
    return _SCHEMES[Scheme(scheme)] if scheme in set(Scheme) else label(scheme)


def _write(title: str, sections: list[Section], path: Path, made_at: datetime) -> int:
    # Drawing costs start-up time.
    from bmtui.invoices import report as drawing

    data = drawing.render(title, sections, made_at)
    write_new(path, data)
    return len(data)


_VAT_COLUMNS = (
    *("part", "country", "scheme", "rate", "documents", "net", "tax", "gross", "price", "cost", "margin", "pieces"),
    *("invoices", "credit_notes", "ledger", "received", "refunded", "payments", "difference"),
    *("order_id", "invoice", "device", "reason", "currency"),
)
_OSS_COLUMNS = (
    *("part", "quarter", "country", "rate", "documents", "net", "tax", "source"),
    *("invoices", "credit_notes", "ledger", "currency"),
)


def _write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], path: Path) -> int:
    text = StringIO()
    csv_writer.write_csv(text, [columns, *([_cell(row.get(name, "")) for name in columns] for row in rows)])
    data = text.getvalue().encode()
    write_new(path, data)
    return len(data)


def _cell(value: Any) -> Any:
    return value.decimal if isinstance(value, Money) else "" if value is None else value


def _fields(part: str, row: Any, currency: str, *names: str) -> dict[str, Any]:
    return {"part": part, "currency": currency, **{name: getattr(row, name) for name in names}}


def _vat_rows(report: VatReport) -> Iterable[dict[str, Any]]:
    for group in report.groups:
        names = ("country", "scheme", "rate", "documents", "net", "tax", "gross")
        yield _fields("group", group, group.currency, *names)
    margin = {"scheme": Scheme.MARGIN, "rate": report.margin.rate}
    for total in report.margin.totals:
        yield _fields("margin", total, total.currency, "price", "cost", "margin", "tax", "pieces") | margin
    for piece in report.margin.pieces:
        part = "correction" if piece.correction else "piece"
        names = ("price", "cost", "margin", "tax", "order_id", "invoice", "device")
        yield _fields(part, piece, piece.price.currency, *names) | margin
    for proof in report.proofs:
        names = ("invoices", "credit_notes", "ledger", "received", "refunded", "payments", "difference")
        yield _fields("proof", proof, proof.currency, *names)
    for one in report.differences:
        amounts = {"ledger": one.documents, "payments": one.payments}
        yield _fields("difference", one, one.difference.currency, "difference", "order_id", "reason") | amounts


def _oss_rows(report: OssReport) -> Iterable[dict[str, Any]]:
    for group in report.groups:
        found = _fields("group", group, "EUR", "country", "rate", "documents", "net", "tax", "source")
        yield found | {"quarter": report.quarter}
    for one in report.corrections:
        yield _fields("correction", one, "EUR", "quarter", "country", "documents", "net", "tax")
    for proof in report.proofs:
        names = ("documents", "invoices", "credit_notes", "ledger", "net", "tax")
        yield _fields("proof", proof, proof.currency, *names) | {"quarter": report.quarter}
    yield {"part": "to pay", "quarter": report.quarter, "tax": report.tax, "currency": "EUR"}


def _vat(report: VatReport) -> Iterable[Section]:
    yield (
        "VAT by country, scheme and rate (invoices less credit notes)",
        [
            (
                f"{group.country} {scheme_label(group.scheme)} {group.rate} %",
                f"net {group.net} · tax {group.tax} · gross {group.gross} · {how_many(group.documents, 'document')}",
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
                ("Difference", f"{proof.difference}, in {how_many(proof.orders, 'order')}, each named below"),
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
        or [("None", "Every order's documents of the period equal its payments.")],
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
                f"{how_many(total.pieces, 'piece')}, {how_many(total.corrections, 'correction')}, "
                f"{total.without_cost} without a cost",
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
    for proof in report.proofs:
        yield (
            f"Proof, {proof.currency}",
            [
                ("Ledger", f"invoices {proof.invoices} − credit notes {proof.credit_notes} = {proof.ledger}"),
                (
                    "Net and tax",
                    f"net {proof.net} + tax {proof.tax} = {proof.ledger}, {how_many(proof.documents, 'document')}",
                ),
            ],
        )
    yield "Sum", [("Tax to pay", str(report.tax)), ("Rounding", report.rounding), ("Advice", report.advice)]
