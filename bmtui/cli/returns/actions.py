"""Command `bmtui returns`: actions on one RMA."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write, patient
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, answers, change_options, command, positive, take
from bmtui.cli.output import confirmed, emit_one, say
from bmtui.desk.core import dates
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.parameters import REFUND
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import parameters
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import request_read as return_request
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.views import ReturnView
from bmtui.errors import ConfigError
from bmtui.text import how_many
from bmtui.words import ReturnStatus, label


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    _one(command(sub, common, "show", _show, "show an RMA"))
    for name, approval, text in (
        ("approve", "approved", "approve a return, all lines or one"),
        ("reject", "rejected", "reject a return, all lines or one"),
        ("undecide", "undecided", "undo the approval or rejection, all lines or one"),
    ):
        deciding = _one(command(sub, common, name, _approve, text))
        deciding.set_defaults(approval=approval)
        take(deciding, (parameters.ONE_LINE,))
    take(_one(command(sub, common, "receive", _receive, "record what arrived")), parameters.RECEIVE)
    resolving = command(sub, common, "resolve", _resolve, "set the resolution of all lines or one")
    take(_one(resolving), parameters.RESOLVE)
    refunding = _one(
        command(sub, common, "refund", _refund, "refund inside the RMA; without lines, all that comes back")
    )
    # An amount of the whole order is refused by the desk, with advice.
    take(refunding, REFUND)
    change_options(refunding, wait=True)
    cancelling = _one(command(sub, common, "cancel", _cancel, "cancel the order internally, once all of it came back"))
    take(cancelling, parameters.CANCEL)
    change_options(cancelling)
    for name, status, text in (
        ("hold", ReturnStatus.ON_HOLD, "put an RMA on hold; asks for a note"),
        ("process", ReturnStatus.PROCESSING, "go on with an RMA"),
        ("reopen", ReturnStatus.OPEN, "open an RMA again"),
        ("close", ReturnStatus.CLOSED, "close an RMA; every line needs a resolution"),
    ):
        moving = _one(command(sub, common, name, _status, text))
        moving.set_defaults(status=status)
        take(moving, (parameters.NOTE,))
    take(_one(command(sub, common, "note", _note, "add a note to an RMA")), parameters.ADD_NOTE)
    take(_one(command(sub, common, "track", _track, "record the tracking number of the return")), parameters.TRACK)
    labelling = _one(command(sub, common, "label", _label, "fetch the return label from Back Market, and keep it"))
    labelling.add_argument("--out", metavar="FILE", help="also write it into a new file")
    attaching = _one(command(sub, common, "attach", _attach, "keep a file with an RMA, such as a picture"))
    attaching.add_argument("file", metavar="FILE")
    reading = _one(command(sub, common, "document", _document, "write a document of an RMA into a new file"))
    reading.add_argument("document", type=positive, metavar="N", help="its number in 'returns show'")
    reading.add_argument("--out", required=True, metavar="FILE")


def _one(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("rma", type=positive, metavar="RMA", help="its number in 'returns list'")
    return parser


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = returns.show(opened, args.rma)
        return _emit_result(args, view, *_lines(view, opened.zone(view.row.company)))


def _approve(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        line_id = answers(args, parameters.APPROVE).value(parameters.ONE_LINE)
        view = return_actions.approve(opened, args.rma, args.approval, line_id=line_id)
        return _emit_result(args, view, f"RMA {args.rma}: {label(args.approval)}.")


def _receive(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        said = return_request.received(answers(args, parameters.RECEIVE))
        view = return_actions.receive(opened, args.rma, **said)
        row = view.row
        done = f"RMA {args.rma}: {label(row.received)}, {row.received_pieces} of {how_many(row.pieces, 'piece')}."
        return _emit_result(args, view, done)


def _resolve(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        said = return_request.resolved(answers(args, parameters.RESOLVE))
        view = return_actions.resolve(opened, args.rma, **said)
        return _emit_result(args, view, f"RMA {args.rma}: {', '.join(map(label, view.row.resolutions))}.")


def _refund(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = returns.show(opened, args.rma)
        request = request_read.read(answers(args, REFUND), return_refund.options(opened, args.rma))
        plan = return_refund.plan(opened, args.rma, request)
        if args.dry_run:
            document = {"rma_id": args.rma, "order_id": plan.order_id, "alarm": plan.alarm, "refunds": plan.plans}
            emit_one(args, document, [plan.sentence, *plan.request_lines, "Nothing was changed."])
            return exit_codes.DONE
        confirmed(args, f"{plan.sentence} Do it?", sends=bool(plan.requests))
        made, issued = return_refund.refund(patient(args, opened), args.rma, request, seen.version)
        job_ids = [one.job_id for one in issued if one.job_id is not None]
        if not args.wait or not job_ids:
            queued = f" Job {', '.join(map(str, job_ids))} sends it." if job_ids else ""
            for one in issued:
                if one.approval_id is not None:
                    queued += f" Another account decides: 'bmtui approvals approve {one.approval_id}'."
            return _emit_result(args, returns.show(opened, args.rma), made.sentence + queued)
        views = [wait_for(opened, job_id, report_progress) for job_id in job_ids]
        codes = [exit_codes.code_of_job(view.status, view.error_kind) for view in views]
        now = returns.show(opened, args.rma)
        done = f"Back Market confirmed it: {now.row.refund_summary}."
        _emit_result(args, now, *([done] if not any(codes) else []))
        for view in views:
            if view.error:
                say(view.error)
        return next(filter(None, codes), exit_codes.DONE)


def _cancel(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        seen = return_refund.cancel_preview(opened, args.rma)
        said = answers(args, parameters.CANCEL)
        status, note = said.text(parameters.NEW_STATUS), said.text(parameters.NOTE)
        sentence = f"Order {seen.order_id}: {label(seen.status)} → {label(status)}. Nothing is sent to Back Market."
        if args.dry_run:
            lines = [seen.why_not or sentence, seen.channel_belief, "Nothing was changed."]
            would = {"rma_id": args.rma, "order_id": seen.order_id, "status": status, "why_not": seen.why_not}
            emit_one(args, would, lines)
            return exit_codes.REFUSED_BY_RULE if seen.why_not else exit_codes.DONE
        if not seen.why_not:
            confirmed(args, f"{sentence} {seen.channel_belief} Do it?", sends=False)
        return_refund.cancel_order(opened, args.rma, status, note, seen.version)
        return _emit_result(args, returns.show(opened, args.rma), f"{sentence} {seen.channel_belief}")


def _status(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = return_actions.set_status(opened, args.rma, args.status, args.note or "")
        return _emit_result(args, view, f"RMA {args.rma} is {label(view.row.status)}.")


def _note(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        kind = answers(args, parameters.ADD_NOTE).text(parameters.KIND)
        return _emit_result(
            args, return_actions.add_note(opened, args.rma, args.text, kind), f"Noted on RMA {args.rma}."
        )


def _track(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        said = answers(args, parameters.TRACK)
        view = return_actions.track(opened, args.rma, **{one.name: said.text(one) for one in parameters.TRACK})
        return _emit_result(args, view, f"RMA {args.rma} comes back with {view.carrier} {view.tracking_number}.")


def _label(args: argparse.Namespace) -> int:
    # Importing httpx costs start-up time, so it happens only when the channel is asked.
    from bmtui.workers.returns import return_label

    with desk(args) as opened:
        view = asyncio.run(return_label.fetch(opened, args.rma))
        document = view.documents[-1]
        summary = (
            f"The label of RMA {args.rma} is kept as {document.name}; {view.carrier} {view.tracking_number}".rstrip(
                "; "
            )
        )
        if args.out:
            write_new(args.out, return_actions.read_document(opened, args.rma, document.document_id)[1])
            summary += f" It was written to {args.out}."
        return _emit_result(args, view, summary)


def _attach(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = return_actions.attach(opened, args.rma, args.file)
        return _emit_result(args, view, f"{Path(args.file).name} is kept with RMA {args.rma}.")


def _document(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        name, content = return_actions.read_document(opened, args.rma, args.document)
        write_new(args.out, content)
        emit_one(args, {"name": name, "file": args.out, "size": len(content)}, [f"{name} was written to {args.out}."])
    return exit_codes.DONE


def write_new(path: str, content: bytes) -> None:
    """Write a file that does not exist yet. Raise ConfigError if that fails."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        advice = "Choose a name that does not exist yet."
        raise ConfigError(f"{path} cannot be written ({error.strerror}).", advice) from error


