"""Command `bmtui jobs`: jobs that run, ran or failed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import timedelta, tzinfo

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import emit_list, emit_one, say
from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import marked as marked_fields
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.sync import quarantine
from bmtui.text import how_many
from bmtui.words import JobStatus, JobType, Priority, label

_COLUMNS = {
    "job_id": "Job",
    "type": "Type",
    "status": "Status",
    "company": "Company",
    "processed": "Done",
    "total": "Of",
    "submitted_at": "Submitted",
    "waits_since": "Waits since",
    "error": "Error",
}
_SHOWN = 200
_LOG_COLUMNS = {"at": "Time", "is_error": "Error", "message": "Message"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "jobs")
    listing = command(sub, common, "list", _list, "list jobs, newest first")
    listing.add_argument("--status", choices=[word.value for word in JobStatus])
    listing.add_argument("--type", choices=[word.value for word in JobType])
    listing_options(listing)
    checking = command(
        sub, common, "check", _check, "list jobs that failed recently; exits with 1 when there is one, for cron"
    )
    checking.add_argument("--hours", type=positive, default=24, metavar="N", help="that ended in the last N hours (24)")
    listing_options(checking)
    _one(command(sub, common, "show", _act(jobs.show), "show a job"))
    logs = command(sub, common, "logs", _logs, "show the log rows of a job")
    _one(logs)
    listing_options(logs)
    for name, action, help in (
        ("cancel", jobs.cancel, "cancel a job that has not ended; its unsent writes are withdrawn"),
        ("hold", jobs.hold, "hold a waiting job"),
        ("release", jobs.release, "release a held job"),
        ("retry", jobs.retry, "submit an ended job again; it goes on where it stopped"),
    ):
        parser = command(sub, common, name, _act(action), help)
        _one(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
    priority = command(sub, common, "priority", _priority, "change which jobs run first")
    _one(priority)
    priority.add_argument("priority", choices=[word.value for word in Priority])


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=positive, metavar="JOB", help="the job's number")


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or _SHOWN
        views = jobs.listing(opened, limit=limit + 1, status=args.status, type_=args.type)
        _emit_jobs(args, opened, views, limit, "There are no jobs.")
    return exit_codes.DONE


def _check(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or _SHOWN
        views = jobs.troubled(opened, opened.now() - timedelta(hours=args.hours), limit=limit + 1)
        _emit_jobs(args, opened, views, limit, f"No job failed in the last {how_many(args.hours, 'hour')}.")
    return exit_codes.FAILED if views else exit_codes.DONE


def _emit_jobs(args: argparse.Namespace, opened: Desk, views: Sequence[JobView], limit: int, empty: str) -> None:
    """Print the first `limit` jobs, and a sentence when there are more."""
    emit_list(args, views[:limit], _COLUMNS, empty, opened)
    if len(views) > limit:
        say(f"The newest {limit:,} are shown, and there are more; --limit N shows more.")


def _act(action: Callable[[Desk, int], JobView]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        with desk(args) as opened:
            return _emit_job(args, opened, action(opened, args.job))

    return run


def _priority(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_job(args, opened, jobs.prioritise(opened, args.job, Priority(args.priority)))


def _emit_job(args: argparse.Namespace, opened: Desk, view: JobView) -> int:
    orders = [{"order_id": number, "outcome": how} for number, how in jobs.orders_of(opened, args.job)]
    unread = quarantine.listing(opened, job_id=args.job)
    sent = outbox.of_job(opened, args.job)
    marked = marked_fields.of_job(opened, args.job)
    lines = [
        *_lines(view, opened.zone(view.company), len(orders)),
        *(
            f"Effect {effect.effect_id}  {effect.about}: {effect.state_label}. {effect.error}".rstrip()
            for effect in sent
        ),
        *(f"Unreadable {row.order_id}: {row.error}" for row in unread),
        *([f"Marked     {marked.sentence}"] if marked.orders else []),
    ]
    more = {"orders": orders, "effects": sent, "quarantine": unread, "marked": marked}
    emit_one(args, to_json(view) | more, lines)
    return exit_codes.DONE


def _logs(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = jobs.logs(opened, args.job)
        emit_list(args, rows[: args.limit], _LOG_COLUMNS, "The job has no log rows.", opened, seconds=True)
    return exit_codes.DONE


def _lines(view: JobView, zone: tzinfo, orders: int) -> list[str]:
    done = f"{view.processed:,} of {view.total:,}" if view.total is not None else f"{view.processed:,}"
    rows = [
        f"Job {view.job_id}  {label(view.type)}  {label(view.status)}",
        f"Company    {view.company}",
        f"Submitted  {dates.stamp(view.submitted_at, zone)} by {view.submitted_by}",
        f"Progress   {done} done, {view.succeeded:,} succeeded, {view.failed:,} failed"
        + (f" ({view.phase})" if view.phase else ""),
        f"Orders     {orders:,}{jobs.unchanged(view, orders)}",
    ]
    if view.held_until is not None:
        rows.append(f"Held       until {dates.stamp(view.held_until, zone)}: {view.held_because}")
    if view.waits_since is not None:
        rows.append(f"Waits      for Back Market since {dates.stamp(view.waits_since, zone)}")
    if view.error:
        rows.append(f"Error      {view.error}")
    return rows
