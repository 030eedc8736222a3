"""Commands `bmtui orders download|refresh|sync`: reading orders from Back Market."""

from __future__ import annotations

import argparse
import asyncio

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.job_progress import report_progress, wait_for
from bmtui.cli.options import Commands, command, positive, take
from bmtui.cli.output import emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule
from bmtui.text import how_many

WAITING_FAILURES = 3
"""Failures after which a download ends for a person who waits; a job in the background tries for longer."""


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    download = command(sub, common, "download", _download)
    what = download.add_mutually_exclusive_group(required=True)
    take(what, (downloads.SINCE,))
    by_number = "only these orders, stored or not"
    what.add_argument("--order", nargs="+", action="extend", type=positive, metavar="ID", help=by_number)
    download.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    download.add_argument("--dry-run", action="store_true", help="only show what would be requested")
    again = command(sub, common, "refresh", _refresh)
    again.add_argument("orders", nargs="+", type=positive, metavar="ID", help="the order's number")
    again.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")
    syncing = command(sub, common, "sync", _sync)
    syncing.add_argument("--sweep", action="store_true", help="all orders of the look-back time, changed or not")
    syncing.add_argument("--wait", action="store_true", help="run the job here, and show progress and result")


def _download(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        if args.dry_run:
            return _download_dry(args, opened)
        if args.order:
            return _queued(args, opened, downloads.fetch(opened, args.company, args.order))
        failures = {"max_failures": WAITING_FAILURES} if args.wait else {}
        return _queued(args, opened, downloads.start(opened, args.company, args.since, **failures))


def _refresh(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _queued(args, opened, downloads.refetch(opened, args.orders))


def _sync(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        failures = {"max_failures": WAITING_FAILURES} if args.wait else {}
        mode = schedule.SWEEP if args.sweep else schedule.SYNC
        return _queued(args, opened, schedule.start(opened, args.company, mode=mode, **failures))


def _queued(args: argparse.Namespace, opened: Desk, job_id: int) -> int:
    if args.wait:
        return _downloaded(args, opened, wait_for(opened, job_id, report_progress))
    queued = {"job_id": job_id, "status": jobs.show(opened, job_id).status}
    emit_one(args, queued, [f"Job {job_id} is queued; 'bmtui worker' or the desk runs it."])
    return exit_codes.DONE


def _downloaded(args: argparse.Namespace, opened: Desk, view: JobView) -> int:
    outputs = [child.output for child in jobs.children(opened, view.job_id)]
    totals = {name: sum(int(output.get(name, 0)) for output in outputs) for name in ("created", "updated", "skipped")}
    fetched = int(view.output.get("fetched", view.processed))
    totals["unchanged"] = max(0, fetched - sum(totals.values()))
    ends = [view, *jobs.children(opened, view.job_id)]
    worst = next((end for end in ends if end.status != "completed"), view)
    document = {"job_id": view.job_id, "status": worst.status, "fetched": fetched, **totals, "error": worst.error}
    note = str(view.output.get("note", ""))
    document["note"] = note
    text = ", ".join(f"{totals[name]:,} {name}" for name in ("created", "updated", "unchanged", "skipped"))
    emit_one(args, document, [f"{how_many(fetched, 'order')} fetched: {text}."])
    for told in filter(None, (note, worst.error)):
        say(told)
    return exit_codes.code_of_job(worst.status, worst.error_kind)


def _download_dry(args: argparse.Namespace, opened: Desk) -> int:
    if args.order:
        company = opened.company_row(args.company)
        downloads.may_run(opened, company)
        requests = [f"GET {company.base_url}/ws/orders/{order_id}" for order_id in args.order]
        emit_one(args, {"company": company.name, "requests": requests}, [*requests, "Nothing was stored."])
        return exit_codes.DONE
    from bmtui.workers.sync.dry_run import compare

    since = downloads.start_of(opened, args.company, args.since)
    found = asyncio.run(compare(opened, args.company, since))
    document = {"company": found.company, "since": since, "request": found.request, **found.counts}
    counted = ", ".join(f"{number:,} {name}" for name, number in found.counts.items())
    emit_one(args, document, [f"First request: {found.request}", f"{counted}.", "Nothing was stored."])
    return exit_codes.DONE
