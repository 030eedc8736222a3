"""Command `bmtui moving-in import`: a preview, a download of missing orders, then storing all rows or none."""

from __future__ import annotations

import argparse
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import must_write
from bmtui.cli.documents import to_json
from bmtui.cli.job_progress import wait_for
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.csv_writer import write_csv
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import columns, orders_import
from bmtui.desk.moving_in.plans import ImportPlan, results
from bmtui.desk.sync import download
from bmtui.errors import ChannelError, ConfigError, RuleRefused, by_name
from bmtui.text import how_many

SHOWN = 20
"""Most rows of a preview that are printed for a person."""


def run(args: argparse.Namespace, opened: Desk, path: str) -> int:
    """Preview an import, or store it."""
    must_write(args, opened)
    _must_be_free(args)
    mapping = mapping_of(args)
    data = columns.content(path)
    planned = _planned(args, opened, path, mapping, data)
    for sentence in planned.notes:
        say(sentence)
    if planned.missing and not args.dry_run and not planned.errors:
        number = len(planned.missing_orders)
        confirmed(args, f"{how_many(number, 'order is', 'orders are')} not in bmtui: download them first?", sends=True)
        trouble = _fetch(opened, planned.missing_orders)
        planned = _planned(args, opened, path, mapping, data)
        if trouble and planned.missing:
            _write_results(args, planned, stored=False)
            emit_one(args, _document(planned, 0), [*_lines(planned), "Nothing was stored."])
            raise ChannelError(
                f"{how_many(len(planned.missing_orders), 'order')} could not be read from Back Market. {trouble} "
                "Nothing was stored.",
                "Import the file again once Back Market can be reached: 'bmtui company test' tells.",
            )
    if args.dry_run or planned.errors or planned.missing:
        _write_results(args, planned, stored=False)
        emit_one(args, _document(planned, 0), [*_lines(planned), "Nothing was stored."])
        if planned.errors or (planned.missing and not args.dry_run):
            unknown = "Back Market has no such order for this company: correct the number, or take the row out."
            raise RuleRefused(
                f"{how_many(len(planned.errors) + len(planned.missing), 'row')} cannot be imported; nothing was "
                "stored.",
                "Correct them." if planned.errors else unknown,
            )
        return exit_codes.DONE
    confirmed(args, f"{planned.sentence} Nothing is sent. Do it?", sends=True)
    changed = orders_import.save(opened, path, planned)
    _write_results(args, planned, stored=True)
    emit_one(args, _document(planned, changed), [planned.sentence, f"{how_many(changed, 'order')} changed."])
    return exit_codes.DONE


def mapping_of(args: argparse.Namespace) -> dict[str, str]:
    """Return the mapping of columns to headings from --map-file and --map; --map wins."""
    found = columns.read_mapping(args.map_file) if args.map_file else {}
    return found | dict(_mapped(text) for text in args.map)


def _planned(args: argparse.Namespace, opened: Desk, path: str, mapping: dict[str, str], data: bytes) -> ImportPlan:
    return orders_import.plan(
        opened,
        path,
        mapping,
        date_order=args.dates,
        source_companies=args.source_company,
        skip_others=args.skip_others,
        data=data,
    )


def _fetch(opened: Desk, order_ids: tuple[int, ...]) -> str:
    """Download these orders; return the sentence of the error that kept Back Market from being read, or ''."""
    for begin in range(0, len(order_ids), download.MOST_BY_NUMBER):
        some = order_ids[begin : begin + download.MOST_BY_NUMBER]
        view = wait_for(opened, download.fetch(opened, None, some))
        say(f"{how_many(len(some), 'order')} requested: {view.output.get('fetched', view.processed):,} read.")
        if view.error and issubclass(by_name(view.error_kind), ChannelError):
            return view.error
    return ""


def _mapped(text: str) -> tuple[str, str]:
    column, equals, heading = text.partition("=")
    if not equals or not heading:
        raise ConfigError(f"'{text[:60]}' maps no heading.", "Write --map COLUMN=HEADING.", field="map")
    return column, heading


def _must_be_free(args: argparse.Namespace) -> None:
    """Raises RuleRefused: the result file exists already; nothing was stored."""
    if args.result and Path(args.result).exists():
        raise RuleRefused(f"{args.result} exists already; nothing was stored.", "Choose another name.")


def _write_results(args: argparse.Namespace, planned: ImportPlan, *, stored: bool) -> None:
    if not args.result:
        return
    words = {} if stored else {"changed": "would change"}
    rows = [(one.row, one.order_id or "", words.get(one.result, one.result), one.about) for one in results(planned)]
    try:
        with Path(args.result).open("x", encoding="utf-8", newline="") as file:
            write_csv(file, [("row", "order_id", "result", "about"), *rows])
    except OSError as error:
        done = "The rows are stored" if stored else "Nothing was stored"
        raise ConfigError(
            f"{args.result} cannot be written ({error.strerror}). {done}.", "Choose another place."
        ) from error


def _document(planned: ImportPlan, changed: int) -> dict[str, object]:
    return {
        "rows": [
            {"row": row.row, "order_id": row.order_id, "changes": list(row.changes), "remarks": list(row.remarks)}
            for row in planned.rows
        ],
        "errors": to_json(planned.errors),
        "missing": to_json(planned.missing),
        "skipped": to_json(planned.skipped),
        "ignored": list(planned.ignored),
        "suggestions": to_json(planned.suggestions),
        "new_fields": list(planned.new_fields),
        "orders_changed": changed,
    }


def _lines(planned: ImportPlan) -> list[str]:
    changing = planned.changing
    lines = [f"Row {row.row}, order {row.order_id}: {'; '.join(row.changes)}." for row in changing[:SHOWN]]
    lines += [f"And {len(changing) - SHOWN:,} more."] if len(changing) > SHOWN else []
    said = [f"Row {row.row}, order {row.order_id}: {'; '.join(row.remarks)}." for row in planned.rows if row.remarks]
    lines += [*said[:SHOWN], *([f"And {len(said) - SHOWN:,} more."] if len(said) > SHOWN else [])]
    lines += [str(error) for error in planned.errors[:SHOWN]]
    lines += [f"Row {one.row}: order {one.order_id} is not in bmtui." for one in planned.missing[:SHOWN]]
    lines += [f"And {len(planned.missing) - SHOWN:,} more."] if len(planned.missing) > SHOWN else []
    for one in planned.suggestions:
        may = f"--map {one.column}='{one.heading}' if it is {one.column}" if one.column else ""
        lines.append(f"Column {one.heading} is ignored: {may or '--map field.NAME=HEADING keeps it as a field'}.")
    lines += [f"New fields of orders: {', '.join(planned.new_fields)}."] if planned.new_fields else []
    return [*lines, planned.sentence]
