"""Commands `bmtui money import` and `bmtui money statements`: billing statements, and rows without an explanation."""

from __future__ import annotations

import argparse
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.options import Commands, change_options, command, doubt_option, listing_options, positive
from bmtui.cli.output import confirmed, doubts_accepted, emit_list, emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError
from bmtui.text import how_many

_SUMS = {
    "statement": "Statement",
    "kind": "Kind",
    "rows": "Rows",
    "amount": "Amount",
    "currency": "",
    "unexplained_rows": "Not explained",
    "unexplained": "Amount not explained",
}
_ROWS = {
    "statement": "Statement",
    "day": "Date",
    "order_id": "Order",
    "sku": "SKU",
    "designation": "Designation",
    "amount": "Amount",
    "currency": "",
    "problem": "Why",
    "detail": "What",
}
_FILES = {
    "file_id": "File",
    "name": "Name",
    "made_at": "Imported",
    "made_by": "By",
    "added": "New rows",
    "known": "Known rows",
    "size": "Bytes",
}


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui money`."""
    importing = command(sub, common, "import", _import, "import a billing statement, after a preview")
    importing.add_argument(
        "file", metavar="FILE", help="columns: invoice_key, value_date, sku, order_id, designation, amount, currency"
    )
    importing.add_argument(
        "--payout",
        action="append",
        default=[],
        metavar="AMOUNT CUR",
        help='amount on the bank statement, such as "1204.50 EUR"; refused unless the rows add up to it',
    )
    change_options(importing)
    doubt_option(importing)
    listing = command(sub, common, "statements", _statements, "sums of the statements, and rows that are not explained")
    listing.add_argument("statement", nargs="?", default="", metavar="STATEMENT", help="only of this one")
    what = listing.add_mutually_exclusive_group()
    what.add_argument("--unexplained", action="store_true", help="only rows that are not explained")
    what.add_argument("--files", action="store_true", help="the files that were imported")
    what.add_argument("--save", type=positive, metavar="FILE_ID", help="write an imported file unchanged; needs --to")
    listing.add_argument("--to", metavar="PATH", help="where to")
    listing_options(listing)


def _import(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import statement_import

    with desk(args) as opened:
        must_write(args, opened)
        seen, contents = statement_import.preview(opened, args.file, payout=args.payout)
        for remark in seen.remarks:
            say(remark)
        for total in seen.sums:
            say(f"{total.statement} {total.currency} {total.kind}: {total.amount} in {how_many(total.rows, 'row')}")
        if args.dry_run:
            emit_one(
                args, seen, [f"{seen.added:,} of {how_many(seen.rows, 'row is', 'rows are')} new. Nothing was stored."]
            )
            return exit_codes.DONE
        doubts_accepted(args, seen.doubts)
        if seen.added:
            confirmed(args, f"Import {how_many(seen.added, 'row')} of {seen.file} for {seen.company}?", sends=False)
        done = statement_import.save(opened, contents)
        lines = [done.sentence]
        lines += [
            f"{row.day} order {row.order_id} {row.sku} {row.designation} {row.amount}: {row.detail}"
            for row in done.unexplained
        ]
        emit_one(args, done, lines)
        return exit_codes.PARTLY_DONE if done.unexplained else exit_codes.DONE


def _statements(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import statements

    with desk(args) as opened:
        if args.save:
            return _save(args, opened)
        if args.files:
            emit_list(args, statements.files(opened)[: args.limit], _FILES, "No statement was imported.", opened)
            return exit_codes.DONE
        if args.unexplained:
            rows = statements.unexplained(opened, limit=args.limit, statement=args.statement)
            emit_list(args, rows, _ROWS, "Every row is explained.")
            return exit_codes.PARTLY_DONE if rows else exit_codes.DONE
        statements.retry(opened)
        found = statements.sums(opened, args.statement)
        emit_list(args, found[: args.limit], _SUMS, "No statement was imported.")
        return exit_codes.DONE


def _save(args: argparse.Namespace, opened: Desk) -> int:
    from bmtui.desk.accounts import statements

    if not args.to:
        raise ConfigError("The file to write is missing.", "Add --to PATH.")
    size = statements.save_file(opened, args.save, Path(args.to))
    emit_one(args, {"path": args.to, "bytes": size}, [f"{args.to}: {size:,} bytes."])
    return exit_codes.DONE
