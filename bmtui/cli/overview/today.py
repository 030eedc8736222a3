"""Command `bmtui today`: work that needs a person, most urgent first; exits with 6 while some is late or unknown."""

from __future__ import annotations

import argparse
from datetime import tzinfo

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_json, emit_list, say
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import day, today
from bmtui.desk.overview.day import Day

_COLUMNS = {"what": "What", "number": "Number", "late": "Late", "since": "Oldest", "due": "Next due", "worst": "Worst"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "today", _run)
    parser.add_argument("--all", action="store_true", help="also what has nothing to do")


def _run(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = today.rows(opened)
        if args.json:
            emit_json(_document(opened, rows))
        else:
            zone = opened.list_zone()
            shown = [_cells(row, zone) for row in rows if row.count or args.all]
            emit_list(args, shown, _COLUMNS, "Nothing needs you.")
            for sentence in _sentences(day.read(opened)):
                say(sentence)
    return exit_codes.PARTLY_DONE if any(row.is_urgent for row in rows) else exit_codes.DONE


def _document(opened: Desk, rows: tuple[today.Row, ...]) -> dict[str, object]:
    numbers = day.read(opened)
    return {
        "rows": [
            {
                "kind": row.kind,
                "label": today.LABELS[row.kind],
                "count": row.count,
                "late": row.late,
                "oldest_at": to_json(row.oldest_at),
                "due_at": to_json(row.due_at),
                "worst": to_json(row.worst),
            }
            for row in rows
        ],
        "due": to_json(numbers.due),
        "orders_24h": list(numbers.orders_24h),
        "orders_7d": list(numbers.orders_7d),
        "refunds_today": [{"amount": total.decimal, "currency": total.currency} for total in numbers.refunds],
    }


def _cells(row: today.Row, zone: tzinfo) -> dict[str, str]:
    worst = row.worst
    return {
        "what": today.LABELS[row.kind],
        "number": today.shown(row.count),
        "late": today.shown(row.late) if row.late else "",
        "since": dates.stamp(row.oldest_at, zone) if row.oldest_at else "",
        "due": dates.stamp(row.due_at, zone) if row.due_at else "",
        "worst": f"{worst.id or ''} {worst.about}".strip() if worst else "",
    }


def _sentences(numbers: Day) -> list[str]:
    due = ", ".join(f"{band.label} {band.count:,}" for band in numbers.due)
    refunds = ", ".join(map(str, numbers.refunds)) or "none"
    came = f"{sum(numbers.orders_24h):,} in 24 hours, {sum(numbers.orders_7d):,} in 7 days"
    return [f"To ship: {due or 'nothing'}.", f"Orders: {came}. Refunds today: {refunds}."]
