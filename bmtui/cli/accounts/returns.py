"""Commands `bmtui money tax` and `bmtui money oss`: VAT of a period, and the OSS return of a quarter."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command, listing_options
from bmtui.cli.output import confirmed, emit_json, emit_list, say
from bmtui.text import how_many

if TYPE_CHECKING:
    from bmtui.desk.accounts.oss import OssReport
    from bmtui.desk.accounts.vat_return import VatReport
    from bmtui.desk.core.context import Desk

_GROUPS = {
    "country": "Country",
    "scheme": "Scheme",
    "rate": "Rate %",
    "documents": "Documents",
    "net": "Net",
    "tax": "Tax",
    "gross": "Gross",
    "currency": "",
}
_PIECES = {
    "invoice": "Invoice",
    "order_id": "Order",
    "sku": "SKU",
    "device": "Device",
    "price": "Price",
    "cost": "Cost",
    "margin": "Margin",
    "tax": "Tax",
    "currency": "",
    "correction": "Correction",
}
_DIFFERENCES = {
    "order_id": "Order",
    "documents": "Documents",
    "payments": "Payments",
    "difference": "Difference",
    "currency": "",
    "reason": "Why",
}
_OSS = {"country": "Country", "rate": "Rate %", "documents": "Documents", "net": "Net", "tax": "Tax", "source": "From"}
_CORRECTIONS = {"quarter": "Quarter", "country": "Country", "documents": "Documents", "net": "Net", "tax": "Tax"}


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui money`."""
    tax = command(sub, common, "tax", _tax, "VAT of a period by country and rate, and of the margin scheme")
    tax.add_argument("period", metavar="PERIOD", help="2026-11, 2026-Q4, 2026, last-month or this-month")
    what = tax.add_mutually_exclusive_group()
    what.add_argument("--pieces", action="store_true", help="the margin scheme piece by piece")
    what.add_argument("--differences", action="store_true", help="orders whose documents and payments differ")
    what.add_argument("--declare", action="store_true", help="store the margin tax: later changes are corrections")
    _file_options(tax)
    tax.add_argument("--yes", action="store_true", help="do not ask")
    listing_options(tax)
    oss = command(sub, common, "oss", _oss, "the OSS return of a quarter by country and rate")
    oss.add_argument("quarter", metavar="QUARTER", help="2026-Q4")
    oss.add_argument("--rates", metavar="FILE", help="rates of the European Central Bank: eurofxref-hist.csv")
    oss.add_argument("--corrections", action="store_true", help="the corrections of earlier quarters")
    _file_options(oss)
    oss.add_argument("--yes", action="store_true", help="do not ask")
    listing_options(oss)


def _file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pdf", metavar="FILE", help="write the whole return with its sums as PDF")
    parser.add_argument("--csv-file", metavar="FILE", help="write the whole return with its sums as CSV")


def _tax(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import margin, periods, return_files, vat_return

    with desk(args) as opened:
        period = periods.read(args.period, opened.now().astimezone(opened.zone()).date())
        if args.declare:
            confirmed(args, f"Declare the margin tax of {period.name}? It cannot be declared again.", sends=True)
            margin.declare(opened, period)
        found = vat_return.report(opened, period)
        if args.pdf:
            size = return_files.write_vat(found, Path(args.pdf), opened.now())
            say(f"{args.pdf}: {size:,} bytes.")
        if args.csv_file:
            say(f"{args.csv_file}: {return_files.write_vat_csv(found, Path(args.csv_file)):,} bytes.")
        _print_vat(args, opened, found)
    return exit_codes.PARTLY_DONE if found.margin.without_cost else exit_codes.DONE


def _print_vat(args: argparse.Namespace, opened: Desk, found: VatReport) -> None:
    if args.pieces:
        emit_list(args, found.margin.pieces[: args.limit], _PIECES, "No piece is under the margin scheme.")
        return
    if args.differences:
        emit_list(
            args, found.differences[: args.limit], _DIFFERENCES, "The documents and payments of every order agree."
        )
        return
    if args.json:
        emit_json(found)
        return
    emit_list(args, found.groups[: args.limit], _GROUPS, "No document was issued.")
    for total in found.margin.totals:
        state = "declared" if found.margin.declared else "not declared"
        missing = f", {how_many(total.without_cost, 'piece')} without a cost" if total.without_cost else ""
        say(f"Margin scheme {found.margin.rate} %: taxable {total.margin}, tax {total.tax} ({state}{missing}).")
    for proof in found.proofs:
        ledger = f"Invoices {proof.invoices} − credit notes {proof.credit_notes} = {proof.ledger}"
        payments = f"received {proof.received} − refunded {proof.refunded} = {proof.payments}"
        say(f"{ledger}; {payments}; difference {proof.difference} in {how_many(proof.orders, 'order')}.")
    say(f"{found.margin.rounding} {found.advice}")


def _oss(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import oss, periods, return_files

    with desk(args) as opened:
        quarter = periods.read_quarter(args.quarter, opened.now().date())
        if args.rates:
            _take_rates(args, opened, args.rates)
        found = oss.report(opened, quarter)
        if args.pdf:
            size = return_files.write_oss(found, Path(args.pdf), opened.now())
            say(f"{args.pdf}: {size:,} bytes.")
        if args.csv_file:
            say(f"{args.csv_file}: {return_files.write_oss_csv(found, Path(args.csv_file)):,} bytes.")
        _print_oss(args, found)
    return exit_codes.DONE


def _take_rates(args: argparse.Namespace, opened: Desk, path: str) -> None:
    from bmtui.desk.accounts import rates

    opened.must_write()
    seen = rates.preview(opened, path)
    for sentence in seen.notes:
        say(sentence)
    if seen.changed:
        confirmed(args, f"{seen.changed:,} stored rates get another value. Do it?", sends=False)
    say(f"{how_many(rates.save(opened, seen), 'rate')} of exchange stored.")


def _print_oss(args: argparse.Namespace, found: OssReport) -> None:
    if args.json:
        emit_json(found)
    elif args.corrections:
        emit_list(args, found.corrections[: args.limit], _CORRECTIONS, "No earlier quarter is corrected.")
    else:
        emit_list(args, found.groups[: args.limit], _OSS, "No sale belongs to this return.")
        for one in found.corrections:
            say(f"Correction of {one.quarter}, {one.country}: tax {one.tax}.")
        say(f"Tax to pay: {found.tax}. {found.rounding} {found.advice}")
