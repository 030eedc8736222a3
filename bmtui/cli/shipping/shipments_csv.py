"""Command `bmtui orders import-shipments`: shipments from a file, previewed by row, with a result file."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.job_progress import report_errors, wait_for_all
from bmtui.cli.options import Commands, change_options, command, doubt_option, listing_options
from bmtui.cli.output import confirmed, doubts_accepted, emit_list, say
from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import shipments_csv
from bmtui.desk.shipping.shipments_csv import FileRow, RowResult, ShipmentFile
from bmtui.text import how_many

_COLUMNS = {"row": "Row", "order_id": "Order", "result": "Result", "field": "Field", "detail": "What"}


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui orders`."""
    parser = command(sub, common, "import-shipments", _import)
    parser.add_argument(
        "file", metavar="FILE", help="its first line names columns: order, tracking, carrier, identifiers …"
    )
    parser.add_argument("--result", metavar="F", help="write each row with its result into F")
    listing_options(parser)
    change_options(parser, wait=True)
    doubt_option(parser)


def _import(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        file = shipments_csv.preview(opened, args.file)
        good, bad = file.good, len(file.rows) - file.good
        for note in (*file.understood, *file.notes):
            say(note)
        if args.dry_run:
            emit_list(args, [_previewed(row) for row in file.rows[: args.limit]], _COLUMNS, "The file has no rows.")
            say(f"{good:,} of {how_many(len(file.rows), 'row')} can be shipped, {bad:,} cannot. Nothing was changed.")
            return _code(good, bad)
        for row in file.rows:
            if row.problem or row.warnings:
                say(f"Row {row.number}: {row.wrong or ' '.join(row.warnings)}")
        accepted = doubts_accepted(args, file.doubts)
        if good:
            confirmed(
                args,
                f"Ship {how_many(good, 'order')}; {how_many(bad, 'row is', 'rows are')} wrong and left out. Do it?",
                sends=True,
            )
        results = _ship(args, opened, file, accepted)
        emit_list(args, [_result(one) for one in results[: args.limit]], _COLUMNS, "The file has no rows.")
        refused = sum(one.result == "refused" for one in results)
        say(f"{len(results) - refused:,} shipped, {refused:,} refused.")
        return _code(len(results) - refused, refused)


def _ship(args: argparse.Namespace, opened: Desk, file: ShipmentFile, accepted: bool) -> list[RowResult]:
    """Ship row by row. The result file is written before anything is sent, and gets each row once it is shipped."""
    kept = shipments_csv.ResultFile(args.result, file.rows) if args.result else None
    with kept or contextlib.nullcontext():
        results = []
        for row in file.rows:
            results.append(shipments_csv.ship_row(patient(args, opened), row, accept_doubts=accepted))
            if kept:
                kept.add(row, results[-1])
        ids = [one.job_id for one in results if one.job_id is not None]
        if args.wait and ids:
            wait_for_all(opened, ids, report_errors)
            results = [shipments_csv.followed(opened, one) for one in results]
            if kept:
                kept.rewrite(results)
    return results


def _code(good: int, bad: int) -> int:
    if not bad:
        return exit_codes.DONE
    return exit_codes.PARTLY_DONE if good else exit_codes.REFUSED_BY_RULE


def _previewed(row: FileRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "order_id": row.order_id,
        "result": "good" if row.good else "wrong",
        "field": row.field,
        "detail": row.problem or " ".join((row.sentence, *row.warnings)),
    }


def _result(one: RowResult) -> dict[str, Any]:
    found = {"row": one.number, "order_id": one.order_id, "result": one.result, "field": one.field}
    return found | {"detail": one.detail, "job_id": one.job_id, "shipment_id": one.shipment_id}
