"""Command `bmtui moving-in invoices`: a preview of documents from another system, then recording all or none."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import must_write
from bmtui.cli.documents import to_json
from bmtui.cli.moving_in.orders_import import SHOWN, mapping_of
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import documents_import
from bmtui.desk.moving_in.documents_import import DocumentsPlan
from bmtui.errors import RuleRefused
from bmtui.text import how_many


def run(args: argparse.Namespace, opened: Desk, path: str) -> int:
    """Preview the recording of documents, or record them."""
    must_write(args, opened)
    planned = documents_import.plan(
        opened, path, mapping_of(args), pdf_folder=args.pdf_folder or "", date_order=args.dates
    )
    for sentence in planned.notes:
        say(sentence)
    if args.dry_run or planned.errors:
        emit_one(args, _document(planned, 0), [*_lines(planned), "Nothing was stored."])
        if planned.errors:
            raise RuleRefused(
                f"{how_many(len(planned.errors), 'document')} cannot be recorded; nothing was stored.", "Correct them."
            )
        return exit_codes.DONE
    question = f"{planned.sentence} Recorded documents are never deleted. Do it?"
    confirmed(args, question, sends=True)
    recorded = documents_import.save(opened, path, planned)
    emit_one(args, _document(planned, recorded), [*planned.gaps, f"{how_many(recorded, 'document')} recorded."])
    return exit_codes.DONE


def _document(planned: DocumentsPlan, recorded: int) -> dict[str, object]:
    return {
        "rows": [
            {
                "row": row.row,
                "order_id": row.wanted.order_id,
                "kind": row.wanted.kind,
                "number": row.wanted.number,
                "issued": row.wanted.issued,
                "gross": row.wanted.gross.decimal,
                "currency": row.wanted.gross.currency,
                "series": row.series,
                "here": row.here,
                "has_pdf": bool(row.wanted.pdf),
            }
            for row in planned.rows
        ],
        "errors": to_json(planned.errors),
        "ignored": list(planned.ignored),
        "gaps": list(planned.gaps),
        "recorded": recorded,
    }


def _lines(planned: DocumentsPlan) -> list[str]:
    lines = [
        f"Row {row.row}: {row.wanted.number} of {row.wanted.issued}, {row.wanted.gross}, order {row.wanted.order_id}."
        for row in planned.new[:SHOWN]
    ]
    lines += [f"And {len(planned.new) - SHOWN:,} more."] if len(planned.new) > SHOWN else []
    lines += [str(error) for error in planned.errors[:SHOWN]]
    lines += [f"Ignored columns: {', '.join(planned.ignored)}."] if planned.ignored else []
    return [*lines, *planned.gaps, planned.sentence]
