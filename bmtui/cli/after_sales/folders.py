"""Command `bmtui care`: the after-sales inbox."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import tzinfo

from bmtui.channel.uploads import PROBLEM_TYPES
from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, command, group, listing_options, positive, take
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.after_sales import folder_store, folder_words, folders, parameters, replies
from bmtui.desk.after_sales import rows as folder_rows
from bmtui.desk.after_sales import templates as reply_templates
from bmtui.desk.after_sales.folders import FolderView
from bmtui.desk.after_sales.replies import CareWrite
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.text import how_many
from bmtui.values import table_file
from bmtui.words import label

_COLUMNS = {
    "folder_id": "Folder",
    "state": "State",
    "age_business_hours": "Waits h",
    "late": "Late",
    "market": "Market",
    "order_id": "Order",
    "sku": "SKU",
    "issue": "Issue",
    "customer": "Customer",
}
_TABLE_LIMIT = 50
_WAITING_FAILURES = 3


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "care")
    listing = command(sub, common, "list", _list, "list the folders; the longest waiting first")
    listing.add_argument("query", nargs="*", help=folders.HELP)
    listing.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    listing.add_argument("--limit", type=positive, metavar="N", help="at most N rows")
    _one(command(sub, common, "show", _show, "show a folder with its messages"))
    downloading = command(sub, common, "download", _download, "download the folders that changed")
    downloading.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    answering = _one(command(sub, common, "answer", _answer, "write to the customer of a folder"))
    what = answering.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", metavar="TEXT", help="the message")
    what.add_argument("--text-file", metavar="F", help="read the message from F")
    what.add_argument("--template", metavar="NAME", help="a template in the customer's language")
    answering.add_argument(
        "--language", default="", metavar="LL", help="the template's language, if not the customer's"
    )
    _sending(answering)
    reporting = _one(command(sub, common, "problem", _problem, "report a problem with the returned item"))
    reporting.add_argument("--type", required=True, metavar="TYPE", help=", ".join(PROBLEM_TYPES))
    reporting.add_argument("--text", default="", metavar="TEXT", help="what is wrong")
    _sending(reporting)
    moving = _one(command(sub, common, "transfer", _transfer, "report that the item went back to the customer"))
    take(moving, parameters.TRANSFER)
    _sending(moving, files=False)
    templates = command(sub, common, "templates", _templates, "show the reply templates, or write them to a file")
    templates.add_argument("--language", metavar="LL", help="only this language")
    templates.add_argument("--write", action="store_true", help=f"put {reply_templates.FILE} into the config folder")
    listing_options(templates)


def _one(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("folder", type=positive, metavar="FOLDER", help="its number in 'care list'")
    return parser


def _sending(parser: argparse.ArgumentParser, *, files: bool = True) -> None:
    if files:
        parser.add_argument(
            "--attach", action="append", default=[], metavar="F", help="a file of at most 3 MB; up to ten"
        )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be sent")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--wait", action="store_true", help="send it now and wait for Back Market's answer")


def _list(args: argparse.Namespace) -> int:
    limit = args.limit or (_TABLE_LIMIT if not (args.json or args.csv) else 1_000_000)
    with desk(args) as opened:
        found = folders.listing(opened, " ".join(args.query), limit=limit + 1)
        rows = found[:limit]
        words = {"issue": folder_words.issue_in_words, "state": label}
        empty = "No folder matches; 'bmtui care download' downloads new ones."
        emit_list(args, rows, _COLUMNS, empty, words=words)
        if len(found) > limit:
            say(f"The first {limit:,} folders are shown, and there are more; --limit N shows more.")
    return exit_codes.DONE


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = folders.show(opened, args.folder)
        emit_one(args, view, _lines(view, opened.zone(view.row.company)))
    return exit_codes.DONE


def _download(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        failures = {"max_failures": _WAITING_FAILURES} if args.wait else {}
        job_id = folder_store.start(opened, args.company, **failures)
        if not args.wait:
            queued = {"job_id": job_id, "status": jobs.show(opened, job_id).status}
            emit_one(args, queued, [f"Job {job_id} is queued; 'bmtui worker' or the desk runs it."])
            return exit_codes.DONE
        view = wait_for(opened, job_id, report_progress)
        counts = {name: int(view.output.get(name, 0)) for name in ("listed", "read", "failed")}
        document = {"job_id": job_id, "status": view.status, **counts, "error": view.error}
        emit_one(args, document, [f"{how_many(counts['listed'], 'folder')} listed, {counts['read']:,} new or changed."])
        if view.error:
            say(view.error)
        return exit_codes.code_of_job(view.status, view.error_kind)


def _answer(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.template is not None:
            row = folders.show(opened, args.folder).row
            text = reply_templates.filled(opened, row, args.template, args.language)
        elif args.text_file is not None:
            text = _text(args.text_file)
        else:
            text = args.text
        folder_rows.folder_row(opened, args.folder)
        return _send(args, opened, replies.answer(args.folder, text, args.attach))


def _problem(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        folder_rows.folder_row(opened, args.folder)
        return _send(args, opened, replies.problem(args.folder, args.type, args.text, args.attach))


def _transfer(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        folder_rows.folder_row(opened, args.folder)
        planned = replies.transfer(args.folder, carrier=args.carrier, tracking=args.tracking, action=args.action)
        return _send(args, opened, planned)


def _send(args: argparse.Namespace, opened: Desk, planned: CareWrite) -> int:
    must_write(args, opened)
    replies.check(opened, planned)
    request = {"method": planned.write.method, "path": planned.write.path, "body": dict(planned.write.body)}
    if args.dry_run:
        document = {"folder_id": args.folder, "what": planned.what, "request": request}
        emit_one(args, document, [planned.sentence, "Nothing was stored or sent."])
        return exit_codes.DONE
    confirmed(args, f"{planned.sentence}. Send it?", sends=True)
    sent = replies.send(patient(args, opened), planned)
    document = {"folder_id": args.folder, "effect_id": sent.effect_id, "job_id": sent.job_id, "request": request}
    code = exit_codes.DONE
    if args.wait:
        view = wait_for(opened, sent.job_id, report_progress)
        code = exit_codes.code_of_job(view.status, view.error_kind)
        if view.error:
            say(view.error)
    effect = outbox.show(opened, sent.effect_id)
    summary = f"{effect.about}: {effect.state_label}."
    if not args.wait:
        summary += f" Job {sent.job_id} sends it."
        left_s = (effect.not_before - opened.now()).total_seconds()
        if left_s > 0:
            summary += f" For {left_s:.0f} s it can be withdrawn: 'bmtui outbox withdraw {sent.effect_id}'."
    emit_one(args, document | {"state": effect.state}, [summary])
    return code


def _templates(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.write:
            place = reply_templates.write_file(opened)
            say(f"The templates are in {place} now.")
        found = reply_templates.listing(opened, args.language)[: args.limit]
        rows = [{"language": one.language, "name": one.name, "text": one.text, "own": one.own} for one in found]
        emit_list(args, rows, {"language": "Language", "name": "Name", "text": "Text"}, "There is no template.")
    return exit_codes.DONE


def _text(file: str) -> str:
    return table_file.text_of(file, field="text")


def _lines(view: FolderView, zone: tzinfo) -> Iterator[str]:
    row = view.row
    yield f"Folder {row.folder_id}  {label(row.state)}  {row.market}  {row.company}"
    yield f"Customer   {row.customer}  {view.customer_email}".rstrip()
    here = "" if row.order_here or row.order_id is None else " (not downloaded)"
    yield f"Order      {row.order_id or 'unknown'}{here}  line {row.line_id}  {row.sku}"
    if row.waiting_since is not None and row.age is not None:
        late = "  LATE" if row.late else ""
        hours = row.age.total_seconds() / 3600
        yield f"Waits      {hours:.1f} business hours, answer by {dates.stamp(row.due_at, zone)}{late}"
    for rma in row.rma_ids:
        yield f"RMA        {rma}"
    for line in view.lines:
        yield f"Case       {folder_words.case(line)}".rstrip()
    for found in view.labels:
        yield f"Label      {folder_words.in_words(found.state)} {found.url}"
    for message in view.messages:
        yield f"--- {folder_words.author(message.initiator)} {dates.stamp(message.sent_at, zone)}"
        yield message.text
        for attachment in message.attachments:
            yield f"    attached: {attachment.url}"
    for effect in view.effects:
        yield f"Outbox {effect.effect_id}  {effect.about}: {effect.state_label}. {effect.error}".rstrip()
    if row.error:
        yield f"Not readable: {row.error}"
