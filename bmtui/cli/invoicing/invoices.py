"""Command `bmtui invoices`: making, listing, sending, saving, printing, exporting and verifying; the settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.job_progress import wait_for
from bmtui.cli.options import Commands, command, group, listing_options, positive, take
from bmtui.cli.order_results import code_of, each_order
from bmtui.cli.output import confirmed, emit_json, emit_list, emit_one, of_order, say
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.parameters import MAKE
from bmtui.desk.invoicing.views import InvoiceView
from bmtui.errors import ConfigError, PartlyDone
from bmtui.text import how_many
from bmtui.words import EffectState, label

_COLUMNS = {
    "number": "Number",
    "kind": "Kind",
    "issued": "Date",
    "order_id": "Order",
    "market": "Market",
    "gross": "Total",
    "currency": "",
    "schemes": "VAT",
    "upload": "Upload",
}
_WAITING = {
    "order_id": "Order",
    "market": "Market",
    "shipped_at": "Shipped",
    "due_at": "Due",
    "hours_left": "Hours left",
    "invoice": "Invoice",
    "customer": "Customer",
}
_TABLE_LIMIT = 200


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "invoices")
    making = command(sub, common, "make", _make, "make the invoices of shipped orders")
    making.add_argument("order", nargs="*", type=positive, metavar="ORDER", help="the orders' numbers")
    making.add_argument("--waiting", action="store_true", help="all orders that shipped and have no invoice")
    making.add_argument("--limit", type=positive, metavar="N", help="with --waiting: the N that shipped first")
    take(making, MAKE)
    making.add_argument("--dry-run", action="store_true", help="show the invoice without making it; no number is used")
    crediting = command(sub, common, "credit", _credit, "make the credit note for an order's refunds")
    crediting.add_argument("order", type=positive, metavar="ORDER", help="the order's number")
    listing = command(sub, common, "list", _list, "list invoices and credit notes, newest first")
    listing.add_argument("--order", type=positive, metavar="ORDER", help="of this order")
    listing.add_argument("--month", metavar="MONTH", help="2026-11, last-month or this-month")
    listing.add_argument("--kind", choices=("invoice", "credit_note"), help="only these")
    listing.add_argument("--waiting", action="store_true", help="list the shipped orders without invoice instead")
    listing_options(listing)
    showing = command(sub, common, "show", _show, "show a document as text, or write its PDF")
    showing.add_argument("name", metavar="NUMBER", help="number of the document, or of its order")
    showing.add_argument("--pdf", metavar="FILE", help="write the PDF there; - for standard output")
    sending = command(sub, common, "send", _send, "upload invoices to Back Market")
    sending.add_argument("name", nargs="*", metavar="NUMBER", help="numbers of the documents, or of their orders")
    sending.add_argument("--unsent", action="store_true", help="all invoices that were never sent")
    sending.add_argument("--wait", action="store_true", help="send it now and wait for Back Market's answer")
    sending.add_argument("--dry-run", action="store_true", help="only show what would be sent")
    sending.add_argument("--yes", action="store_true", help="do not ask")
    saving = command(sub, common, "save", _save, "write PDFs into a folder, by the rule for file names")
    merging = command(sub, common, "merge", _merge, "write several PDFs as one file")
    printing = command(sub, common, "print", _print, "print; the number of prints is recorded")
    for parser in (saving, merging, printing):
        parser.add_argument("name", nargs="*", metavar="NUMBER", help="numbers of the documents, or of their orders")
        parser.add_argument("--month", metavar="MONTH", help="all of 2026-11, last-month or this-month")
    for parser in (saving, merging):
        parser.add_argument("--to", required=True, metavar="PATH", help="the folder, or the one file")
    printing.add_argument("--printer", metavar="NAME", help="a printer of this machine (the default printer)")
    exporting = command(sub, common, "export", _export, "all PDFs of a month and a ledger, for the accountant")
    exporting.add_argument("month", metavar="MONTH", help="2026-11, last-month or this-month")
    exporting.add_argument("--to", required=True, metavar="DIR", help="the folder")
    verifying = command(sub, common, "verify", _verify, "compare every document with its hash, and look for gaps")
    verifying.add_argument("name", nargs="*", metavar="NUMBER", help="only these")
    setting = command(sub, common, "settings", _settings, "show or set how a company's invoices are made")
    setting.add_argument("change", nargs="*", metavar="KEY=VALUE", help="setting and value; an empty value removes it")
    setting.add_argument("--market", default="", metavar="MARKET", help="only for this market, such as de-de")


def _make(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        orders, args.buyer_vat_id = list(args.order), args.buyer_vat_id or ""
        if args.waiting:
            found = invoice_search.waiting(opened, limit=args.limit or 100_000)
            orders += [waiting.order.order_id for waiting in found if waiting.invoice is None]
        if not orders and not args.waiting:
            raise ConfigError("No order was named.", "Name some, or give --waiting.")
        if args.buyer_vat_id and len(orders) != 1:
            raise ConfigError("A buyer's VAT id belongs to one order.", "Name one order with --buyer-vat-id.")
        if args.dry_run:
            return _make_dry(args, opened, orders)
        made: list[InvoiceView] = []

        def make(at: Desk, order_id: int) -> tuple[str, int | None]:
            made.append(invoicing.make(at, order_id, buyer_vat_id=args.buyer_vat_id))
            say(_sentence(made[-1]))
            return _sentence(made[-1]), None

        alone = len(orders) == 1
        results = each_order(opened, orders, make, alone=alone)
        if alone:
            emit_one(args, made[0], [])
        elif args.json:
            emit_json(made)
        refused = [result for result in results if not result.done]
        for result in refused:
            say(of_order(result.order_id, result.sentence))
        if refused and made:
            raise PartlyDone(
                f"{how_many(len(made), 'invoice was', 'invoices were')} made; {how_many(len(refused), 'order')} got "
                "none."
            )
        return code_of(refused[0]) if refused else exit_codes.DONE


def _make_dry(args: argparse.Namespace, opened: Desk, orders: list[int]) -> int:
    previews = [invoicing.preview(opened, order, buyer_vat_id=args.buyer_vat_id) for order in orders]
    if len(previews) == 1:
        emit_one(args, previews[0], [*previews[0].lines, "", "No number was used."])
    else:
        columns = {"order_id": "Order", "number": "Number", "total": "Total", "currency": ""}
        emit_list(args, previews, columns, "No invoice would be made.")
        say("No number was used.")
    return exit_codes.DONE


def _credit(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        made = invoicing.credit(opened, args.order)
        if made is None:
            emit_one(args, {"order_id": args.order, "number": None}, [f"Order {args.order}: no credit note is needed."])
        else:
            emit_one(args, made, [_sentence(made)])
    return exit_codes.DONE


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or (None if args.json or args.csv else _TABLE_LIMIT)
        if args.waiting:
            found = invoice_search.waiting(opened, limit=limit or 100_000)
            emit_list(
                args,
                found,
                _WAITING,
                "Every shipped order has an invoice.",
                opened,
            )
            shown, total = len(found), invoice_search.waiting_count(opened)
        else:
            month = invoice_search.month_of(opened, args.month) if args.month else ""
            views = invoice_search.listing(opened, order_id=args.order, month=month, kind=args.kind or "", limit=limit)
            emit_list(args, views, _COLUMNS, "No invoice yet.")
            shown, total = len(views), len(views) if args.order or month or args.kind else invoice_search.count(opened)
        if shown < total:
            say(f"{shown:,} of {total:,} shown; --limit N shows more.")
    return exit_codes.DONE


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = invoice_search.show(opened, args.name)
        if args.pdf:
            data = invoice_files.pdf(opened, view.number)
            if args.pdf == "-":
                sys.stdout.buffer.write(data)
                return exit_codes.DONE
            invoice_files.write_new(Path(args.pdf), data)
        text = invoice_files.text_of(opened, view.number)
        emit_one(args, to_json(view) | {"text": list(text)}, [*text, *_about(view, opened.zone(view.company))])
    return exit_codes.DONE


def _about(view: InvoiceView, zone: tzinfo) -> Iterator[str]:
    yield ""
    yield f"Made {dates.stamp(view.made_at, zone)} by {view.made_by}; {label(view.preference)}."
    if view.remark:
        yield view.remark
    if view.upload:
        state = EffectState(view.upload).label
        yield f"Upload to Back Market: {state} {dates.stamp(view.uploaded_at, zone)}".rstrip() + "."
    if view.printed:
        yield f"Printed {how_many(view.printed, 'time')}, last {dates.stamp(view.printed_at, zone)}."


def _send(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        names = list(args.name)
        if args.unsent:
            names += [view.number for view in reversed(invoice_search.unsent(opened))]
        if not names and not args.unsent:
            raise ConfigError("No invoice was named.", "Name some, or give --unsent.")
        previews = [invoice_jobs.upload_preview(opened, name) for name in names]
        if args.dry_run:
            emit_one(args, {"uploads": previews}, [*(preview.request for preview in previews), "Nothing was changed."])
            return exit_codes.DONE
        opened.must_write()
        if not previews:
            emit_one(args, {"jobs": [], "numbers": []}, ["Every invoice was sent."])
            return exit_codes.DONE
        replaced = sum(preview.replaces for preview in previews)
        again = f" {replaced} of them replace an earlier one on Back Market." if replaced else ""
        shown = ", ".join(preview.number for preview in previews[:5])
        more = f" and {len(previews) - 5:,} more" if len(previews) > 5 else ""
        confirmed(args, f"Send {shown}{more} to Back Market.{again} Do it?", sends=True)
        jobs = [invoice_jobs.send(opened, preview.number) for preview in previews]
        codes = []
        for preview, job_id in zip(previews, jobs, strict=True):
            if not args.wait:
                say(f"Job {job_id} sends {preview.number}.")
                continue
            view = wait_for(opened, job_id)
            codes.append(exit_codes.code_of_job(view.status, view.error_kind))
            say(f"{preview.number}: {view.error or label(view.status)}")
        emit_one(args, {"jobs": jobs, "numbers": [preview.number for preview in previews]}, [])
        failed = [code for code in codes if code != exit_codes.DONE]
        if failed and len(failed) < len(codes):
            return exit_codes.PARTLY_DONE
        return failed[0] if failed else exit_codes.DONE


def _save(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        saved = list(_report_files(invoice_files.save(opened, _named(args, opened), Path(args.to))))
        emit_one(
            args,
            {"files": [str(file.path) for file in saved]},
            [f"{how_many(len(saved), 'file is', 'files are')} in {args.to}."],
        )
    return exit_codes.DONE


def _merge(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        count = invoice_files.merge(opened, _named(args, opened), Path(args.to))
        emit_one(
            args,
            {"file": args.to, "documents": count},
            [f"{how_many(count, 'document is', 'documents are')} in {args.to}."],
        )
    return exit_codes.DONE


def _print(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        words = ["lp", *(("-d", args.printer) if args.printer else ())]
        count = invoice_files.print_out(opened, _named(args, opened), words)
        emit_one(args, {"documents": count}, [f"{how_many(count, 'document')} went to the printer."])
    return exit_codes.DONE


def _export(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        month = invoice_search.month_of(opened, args.month)
        saved = list(_report_files(invoice_files.export(opened, month, Path(args.to))))
        document = {"month": month, "documents": len(saved) - 1, "ledger": str(saved[-1].path)}
        emit_one(args, document, [f"{month}: {how_many(len(saved) - 1, 'document')} and {saved[-1].path}."])
    return exit_codes.DONE


def _report_files(files: Iterable[invoice_files.Saved]) -> Iterator[invoice_files.Saved]:
    for file in files:
        say(f"{file.path}" + ("" if file.written else " (was there)"))
        yield file


def _verify(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        found = invoice_files.verify(opened, args.name)
        problems = [{"number": finding.number, "problem": finding.problem} for finding in found.findings]
        lines = [f"{finding.number}: {finding.problem}" for finding in found.findings]
        lines.append(f"{how_many(found.documents, 'document')} checked; {how_many(len(found.findings), 'problem')}.")
        emit_one(args, {"documents": found.documents, "problems": problems}, lines)
        return exit_codes.FAILED if found.findings else exit_codes.DONE


def _settings(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        changes = dict(_pair(text) for text in args.change)
        if changes:
            view = invoice_settings.change(opened, args.company, args.market, changes)
        else:
            view = invoice_settings.show(opened, args.company, args.market)
        width = max(len(setting.key) for setting in view.settings)
        lines = [f"{setting.key:{width}}  {setting.value}  ({setting.origin})" for setting in view.settings]
        emit_one(args, view, lines)
    return exit_codes.DONE


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"'{text[:60]}' is not KEY=VALUE.", "Write it like vat_mode=margin.")
    return key, value


def _named(args: argparse.Namespace, opened: Desk) -> list[str]:
    if args.month:
        views = invoice_search.listing(opened, month=invoice_search.month_of(opened, args.month), limit=None)
        return [*args.name, *(view.number for view in reversed(views))]
    return list(args.name)


def _sentence(view: InvoiceView) -> str:
    what = "Credit note" if view.corrects else "Invoice"
    of = f" for invoice {view.corrects}" if view.corrects else ""
    return f"{what} {view.number} of order {view.order_id}{of}: {view.gross}. {view.remark}".strip()
