"""Commands `bmtui backup` and `bmtui restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from bmtui import settings
from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, refuse_read_only
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.errors import PartlyDone
from bmtui.store import grants
from bmtui.text import how_many


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    backing = command(commands, common, "backup", _backup)
    backing.add_argument("file", metavar="FILE", help="a new file; it will be readable by its owner only")
    restoring = command(commands, common, "restore", _restore)
    restoring.add_argument("file", metavar="FILE", help="a file written by 'bmtui backup'")
    restoring.add_argument("--yes", action="store_true", help="do not ask")
    restoring.add_argument("--dry-run", action="store_true", help="only verify the backup and show its contents")


def _backup(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import backups

    file = Path(args.file).absolute()
    with desk(args) as opened:
        made = backups.write(opened, file)
        config = opened.settings.config
    found = made.contents
    line = (
        f"{file} holds {how_many(found.orders, 'order')} of {how_many(found.companies, 'company', 'companies')} and "
        f"{how_many(found.documents, 'document')} "
        f"({found.size_bytes:,} bytes); verified."
    )
    beside = {"missing": list(made.missing), "elsewhere": list(made.elsewhere)}
    emit_one(args, {"file": str(file)} | to_json(found) | beside, [line])
    kept = sorted(path.name for path in config.glob("*.toml"))
    also = f", and of {config}: {', '.join(kept)}. Copy those yourself" if kept else ""
    say(f"Not in it: tokens, logs{also}.")
    if made.elsewhere:
        say(f"Also not in it: files to be sent, in other folders: {_listed(made.elsewhere)}.")
    if made.missing:
        raise PartlyDone(
            f"{how_many(len(made.missing), 'document is', 'documents are')} not in it, because they were deleted or "
            "changed: "
            f"{_listed(made.missing)}.",
            f"Put them back below {settings.load(args.home).data}, from where they were attached or from an older "
            "backup.",
        )
    return exit_codes.DONE


def _listed(paths: tuple[str, ...]) -> str:
    return ", ".join(paths[:5]) + (" …" if len(paths) > 5 else "")


def _restore(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import backups
    from bmtui.store import backup

    if not args.dry_run:
        refuse_read_only(args)
    file, found = Path(args.file).absolute(), settings.load(args.home)
    contents = backup.verify(file)
    summary = (
        f"{file} is whole: {how_many(contents.orders, 'order')} of "
        f"{how_many(contents.companies, 'company', 'companies')}, "
        f"{how_many(contents.documents, 'document')}, schema {contents.schema}."
    )
    if args.dry_run:
        emit_one(args, {"file": str(file), "restored": False} | to_json(contents), [summary])
        return exit_codes.DONE
    say(summary)
    backups.must_be_allowed(found)
    confirmed(args, f"Restore it into {found.store_shown}?", sends=True)
    done = backups.restore(found, file)
    lines = ["Restored. All sending is paused, because writes that wait in the backup may have been sent since."]
    if done.aside is not None:
        lines.append(f"The former store is now {done.aside}; delete it when everything works.")
    if found.store_url.startswith("postgresql://"):
        lines.append(f"If roles are enforced there, run '{grants.AGAIN}' for the new tables.")
    doubts = done.doubts
    lines.append(f"Unknown: what was done after {doubts.since:%Y-%m-%d %H:%M} UTC, the last change in the backup.")
    if doubts.effects:
        lines.append(
            f"To be checked on Back Market, or by a person: {how_many(doubts.effects, 'effect')}: 'bmtui outbox list'."
        )
    if doubts.approvals:
        lines.append(
            f"{how_many(doubts.approvals, 'request')} for a second person may have been carried out: 'bmtui "
            "approvals settle'."
        )
    if doubts.held_jobs:
        lines.append(
            f"{how_many(doubts.held_jobs, 'job that makes invoices is', 'jobs that make invoices are')} on hold: "
            "'bmtui jobs release' if not done since."
        )
    lines.append(
        f"{how_many(doubts.series, 'series of numbers waits', 'series of numbers wait')} until you say which number "
        "was used last: 'bmtui numbers list', "
        "'bmtui numbers confirm'."
    )
    if doubts.reading:
        lines.append(
            f"{how_many(len(doubts.reading), 'job reads', 'jobs read')} all orders of Back Market as soon as a "
            "worker runs."
        )
    lines.append(
        "Partial refunds since then cannot be read: compare them with the Back Office before you refund again."
    )
    lines.append("Next: 'bmtui worker --once', 'bmtui reconcile --last', 'bmtui doctor', then 'bmtui outbox resume'.")
    document = {
        "file": str(file),
        "restored": True,
        "aside": str(done.aside or ""),
        "uncertain": doubts.effects,
        "doubts": to_json(doubts),
    }
    emit_one(args, document | to_json(contents), lines)
    return exit_codes.DONE
