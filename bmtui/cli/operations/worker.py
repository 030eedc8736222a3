"""Command `bmtui worker`: runs due jobs. With ``--json`` it ends with the jobs that are not completed."""

from __future__ import annotations

import argparse
import asyncio

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.job_progress import stopping
from bmtui.cli.operations.service import Service
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_json, say
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.rules import unusable
from bmtui.errors import RuleRefused
from bmtui.words import JOB_LIVE


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "worker", _run)
    parser.add_argument("--once", action="store_true", help="end when no job is due")


def _run(args: argparse.Namespace) -> int:
    # Imported late: what it compares loads half of the desk.
    from bmtui.desk.operations import server_checks

    with desk(args) as opened:
        opened.must_write()
        if not opened.store.database.may_work():
            raise RuleRefused(
                "Only the service account may run a worker; this is a person's account.",
                "Start the worker with an account in bmtui_worker: 'bmtui help postgresql'.",
            )
        if renewing := server_checks.grants_to_renew(opened):
            say(renewing)
        for sentence in unusable.sentences(opened):
            say(f"{sentence} All others are used.")
        asyncio.run(_work(opened, args.once))
        if args.json:
            emit_json({"jobs": [view for status in JOB_LIVE for view in jobs.listing(opened, status=status)]})
    return exit_codes.DONE


async def _work(opened: Desk, once: bool) -> None:
    from bmtui.workers import run_worker

    stop = asyncio.Event()
    service = Service()
    with stopping(stop):
        if not once:
            say("Working; Ctrl+C finishes the current write, then stops.")
            service.ready("Working")
        await run_worker(opened, stop=stop, once=once, alive=service.alive)
    service.stopping()
