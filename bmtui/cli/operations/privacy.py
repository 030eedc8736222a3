"""Commands `bmtui purge` and `bmtui privacy`: removal of personal data, and an export of a person's data."""

from __future__ import annotations

import argparse
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, group, positive
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.errors import PartlyDone
from bmtui.text import how_many

_COLUMNS = {"order_id": "Order", "company": "Company", "status": "Status", "created_at": "Created"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    purging = command(commands, common, "purge", _purge)
    purging.add_argument("--older-than", type=positive, metavar="DAYS", help="instead of retention_days of bmtui.toml")
    purging.add_argument("--no-compact", action="store_true", help="leave free pages of the database as they are")
    _asking(purging)
    sub = group(commands, "privacy")
    exporting = command(sub, common, "export", _export, "all stored data of a person, for that person")
    exporting.add_argument("mail", metavar="MAIL")
    exporting.set_defaults(csv=False, limit=None)
    erasing = command(sub, common, "erase", _erase, "remove a person's data from all orders that ended")
    erasing.add_argument("mail", metavar="MAIL")
    _asking(erasing)


def _asking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")


def _purge(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import privacy

    with desk(args) as opened:
        days = privacy.days(opened, args.older_than)
        found = privacy.plan(opened, days)
        if not args.dry_run and any((found.orders, found.raw, found.logs, found.folders)):
            opened.must_write()
            confirmed(args, f"Remove the buyers' data of {how_many(found.orders, 'order')} for good?", sends=True)
            found = privacy.purge(
                opened, days, compact=not args.no_compact, tell=lambda done: say(f"{how_many(done, 'order')} …")
            )
        document = {
            "before": found.before,
            "orders": found.orders,
            "raw": found.raw,
            "logs": found.logs,
            "folders": found.folders,
            "dry_run": args.dry_run,
        }
        did = "would be" if args.dry_run else "were"
        lines = [
            f"{how_many(found.orders, 'order')} that ended before {found.before:%Y-%m-%d} {did} anonymised, "
            f"{found.raw:,} raw "
            f"orders, {how_many(found.folders, 'after-sales folder')} and {how_many(found.logs, 'line')} of job "
            "logs emptied.",
            "Backups and exports that were made before still have the removed data: delete them too.",
        ]
        emit_one(args, document, lines)
    return exit_codes.DONE


def _export(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import privacy

    with desk(args) as opened:
        found = privacy.person(opened, args.mail)
        rows: list[dict[str, Any]] = [to_json(one.view) | {"as_it_came": dict(one.raw)} for one in found]
        emit_list(args, rows, _COLUMNS, "", opened)
    if not args.json:
        say(f"{how_many(len(rows), 'order')}. With --json: all stored data of the person.")
    return exit_codes.DONE


def _erase(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import privacy

    with desk(args) as opened:
        must_write(args, opened)
        found = privacy.erase(opened, args.mail, dry_run=True)
        if found.orders and not args.dry_run:
            confirmed(
                args, f"Remove this person's data from {how_many(len(found.orders), 'order')} for good?", sends=True
            )
            found = privacy.erase(opened, args.mail)
    document = {"orders": list(found.orders), "open_orders": list(found.open_orders), "dry_run": args.dry_run}
    did = "would be" if args.dry_run else "was"
    lines = [f"The person's data {did} removed from {how_many(len(found.orders), 'order')}: {_listed(found.orders)}."]
    emit_one(args, document, lines)
    if found.open_orders and not args.dry_run:
        raise PartlyDone(
            f"{how_many(len(found.open_orders), 'order has not ended and keeps', 'orders have not ended and keep')} "
            f"the data: {_listed(found.open_orders)}.",
            "Erase again when they have ended.",
        )
    return exit_codes.DONE


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "") if numbers else "none"
