"""`bmtui orders import-shipments`: shipments from a file, previewed by row, with a result file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.fulfilment import doing
from bmtui.cli.opening import Commands, command, desk, listing_options, patient, tell, wait_for_all
from bmtui.cli.output import confirmed, emit_list, say
from bmtui.desk import jobs, shipment_file
from bmtui.desk.context import Desk
from bmtui.desk.shipment_file import FileRow, RowResult

_COLUMNS = {"row": "Row", "order_id": "Order", "result": "Result", "field": "Field", "detail": "What"}


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add this command to the group `bmtui orders`."""
    parser = command(
        sub, common, "import-shipments", _import, "ship what a CSV or TSV file says; wrong rows are named and left out"
    )
    parser.add_argument(
        "file", metavar="FILE", help="its first line names columns: order, tracking, carrier, identifiers …"
    )
    parser.add_argument("--result", metavar="F", help="write each line with what became of it into F")
    listing_options(parser)
    doing(parser)


def _import(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        opened.must_write()
        rows = shipment_file.preview(opened, args.file)
        good = [row for row in rows if row.good]
        bad = len(rows) - len(good)
        if args.dry_run:
            emit_list(args, [_previewed(row) for row in rows[: args.limit]], _COLUMNS, "The file has no rows.")
            say(f"{len(good):,} rows can be shipped, {bad:,} cannot. Nothing was changed.")
            return _code(len(good), bad)
        for row in rows:
            if row.problem or row.warnings:
                say(f"Row {row.number}: {f'{row.field}: {row.problem}' if row.problem else row.warnings[0]}")
        if good:
            confirmed(args, f"Ship {len(good):,} orders; {bad:,} rows are wrong and left out. Do it?", sends=True)
        results = shipment_file.ship_rows(patient(args, opened), rows)
        if args.wait:
            _wait(opened, results)
        if args.result:
            shipment_file.write_results(args.result, rows, results)
        shown = [_result(opened, args, one) for one in results[: args.limit]]
        emit_list(args, shown, _COLUMNS, "The file has no rows.")
        refused = sum(one.result == "refused" for one in results)
        say(f"{len(results) - refused:,} shipped, {refused:,} refused.")
        return _code(len(results) - refused, refused)


def _code(good: int, bad: int) -> int:
    if not bad:
        return exit_codes.DONE
    return exit_codes.PARTLY_DONE if good else exit_codes.REFUSED_BY_RULE


def _wait(opened: Desk, results: Sequence[RowResult]) -> None:
    ids = [one.job_id for one in results if one.job_id is not None]
    if ids:
        wait_for_all(opened, ids, lambda view: tell(view) if view.error else None)


def _previewed(row: FileRow) -> dict[str, Any]:
    detail = row.problem or " ".join((row.sentence, *row.warnings))
    return {
        "row": row.number,
        "order_id": row.order_id,
        "result": "good" if row.good else "wrong",
        "field": row.field,
        "detail": detail,
    }


def _result(opened: Desk, args: argparse.Namespace, one: RowResult) -> dict[str, Any]:
    found = {"row": one.number, "order_id": one.order_id, "result": one.result, "field": "", "detail": one.detail}
    found |= {"job_id": one.job_id, "shipment_id": one.shipment_id}
    if args.wait and one.job_id is not None:
        job = jobs.show(opened, one.job_id)
        found |= {"result": "confirmed" if job.status == "completed" else job.status}
        found |= {"detail": job.error or one.detail}
    return found