def _emit_result(args: argparse.Namespace, view: ReturnView, *lines: str) -> int:
    emit_one(args, view, lines)
    for item in view.items:
        if item.alarm:
            say(f"!!! {item.alarm}")
    return exit_codes.DONE


def _lines(view: ReturnView, zone: tzinfo) -> Iterator[str]:
    row = view.row
    status = f"{label(row.status)} ({ReturnStatus(row.status).code})"
    yield f"RMA {row.rma_id}  {status}  order {row.order_id}  {row.company}"
    yield f"Customer   {row.customer}"
    yield f"Made       {dates.stamp(row.made_at, zone)} by {row.made_by}"
    if row.folder_id:
        yield f"Folder     {row.folder_id}"
    if view.description:
        yield f"Says       {view.description}"
    if view.tracking_number or view.label_url:
        yield f"Parcel     {view.carrier} {view.tracking_number} {view.label_url}".rstrip()
    for item in view.items:
        yield f"Line {item.line_id}  {item.quantity} × {item.sku}  {item.reason} ({item.return_reason})"
        pieces = f"{item.received_quantity} of {item.quantity}, {item.damaged_quantity} damaged"
        yield f"    {label(item.approval)}; {label(item.received)} ({pieces}); {label(item.resolution)}"
        if item.refunded.minor:
            yield f"    Refunded {item.refunded}"
        if item.sent_sku or item.sent_tracking:
            yield f"    Sent {item.sent_sku} {item.sent_tracking}".rstrip()
        for receipt in item.receipts:
            came = " ".join(filter(None, (receipt.imei, receipt.serial_number))) or "no identifier"
            went = " ".join(filter(None, (item.imei_out, item.serial_out))) or "none"
            yield f"    Back {dates.stamp(receipt.at, zone)}: {receipt.quantity}, {came}; sent out: {went}"
    for note in view.notes:
        yield f"Note ({note.kind}) {dates.stamp(note.at, zone)} {note.made_by}: {note.text}"
    for document in view.documents:
        yield f"Document {document.document_id}  {document.name}  {document.size:,} bytes"
