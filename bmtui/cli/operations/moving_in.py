"""`bmtui moving-in`: the steps from another system to this one, and what that system knows of orders."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, change_options, command
from bmtui.cli.output import confirmed, emit_one
from bmtui.desk.operations import moving_in, orders_import
from bmtui.desk.operations.orders_import import ImportPlan
from bmtui.errors import ConfigError, RuleRefused

_SHOWN = 20
"""So many rows of a preview are printed for a person."""


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "moving-in", _run)
    parser.add_argument("what", nargs="?", choices=["import"], help="bring in what another system knows of orders")
    parser.add_argument("file", nargs="?", metavar="FILE", help="CSV or TSV; twice changes nothing")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=HEADING",
        help=f"which heading is which column ({', '.join(orders_import.COLUMNS)}, field.NAME); repeatable",
    )
    change_options(parser)


def _run(args: argparse.Namespace) -> int:
    if args.what == "import":
        return _import(args)
    with desk(args) as opened:
        steps = moving_in.steps(opened)
        left = [step for step in steps if not step.done]
        ends = f"{len(left):,} of {len(steps):,} steps are left." if left else "All steps are done."
        emit_one(args, {"done": not left, "steps": to_json(steps)}, [*(step.sentence for step in steps), ends])
    return exit_codes.PARTLY_DONE if left else exit_codes.DONE


def _import(args: argparse.Namespace) -> int:
    if args.file is None:
        raise ConfigError("No file is named.", "'bmtui moving-in import FILE'.")
    with desk(args) as opened:
        must_write(args, opened)
        planned = orders_import.plan(opened, args.file, dict(_mapped(text) for text in args.map))
        if args.dry_run or planned.errors:
            emit_one(args, _document(planned, 0), [*_lines(planned), "Nothing was stored."])
            if planned.errors:
                raise RuleRefused(
                    f"{len(planned.errors):,} rows cannot be imported; nothing was stored.",
                    "Correct them, or fetch orders that are missing: 'bmtui orders download --order ID'.",
                )
            return exit_codes.DONE
        confirmed(args, f"{planned.sentence} Nothing is sent. Do it?", sends=True)
        changed = orders_import.save(opened, args.file, planned)
        emit_one(args, _document(planned, changed), [planned.sentence, f"{changed:,} orders changed."])
    return exit_codes.DONE


def _mapped(text: str) -> tuple[str, str]:
    column, equals, heading = text.partition("=")
    if not equals or not heading:
        raise ConfigError(f"'{text[:60]}' maps no heading.", "Write --map COLUMN=HEADING.", field="map")
    return column, heading


def _document(planned: ImportPlan, changed: int) -> dict[str, object]:
    return {
        "rows": [{"row": row.row, "order_id": row.order_id, "changes": list(row.changes)} for row in planned.rows],
        "errors": to_json(planned.errors),
        "ignored": list(planned.ignored),
        "new_fields": list(planned.new_fields),
        "orders_changed": changed,
    }


def _lines(planned: ImportPlan) -> list[str]:
    changing = [row for row in planned.rows if row.changes]
    lines = [f"Row {row.row}, order {row.order_id}: {'; '.join(row.changes)}." for row in changing[:_SHOWN]]
    lines += [f"And {len(changing) - _SHOWN:,} more."] if len(changing) > _SHOWN else []
    lines += [str(error) for error in planned.errors[:_SHOWN]]
    if planned.ignored:
        advice = "--map field.NAME=HEADING keeps one as a field."
        lines.append(f"Columns that mean nothing here: {', '.join(planned.ignored)}. {advice}")
    lines += [f"New fields of orders: {', '.join(planned.new_fields)}."] if planned.new_fields else []
    return [*lines, planned.sentence]
